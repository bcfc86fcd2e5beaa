from html import unescape
from html.entities import html5

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blog_api.text.entities import replace_entities
from blog_api.text.excerpts import make_excerpter, plain_text
from blog_api.text.search import parse_query
from blog_api.text.slugs import slugify

references = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["&", "&#", "&#x", "&#X", "&amp", "&amp;#"]),
    st.text("0123456789abcdefxAZ", max_size=12),
    st.text("09f", max_size=2).map(lambda digits: digits * 5000),
    st.sampled_from([";", "", " ", ";;"]),
)
texts = st.lists(references | st.text(max_size=10), max_size=4).map("".join)


@given(texts)
@example("&#" + "9" * 5000 + ";")
@example("&#" + "0" * 5000 + "65;")
@example("&#x" + "f" * 5000 + ";")
def test_no_text_raises(text: str) -> None:
    replace_entities(text)
    plain_text(text)
    make_excerpter(parse_query("zebra"))(text)
    slugify(text)


def test_every_named_reference_is_replaced() -> None:
    for name, characters in html5.items():
        assert replace_entities(f"a&{name}b") == (f"a{characters}b" if name.endswith(";") else f"a&{name}b")


@given(st.integers(0, 0x10FFFF))
def test_every_numeric_reference_is_replaced(code: int) -> None:
    for written in (f"&#{code};", f"&#x{code:x};", f"&#X{code:06X};"):
        assert replace_entities(written) == unescape(written)


@pytest.mark.parametrize(
    "text", ["", "&", "&;", "&#;", "&#x;", "&amp", "&#65", "& amp;", "&#٣;", "&#12345678;"]
)
def test_other_text_is_unchanged(text: str) -> None:
    assert replace_entities(text) == text
