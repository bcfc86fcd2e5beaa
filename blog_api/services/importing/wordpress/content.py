"""Convert the content of posts in an export to Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from turbohtml import parse_fragment

from blog_api.services.importing.wordpress.blocks import has_blocks, remove_marks
from blog_api.services.importing.wordpress.paragraphs import add_paragraphs
from blog_api.services.importing.wordpress.shortcodes import FindAttachments, replace_shortcodes
from blog_api.services.importing.wordpress.values import to_line
from blog_api.text.html_links import FindAddress, replace_links
from blog_api.text.html_to_markdown import convert
from blog_api.text.issues import Code, Tally

_MORE = re.compile(r"<!--\s*more\b[^<>]*-->")

_LINE_END = re.compile(r"[ \t]*\r?\n[ \t]*")
_LINE = r"[^\W\d_][^\\`*_{}\[\]<>()#+|~$&=:@/\x00-\x1f\x7f]*"
_PLAIN = re.compile(rf"{_LINE}(?:\n+{_LINE})*")
_OTHER_MARKUP = re.compile(r"<(?!/?(?:a|b|br|em|i|p|strong)[\s>])|&#")
_LINE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")


class Content(NamedTuple):
    """Markdown, the text before the "Read more" mark, and tallies of what was converted."""

    markdown: str
    teaser: str
    tallies: tuple[Tally, ...]


def read_content(html: str, find_attachments: FindAttachments, find_address: FindAddress) -> Content:
    """Convert the content of a post. Links to other posts of the export become paths."""
    html = html.replace("\r\n", "\n")
    before, rest = _split_at_more(html)
    replaced = replace_shortcodes(before + rest, find_attachments)
    teaser = to_line(_paragraphs(replace_shortcodes(before, find_attachments).html)[0]) if rest else ""
    plain, blocks = _paragraphs(replaced.html)
    converted = convert(replace_links(plain, find_address))
    tallies = (*_count(replaced.unknown, blocks), *converted.tallies())
    return Content(converted.markdown, teaser, tallies)


def _count(shortcodes: Iterable[str], blocks: Iterable[str]) -> Iterator[Tally]:
    for name in shortcodes:
        yield Tally(Code.TEMPLATE_CODE, f"the shortcode [{name[:50]}] stays as text")
    for name in blocks:
        yield Tally(
            Code.LEFT_OUT, f"blocks of the type {name[:50]}, which WordPress fills when it shows them"
        )


def comment_to_markdown(html: str) -> str:
    """Convert the content of a comment: text with line breaks and a few elements."""
    text = _LINE_END.sub("\n", html.strip())
    if _PLAIN.fullmatch(text):
        # Most comments. Text without any sign of Markdown or HTML means the same in both.
        return _LINE_BREAK.sub("  \n", text)
    paragraphs = add_paragraphs(text)
    if _OTHER_MARKUP.search(text):
        return convert(paragraphs).markdown
    # For these elements, there is no need to compare what Markdown shows, which takes ten times as long.
    return parse_fragment(paragraphs, positions=False).to_markdown().strip()


def _split_at_more(html: str) -> tuple[str, str]:
    match = _MORE.search(html)
    return (html[: match.start()], html[match.end() :]) if match else (html, "")


def _paragraphs(html: str) -> tuple[str, list[str]]:
    """Return the HTML without marks and with paragraphs, and the names of blocks without content."""
    if not has_blocks(html):
        return add_paragraphs(html), []
    plain, empty = remove_marks(html)
    return plain, empty
