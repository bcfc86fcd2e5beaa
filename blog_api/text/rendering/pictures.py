"""Let browsers choose the size of the pictures of this service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from turbohtml import Element

from blog_api.text.media_paths import keys_in

# Only this module sets these attributes. The sanitiser does not check their URLs.
_GENERATED = ("srcset", "sizes", "loading")


@dataclass(frozen=True, slots=True)
class Pictures:
    """The variants of pictures by their keys, the smallest first, and the URL below which they are served."""

    root: str = ""
    variants: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def place_pictures(root: Element, pictures: Pictures) -> None:
    """Make the URLs of this service's pictures absolute, and give the images all sizes and lazy loading."""
    for image in root.select("img"):
        for name in _GENERATED:
            image.attrs.pop(name, None)
        path, variants = _find(image.attr("src"), pictures)
        if variants:
            image.attrs.update(_attributes(image, path, variants, pictures.root))
    for link in root.select("a"):
        path, variants = _find(link.attr("href"), pictures)
        if variants:
            link.attrs["href"] = f"{pictures.root}{path}"


def _find(url: str | None, pictures: Pictures) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """Return the path of a picture of this service and its variants, or no variants for any other URL."""
    path = (url or "").removeprefix(pictures.root)
    key = next(iter(keys_in(path)), "") if path.startswith("/media/") else ""
    return path, pictures.variants.get(key, ())


def _attributes(
    image: Element, path: str, variants: Sequence[Mapping[str, Any]], root: str
) -> dict[str, str]:
    largest = variants[-1]
    shown = next((variant for variant in variants if variant["url"] == path), largest)
    width = shown["width"]
    attributes = {
        "src": f"{root}{shown['url']}",
        "srcset": ", ".join(f"{root}{variant['url']} {variant['width']}w" for variant in variants),
        "sizes": f"auto, (max-width: {width}px) 100vw, {width}px",
        "loading": "lazy",
    }
    if image.attr("width") is None and image.attr("height") is None:
        attributes |= {"width": str(width), "height": str(shown["height"])}
    return attributes
