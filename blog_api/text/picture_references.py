"""Find the addresses of pictures and other files in Markdown, and replace them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from pyromark import events_with_range, reference_definitions

from blog_api.text.media_paths import keys_in
from blog_api.text.rendering.markdown import POSTS, check_nesting

# Links to files with these extensions count as references to pictures.
_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# The URL after the text in brackets, and in a definition.
_AFTER_TEXT = re.compile(rb"[\s>]*\]\([\s>]*(<(?:\\.|[^<>\\\r\n])*>|\S+)")
_IN_DEFINITION = re.compile(rb"\[(?:\\.|[^\\\[\]])*\]:[\s>]*(<(?:\\.|[^<>\\\r\n])*>|\S+)", re.DOTALL)
_TAG = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(img|a)(?=[\s/])((?:\"[^\"]*\"|'[^']*'|[^<>\"'])*+)>", re.DOTALL | re.IGNORECASE
)
_ATTRIBUTE = re.compile(rb"([^\s\"'<>/=]+)(?:\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>=`]+)))?")
# Markdown without any of these need not be parsed.
_MAY_BE_PICTURE = re.compile(r"!\[|<img|\.(?:jpe?g|png|webp)", re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\[\]]*+\]\([\s>]*+<?([^\s<>\"')]+)")
_SOURCE = re.compile(r"<img\b[^<>]*?\bsrc\s*=\s*[\"']?([^\s<>\"']+)", re.IGNORECASE)
_TARGET = re.compile(r"(?:\][(:][\s>]*+|\bhref\s*=\s*[\"']?)(?:<([^<>\n]*)>|([^\s<>\"']+))", re.IGNORECASE)
_MAX_PIECES, _MAX_ALT = 100, 500

# Returns whether to find a URL, which is that of an image or else of a link.
Wanted = Callable[[str, bool], bool]


class Reference(NamedTuple):
    """A reference: its URL, the alternative text of an image, and the byte offsets of the URL in the content."""

    url: str
    alt: str
    start: int
    end: int


class _Open(NamedTuple):
    """An image or a link: its data, the index of its first text, and its alternative text, once that is complete."""

    data: Mapping[str, Any]
    is_image: bool
    first_text: int
    alt: str = ""


def local_path(url: str) -> str | None:
    """Return the path of a local URL. Return None for URLs with a scheme or a host, and for stored pictures."""
    path = _path(url)
    is_other = not path or url.startswith("//") or _SCHEME.match(url) or keys_in(url)
    return None if is_other else path


def clean_alt(text: str) -> str:
    """Return alternative text on one line, within the limits of an upload."""
    line = " ".join(text.split())
    return "".join(character for character in line if character.isprintable())[:_MAX_ALT]


def find_references(content: str, path_of: Callable[[str], str | None] = local_path) -> list[Reference]:
    """Find the references to pictures of the blog, except in code. Raises TooComplex like rendering.

    These are images in Markdown and HTML, links to files with the extension of a picture, and definitions of either, if
    `path_of` returns a path for their URL.
    """
    if not _may_have_pictures(content, path_of):
        return []
    return [each for each in find_urls(content, _is_picture) if path_of(each.url)]


def _may_have_pictures(content: str, path_of: Callable[[str], str | None]) -> bool:
    """Return whether Markdown can refer to pictures of the blog. Most posts do not, and parsing takes longer."""
    if not _MAY_BE_PICTURE.search(content):
        return False
    images = [*_IMAGE.findall(content), *_SOURCE.findall(content)]
    # Others can have brackets in their texts, or use definitions.
    if len(images) < content.count("![") + content.lower().count("<img") or any(map(path_of, images)):
        return True
    targets = (before or other for before, other in _TARGET.findall(content))
    return any(_MAY_BE_PICTURE.search(unquote(url)) and path_of(url) for url in targets)


def find_urls(content: str, is_wanted: Wanted) -> list[Reference]:
    """Find the URLs of images, links and definitions, except in code. Raises TooComplex like rendering."""
    check_nesting(content)
    source = content.encode()
    by_definition: dict[str, str] = {}
    found = list(_find_in_events(content, source, by_definition, is_wanted))
    for definition in reference_definitions(content, options=POSTS.options).values():
        url, span = definition["dest"], definition["span"]
        if url in by_definition or is_wanted(url, False):
            match = _IN_DEFINITION.match(source, span["start"], span["end"])
            found += [Reference(url, by_definition.get(url, ""), *match.span(1))] if match else []
    return sorted(found, key=lambda each: each.start)


def replace_urls(content: str, references: Iterable[Reference], urls: Mapping[str, str]) -> str:
    """Replace the URLs of references by those to which `urls` maps them."""
    source = content.encode()
    pieces, end = [], 0
    for reference in references:
        if reference.url in urls:
            pieces += [source[end : reference.start], urls[reference.url].encode()]
            end = reference.end
    return b"".join([*pieces, source[end:]]).decode()


def _find_in_events(
    content: str, source: bytes, by_definition: dict[str, str], is_wanted: Wanted
) -> Iterator[Reference]:
    """Yield all references but definitions. Map the URLs of images that use one to their texts in `by_definition`."""
    unfinished: list[_Open] = []
    texts: list[str] = []
    end = 0
    for event, span in events_with_range(content, options=POSTS.options):
        end_before, end = end, span["end"]
        match event:
            case {"Start": {"Image": data} | {"Link": data}}:
                is_image = source.startswith(b"!", span["start"])
                end = span["start"] + (len("![") if is_image else len("["))
                unfinished.append(_Open(data, is_image, len(texts)))
            case {"End": "Image" | "Link"}:
                element = unfinished.pop()
                alt = "".join(texts[element.first_text : element.first_text + _MAX_PIECES])
                element = element._replace(alt=clean_alt(alt) if element.is_image else "")
                if element.data["link_type"] == "Inline":
                    yield from _inline(element, source, end_before, end, is_wanted)
                elif element.is_image and is_wanted(element.data["dest_url"], True):
                    by_definition.setdefault(element.data["dest_url"], element.alt)
            case {"Text": str(text)} | {"Code": str(text)}:
                texts.append(text)
            case {"InlineHtml": _} | {"Start": "HtmlBlock"}:
                yield from _find_in_html(source, span["start"], span["end"], is_wanted)
            case "SoftBreak":
                texts.append(" ")


def _inline(element: _Open, source: bytes, text_end: int, end: int, is_wanted: Wanted) -> Iterator[Reference]:
    url = element.data["dest_url"]
    if is_wanted(url, element.is_image) and (match := _AFTER_TEXT.match(source, text_end, end)):
        url_end = match.end(1)
        # Without a title or a space, the match includes the closing bracket.
        url_end -= url_end == end
        yield Reference(url, element.alt, match.start(1), url_end)


def _find_in_html(source: bytes, first: int, last: int, is_wanted: Wanted) -> Iterator[Reference]:
    for tag in _TAG.finditer(source, first, last):
        if tag[1] is None:
            # A comment.
            continue
        attributes: dict[bytes, tuple[str, int, int]] = {}
        for attribute in _ATTRIBUTE.finditer(source, *tag.span(2)):
            group = attribute.lastindex or 0
            value = html.unescape(attribute[group].decode()).strip() if group > 1 else ""
            attributes.setdefault(attribute[1].lower(), (value, *attribute.span(group)))
        is_image = tag[1].lower() == b"img"
        url, start, end = attributes.get(b"src" if is_image else b"href", ("", 0, 0))
        if is_wanted(url, is_image):
            alt, *_ = attributes.get(b"alt", ("",))
            yield Reference(url, clean_alt(alt), start, end)


def _is_picture(url: str, is_image: bool) -> bool:
    return is_image or _path(url).lower().endswith(_ENDINGS)


def _path(url: str) -> str:
    return unquote(re.split("[?#]", url, maxsplit=1)[0])
