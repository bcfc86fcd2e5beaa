"""Parse PNG files (RFC 2083 and its third edition). Of animated ones, only the default picture is kept."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from blog_api.media.containers import MAX_ICC_PROFILE, Chunk, Container, check_count
from blog_api.media.foreign_data import check_data
from blog_api.media.metadata import MAX_EXIF, Inflater
from blog_api.media.refusals import appended, unreadable
from blog_api.media.sources import Source, Span

SIGNATURE_LENGTH, OVERHEAD = 8, 12
_NEEDED = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_COMPRESSED = {b"iCCP", b"zTXt", b"iTXt"}
# Larger than the text of any editor, and more than zlib needs to fill the limit of the inflater.
_MAX_COMPRESSED = MAX_ICC_PROFILE


def parse_png(source: Source) -> Container:
    """Return the structure of a PNG file. Raises InvalidInput if it is damaged or contains something else."""
    container = Container("PNG")
    container.keep(Span(0, SIGNATURE_LENGTH))
    inflater = Inflater()
    seen: set[bytes] = set()
    for number, chunk in enumerate(_chunks(source)):
        check_count(number)
        _check_order(chunk.name, seen)
        if chunk.name == b"IHDR":
            container.set_size(*struct.unpack(">II", source.read(chunk.data.start, 13)[:8]))
        if chunk.name in _NEEDED:
            container.keep(chunk.whole)
        else:
            _read_metadata(source, chunk, container, inflater)
        seen.add(chunk.name)
    if b"IDAT" not in seen:
        raise unreadable("it has no image data")
    return container


def _chunks(source: Source) -> Iterator[Chunk]:
    position, name = SIGNATURE_LENGTH, b""
    while name != b"IEND":
        length, name = struct.unpack(">I4s", source.read(position, 8))
        end = position + OVERHEAD + length
        source.require(end)
        yield Chunk(name, Span(position + 8, end - 4), Span(position, end))
        position = end
    if position < source.size:
        raise appended(source.size - position)


def _check_order(name: bytes, seen: set[bytes]) -> None:
    if (name == b"IHDR") == bool(seen):
        raise unreadable("its header is not at the beginning, or repeated")


def _read_metadata(source: Source, chunk: Chunk, container: Container, inflater: Inflater) -> None:
    start, length = chunk.data.start, chunk.data.end - chunk.data.start
    if chunk.name == b"eXIf":
        container.exif = source.peek(start, min(length, MAX_EXIF))
    elif chunk.name in _COMPRESSED:
        data = source.peek(start, min(length, _MAX_COMPRESSED))
        inflated = inflater.inflate(_compressed_part(chunk.name, data))
        check_data(inflated)
        if chunk.name == b"iCCP":
            container.set_profile(inflated)


def _compressed_part(name: bytes, data: bytes) -> bytes:
    """Return what follows the keyword, which ends with NUL, and the fields after it."""
    _, _, rest = data.partition(b"\0")
    if name != b"iTXt":
        return rest[1:]
    # The flag and the method of compression, the language and the translated keyword, both ending with NUL.
    return rest[2:].split(b"\0", 2)[-1] if rest[:1] == b"\1" else b""
