"""Converting the content of posts of WordPress to Markdown."""

from __future__ import annotations

import pytest

from blog_api.services.importing.wordpress.content import comment_to_markdown, read_content
from blog_api.services.importing.wordpress.index import Attachment
from blog_api.services.importing.wordpress.paragraphs import add_paragraphs

FILES = {
    "1": Attachment("https://b.example/1.jpg", "One", "First"),
    "2": Attachment("https://b.example/2.jpg", "", ""),
}


def convert(html):
    return read_content(
        html, lambda ids: [FILES[each] for each in ids or ["1"]], lambda url: url if url == "/x" else ""
    )


def details(content):
    return [tally.detail for tally in content.tallies]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("One\ntwo\n\nThree", "<p>One<br>\ntwo</p>\n<p>Three</p>\n"),
        ("One\r\n\r\nTwo", "<p>One</p>\n<p>Two</p>\n"),
        ("a<br />\nb", "<p>a<br>\nb</p>\n"),
        ("a <b>c\nd</b> e", "<p>a <b>c<br>\nd</b> e</p>\n"),
        (
            "<h2>A</h2>\ntext\n<ul>\n<li>b</li>\n</ul>",
            "<h2>\nA</h2>\n<p>text</p>\n<ul>\n<li>\nb</li>\n</ul>\n",
        ),
        ("<pre>a\n\n  b</pre>\n\nc", "<pre>a\n\n  b</pre>\n<p>c</p>\n"),
        ("<blockquote>a\n\nb</blockquote>", "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>\n"),
        ("<p>a\nb</p>\n<p>c</p>", "<p>\na<br>\nb</p>\n<p>\nc</p>\n"),
        ("<pre>a", "<pre>a\n"),
        ("<!-- a -->\n\n", ""),
    ],
)
def test_line_breaks_become_paragraphs(html, expected):
    assert add_paragraphs(html) == expected


def test_marks_of_blocks_are_removed_and_classic_text_between_them_gets_paragraphs():
    content = convert(
        "<!-- wp:paragraph -->\n<p>One</p>\n<!-- /wp:paragraph -->\n\nTwo\nthree\n\n"
        '<!-- wp:heading {"level":2} -->\n<h2>Four</h2>\n<!-- /wp:heading -->\n<!-- wp:latest-posts /-->'
    )
    assert content.markdown == "One\n\nTwo  \nthree\n\n## Four"
    assert details(content) == ["blocks of the type latest-posts, which WordPress fills when it shows them"]


@pytest.mark.parametrize(
    "html",
    [
        '[code language="php"]\n<?php echo "[gallery]"; ?>\n[/code]',
        '[sourcecode lang=&#8221;php&#8221;]&lt;?php echo "[gallery]"; ?&gt;[/sourcecode]',
        '[php]<?php echo "[gallery]"; ?>[/php]',
        '<!-- wp:code {"language":"php"} -->\n<pre>&lt;?php echo "[gallery]"; ?></pre>\n<!-- /wp:code -->',
    ],
)
def test_code_keeps_its_language(html):
    assert convert(html).markdown == '```php\n<?php echo "[gallery]"; ?>\n```'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('[gallery ids="2"]', "![](https://b.example/2.jpg)"),
        ("[embed]https://video.example/1[/embed]", "https://video.example/1"),
        ('[audio mp3="https://b.example/a.mp3"][/audio]', "https://b.example/a.mp3"),
        ("[[gallery]]", r"\[gallery\]"),
        ("<code>[gallery]</code>", "`[gallery]`"),
    ],
)
def test_shortcodes_become_markdown(html, expected):
    assert convert(html).markdown.strip("<>") == expected


@pytest.mark.parametrize(
    "html",
    [
        '[caption id="a" width="3"]<img src="https://b.example/1.jpg" alt="One" /> First[/caption]',
        "[gallery]",
    ],
)
def test_captions_stay_with_their_pictures(html):
    content = convert(html)
    assert "https://b.example/1.jpg" in content.markdown
    assert "First" in content.markdown
    assert "[" not in content.markdown.replace("![", "")


def test_other_shortcodes_stay_as_text_and_are_counted():
    content = convert('[contact-form-7 id="1"] and [sic] and [box]text[/box]')
    assert content.markdown == r'\[contact-form-7 id="1"\] and \[sic\] and \[box\]text\[/box\]'
    assert details(content) == [
        "the shortcode [contact-form-7] stays as text",
        "the shortcode [box] stays as text",
    ]


def test_the_text_before_the_mark_is_the_teaser():
    content = convert("First <b>part</b>.\n\n<!--more Read on-->\n\nSecond.")
    assert (content.teaser, content.markdown) == ("First part.", "First **part**.\n\nSecond.")


def test_links_to_posts_of_the_export_become_paths():
    assert convert('<a class="b" href="/x">A</a> <a href="/y">B</a>').markdown == "[A](/x) [B](/y)"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("Hi.\nSecond line.\n\nNew one.", "Hi.  \nSecond line.\n\nNew one."),
        ("1. not a list, *no* #tag", r"1\. not a list, \*no\* #tag"),
        ('Hi <a href="https://c.example">you</a> &amp; me', "Hi [you](https://c.example) & me"),
    ],
)
def test_comments_become_markdown(html, expected):
    assert comment_to_markdown(html) == expected


@pytest.mark.parametrize(
    "html",
    ["[code]", "[[a", "<pre>", "[a ", "<!-- wp:a ", "<!-- wp:a -->", "<a href=", "<", "\n", "[caption]<img "],
)
def test_repeated_beginnings_take_linear_time(html):
    assert len(convert(html * 3_000).markdown) < 1_000_000
