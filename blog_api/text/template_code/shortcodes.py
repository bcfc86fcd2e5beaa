"""Convert the shortcodes that Hugo and Zola have built in, and those of common plugins of Jekyll."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import quote

from blog_api.text.template_code.arguments import Arguments, parse_arguments

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MARKUP = re.compile(r"([\\\[\]`*_<>!&])")
# As in text/rendering: what a URL may have, except for brackets, which end it in Markdown.
_SAFE = "!#$%&'*+,/:;=?@~"


def shortcode(name: str, arguments: str) -> str | None:
    """Return the Markdown for a shortcode, or None if there is none."""
    convert = _SHORTCODES.get(name.lower().removesuffix("_simple"))
    return convert(parse_arguments(arguments)) if convert else None


def _link(url: str, text: str = "") -> str:
    return f"[{_escape(text)}]({url})" if text else f"<{url}>"


def _escape(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _youtube(arguments: Arguments) -> str | None:
    name = arguments.get("id", 0)
    return (
        _link(f"https://www.youtube.com/watch?v={name}", arguments.get("title", 1)) if _is_id(name) else None
    )


def _vimeo(arguments: Arguments) -> str | None:
    name = arguments.get("id", 0)
    return _link(f"https://vimeo.com/{name}", arguments.get("title")) if name.isdecimal() else None


def _tweet(arguments: Arguments) -> str | None:
    user, number = arguments.get("user", 0), arguments.get("id", 1)
    if user.isdecimal() and not number:
        user, number = "i", user
    return (
        _link(f"https://x.com/{user or 'i'}/status/{number}")
        if number.isdecimal() and _is_id(user or "i")
        else None
    )


def _instagram(arguments: Arguments) -> str | None:
    name = arguments.get("id", 0)
    return _link(f"https://www.instagram.com/p/{name}/") if _is_id(name) else None


def _gist(arguments: Arguments) -> str | None:
    user, _, number = arguments.get("user", 0).rpartition("/")
    name = "/".join(filter(None, (user, number, *arguments.positional[1:2])))
    return _link(f"https://gist.github.com/{name}") if all(map(_is_id, name.split("/"))) else None


def _figure(arguments: Arguments) -> str | None:
    source = quote(arguments.get("src"), safe=_SAFE)
    if not source:
        return None
    parts = [" ".join(arguments.get(name).split()) for name in ("title", "caption", "attr")]
    caption = " \u2013 ".join(part for part in parts if part)
    alt = " ".join(arguments.get("alt").split())
    link = quote(arguments.get("link"), safe=_SAFE)
    if not caption:
        image = f"![{_escape(alt)}]({source})"
        return f"[{image}]({link})" if link else image
    image = f'<img src="{html.escape(source)}" alt="{html.escape(alt)}">'
    if link:
        image = f'<a href="{html.escape(link)}">{image}</a>'
    return f"<figure>{image}<figcaption>{html.escape(caption, quote=False)}</figcaption></figure>"


_SHORTCODES: dict[str, Callable[[Arguments], str | None]] = {
    "figure": _figure,
    "gist": _gist,
    "instagram": _instagram,
    "tweet": _tweet,
    "twitter": _tweet,
    "vimeo": _vimeo,
    "x": _tweet,
    "youtube": _youtube,
}
