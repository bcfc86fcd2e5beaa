"""The allow-list of the HTML of posts."""

import nh3

_BLOCKS = {
    "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "li", "ol", "p", "pre", "section", "summary", "ul",
}  # fmt: skip
_TABLES = {"caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
_INLINE = {
    "a", "abbr", "b", "br", "cite", "code", "del", "dfn", "em", "i", "img", "input", "ins", "kbd", "mark", "q", "s",
    "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
}  # fmt: skip
TAGS = _BLOCKS | _TABLES | _INLINE
ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_ALIGNED = {"align": {"left", "center", "right"}}
VALUES = {
    "input": {"type": {"checkbox"}, "disabled": {""}, "checked": {""}},
    "td": _ALIGNED,
    "th": _ALIGNED,
}
SCHEMES = {"http", "https", "mailto", "tel"}
REL = "nofollow noopener ugc"


def _cleaner(rel: str | None) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        tag_attribute_values=VALUES,
        url_schemes=SCHEMES,
        link_rel=rel,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    )


_TRUSTED, _UNTRUSTED = _cleaner(None), _cleaner(REL)


def sanitize(html: str, *, trusted: bool) -> str:
    """Remove everything that is not in the allow-list."""
    return (_TRUSTED if trusted else _UNTRUSTED).clean(html)
