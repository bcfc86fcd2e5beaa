"""The structure of a picture file, as the parsers find it before the picture is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from blog_api.media.refusals import unreadable
from blog_api.media.sources import Span

# Profiles of printers take up to 2 MB.
MAX_ICC_PROFILE = 4 * 1024 * 1024
# More segments or chunks than any camera or editor writes. A file of tiny ones would take seconds to read.
MAX_SEGMENTS = 20_000


class Chunk(NamedTuple):
    """A chunk of a PNG or WebP file: its type, the range of its data, and its whole range."""

    name: bytes
    data: Span
    whole: Span


@dataclass(slots=True)
class Container:
    """The structure of a picture file. The decoder gets only `parts`, without metadata."""

    format: str
    width: int = 0
    height: int = 0
    parts: list[Span | bytes] = field(default_factory=list)
    exif: bytes = b""
    icc_profile: bytes = b""

    def keep(self, span: Span) -> None:
        """Pass this range to the decoder."""
        last = self.parts[-1] if self.parts else None
        if isinstance(last, Span) and last.end == span.start:
            self.parts[-1] = Span(last.start, span.end)
        else:
            self.parts.append(span)

    def set_profile(self, profile: bytes) -> None:
        """Set the colour profile, unless it is larger than any real one."""
        if len(profile) <= MAX_ICC_PROFILE:
            self.icc_profile = profile

    def set_size(self, width: int, height: int) -> None:
        """Set the size in pixels that the header declares."""
        if not width or not height:
            raise unreadable("its width or height is 0")
        self.width, self.height = width, height


def check_count(number: int) -> None:
    """Raise InvalidInput if a file has more segments or chunks than this service reads."""
    if number > MAX_SEGMENTS:
        raise unreadable(f"it consists of more than {MAX_SEGMENTS:,} parts")
