from __future__ import annotations

import pytest

from blog_api.text.domains import domain_in_ascii


@pytest.mark.parametrize(
    ("domain", "known_as"),
    [
        ("example.com", "example.com"),
        ("Mail_1.Example.COM", "Mail_1.Example.COM"),
        ("straße.example", "xn--strae-oqa.example"),
        ("Straße.Example", "xn--strae-oqa.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("ｂüｃher.example", "xn--bcher-kva.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ],
)
def test_a_domain_has_the_name_that_the_dns_has_had_for_it_since_2008(domain, known_as):
    assert domain_in_ascii(domain) == known_as


@pytest.mark.parametrize(
    "domain",
    [
        "a\u200db.example",
        "ex\u00adample.com",
        "\u200bexample.com",
        "☃.example",
        "-ü.example",
        "ü..example",
        "ü" * 64,
        "[127.0.0.1]",
    ],
)
def test_what_no_server_could_be_asked_for_is_none(domain):
    with pytest.raises(ValueError, match=r".+"):
        domain_in_ascii(domain)
