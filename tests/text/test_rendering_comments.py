"""What comments are rendered to. docs/rendering.md describes it."""

import time

import pytest
from hypothesis import given, settings

from blog_api.text.rendering import MAX_COMMENT, TooComplex, render_comment
from blog_api.text.rendering import comments as rendering
from tests.safe_html import elements, faults
from tests.text.hostile import PAYLOADS
from tests.text.long_content import FAMILIES
from tests.text.test_rendering_xss import CONTENT

ELEMENTS = set("a b blockquote br code del em hr i kbd li ol p pre s strong sub sup ul".split())  # noqa: SIM905
REL = 'rel="nofollow noopener ugc"'


def comment_faults(html: str) -> list[str]:
    """Return what comments may not contain."""
    found = faults(html)
    for element in elements(html):
        allowed = {"a": {"href", "rel"}, "ol": {"start"}, "code": {"class"}}.get(element.name, set())
        if element.name not in ELEMENTS or element.attrs.keys() - allowed:
            found.append(f"<{element.name} {element.attrs}>")
        if element.name == "a" and element.attrs.get("rel") != "nofollow noopener ugc":
            found.append(f"<a {element.attrs}>")
    return found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>"),
        ("> a\n\n- b\n- c", "<blockquote>\n<p>a</p>\n</blockquote>\n<ul>\n<li>b</li>\n<li>c</li>\n</ul>"),
        ("# a\n\nb\n===", "<p>a</p>\n<p>b</p>"),
        ("<h2 id=a class=b>c</h2>", "<p>c</p>"),
        ("[a](https://b.example 'c')", f'<p><a href="https://b.example" {REL}>a</a></p>'),
        ("see https://b.example", f'<p>see <a href="https://b.example" {REL}>https://b.example</a></p>'),
        ("[a](javascript:b)", f"<p><a {REL}>a</a></p>"),
        ("<b onclick=a style=b title=c lang=d dir=rtl>e</b>", "<p><b>e</b></p>"),
        ("```python\na = 1\n```", '<pre><code class="language-python">a = 1\n</code></pre>'),
        ("<div><table><tr><td>a", "a"),
        ("<script>a</script>b<style>c</style>", "b"),
        ("a\0b\ud800", "<p>ab?</p>"),
        ("", ""),
    ],
)
def test_markdown_becomes_html(content: str, expected: str) -> None:
    assert render_comment(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("![a](https://b.example/c.png)", f'<a href="https://b.example/c.png" {REL}>a</a>'),
        ("![](https://b.example/c.png)", f'<a href="https://b.example/c.png" {REL}>https://b.example/c.png</a>'),
        ("![a](c.png)", "a"),
        ("![a](data:image/png;base64,AAAA)", "a"),
        ("[![a](https://b.example/c.png)](https://d.example)", f'<a href="https://d.example" {REL}>a</a>'),
        ("<img src=https://b.example alt='<i>'>", f'<a href="https://b.example" {REL}>&lt;i&gt;</a>'),
    ],
)  # fmt: skip
def test_an_image_becomes_a_link_or_its_text(content: str, expected: str) -> None:
    assert render_comment(content) in (expected, f"<p>{expected}</p>")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_harmless(payload: str) -> None:
    for content in (payload, f"# {payload}", f"> - {payload}", f"![{payload}](a)", f"<div>\n\n{payload}"):
        assert comment_faults(render_comment(content)) == []


@settings(deadline=None)
@given(CONTENT)
def test_any_input_is_rendered_to_harmless_html(content: str) -> None:
    assert comment_faults(render_comment(content)) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_no_comment_takes_long(family: str) -> None:
    content = FAMILIES[family](MAX_COMMENT)[:MAX_COMMENT]
    start = time.process_time()
    render_comment(content)
    assert time.process_time() - start < rendering.MAX_COMMENT_SECONDS


def test_rendering_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MAX_COMMENT_SECONDS", -1)
    with pytest.raises(TooComplex, match="takes more than -1 seconds"):
        render_comment("a")
