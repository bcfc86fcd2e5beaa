"""Read the metadata that changes how a picture looks: its orientation and its colour profile.

Pillow does not parse metadata here. A crafted EXIF block of 64 kB makes it allocate hundreds of megabytes, because each
of its entries can refer to the same bytes.
"""

from __future__ import annotations

import struct
import zlib

from blog_api.media.refusals import unreadable

# The orientation is among the first entries, and a JPEG segment cannot be larger.
MAX_EXIF = 64 * 1024
MAX_INFLATED = 4 * 1024 * 1024
UPRIGHT = 1
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION, _SHORT = 0x0112, 3


def read_orientation(exif: bytes) -> int:
    """Return the orientation in an EXIF block, from 1 to 8, and 1 if it has none or is damaged."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = _BYTE_ORDERS.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for offset in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, offset)
            if tag == _ORIENTATION and kind == _SHORT and UPRIGHT <= value <= 8:
                return int(value)
    except struct.error:
        pass
    return UPRIGHT


class Inflater:
    """Decompress metadata, up to a limit for the whole file."""

    def __init__(self) -> None:
        self._left = MAX_INFLATED

    def inflate(self, data: bytes) -> bytes:
        """Return the decompressed data, empty if it is damaged. Raises InvalidInput above the limit."""
        try:
            inflated = zlib.decompressobj().decompress(data, self._left + 1)
        except zlib.error:
            return b""
        self._left -= len(inflated)
        if self._left < 0:
            raise unreadable(f"its metadata expands to more than {MAX_INFLATED // 1024**2} MB")
        return inflated
