"""Any HTML can be converted to Markdown, which shows the same text, links, images and tables, in linear time."""

import re
import time
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turbohtml import parse_fragment

from blog_api.text.html_to_markdown import convert
from blog_api.text.rendering import render

SIGNS = "ab *_`#|1.-+>[](){}\\!~:&<=\u00a0é\"'$^/@w\n"
FORMATS = (
    "b",
    "code",
    "del",
    "em",
    "i",
    "kbd",
    "mark",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
)
N = 2_000

words = st.text(SIGNS, max_size=12).map(escape)
urls = st.text("ab/?&=#()[] *_<>\"'é%|\\`", max_size=8).map(lambda path: escape(f"https://a.b/{path}"))


def elements(tags, content):
    return st.builds("<{0}>{1}</{0}>".format, st.sampled_from(tags), content)


def inline(content):
    return st.one_of(
        elements(FORMATS, content),
        st.builds('<a href="{}">{}</a>'.format, urls, content),
        st.builds('<img src="{}" alt="{}">'.format, urls, words),
        st.just("<br>"),
        st.builds("{}{}".format, content, content),
    )


texts = st.recursive(words, inline, max_leaves=6)


def blocks(content):
    items = st.lists(content, min_size=1, max_size=3).map(
        lambda found: "".join(f"<li>{item}</li>" for item in found)
    )
    row = st.builds("<tr><td>{}</td><td>{}</td></tr>".format, texts, texts)
    return st.one_of(
        elements(("blockquote", "div", "section"), content),
        elements(("ol", "ul"), items),
        st.builds("<details><summary>{}</summary>{}</details>".format, texts, content),
        st.builds("<dl><dt>{}</dt><dd>{}</dd></dl>".format, texts, content),
        st.builds("<figure>{}<figcaption>{}</figcaption></figure>".format, content, texts),
        st.builds("<table><tr><th>{}</th><th>{}</th></tr>{}</table>".format, texts, texts, row),
        st.builds("{}{}".format, content, content),
    )


base = st.one_of(elements(("p", "h2", "h4"), texts), elements(("pre",), words), st.just("<hr>"), texts)
pages = st.recursive(base, blocks, max_leaves=8)


def shown(markdown: str):
    """Return the text without white space, links, images and tables, without what is empty."""
    root = parse_fragment(render(markdown, base_url=None, trusted=True).html)
    tables = [table for table in root.select("table") if table.text.strip() or table.select_one("img")]
    return (
        squeeze(root.text),
        [address(link.attr("href")) for link in root.select("a[href]") if link.text.strip()],
        [(address(image.attr("src")), squeeze(image.attr("alt"))) for image in root.select("img")],
        [[squeeze(cell.text) for cell in table.select("th, td")] for table in tables],
    )


def squeeze(text: str | None) -> str:
    return "".join((text or "").split())


def address(url: str | None) -> str:
    return quote((url or "").strip(), safe="-_.+!*'(),%#@?=;:/&$~")


@given(pages)
@settings(max_examples=60, deadline=None)
def test_text_links_images_and_tables_survive(html: str) -> None:
    html = re.sub(r"\n\s*", "\n", html)
    original = f"<div>{html}</div>".replace("\n", "&#10;")
    assert shown(convert(html).markdown) == shown(original)


@given(
    st.lists(
        st.sampled_from([*"<>/ab \"'=&;!-\ud800\x00", "<p>", "</p>", "<table>", "<td>", "<li>", "<a href="])
    ).map("".join)
)
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_converted(html: str) -> None:
    render(convert(html).markdown, base_url=None, trusted=False)


@pytest.mark.parametrize(
    "unit",
    [
        "<div>", "<p><b>", "<ul><li>", "<td>a", "<table><tr><th>a<td>b</table>", "<h1>a<br>b</h1>", "<pre>a\n\nb</pre>",
        "<li id=a>x<a href='#b'>", "<sup><a href='#a' id=b>", "&", "\u00a0", "a<br>",
    ],
)  # fmt: skip
def test_converting_takes_linear_time(unit: str) -> None:
    shorter, longer = (unit * (length // len(unit)) for length in (N, 4 * N))
    for _ in range(4):
        times = seconds(shorter), seconds(longer)
        if times[1] < max(0.1, 10 * times[0]):
            return
    pytest.fail(f"{N} characters took {times[0]:.3f} s, {4 * N} took {times[1]:.3f} s")


def seconds(html: str) -> float:
    start = time.process_time()
    convert(html)
    return time.process_time() - start
