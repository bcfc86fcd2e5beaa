"""Read the website and the image of an author from front matter."""

from __future__ import annotations

from typing import Any

from blog_api.text.front_matter import FrontMatter


def read_website(matter: FrontMatter) -> Any:
    """Return the website, or None. A `url` that is a path is the address of the profile's own page."""
    website, url = matter.values.get("website"), matter.values.get("url")
    is_address = isinstance(url, str) and url.lower().startswith(("http://", "https://"))
    return website or (url if is_address else None)


def read_image(matter: FrontMatter) -> dict[str, Any] | None:
    """Return the image, which the file gives as a URL or as an object, or None."""
    image = matter.values.get("image") or matter.values.get("avatar")
    if not isinstance(image, dict):
        return {"url": image} if image else None
    texts = {name: image[name] for name in ("alt", "caption") if image.get(name)}
    return {"url": image.get("url") or image.get("src") or "", **texts}
