"""Decode a picture and encode its variants in little memory."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from io import BytesIO
from math import ceil

from PIL import Image, ImageCms
from PIL.Image import Resampling, Transpose
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from blog_api.media.containers import Container
from blog_api.media.metadata import read_orientation
from blog_api.media.refusals import unreadable
from blog_api.media.sources import Source
from blog_api.media.variants import Size, Variant, variant_sizes
from blog_api.problems import Unavailable

QUALITY, METHOD = 80, 4
BAND = 128
_DECODERS: dict[str, type[ImageFile]] = {"JPEG": JpegImageFile, "PNG": PngImageFile, "WEBP": WebPImageFile}
# What Pillow raises for damaged files. Its own errors are OSErrors.
_DECODING_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_TRANSPOSITIONS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
# From this orientation on, width and height are swapped.
_FIRST_SWAPPED = 5

# The service checks its own limit before Pillow opens the file.
Image.MAX_IMAGE_PIXELS = None


def encode_variants(source: Source, container: Container) -> list[Variant]:
    """Return the variants of a picture, from the smallest to the largest, without any metadata.

    Raises InvalidInput if it cannot be decoded.
    """
    try:
        # Raise our error outside this block: Pillow's error, as its context, would keep the picture in memory.
        with suppress(*_DECODING_ERRORS):
            return _encode_variants(source, container)
    except MemoryError as error:
        raise Unavailable("There is not enough memory for this picture right now.") from error
    raise unreadable("it is damaged")


def _encode_variants(source: Source, container: Container) -> list[Variant]:
    orientation = read_orientation(container.exif)
    size = (container.width, container.height)
    sizes = variant_sizes(*_oriented(size, orientation))
    image = _decode(source, container, _oriented(sizes[-1], orientation))
    if orientation in _TRANSPOSITIONS:
        image = image.transpose(_TRANSPOSITIONS[orientation])
    image = _to_srgb(image, container.icc_profile)
    variants = []
    for each in reversed(sizes):
        if image.size != each:
            image = image.resize(each, Resampling.LANCZOS)
        variants.append(Variant(*each, _encode(image)))
    return variants[::-1]


def _oriented(size: Size, orientation: int) -> Size:
    """Convert a size between the file and the upright picture."""
    width, height = size
    return (height, width) if orientation >= _FIRST_SWAPPED else (width, height)


def _decode(source: Source, container: Container, size: Size) -> Image.Image:
    """Return the picture in this size, as RGB, RGBA, L or CMYK."""
    with source.select(container.parts) as file:
        decoder = _DECODERS[container.format](file)
        if decoder.size != (container.width, container.height):
            raise unreadable("its headers disagree on its size")
        # Decode large JPEGs to a half, a quarter or an eighth of their size.
        decoder.draft(None, size)
        decoder.load()
    return _scale(decoder, size, _working_mode(decoder))


def _working_mode(image: Image.Image) -> str:
    if image.has_transparency_data:
        return "RGBA"
    if image.mode in ("1", "L", "I;16"):
        return "L"
    return image.mode if image.mode == "CMYK" else "RGB"


def _scale(image: Image.Image, size: Size, mode: str) -> Image.Image:
    """Return the picture in this size and mode.

    Reduce it to less than twice the size first, as the JPEG decoder does. Work in bands: a converted copy of a large
    picture would take as much memory again.
    """
    if image.size == size:
        return _convert(image, mode)
    scaled = Image.new(mode, size)
    factor = max(1, min(image.width // size[0], image.height // size[1]))
    width, height = image.width / factor, image.height / factor
    step = height / size[1]
    # The rows that the filter reads above and below the band.
    margin = ceil(3 * max(1, step)) + 1
    for top in range(0, size[1], BAND):
        bottom = min(top + BAND, size[1])
        first, last = max(0, int(top * step) - margin), ceil(bottom * step) + margin
        rows = image.crop((0, first * factor, image.width, min(last * factor, image.height)))
        rows = _convert(rows, mode).reduce(factor)
        box = (0, top * step - first, width, min(bottom * step - first, rows.height))
        scaled.paste(rows.resize((size[0], bottom - top), Resampling.LANCZOS, box), (0, top))
    return scaled


def _convert(image: Image.Image, mode: str) -> Image.Image:
    if image.mode == mode:
        return image
    return (_to_8_bits(image) if image.mode == "I;16" else image).convert(mode)


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Convert 16-bit grey values, which Pillow would clip, and make the transparent one transparent."""
    wide = image.convert("I")
    grey = wide.point([value >> 8 for value in range(65536)], "L")
    transparent = image.info.get("transparency")
    if transparent is not None:
        grey.putalpha(wide.point([0 if value == transparent else 255 for value in range(65536)], "L"))
    return grey


def _to_srgb(image: Image.Image, icc_profile: bytes) -> Image.Image:
    """Convert the colours to sRGB. A profile that is damaged, or for another colour space, is ignored."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if icc_profile:
        with suppress(ImageCms.PyCMSError, OSError):
            profile = ImageCms.ImageCmsProfile(BytesIO(icc_profile))
            converted = ImageCms.profileToProfile(
                image, profile, ImageCms.createProfile("sRGB"), outputMode=mode
            )
            if converted is not None:
                return converted
    return _convert(image, mode)


def _encode(image: Image.Image) -> bytes:
    output = BytesIO()
    image.save(output, "WEBP", quality=QUALITY, method=METHOD)
    return output.getvalue()
