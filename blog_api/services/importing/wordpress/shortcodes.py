"""Replace the shortcodes of WordPress and of common plugins by HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape, unescape
from typing import NamedTuple

from blog_api.services.importing.wordpress.index import Attachment

# Code in HTML, where nothing is replaced, or `[name]`, `[name key="value"]`, `[name=value]`, `[/name]`, `[name /]`.
_START = re.compile(r"<(pre|code)[\s>]|\[(/?)([A-Za-z][A-Za-z0-9_-]*)((?:\s|=)[^\[\]]*?)?(/?)\]")
_ATTRIBUTE = re.compile(r"""([A-Za-z][\w-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))""")
_QUOTES = str.maketrans(
    dict.fromkeys("\u201c\u201d\u2033\u00ab\u00bb", '"') | dict.fromkeys("\u2018\u2019", "'")
)
_URL = re.compile(r"https?://[^\s\"'<>\[\]]+")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#0?39);")
_IMAGE = re.compile(r"<img\s[^<>]*>(?:\s*</a>)?", re.IGNORECASE)
# Plugins for code have a shortcode for each language.
_CODE = ("code", "sourcecode", "highlight", "source", "cc", "prettify")
_LANGUAGES = frozenset(
    (
        "actionscript3", "as3", "bash", "shell", "coldfusion", "cf", "c-sharp", "csharp", "cpp", "c", "css", "delphi",
        "pas", "pascal", "diff", "patch", "erlang", "erl", "fsharp", "go", "golang", "groovy", "haskell", "java",
        "javafx", "jfx", "js", "jscript", "javascript", "latex", "tex", "matlab", "objc", "perl", "pl", "php",
        "plain", "text", "powershell", "ps", "py", "python", "r", "rails", "ror", "ruby", "scala", "sql", "swift",
        "vb", "vbnet", "xml", "xhtml", "xslt", "html", "yaml",
    )
)  # fmt: skip
_MEDIA = ("src", "mp4", "m4v", "webm", "ogv", "wmv", "flv", "mp3", "m4a", "ogg", "wav", "wma")
_EMBEDS = ("embed", "youtube", "vimeo", "gist", "tweet", "soundcloud", "dailymotion", "ted", "spotify")

# Returns the attachments with these ids, or without ids those of the post.
FindAttachments = Callable[[list[str]], Iterable[Attachment]]


class Replaced(NamedTuple):
    """HTML without the known shortcodes, and the names of the others in order, with duplicates."""

    html: str
    unknown: list[str]


class _Shortcode(NamedTuple):
    name: str
    arguments: str
    content: str

    @property
    def attributes(self) -> dict[str, str]:
        found = _ATTRIBUTE.findall(unescape(self.arguments).translate(_QUOTES))
        return {name.lower(): double or single or bare for name, double, single, bare in found}


def replace_shortcodes(html: str, find_attachments: FindAttachments) -> Replaced:
    """Replace captions, galleries, embeds, audio, video and code. Other shortcodes stay as text."""
    pieces: list[str] = []
    unknown: list[str] = []
    closings = _Closings(html)
    end = 0
    while match := _START.search(html, end):
        pieces.append(html[end : match.start()])
        start, end = match.span()
        if match[1]:
            end = closings.after(f"</{match[1]}>", end) or end
            pieces.append(html[start:end])
            continue
        if html.startswith("[", start - 1) and html.startswith("]", end):
            # Double brackets stand for the text of a shortcode.
            pieces[-1] = pieces[-1].removesuffix("[")
            pieces.append(match[0])
            end += 1
            continue
        name, closing = match[3].lower(), f"[/{match[3]}]"
        after = 0 if match[2] or match[5] else closings.after(closing, end)
        content = html[end : after - len(closing)] if after else ""
        replaced = _replace(
            _Shortcode(name, match[4] or "", content), find_attachments, is_enclosing=bool(after)
        )
        if replaced is not None:
            end = after or end
        elif after or (not match[2] and ("=" in (match[4] or "") or "_" in name)):
            unknown.append(name)
        pieces.append(match[0] if replaced is None else replaced)
    pieces.append(html[end:])
    return Replaced("".join(pieces), unknown)


class _Closings:
    """Finds the ends of elements. Remembers which are missing, so that the text is not searched again and again."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._missing: set[str] = set()

    def after(self, closing: str, start: int) -> int:
        """Return the position after the next such end, or 0 if there is none."""
        if closing in self._missing:
            return 0
        found = self._html.find(closing, start)
        if found < 0:
            self._missing.add(closing)
            return 0
        return found + len(closing)


def _replace(shortcode: _Shortcode, find_attachments: FindAttachments, *, is_enclosing: bool) -> str | None:
    """Return HTML, or None for an unknown shortcode."""
    name = shortcode.name
    if name in ("caption", "wp_caption"):
        return _caption(shortcode) if is_enclosing else None
    if name in _CODE or name in _LANGUAGES:
        return _code(shortcode) if is_enclosing else None
    if name == "gallery":
        ids = re.findall(r"\d+", shortcode.attributes.get("ids") or shortcode.attributes.get("include", ""))
        return "\n".join(_figure(each) for each in find_attachments(ids))
    if name in ("audio", "video"):
        return _link(_media_url(shortcode.attributes) or _first_url(shortcode))
    return _link(_first_url(shortcode)) if name in _EMBEDS else None


def _caption(shortcode: _Shortcode) -> str:
    """Return a figure. The caption is an attribute, or what follows the image."""
    content = shortcode.content.strip()
    match = _IMAGE.search(content)
    image, text = (content[: match.end()], content[match.end() :]) if match else (content, "")
    caption = shortcode.attributes.get("caption", "") or text.strip()
    return _with_caption(image, caption)


def _with_caption(image: str, caption: str) -> str:
    caption = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f"\n\n<figure>{image}{caption}</figure>\n\n"


def _figure(attachment: Attachment) -> str:
    image = f'<img src="{escape(attachment.url)}" alt="{escape(attachment.alt)}">'
    return _with_caption(image, escape(attachment.caption))


def _code(shortcode: _Shortcode) -> str:
    attributes = shortcode.attributes
    language = attributes.get("language") or attributes.get("lang") or shortcode.arguments.strip(" ='\"")
    if shortcode.name in _LANGUAGES:
        language = shortcode.name
    code = shortcode.content.strip("\r\n")
    # The visual editor stores code escaped, the other one as it is.
    return code_block(unescape(code) if _ENTITY.search(code) else code, language)


def code_block(code: str, language: str) -> str:
    """Return a block of code in HTML."""
    language = language if re.fullmatch(r"[A-Za-z0-9+#_-]{1,30}", language) else ""
    attribute = f' class="language-{language.lower()}"' if language else ""
    return f"\n\n<pre><code{attribute}>{escape(code, quote=False)}</code></pre>\n\n"


def _media_url(attributes: Mapping[str, str]) -> str:
    return next((attributes[name] for name in _MEDIA if attributes.get(name)), "")


def _first_url(shortcode: _Shortcode) -> str:
    match = _URL.search(shortcode.content) or _URL.search(unescape(shortcode.arguments))
    return match[0] if match else ""


def _link(url: str) -> str | None:
    url = unescape(url).strip()
    return f'\n\n<p><a href="{escape(url)}">{escape(url)}</a></p>\n\n' if url else None
