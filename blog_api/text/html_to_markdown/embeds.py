"""Replace what a page embeds by links to it, because posts can embed nothing."""

from __future__ import annotations

import re

from turbohtml import Element

_EMBEDS = "audio,embed,iframe,object,video"
_ATTRIBUTES = ("src", "data-src", "data-lazy-src", "data")
# Players, and the pages that they play.
_PLAYERS = (
    (
        re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,})"),
        "https://www.youtube.com/watch?v=",
    ),
    (re.compile(r"https?://player\.vimeo\.com/video/(\d+)"), "https://vimeo.com/"),
    (
        re.compile(r"https?://(?:www\.)?dailymotion\.com/embed/video/(\w+)"),
        "https://www.dailymotion.com/video/",
    ),
    (re.compile(r"https?://open\.spotify\.com/embed/(\w+/\w+)"), "https://open.spotify.com/"),
)


def link_embeds(root: Element) -> set[str]:
    """Replace frames, players and other embedded media by links. Return the names of these elements."""
    linked = set()
    for element in root.select(_EMBEDS):
        outer = element.parent
        if isinstance(outer, Element) and outer.closest(_EMBEDS):
            continue
        if url := _address(element):
            linked.add(element.tag)
            link = Element("a", {"href": url})
            link.set_text((element.attr("title") or "").strip() or url)
            element.replace_with(link if element.closest("p,a,li,td,th") else Element("p", {}, [link]))
    return linked


def _address(element: Element) -> str:
    """Return the URL of the page or file that is embedded, or "" if it has none."""
    places = [element, *element.select("source[src], embed[src]")]
    urls = (place.attr(name) for place in places for name in _ATTRIBUTES)
    url = next((url.strip() for url in urls if url and url.strip()), "")
    if url.startswith("//"):
        url = f"https:{url}"
    if url.lower().startswith(("about:", "data:", "javascript:")):
        return ""
    for pattern, page in _PLAYERS:
        if player := pattern.match(url):
            return page + player[1]
    return url
