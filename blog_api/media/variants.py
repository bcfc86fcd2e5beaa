"""The sizes in which a picture is stored."""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple

WIDTHS = (320, 640, 1280, 1920)
MAX_WIDTH = 2560
# A quarter of a 24-megapixel photo, which a JPEG decoder can halve on both sides while it decodes.
MAX_AREA = 6_000_000
# The limit of WebP.
MAX_SIDE = 16383

Size = tuple[int, int]


class Variant(NamedTuple):
    """A picture in one of its sizes, as WebP."""

    width: int
    height: int
    data: bytes


def variant_sizes(width: int, height: int) -> list[Size]:
    """Return the sizes for a picture of this size, from the smallest to the largest, none wider than the picture."""
    largest = min(
        width, MAX_WIDTH, max(1, MAX_SIDE * width // height), max(1, isqrt(MAX_AREA * width // height))
    )
    widths = [each for each in WIDTHS if each < largest] + [largest]
    return [(each, min(MAX_SIDE, max(1, round(height * each / width)))) for each in widths]
