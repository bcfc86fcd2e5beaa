"""Check HTML against the allow-list of docs/rendering.md, with another parser than the sanitiser's."""

import re
from collections.abc import Iterator
from typing import Any

from justhtml import JustHTML

ELEMENTS = (
    r"a|abbr|b|bdi|bdo|blockquote|br|caption|cite|code|col|colgroup|dd|del|details|dfn|div|dl|dt|em|figcaption|figure"
    r"|h[1-6]|hr|i|img|input|ins|kbd|li|mark|ol|p|pre|q|rp|rt|ruby|s|samp|section|small|span|strong|sub|summary|sup"
    r"|table|tbody|td|tfoot|th|thead|time|tr|u|ul|var|wbr"
)
WITH_ID = r"h[1-6]|li|a"
# Attribute: elements, values. An element is matched as a whole.
ATTRIBUTES = {
    "align": ("td|th", r"left|center|right"),
    "alt": ("img", r".*"),
    "checked": ("input", r""),
    "class": (
        "code|li|pre|section|span|sup",
        r"(language-[a-z]+[\d+#]*|task-list-item|highlight|footnotes|footnote-ref|[a-z]{1,3}\d?|\s)*",
    ),
    "colspan": ("td|th", r".*"),
    "datetime": ("time", r".*"),
    "dir": (r"\w+", r".*"),
    "disabled": ("input", r""),
    "height": ("img", r".*"),
    "href": ("a", r".*"),
    "id": (WITH_ID, r"[a-z0-9-]+"),
    "lang": (r"\w+", r".*"),
    "open": ("details", r""),
    "rel": ("a", r"nofollow noopener ugc"),
    "role": ("a|section", r"doc-(noteref|backlink|endnotes)"),
    "rowspan": ("td|th", r".*"),
    "scope": ("th", r"col|row"),
    "src": ("img", r".*"),
    "start": ("ol", r".*"),
    "title": ("a|abbr|dfn|img", r".*"),
    "type": ("input", r"checkbox"),
    "value": ("li", r".*"),
    "width": ("img", r".*"),
}
SCHEMES = {"http", "https", "mailto", "tel"}


def elements(html: str) -> Iterator[Any]:
    """Yield all elements of a fragment in document order."""
    nodes = [JustHTML(html, fragment=True, sanitize=False).root]
    while nodes:
        node = nodes.pop()
        assert node.name not in ("#comment", "!doctype", "#doctype"), html
        nodes.extend(reversed(node.children or []))
        if not node.name.startswith("#"):
            yield node


def scheme(url: str) -> str | None:
    """Return the scheme of a URL as a browser reads it: without control characters, in lowercase."""
    url = re.sub(r"[\t\n\r]", "", url.strip("".join(map(chr, range(33)))))
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", url)
    return match[1].lower() if match else None


def faults(html: str) -> list[str]:
    """Return what the allow-list does not contain."""
    found = []
    for element in elements(html):
        if not re.fullmatch(ELEMENTS, element.name) or element.namespace != "html":
            found.append(f"<{element.namespace} {element.name}>")
        if element.name == "input" and element.attrs.keys() - {"checked"} != {"type", "disabled"}:
            found.append(f"<input {element.attrs}>")
        for name, value in element.attrs.items():
            where, what = ATTRIBUTES.get(name, ("", ""))
            if not re.fullmatch(where, element.name) or not re.fullmatch(what, value or "", re.DOTALL):
                found.append(f"<{element.name} {name}={value!r}>")
            if name in ("href", "src") and scheme(value) not in {None, *SCHEMES}:
                found.append(f"<{element.name} {name}={value!r}>")
    return found


def ids(html: str, pattern: str = WITH_ID) -> list[str]:
    """Return the ids of these elements in document order."""
    return [
        element.attrs["id"]
        for element in elements(html)
        if re.fullmatch(pattern, element.name) and "id" in element.attrs
    ]
