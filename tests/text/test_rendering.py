"""What Markdown is rendered to. docs/rendering.md describes it."""

from typing import Any

import pytest

from blog_api.text.rendering import render
from blog_api.text.rendering.highlighting import MAX_HIGHLIGHTED
from blog_api.text.rendering.tidying import MAX_DEPTH
from tests.safe_html import faults, ids

BASE = "https://blog.example/posts/"


def html(content: str, base_url: str | None = None, *, trusted: bool = True) -> str:
    return render(content, base_url=base_url, trusted=trusted).html.strip()


def toc(content: str) -> list[dict[str, Any]]:
    return render(content, base_url=None, trusted=True).toc


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>"),
        ("a\\\nb", "<p>a<br>\nb</p>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ('![a](b.png "c")', '<p><img src="b.png" alt="a" title="c"></p>'),
        ("[a]\n\n[a]: /b 'c'", '<p><a href="/b" title="c">a</a></p>'),
        ("<https://a.example>", '<p><a href="https://a.example">https://a.example</a></p>'),
        ("a &amp; b &copy; <", "<p>a &amp; b © &lt;</p>"),
        ("\ud800", "<p>?</p>"),
        ("a\0b", "<p>ab</p>"),
        ("", ""),
    ],
)
def test_markdown_becomes_html(content: str, expected: str) -> None:
    assert html(content) == expected


@pytest.mark.parametrize("rest", ["", "\n\n  b"])
def test_stylesheets_can_hide_the_bullets_of_tasks(rest: str) -> None:
    task = '<li class="task-list-item"><input type="checkbox" checked="" disabled=""> a'
    assert html(f"- [x] a{rest}\n- c").replace("\n", " ").replace("> <p>", ">").startswith(f"<ul> {task}")


def test_tables_are_aligned_without_css() -> None:
    table = html("|a|b|c|d|\n|-|:-|:-:|-:|\n|1|2|3|4|")
    assert '<th>a</th><th align="left">b</th><th align="center">c</th><th align="right">d</th>' in table
    assert '<td>1</td><td align="left">2</td><td align="center">3</td><td align="right">4</td>' in table


@pytest.mark.parametrize(
    "markup",
    [
        "<details open><summary>a</summary><p>b</p></details>",
        "<figure><img src='a' width='1' height='2'><figcaption>b</figcaption></figure>",
        "<p>H<sub>2</sub>O <kbd>x</kbd> <abbr title='a'>b</abbr> <ruby>a<rt>b</rt></ruby></p>",
        "<p lang='ar' dir='rtl'>a</p>",
    ],
)
def test_ordinary_html_stays(markup: str) -> None:
    assert html(markup).replace('open=""', "open") == markup.replace("'", '"')


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p id=a class=b style='c' onclick=d data-e=f>g</p>", "<p>g</p>"),
        ("a<script>b</script><style>c</style>d", "<p>ad</p>"),
        ("a<!-- b -->c", "<p>ac</p>"),
        ("<form><button>a</button></form>", "a"),
        ("<input name=a>b<input type=checkbox>", "<p>b</p>"),
        ("<blink>a</blink>", "<p>a</p>"),
    ],
)
def test_other_html_is_removed(content: str, expected: str) -> None:
    assert html(content) == expected


def test_headings_have_unique_ids() -> None:
    content = "# Hello *world*\n\n## Hello world\n\n<h3 id='x'>Hello world</h3>\n\nÄpfel & C++\n===\n\n# \u200b\n\n#\n"
    assert toc(content) == [
        {"level": 1, "id": "hello-world", "text": "Hello world"},
        {"level": 2, "id": "hello-world-2", "text": "Hello world"},
        {"level": 3, "id": "hello-world-3", "text": "Hello world"},
        {"level": 1, "id": "apfel-and-c-plus-plus", "text": "Äpfel & C++"},
        {"level": 1, "id": "section", "text": "\u200b"},
    ]
    assert ids(html(content)) == [entry["id"] for entry in toc(content)]


def test_ids_of_headings_differ_from_those_of_footnotes() -> None:
    content = "# fn 1\n\n# fnref 1 [^a]\n\n[^a]: b"
    assert [entry["id"] for entry in toc(content)] == ["fn-1-2", "fnref-1-2"]
    assert [entry["text"] for entry in toc(content)] == ["fn 1", "fnref 1"]


