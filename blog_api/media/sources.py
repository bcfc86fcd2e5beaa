"""Read parts of an uploaded file, and combine some of them into another file."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from io import BufferedReader, RawIOBase
from itertools import accumulate
from typing import BinaryIO, NamedTuple

from typing_extensions import Buffer

from blog_api.media.refusals import truncated

BLOCK = 64 * 1024


class Span(NamedTuple):
    """A range of bytes of the file."""

    start: int
    end: int


def size_of(part: Span | bytes) -> int:
    """Return the number of bytes of a part."""
    return len(part) if isinstance(part, bytes) else part.end - part.start


class Source:
    """An uploaded file, read at offsets."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def peek(self, start: int, length: int) -> bytes:
        """Return the bytes from `start`, fewer than `length` at the end of the file."""
        self._file.seek(start)
        return self._file.read(length)

    def read(self, start: int, length: int) -> bytes:
        """Return exactly `length` bytes. Raises InvalidInput if the file is shorter."""
        self.require(start + length)
        return self.peek(start, length)

    def require(self, end: int) -> None:
        """Raise InvalidInput if the file ends before this offset."""
        if end > self.size:
            raise truncated()

    def blocks(self, span: Span, overlap: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield the bytes of the span in blocks, with their offsets. Each repeats the end of the previous one."""
        for start in range(span.start, span.end, BLOCK):
            first = max(span.start, start - overlap)
            yield first, self.peek(first, min(start + BLOCK, span.end) - first)

    def select(self, parts: Sequence[Span | bytes]) -> BufferedReader:
        """Return a file that consists of these ranges of this file and of other bytes."""
        return BufferedReader(_Selection(self, parts), BLOCK)


class _Selection(RawIOBase):
    def __init__(self, source: Source, parts: Sequence[Span | bytes]) -> None:
        self._source = source
        self._parts = parts
        self._starts = list(accumulate(map(size_of, parts), initial=0))
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._starts[-1]}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Buffer) -> int:
        with memoryview(buffer) as view:
            data = self._next(len(view))
            view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _next(self, length: int) -> bytes:
        """Return up to `length` bytes from the current part, and none at the end."""
        index = bisect_right(self._starts, self._position) - 1
        if index == len(self._parts):
            return b""
        part, offset = self._parts[index], self._position - self._starts[index]
        if isinstance(part, bytes):
            return part[offset : offset + length]
        return self._source.peek(part.start + offset, min(length, part.end - part.start - offset))
