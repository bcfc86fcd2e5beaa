"""Read the website and the image of an author from front matter or data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blog_api.text.front_matter_blocks import Value

# In this order. A `url` that is a path is the address of the profile's own page.
_WEBSITES = ("website", "url", "homepage", "web", "site", "uri")
_IMAGES = ("image", "avatar", "picture", "photo")


def read_website(values: Mapping[str, Value]) -> Any:
    """Return the website, or None, from values by lower-case key."""
    website = values.get("website")
    addresses = (values.get(key) for key in _WEBSITES)
    return website or next(filter(_is_address, addresses), None)


def read_image(values: Mapping[str, Value]) -> dict[str, Any] | None:
    """Return the image, which is given as a URL or as an object, or None."""
    image = next(filter(None, (values.get(key) for key in _IMAGES)), None)
    if not isinstance(image, dict):
        return {"url": image} if image else None
    texts = {name: image[name] for name in ("alt", "caption") if image.get(name)}
    return {"url": image.get("url") or image.get("src") or "", **texts}


def _is_address(value: Value) -> bool:
    return isinstance(value, str) and value.lower().startswith(("http://", "https://"))
