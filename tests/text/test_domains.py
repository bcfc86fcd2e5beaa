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
def test_domains_are_encoded_with_idna_2008(domain, known_as):
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
def test_invalid_domains_raise_value_error(domain):
    with pytest.raises(ValueError, match=r".+"):
        domain_in_ascii(domain)
