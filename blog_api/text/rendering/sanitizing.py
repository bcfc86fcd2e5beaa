"""The allow-lists of the HTML of posts and comments: docs/rendering.md."""

import nh3

from blog_api.text.rendering.budget import TooComplex
from blog_api.text.rendering.highlighting import CLASSES, LANGUAGES

_BLOCKS = {
    "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "li", "ol", "p", "pre", "section", "summary", "ul",
}  # fmt: skip
_TABLES = {"caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "img", "input", "ins", "kbd",
    "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
}  # fmt: skip
TAGS = _BLOCKS | _TABLES | _INLINE

_HEADING = {"id"}
_CELL = {"colspan", "rowspan"}
ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "id", "title"},
    "abbr": {"title"},
    "dfn": {"title"},
    # The last two are generated (pictures.py).
    "img": {"src", "alt", "title", "width", "height", "srcset", "sizes"},
    "li": {"id", "value"},
    "ol": {"start"},
    "td": _CELL,
    "th": _CELL,
    "time": {"datetime"},
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _HEADING),
}
_ALIGNMENT = {"left", "center", "right"}
VALUES = {
    "a": {"role": {"doc-noteref", "doc-backlink"}},
    "details": {"open": {""}},
    "img": {"loading": {"lazy"}},
    "input": {"type": {"checkbox"}, "checked": {""}},
    "section": {"role": {"doc-endnotes"}},
    "td": {"align": _ALIGNMENT},
    "th": {"align": _ALIGNMENT, "scope": {"col", "row"}},
}
# At most one attribute per element: nh3 adds several in random order.
SET_VALUES = {"input": {"disabled": ""}}
ALLOWED_CLASSES = {
    "code": {f"language-{language}" for language in LANGUAGES},
    "li": {"task-list-item"},
    "pre": {"highlight"},
    "section": {"footnotes"},
    "span": CLASSES,
    "sup": {"footnote-ref"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
# The only attributes and classes in comments are the target of a link, the first number of a list and the language of
# code.
COMMENT_TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "em", "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "strong", "sub",
    "sup", "ul",
}  # fmt: skip
COMMENT_CLASSES = {"code": ALLOWED_CLASSES["code"]}
COMMENT_SCHEMES = {"http", "https", "mailto"}
REL = "nofollow noopener ugc"
# For each ampersand, nh3 reads the rest of the text that it is in. This product takes it about a second.
MAX_READ = 3 * 10**11


def _cleaner(rel: str | None) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        tag_attribute_values=VALUES,
        set_tag_attribute_values=SET_VALUES,
        allowed_classes=ALLOWED_CLASSES,
        url_schemes=SCHEMES,
        link_rel=rel,
    )


_TRUSTED, _UNTRUSTED = _cleaner(None), _cleaner(REL)
_COMMENT = nh3.Cleaner(
    tags=COMMENT_TAGS,
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    allowed_classes=COMMENT_CLASSES,
    url_schemes=COMMENT_SCHEMES,
    link_rel=REL,
)


def sanitize(html: str, *, trusted: bool) -> str:
    """Remove everything that is not allowed. Unless the author is trusted, add REL to all links."""
    return _clean(_TRUSTED if trusted else _UNTRUSTED, html)


def sanitize_comment(html: str) -> str:
    """Remove everything that is not allowed in comments. Add REL to all links."""
    return _clean(_COMMENT, html)


def _clean(cleaner: nh3.Cleaner, html: str) -> str:
    if html.count("&") * len(html) > MAX_READ:
        raise TooComplex("The content has too many ampersands.")
    return cleaner.clean(html)
