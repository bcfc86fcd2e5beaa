"""Parse WebP files (RFC 9649). Of animated ones, only the first frame is kept."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from blog_api.media.containers import MAX_ICC_PROFILE, Chunk, Container, check_count
from blog_api.media.metadata import MAX_EXIF
from blog_api.media.refusals import appended, unreadable
from blog_api.media.sources import Source, Span, size_of

_HEADER = 12
_FLAGS = 0x10 | 0x02  # alpha and animation
_IMAGES = {b"VP8 ", b"VP8L"}
_NEEDED = {b"ALPH", b"ANIM", b"ANMF", *_IMAGES}


def parse_webp(source: Source) -> Container:
    """Return the structure of a WebP file. Raises InvalidInput if it is damaged or contains something else."""
    container = Container("WEBP")
    seen: set[bytes] = set()
    for number, chunk in enumerate(_chunks(source)):
        check_count(number)
        if not seen:
            _read_header(source, chunk, container)
        if _is_in_first_frame(chunk.name, seen):
            container.keep(chunk.whole)
        else:
            _read_metadata(source, chunk, container)
        seen.add(chunk.name)
    if not seen & {b"ANMF", *_IMAGES}:
        raise unreadable("it has no image data")
    _prepend_header(container)
    return container


def _chunks(source: Source) -> Iterator[Chunk]:
    (length,) = struct.unpack("<I", source.read(4, 4))
    end = 8 + length + length % 2
    source.require(end)
    if end < source.size:
        raise appended(source.size - end)
    position = _HEADER
    while position < end:
        name, length = struct.unpack("<4sI", source.read(position, 8))
        following = position + 8 + length + length % 2
        source.require(following)
        yield Chunk(name, Span(position + 8, position + 8 + length), Span(position, following))
        position = following


def _read_header(source: Source, chunk: Chunk, container: Container) -> None:
    """Read the size from the first chunk, of which there are three kinds. Pass VP8X on without its other flags."""
    start = chunk.data.start
    if chunk.name == b"VP8X":
        data = source.read(start, 10)
        container.set_size(*(int.from_bytes(data[at : at + 3], "little") + 1 for at in (4, 7)))
        container.parts.append(struct.pack("<4sIB3x", b"VP8X", 10, data[0] & _FLAGS) + data[4:])
    elif chunk.name == b"VP8L":
        signature, bits = struct.unpack("<BI", source.read(start, 5))
        if signature != 0x2F:
            raise unreadable("its image data has no header")
        container.set_size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    elif chunk.name == b"VP8 ":
        code, width, height = struct.unpack("<3x3sHH", source.read(start, 10))
        if code != b"\x9d\x01\x2a":
            raise unreadable("its image data has no header")
        container.set_size(width & 0x3FFF, height & 0x3FFF)
    else:
        raise unreadable("it begins with an unknown chunk")


def _is_in_first_frame(name: bytes, seen: set[bytes]) -> bool:
    repeated = name in seen or (name in _IMAGES and seen & _IMAGES)
    return name in _NEEDED and not repeated


def _read_metadata(source: Source, chunk: Chunk, container: Container) -> None:
    start, length = chunk.data.start, chunk.data.end - chunk.data.start
    if chunk.name == b"EXIF":
        container.exif = source.peek(start, min(length, MAX_EXIF))
    elif chunk.name == b"ICCP" and length <= MAX_ICC_PROFILE:
        container.set_profile(source.peek(start, length))


def _prepend_header(container: Container) -> None:
    size = len(b"WEBP") + sum(map(size_of, container.parts))
    container.parts.insert(0, struct.pack("<4sI4s", b"RIFF", size, b"WEBP"))
