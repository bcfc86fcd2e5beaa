"""Picture files for the tests, made with Pillow and from bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from blog_api.media.pictures import encode_picture
from blog_api.media.variants import Variant
from blog_api.problems import InvalidInput

MAX_PIXELS = 1_000_000
SECRET = b"secret of the photographer"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 0x0112


def gradient(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    """Return a picture whose corners differ: red grows to the right, green to the bottom."""
    right = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (right, down, Image.new("L", (width, height), 128))).convert(mode)


def save(image: Image.Image, format_: str, **options: Any) -> bytes:
    """Return the picture as a file."""
    output = BytesIO()
    image.save(output, format_, **options)
    return output.getvalue()


def jpeg(**options: Any) -> bytes:
    """Return a JPEG file."""
    return save(gradient(), "JPEG", **options)


def png(**options: Any) -> bytes:
    """Return a PNG file."""
    return save(gradient(), "PNG", **options)


def webp(**options: Any) -> bytes:
    """Return a WebP file."""
    return save(gradient(), "WEBP", **options)


def segment(marker: int, data: bytes) -> bytes:
    """Return a segment of a JPEG file."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_segment(file: bytes, marker: int, data: bytes) -> bytes:
    """Return the JPEG file with another segment after its start."""
    return file[:2] + segment(marker, data) + file[2:]


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_chunk(file: bytes, name: bytes, data: bytes) -> bytes:
    """Return the PNG file with another chunk after its header."""
    return file[:33] + png_chunk(name, data) + file[33:]


def webp_chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a WebP file."""
    assert file[:4] == b"RIFF"
    assert struct.unpack("<I", file[4:8]) == (len(file) - 8,)
    position = 12
    while position < len(file):
        name, length = struct.unpack("<4sI", file[position : position + 8])
        yield name, file[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def with_webp_chunk(file: bytes, name: bytes, data: bytes) -> bytes:
    """Return the WebP file with another chunk at its end."""
    body = file[8:] + struct.pack("<4sI", name, len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def encode(file: bytes, declared_type: str | None = None, max_pixels: int = MAX_PIXELS) -> list[Variant]:
    """Encode a file."""
    return encode_picture(BytesIO(file), declared_type, max_pixels)


def decode(variant: Variant) -> Image.Image:
    """Return the picture of a variant, which has the size that the variant says."""
    image = Image.open(BytesIO(variant.data), formats=["WEBP"])
    assert image.size == (variant.width, variant.height)
    return image


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """Return the channels of a pixel."""
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return tuple(int(channel) for channel in value)


def rejection(file: bytes, declared_type: str | None = None, max_pixels: int = MAX_PIXELS) -> tuple[str, str]:
    """Return the code and the detail of the error for a file."""
    with pytest.raises(InvalidInput) as caught:
        encode(file, declared_type, max_pixels)
    (fault,) = caught.value.faults
    assert fault.pointer == "/file"
    return fault.code, fault.detail
