"""The setting WEBHOOKS_ALLOW."""

from __future__ import annotations

import pytest

from blog_api.outgoing.urls import canonical_host
from config import ConfigError
from tests.apps import configured as load


def test_hosts_are_stored_as_the_http_client_spells_them():
    assert load({})["WEBHOOKS_ALLOW"] == frozenset()
    given = ("127.0.0.1", "[::1]", "0:0::2", "Hooks.Internal.", "service_1", "localhost", "10.0.0.5")
    allowed = load({"WEBHOOKS_ALLOW": " , ".join(given)})["WEBHOOKS_ALLOW"]
    assert allowed == {"127.0.0.1", "::1", "::2", "hooks.internal", "service_1", "localhost", "10.0.0.5"}
    assert {canonical_host(f"[{host}]" if ":" in host else host) for host in allowed} == allowed


@pytest.mark.parametrize(
    "value",
    [
        "https://example.com",
        "*",
        "a b",
        "10.0.0.0/8",
        "127.1",
        "0x7f.1",
        "a:80",
        "1.2.3.4:80",
        "[::1",
        "ä.de",
    ],
)
def test_other_values_are_refused(value):
    with pytest.raises(ConfigError, match="WEBHOOKS_ALLOW must be hosts"):
        load({"WEBHOOKS_ALLOW": value})