def test_footnotes_are_collected_in_the_order_of_their_references() -> None:
    content = "[^z]: last\n\na[^b] c[^z] d[^b]\n\n[^unused]: unused\n\n> [^b]: first\n\ne"
    rendered = html(content)
    assert ids(rendered) == ["fnref-1", "fnref-2", "fnref-1-2", "fn-1", "fn-2", "fn-3"]
    assert rendered.index("<p>e</p>") < rendered.index('<section class="footnotes" role="doc-endnotes">')
    assert rendered.index("first") < rendered.index("last") < rendered.index("unused")
    assert '<a href="#fnref-1-2" role="doc-backlink">↩</a>' in rendered


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("a", "https://blog.example/posts/a"),
        ("../a?b#c", "https://blog.example/a?b#c"),
        ("/a", "https://blog.example/a"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("http://other.example/a", "http://other.example/a"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("#a", "#a"),
    ],
)
def test_relative_urls_are_resolved(url: str, resolved: str) -> None:
    assert html(f"[a](<{url}>)", BASE) == f'<p><a href="{resolved}">a</a></p>'
    assert html(f'<p><img src="{url}"></p>', BASE) == f'<p><img src="{resolved}"></p>'
    assert html(f"[a](<{url}>)") == f'<p><a href="{url}">a</a></p>'


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("see https://a.example/b_c_d?e=1&f.", "https://a.example/b_c_d?e=1&amp;f"),
        ("(http://a.example/b)", "http://a.example/b"),
        ("**https://a.example**", "https://a.example"),
        ("www.example.com", "www.example.com"),
    ],
)
def test_addresses_in_text_become_links(text: str, linked: str) -> None:
    assert f"{linked}</a>" in html(text)


@pytest.mark.parametrize(
    "text",
    [
        "`https://a.example`",
        "    https://a.example",
        "README.md a.example",
        "javascript://a.example/%0aalert()",
    ],
)
def test_other_text_does_not_become_a_link(text: str) -> None:
    assert "<a" not in html(text)


def test_invalid_urls_are_removed() -> None:
    assert html("[a](http://[b)", BASE) == html("[a](http://[b)") == "<p><a>a</a></p>"


def test_links_of_untrusted_authors_are_marked() -> None:
    assert html("[a](b)", trusted=False) == '<p><a href="b" rel="nofollow noopener ugc">a</a></p>'
    assert html("<a href=b rel=me target=c>a</a>") == '<p><a href="b">a</a></p>'


@pytest.mark.parametrize("info", ["python", "PY", "python title=a", "python,linenos"])
def test_code_of_known_languages_is_highlighted(info: str) -> None:
    rendered = html(f"```{info}\n\n  if a < 'b':\n```")
    assert rendered.startswith('<pre class="highlight"><code class="language-py')
    assert '\n\n  <span class="k">if</span>' in rendered.replace('">\n', '">\n\n', 1).replace(
        "\n\n\n", "\n\n"
    )
    assert "&lt;" in rendered
    assert not faults(rendered)


@pytest.mark.parametrize("fence", ["```", "```unknown", '```"><script>', "```mermaid"])
def test_other_code_is_plain(fence: str) -> None:
    assert html(f"{fence}\n<b>\n```") == "<pre><code>&lt;b&gt;\n</code></pre>"


def test_code_beyond_the_limit_is_plain() -> None:
    block = "```python\n" + "if a: b\n" * (MAX_HIGHLIGHTED // 8) + "```\n\n"
    first, second = html(block * 2).split("</pre>")[:2]
    assert "<span" in first
    assert "<span" not in second


@pytest.mark.parametrize("opening", [">", "<div>", "<b>", "<ul><li>", "- + "])
def test_deep_nesting_becomes_text(opening: str) -> None:
    rendered = html(opening * 20_000 + "a")
    deepest = max(rendered.count(f"<{name}>") for name in ("blockquote", "div", "b", "ul"))
    assert deepest <= MAX_DEPTH
    assert "a" in rendered
