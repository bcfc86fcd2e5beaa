"""Which addresses are public, and every spelling of those that are not."""

from __future__ import annotations

import pytest

from blog_api.outgoing.addresses import is_public
from blog_api.outgoing.urls import MAX_URL, Target, UrlError, canonical_host, parse_url

PUBLIC = (
    "1.1.1.1", "8.8.8.8", "99.255.255.255", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
    "192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001::1",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::",
)  # fmt: skip
NOT_PUBLIC = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1:7f00:0:100::", "100::1", "2001::1",
    "2001:0:53aa:64c:0:7eff:0:1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "2002:a9fe:a9fe::", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fe80::1%eth0", "2606:4700::1%1", "fec0::1", "feff::1", "ff02::1", "ff0e::1",
)  # fmt: skip
NOT_ADDRESSES = (
    "", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1 ", "127.0.0.1/32", "[::1]",
)  # fmt: skip
# Hosts in URLs that HTTP clients, resolvers or browsers take for addresses that are not public.
SPELLINGS = (
    *(f"[{address}]" if ":" in address else address for address in NOT_PUBLIC),
    "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::FFFF:7F00:1]", "[::1%25lo]",
    "[::1%lo]", "[fe80::1%25eth0]", "[v1.fe80::a]", "[127.0.0.1]", "[]", "[::1", "::1", "::1]",
    "127.1", "127.0.1", "0", "0x0", "0x", "2130706433", "017700000001", "0x7f000001", "0x7F.1", "0x7f.0.0.1",
    "0177.0.0.1", "127.0.0.01", "00127.0.0.1", "127.0.0.1.", "127.0.0.1..", "127.0.0.0x1", "3232235777",
    "256.256.256.256", "1.2.3.4.5", "127.0.0.1%00", "127%2e0%2e0%2e1", "%31%32%37.0.0.1", "%6cocalhost",
    "１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①", "ⅼocalhost%00", "0ⅹ7f000001", "127.0.0.1\u200b", "127.0.0\u00ad.1",
    "①⑥⑨.②⑤④.①⑥⑨.②⑤④", "x.127", "x.0x7f", "169.254.43518", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_accepted(address):
    assert is_public(address)
    host = f"[{address}]" if ":" in address else address
    assert parse_url(f"https://{host}/").is_address


@pytest.mark.parametrize("address", NOT_PUBLIC + NOT_ADDRESSES)
def test_other_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_another_address_is_a_valid_host(host):
    for url in (f"https://{host}/", f"https://{host}:443/x?y", f"HTTPS://{host}"):
        with pytest.raises(UrlError):
            parse_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/",
        "example.com", "", "https://", "https:///x", "https:example.com", "https:/example.com", "https:\\\\example.com",
        "https://ada:secret@example.com/", "https://ada@example.com/", "https://@example.com/", "https://:@example.com/",
        "https://example.com@127.0.0.1/", "https://example.com:443@127.0.0.1/", "https://example.com\\@127.0.0.1/",
        "https://127.0.0.1\\@example.com/", "https://example.com#@127.0.0.1/", "https://example.com/#x",
        "https://example.com:0/", "https://example.com:65536/", "https://example.com:/", "https://example.com:+80/",
        "https://example.com:80:80/", "https://example.com:８０/", "https://exa mple.com/", "https://example.com/a b",
        "https://example.com/\r\nX: y", "https://example.com/\x00", "https://example.com\t/", " https://example.com/",
        "https://example.com/ä", "https://example.com/%", "https://example.com/%zz", "https://example.com/<x>",
        "https://-example.com/", "https://example-.com/", "https://example..com/", "https://.example.com/",
        f"https://{'a' * 64}.com/", f"https://{'a.' * 127}aa/", "https://*.example.com/", "https://example.com,b.com/",
        "https://a%2fb.com/", "https://℀.com/", "https://xn--a\u200d.com/", "https://\ud800.com/",
        f"https://example.com/{'a' * MAX_URL}",
    ],
)  # fmt: skip
def test_other_urls_are_invalid(url):
    with pytest.raises(UrlError):
        parse_url(url)


@pytest.mark.parametrize(
    ("url", "rebuilt"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:443/Hook?a=b&c=%C3%A4", "https://example.com/Hook?a=b&c=%C3%A4"),
        ("https://example.com.:8443?x", "https://example.com:8443/?x"),
        ("https://example.com/a/../b//c", "https://example.com/a/../b//c"),
        ("https://example.com/?u=https://a@b", "https://example.com/?u=https://a@b"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://ｅｘａｍｐｌｅ．com/", "https://example.com/"),
        ("https://[2606:4700:4700:0::1111]:444/", "https://[2606:4700:4700::1111]:444/"),
        ("https://service_1/", "https://service_1/"),
    ],
)
def test_a_url_is_rebuilt_from_its_checked_parts(url, rebuilt):
    assert parse_url(url).url == rebuilt
    assert parse_url(rebuilt).url == rebuilt


def test_hosts_can_be_trusted_by_name_or_address():
    trusted = {canonical_host(host) for host in ("127.0.0.1", "[::1]", "Hooks.internal.")}
    assert parse_url("http://127.0.0.1:8080/x", trusted) == Target(
        "http", "127.0.0.1", 8080, "/x", True, True
    )
    assert parse_url("http://[0::1]/", trusted).host == "::1"
    assert parse_url("http://HOOKS.internal/", trusted).is_trusted
    for url in ("http://127.0.0.2/", "https://127.1/", "http://a.hooks.internal/", "http://a@127.0.0.1/"):
        with pytest.raises(UrlError):
            parse_url(url, trusted)
