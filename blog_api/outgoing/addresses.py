"""Tell public IP addresses from those of the local network and from special ones.

The lists follow the IANA registries of special-purpose addresses. `ipaddress.is_global` is not enough: depending on the
version of Python, it is true for multicast, NAT64, 6to4 and IPv4-compatible addresses.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_SPECIAL_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata services of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation, as two more below
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Everything else is loopback, unique local, link-local, site-local, multicast, IPv4-compatible or reserved.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_SPECIAL_IPV6 = (
    IPv6Network("2001::/23"),  # Teredo, ORCHID, benchmarks and other protocols
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return whether the string is the IP address of a host on the public internet.

    An IPv6 address that contains an IPv4 address (mapped, 6to4, NAT64) is as public as that. With DNS64, all hosts
    without IPv6 have such an address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    embedded = found if isinstance(found, IPv4Address) else _embedded_ipv4(found)
    if embedded is not None:
        return not any(embedded in network for network in _SPECIAL_IPV4)
    assert isinstance(found, IPv6Address)
    # An address with a zone belongs to a local network.
    if found.scope_id is not None or found not in _GLOBAL_UNICAST:
        return False
    return not any(found in network for network in _SPECIAL_IPV6)


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
