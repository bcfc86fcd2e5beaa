"""Parse JPEG files (ITU-T T.81), with the pictures and videos that cameras append."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from blog_api.media.containers import Container, check_count
from blog_api.media.refusals import appended, refusal, truncated, unreadable
from blog_api.media.sources import Source, Span

# Encoders write about ten scans. The time to decode grows with their number, not with the size of the file.
MAX_SCANS = 64

SOI, EOI, SOS, DHT, DQT, DRI = 0xD8, 0xD9, 0xDA, 0xC4, 0xDB, 0xDD
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
# Baseline, extended and progressive. Other kinds of frames are lossless, hierarchical or arithmetic-coded.
_FRAMES = {0xC0, 0xC1, 0xC2}
_OTHER_FRAMES = set(range(0xC3, 0xD0)) - {DHT, 0xC8, 0xCC}
_NEEDED = {SOI, EOI, SOS, DHT, DQT, DRI, *_FRAMES}
# Both say how colours are coded.
_NEEDED_APPLICATION_DATA = {APP0: b"JFIF\0", APP14: b"Adobe"}
_EXIF, _ICC_PROFILE = b"Exif\0\0", b"ICC_PROFILE\0"
# The end of a scan: a marker other than the restarts and the escaped 0xFF within image data.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# The end of what phones append: Samsung, Vivo, OnePlus.
_PHONE_TRAILER = re.compile(rb"(?:SEFT|\xff{4}\x1b\*9HWfu\x84\x93\xa2\xb1|jxrs...\0)\Z", re.DOTALL)
_MAX_FILL = 64
_FIRST_MARKER, _WITHOUT_PARAMETERS = 0xC0, set(range(0xD0, 0xD9))


class Segment(NamedTuple):
    """A marker with its parameters. That of a scan includes the image data after it."""

    marker: int
    start: int
    data: int
    end: int


def parse_jpeg(source: Source) -> Container:
    """Return the structure of a JPEG file. Raises InvalidInput if it is damaged or contains something else."""
    container = Container("JPEG")
    # The parts of the colour profile by number. There are at most 255.
    profile: dict[int, bytes] = {}
    number = scans = end = 0
    for number, segment in enumerate(_segments(source, 0)):
        check_count(number)
        scans += segment.marker == SOS
        if scans > MAX_SCANS:
            raise unreadable(f"it has more than {MAX_SCANS} scans")
        _read_segment(source, segment, container, profile)
        end = segment.end
    if not scans or not container.width:
        raise unreadable("it has no image data")
    container.set_profile(b"".join(profile[index] for index in sorted(profile)))
    _check_trailer(source, end, number)
    return container


def _segments(source: Source, start: int) -> Iterator[Segment]:
    """Yield the segments of the picture at `start`, up to its end marker."""
    yield Segment(SOI, start, start + 2, start + 2)
    position, marker = start + 2, SOI
    while marker != EOI:
        marker, data = _read_marker(source, position)
        end = data
        if marker != EOI:
            (length,) = struct.unpack(">H", source.read(data, 2))
            if length < 2:
                raise unreadable("a segment has no length")
            end, data = data + length, data + 2
            source.require(end)
        if marker == SOS:
            end = _find_marker(source, end)
        yield Segment(marker, position, data, end)
        position = end


def _read_marker(source: Source, position: int) -> tuple[int, int]:
    """Return the marker at this offset, and the offset after it. Any number of 0xFF may precede it."""
    head = source.peek(position, _MAX_FILL)
    fill = len(head) - len(head.lstrip(b"\xff"))
    if fill == len(head):
        source.require(position + _MAX_FILL)
    if not 0 < fill < len(head):
        raise unreadable("it has data between its segments")
    marker = head[fill]
    if marker < _FIRST_MARKER or marker in _WITHOUT_PARAMETERS:
        raise unreadable("it has an unknown segment")
    return marker, position + fill + 1


def _find_marker(source: Source, start: int) -> int:
    """Return the offset of the first marker after image data."""
    for offset, block in source.blocks(Span(start, source.size), overlap=1):
        if found := _MARKER.search(block):
            return offset + found.start()
    raise truncated()


def _read_segment(source: Source, segment: Segment, container: Container, profile: dict[int, bytes]) -> None:
    if segment.marker in _FRAMES:
        _read_frame(source, segment, container)
    elif segment.marker in _OTHER_FRAMES:
        raise refusal(
            "unsupported_type", "Lossless, hierarchical and arithmetic-coded JPEGs are not accepted."
        )
    if segment.marker in _NEEDED:
        container.keep(Span(segment.start, segment.end))
        return
    data = source.peek(segment.data, segment.end - segment.data)
    if data.startswith(_NEEDED_APPLICATION_DATA.get(segment.marker, ())):
        container.keep(Span(segment.start, segment.end))
    elif segment.marker == APP1 and data.startswith(_EXIF):
        container.exif = container.exif or data
    elif segment.marker == APP2 and data.startswith(_ICC_PROFILE) and len(data) > len(_ICC_PROFILE) + 2:
        # A number, the total, and a part of the profile.
        profile[data[len(_ICC_PROFILE)]] = data[len(_ICC_PROFILE) + 2 :]


def _read_frame(source: Source, segment: Segment, container: Container) -> None:
    if container.width:
        raise unreadable("it has more than one frame")
    precision, height, width = struct.unpack(">BHH", source.read(segment.data, 5))
    if precision != 8:
        raise refusal("unsupported_type", f"JPEGs with {precision} bits per colour are not accepted.")
    container.set_size(width, height)


def _check_trailer(source: Source, end: int, number: int) -> None:
    """Accept what cameras append: more pictures (MPO, gain maps), an MP4 video, or data of the phone."""
    if _PHONE_TRAILER.search(source.peek(max(end, source.size - 32), 32)):
        return
    while head := source.peek(position := _skip_padding(source, end), 8):
        # The first bytes of its length were skipped as padding.
        if b"ftyp" in head:
            return
        if not head.startswith(b"\xff\xd8\xff"):
            raise appended(source.size - position)
        for segment in _segments(source, position):
            number += 1
            check_count(number)
            end = segment.end


def _skip_padding(source: Source, start: int) -> int:
    for offset, block in source.blocks(Span(start, source.size)):
        if rest := block.lstrip(b"\0"):
            return offset + len(block) - len(rest)
    return source.size
