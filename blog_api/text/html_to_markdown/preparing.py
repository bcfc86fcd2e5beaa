"""Bring the HTML of other systems into a shape that the sanitizer keeps and Markdown can express."""

from __future__ import annotations

import re

from turbohtml import Element

# The renderer removes them with their content.
_REMOVED = (
    "applet", "audio", "canvas", "embed", "frameset", "iframe", "input", "math", "noembed", "noframes", "object",
    "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp",
)  # fmt: skip
# The sanitizer removes only their tags, and so joins the text before, in and after them.
_CONTAINERS = (
    "address", "article", "aside", "center", "fieldset", "footer", "form", "header", "hgroup", "legend", "main", "nav",
    "noscript", "search",
)  # fmt: skip
_RENAMED = {
    **dict.fromkeys(_CONTAINERS, "div"),
    "acronym": "abbr", "b": "strong", "dir": "ul", "i": "em", "menu": "ul", "strike": "s", "tt": "code",
}  # fmt: skip
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file")
# Without their attributes, which the sanitizer removes, these elements have no meaning, or none within each other.
_UNWRAPPED = "span, font, big, strong strong, em em"
_MERGED = "strong + strong, em + em"
_ALIGNMENT = re.compile(r"(?:text-align(?::\s*|-)|^)(left|center|right)")
# Class names of WordPress, Ghost, Prism, highlight.js, SyntaxHighlighter, Pandoc and GitHub.
_LANGUAGE = re.compile(
    r"(?:^|[\s;])(?:lang(?:uage)?-|highlight-source-|brush:\s*|sourceCode\s+|hljs\s+)([\w#+.-]+)"
)
_LANGUAGE_ATTRIBUTES = ("data-lang", "data-language", "lang")
_NO_LANGUAGES = frozenset({"default", "none", "nohighlight", "plain", "plaintext", "undefined"})


def prepare(root: Element) -> set[str]:
    """Change elements in place. Return the names of those that the renderer will remove."""
    for hidden in root.select("img + noscript"):
        hidden.decompose()
    for box in root.select("li input[type=checkbox]"):
        box.attrs["disabled"] = ""
    removed = {element.tag for element in root.iter_elements(_REMOVED)} - {"input"}
    if root.select_one("input:not([type=checkbox][disabled])"):
        removed.add("input")
    for element in list(root.iter_elements(tuple(_RENAMED))):
        element.tag = _RENAMED[element.tag]
    for image in root.select("img"):
        if not _load(image):
            removed.add("img")
            image.decompose()
    for link in root.select("a[href]"):
        link.attrs["href"] = "".join((link.attr("href") or "").split("\n")).strip()
    root.strip_tags(_UNWRAPPED).normalize()
    for element in root.select(_MERGED):
        _merge(element)
    for cell in root.select("th, td"):
        _align(cell)
    return removed


def languages_of(root: Element) -> list[str]:
    """Return the language of each <pre>, or ""."""
    return [_language(block) for block in root.select("pre")]


def restore_languages(root: Element, languages: list[str]) -> None:
    """Mark the code with its languages, of which the sanitizer keeps only those that the renderer highlights."""
    blocks = root.select("pre")
    if len(blocks) != len(languages):
        return
    for block, language in zip(blocks, languages, strict=True):
        if language:
            (block.select_one("code") or block).attrs["class"] = f"language-{language}"


def _load(image: Element) -> bool:
    """Give a picture that a script would load its URL. Return whether it has one."""
    source = (image.attr("src") or "").strip()
    if not source or source.lower().startswith("data:"):
        lazy = (image.attr(name) for name in _LAZY)
        source = next((url.strip() for url in lazy if url and url.strip()), "")
    # Line breaks are not part of a URL (https://url.spec.whatwg.org/#url-parsing).
    image.attrs["src"] = "".join(source.splitlines())
    return bool(source) and not source.lower().startswith("data:")


def _merge(element: Element) -> None:
    """Move the content into an equal element directly before, because `**a****b**` is not two words in bold."""
    before = element.previous_sibling
    if isinstance(before, Element) and before.tag == element.tag:
        before.extend(list(element.children))
        element.decompose()


def _align(cell: Element) -> None:
    """Set the alignment of a cell that has it in a class, a style or an attribute of WordPress."""
    places = (cell.attr(name) or "" for name in ("align", "data-align", "class", "style"))
    if found := next(filter(None, map(_ALIGNMENT.search, places)), None):
        cell.attrs["align"] = found[1]
        cell.attrs.pop("style", None)


def _language(block: Element) -> str:
    """Return the language that the block, its code or the elements around it name, or ""."""
    around = block.parent if isinstance(block.parent, Element) else None
    outer = around.parent if around and isinstance(around.parent, Element) else None
    for element in (block.select_one("code"), block, around, outer):
        if element is not None and (language := _named(element)):
            return "" if language in _NO_LANGUAGES else language
    return ""


def _named(element: Element) -> str:
    if match := _LANGUAGE.search(element.attr("class") or ""):
        return match[1].lower()
    if element.tag not in ("code", "pre"):
        return ""
    names = (element.attr(name) or "" for name in _LANGUAGE_ATTRIBUTES)
    return next((name.lower() for name in names if re.fullmatch(r"[\w#+.-]+", name)), "")
