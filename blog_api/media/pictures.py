"""Check an uploaded picture, and encode it as WebP in several widths."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from blog_api.media.containers import Container
from blog_api.media.encoding import encode_variants
from blog_api.media.file_types import HEAD, identify
from blog_api.media.foreign_data import reject_foreign_data
from blog_api.media.jpeg import parse_jpeg
from blog_api.media.png import parse_png
from blog_api.media.refusals import refusal
from blog_api.media.sources import Source
from blog_api.media.variants import Variant
from blog_api.media.webp import parse_webp

NICENESS = 10
# Pillow needs 16 bytes for each pixel of a WebP picture while it decodes it.
MAX_WEBP_PIXELS = 16_000_000
_PARSERS: dict[str, Callable[[Source], Container]] = {
    "JPEG": parse_jpeg,
    "PNG": parse_png,
    "WEBP": parse_webp,
}


def encode_picture(file: BinaryIO, declared_type: str | None, max_pixels: int) -> list[Variant]:
    """Encode the picture as WebP variants of ascending widths, without metadata. Wait for other pictures first.

    `declared_type` is the content type that the client sent for the file, if any. Raises InvalidInput with the reason
    if the file is not accepted.
    """
    source = Source(file)
    format_ = identify(source.peek(0, HEAD), declared_type)
    return _EXECUTOR.submit(_encode, source, format_, max_pixels).result()


def check_type(file: BinaryIO, declared_type: str | None) -> None:
    """Raise InvalidInput unless the file begins like a picture of the declared type."""
    identify(Source(file).peek(0, HEAD), declared_type)


def _encode(source: Source, format_: str, max_pixels: int) -> list[Variant]:
    container = _PARSERS[format_](source)
    _check_pixels(container, min(max_pixels, MAX_WEBP_PIXELS) if format_ == "WEBP" else max_pixels)
    reject_foreign_data(source)
    return encode_variants(source, container)


def _check_pixels(container: Container, max_pixels: int) -> None:
    width, height = container.width, container.height
    if width * height > max_pixels:
        detail = f"The picture has {width * height:,} pixels ({width:,} by {height:,}). The limit is {max_pixels:,}."
        raise refusal("too_many_pixels", detail)


def _lower_priority() -> None:
    """Leave the CPU to requests. Linux has a priority per thread, other systems only per process."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _create_executor() -> None:
    global _EXECUTOR  # noqa: PLW0603
    # One thread, because a large picture takes about 100 MB. It starts with the first picture.
    _EXECUTOR = ThreadPoolExecutor(1, "pictures", _lower_priority)


_EXECUTOR: ThreadPoolExecutor
_create_executor()
# A forked process inherits the executor without its thread.
os.register_at_fork(after_in_child=_create_executor)
