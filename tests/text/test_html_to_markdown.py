"""HTML becomes Markdown; what Markdown cannot show stays as HTML."""

import pytest

from blog_api.text.html_to_markdown import MAX_LENGTH, convert
from blog_api.text.rendering import render


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>*b* _c_ `d` [e] | ~~f~~ \\ &lt;g&gt; &amp;amp;", r"\*b\* \_c\_ \`d\` \[e\] | \~\~f\~\~ \\ \<g> \&amp;"),
        ("<p>1. a</p><p># b</p><p>- c</p><p>&gt; d</p>", "1\\. a\n\n\\# b\n\n\\- c\n\n\\> d"),
        ("<p>$a_1 * b_2$ and snake_case</p>", r"$a\_1 \* b\_2$ and snake\_case"),
        ("<h2>a <code>b*</code></h2><hr><p>c<br>d&nbsp;e</p>", "## a `b*`\n\n---\n\nc  \nd\u00a0e"),
        ("<p><b>a</b><b>b</b> <i> c </i>d <strike>e</strike></p>", "**ab** *c* d ~~e~~"),
        ("<p><b><strong>a</strong></b> <span>b</span><i><em>c</em></i></p>", "**a** b*c*"),
        ("<p>H<sub>2</sub>O <kbd>A|B</kbd> <mark>c</mark></p>", "H<sub>2</sub>O <kbd>A|B</kbd> <mark>c</mark>"),
        ('<a href=" /a b" title="c">d</a> <img src="e.png" alt="f]" width="3">', '[d](</a b> "c") ![f\\]](e.png)'),
        ("<ul><li>a<ol start=3><li>b</ol></ul><ul><li>c</ul>", "- a\n\n  3. b\n* c"),
        ("<ul><li><input type=checkbox checked> a<li><input type=checkbox> b</ul>", "- [x] a\n- [ ] b"),
        ("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        (
            "<table><tr><th class=has-text-align-center>a<th style='text-align:left'>b<tr><td>c<td>d</table>",
            "| a | b |\n| :---: | :--- |\n| c | d |",
        ),
        (
            "<table><tr><th>a<th align=right>b|c<tr><td>d<br>e<td><b>f</b></table>",
            "| a | b\\|c |\n| --- | ---: |\n| d<br>e | **f** |",
        ),
        ("<div><section><p>a</p>b<br><br>c</section></div><center>d</center>e", "a\n\nb\n\nc\n\nd\n\ne"),
        ("<p>&nbsp;</p><h2> </h2><ul></ul><p><a href=a></a></p>b", "b"),
        ("<figure><img src=a.png alt=b></figure>", "![b](a.png)"),
        ("<img src='data:image/gif;base64,x' data-src=a.png><noscript><img src=a.png></noscript>", "![](a.png)"),
        ("<script>a</script><style>b</style>c\x00\x0b&#1;", "c"),
    ],
)  # fmt: skip
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert convert(html).markdown == markdown


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<dl><dt>a</dt><dd>b</dd></dl>", ("dl",)),
        ("<details><summary>a</summary><p>b</p></details>", ("details",)),
        ('<figure><img src="a" alt=""><figcaption>b</figcaption></figure>', ("figcaption", "figure")),
        ('<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>', ("table",)),
        ("<table><tbody><tr><td>without a header</td></tr></tbody></table>", ("table",)),
        ("<h2>a<br>b</h2>", ("h2",)),
        ('<div><a href="a"><div>b</div><div>c</div></a></div>', ("div",)),
        ("<pre>a <strong>c</strong>\n\n\nd</pre>", ("pre",)),
    ],
)
def test_what_markdown_cannot_show_stays_as_html(html: str, kept: tuple[str, ...]) -> None:
    converted = convert(f"<p>before</p>{html}<p>after</p>")
    assert converted.markdown == f"before\n\n{html.replace(chr(10) * 3, chr(10) + '&#10;&#10;')}\n\nafter"
    assert converted.kept == kept


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ('<pre class="wp-block-code"><code lang="php" class="language-php">a</code></pre>', "php"),
        ('<pre class="brush: ruby; title: b"><code>a</code></pre>', "ruby"),
        ('<pre><code class="hljs haskell">a</code></pre>', "haskell"),
        ('<div class="language-c++ highlighter-rouge"><div><pre><code>a</code></pre></div></div>', "c++"),
        ('<div class="highlight-source-shell"><pre>a</pre></div>', "shell"),
        ('<pre data-lang="go"><code class="language-plaintext">a</code></pre>', ""),
    ],
)
def test_code_keeps_its_language(html: str, language: str) -> None:
    assert convert(html).markdown == f"```{language}\na\n```"


@pytest.mark.parametrize(
    ("html", "markdown", "name"),
    [
        (
            '<iframe src="//www.youtube.com/embed/abc-123_XYZ?rel=0" title="A film"></iframe>',
            "[A film](https://www.youtube.com/watch?v=abc-123_XYZ)",
            "iframe",
        ),
        ('<iframe src="https://player.vimeo.com/video/42"></iframe>', "<https://vimeo.com/42>", "iframe"),
        ("<video><source src=/a.mp4>no video</video>", "[/a.mp4](/a.mp4)", "video"),
        ("<object data=b.swf><embed src=c.swf></object>", "[b.swf](b.swf)", "object"),
    ],
)
def test_embedded_media_become_links(html: str, markdown: str, name: str) -> None:
    converted = convert(html)
    assert (converted.markdown, converted.linked) == (markdown, (name,))


@pytest.mark.parametrize(
    "html",
    [
        '<p>a<sup><a href="#f" id="r">[1]</a></sup></p><div><ol><li id="f"><p>b <a href="#r">↩</a></p></li></ol></div>',
        '<p>a<sup id="r:1"><a href="#f:1">1</a></sup></p><div><ol><li id="f:1">b <a href="#r:1">↩</a></li></ol></div>',
        '<p>a<a href="#x" id="y"><sup>1</sup></a></p><ol><li id="x">b <a href="#y">^</a></li></ol>',
    ],
)  # fmt: skip
def test_footnotes_stay_footnotes(html: str) -> None:
    assert convert(html).markdown == "a[^1]\n\n[^1]: b"


def test_footnotes_can_have_blocks() -> None:
    html = render(
        "a[^b] c[^d]\n\n[^b]: e\n\n    ```\n    f\n\n    g\n    ```\n\n[^d]: h", base_url=None, trusted=True
    ).html
    assert render(convert(html).markdown, base_url=None, trusted=True).html.split() == html.split()


def test_elements_without_a_form_in_markdown_are_listed() -> None:
    converted = convert("<dl><dt>a</dt></dl><u>b</u><iframe src=c></iframe><svg></svg>")
    assert [(tally.code, tally.detail) for tally in converted.tallies()] == [
        ("html_kept", "the element <dl> stays as HTML"),
        ("html_kept", "the element <u> stays as HTML"),
        ("embed_linked", "the element <iframe> became a link"),
        ("html_removed", "the element <svg> is not allowed and was removed"),
    ]


def test_texts_that_are_too_long_for_a_post_are_not_converted() -> None:
    html = f"<p>*{'a' * MAX_LENGTH}"
    assert convert(html[:-2]).markdown.startswith("\\*a")
    assert convert(html).markdown == html.removeprefix("<p>")
    assert convert(f"<p>*a*{' ' * MAX_LENGTH}").markdown == "\\*a\\*"
