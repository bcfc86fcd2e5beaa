import re
from html import unescape
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.excerpts import LENGTH, MAX_EXCERPT, make_excerpter, plain_text
from blog_api.text.search import parse_query
from tests.waiting import cpu_limit

FILLER = "Nothing to see here, please move along. " * 20


def excerpt(text, query="flask"):
    return make_excerpter(parse_query(query))(text)


def unmarked(html):
    return unescape(re.sub("</?mark>", "", html))


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        (
            "# Title\n\nSome *words*, some **more**, __and__ _these_.",
            "Title Some words, some more, and these.",
        ),
        ("- one\n* two\n  + three\n1. four\n> five", "one two three four five"),
        ("A [link](https://example.com/x_y), ![a picture](x.png), [a](b c).", "A link, a picture, a."),
        ("A [link][1].\n\n[1]: https://example.com\nMore.", "A link1. More."),
        ("<p class='x'>Some <b>bold</b> words</p><!-- no -->.", "Some bold words ."),
        ('{{< ref "x" >}}Text {{% note %}}more', "Text more"),
        ("`code` and\n```python\nx = snake_case\n```", "code and python x = snake_case"),
        ("|a|b|\n|---|---|\n| 1 | 2 |\n\n---\nx---y", "a b 1 2 x y"),
        ("AT&amp;T &lt;b&gt; 2 < 3 > 1", "AT&T <b> 2 < 3 > 1"),
        ("AT&T &copy 2026 &#169 &nosuch; &#x110000;", "AT&T &copy 2026 &#169 &nosuch; \ufffd"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("&#" + "9" * 5000, "&#" + "9" * 5000),
        ("C# and a_b, 5 - 3", "C# and a_b, 5 - 3"),
        ("", ""),
    ],
)
def test_plain_text_removes_markup(markdown, text):
    assert plain_text(markdown) == text


def test_short_text_is_shown_whole_with_matches_marked():
    assert excerpt("Why Flask? Because flask-smorest.") == (
        "Why <mark>Flask</mark>? Because <mark>flask</mark>-smorest."
    )


def test_long_text_is_cut_around_the_match_at_word_boundaries():
    shown = excerpt(f"{FILLER}This is about Flask. {FILLER}")
    assert re.fullmatch(r"… \w.* This is about <mark>Flask</mark>\. .*\w[.,]? …", shown)
    assert LENGTH - 40 <= len(unmarked(shown)) <= LENGTH + 4


def test_without_a_match_the_beginning_is_shown():
    shown = excerpt(f"Begin. {FILLER}")
    assert shown.startswith("Begin. Nothing to see")
    assert shown.endswith(" …")
    assert "<mark>" not in shown


def test_the_place_with_the_most_distinct_matches_is_shown():
    text = f"Open is one. {FILLER} Data is another. {FILLER} Here is open data. {FILLER}"
    assert "Here is <mark>open</mark> <mark>data</mark>." in excerpt(text, "open data")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("cafe", "A <mark>Café</mark>, open data; reopen. Pythons."),
        ("open", "A Café, <mark>open</mark> data; reopen. Pythons."),
        ('"open data"', "A Café, <mark>open data</mark>; reopen. Pythons."),
        ('"data open"', "A Café, open data; reopen. Pythons."),
        ("open-data", "A Café, <mark>open data</mark>; reopen. Pythons."),
        ("pyth", "A Café, open data; reopen. <mark>Pythons</mark>."),
        ('"pyth"', "A Café, open data; reopen. Pythons."),
        ("pyth open", "A Café, <mark>open</mark> data; reopen. Pythons."),
        ("data -open", "A Café, open <mark>data</mark>; reopen. Pythons."),
        ("!!!", "A Café, open data; reopen. Pythons."),
    ],
)
def test_matches_of_the_query_are_marked(query, shown):
    assert excerpt("A Café, open data; reopen. Pythons.", query) == shown


def test_text_that_looks_like_html_is_escaped():
    assert excerpt("`<script>` &lt;script&gt;alert('flask')&lt;/script&gt;", "flask") == (
        "&lt;script&gt;alert(&#x27;<mark>flask</mark>&#x27;)&lt;/script&gt;"
    )


@given(st.text() | st.text("ab <>&\"'[](){}*_`#~-|\n"), st.text() | st.text('ab "-'))
def test_any_excerpt_is_safe_html_of_bounded_length(text, query):
    html = excerpt(text, query)
    assert len(html) <= MAX_EXCERPT
    assert not re.search(r"[<>\"']", re.sub(r"<mark>[^<>]+</mark>", "", html))
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", html)


SIGNS = [
    *"[<({_*`~-|#&!> \n\\a\u0301",
    "](",
    "![",
    "<!--",
    "{{<",
    "a ",
    "_a",
    "a_",
    "_ ",
    "\n[",
    "\n- ",
    "flask",
    "flask ",
]


@pytest.mark.parametrize("sign", SIGNS)
def test_excerpts_take_linear_time(sign):
    # Quadratic time would take minutes.
    run = sign * (100_000 // len(sign))
    with cpu_limit():
        for before, after in product(("", "x"), ("", "a", "!", "]")):
            assert len(excerpt(f"{before}{run}{after}", 'flask "a a b" a')) <= MAX_EXCERPT
