import struct

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat
from PIL.Image import Transpose

from tests.media.samples import (
    ORIENTATION,
    SECRET,
    SRGB,
    decode,
    encode,
    gradient,
    jpeg,
    pixel,
    save,
    webp_chunks,
    with_chunk,
    with_segment,
    with_webp_chunk,
)

CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
# What to do with the upright picture so that the orientation turns it back.
TURNED = {
    1: None,
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


def difference(image: Image.Image, other: Image.Image) -> int:
    """Return the largest difference of a channel."""
    extrema = ImageStat.Stat(ImageChops.difference(image, other)).extrema
    return max(high for _, high in extrema)


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[0x010E] = SECRET.decode()
    data.get_ifd(0x8825)[1] = "N"
    data.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return data


@pytest.mark.parametrize(
    ("format_", "size", "widths"),
    [
        ("JPEG", (200, 150), [200]),
        ("JPEG", (2900, 500), [320, 640, 1280, 1920, 2560]),
        ("PNG", (700, 400), [320, 640, 700]),
        ("PNG", (6000, 300), [320, 640, 1280, 1920, 2560]),
        ("WEBP", (641, 400), [320, 640, 641]),
    ],
)
def test_a_picture_is_encoded_in_all_widths(format_, size, widths):
    variants = encode(save(gradient(*size), format_, quality=95), max_pixels=10**7)
    assert [variant.width for variant in variants] == widths
    for variant in variants:
        assert difference(decode(variant).convert("RGB"), gradient(*size).resize(decode(variant).size)) < 24


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(120, 80), (300, 400)], ids=["flat", "tall"])
def test_the_orientation_is_applied(format_, orientation, size):
    turn = TURNED[orientation]
    stored = gradient(*size) if turn is None else gradient(*size).transpose(turn)
    variant = encode(save(stored, format_, exif=exif(orientation), quality=95), max_pixels=10**7)[-1]
    assert (variant.width, variant.height) == size
    assert difference(decode(variant).convert("RGB"), gradient(*size)) < 24


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("entry", [(3, 1, 9), (3, 1, 0), (2, 1, 6), (3, 1, 65535)])
def test_an_invalid_orientation_is_ignored(order, entry):
    kind, count, value = entry
    head = b"II*\0" if order == "<" else b"MM\0*"
    tiff = head + struct.pack(f"{order}IHHHIHH", 8, 1, ORIENTATION, kind, count, value, 0)
    for data in (tiff, tiff[:-8], tiff[:4] + b"\xff" * 4 + tiff[8:]):
        (variant, *_) = encode(with_segment(jpeg(), 0xE1, b"Exif\0\0" + data))
        assert (variant.width, variant.height) == (320, 240)


def test_variants_have_no_metadata():
    options = {"exif": exif(6), "icc_profile": SRGB, "xmp": b"<x:xmpmeta>" + SECRET}
    chunk = b"tEXt", b"Comment\0" + SECRET
    files = [
        with_segment(jpeg(comment=SECRET, **options), 0xED, b"Photoshop 3.0\0" + SECRET),
        with_chunk(save(gradient(), "PNG", exif=exif(6), icc_profile=SRGB), *chunk),
        with_chunk(save(gradient(mode="RGBA"), "PNG", exif=exif(6), icc_profile=SRGB), *chunk),
        with_webp_chunk(save(gradient(), "WEBP", **options), b"XYZ ", SECRET),
        save(gradient(mode="RGBA"), "WEBP", lossless=True, **options),
    ]
    for file in files:
        assert SECRET in file
        for variant in encode(file):
            assert {name for name, _ in webp_chunks(variant.data)} <= CHUNKS
            assert SECRET not in variant.data
            image = decode(variant)
            assert variant.width < variant.height
            assert not image.getexif()
            assert not {"exif", "icc_profile", "xmp"} & set(image.info)


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}], ids=["baseline", "progressive", "444"]
)
def test_all_modes_of_jpeg(mode, options):
    image = gradient(mode=mode)
    variant = encode(save(image, "JPEG", quality=95, **({} if mode == "L" else options)))[-1]
    assert difference(decode(variant).convert("RGB"), image.convert("RGB")) < 24


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(300, 200), (700, 400)], ids=["small", "large"])
def test_all_modes_of_png(mode, size):
    image = gradient(*size).convert("L" if mode in ("1", "LA") else "RGB").convert(mode)
    variants = encode(save(image, "PNG"))
    expected = image.convert("L") if mode == "1" else image.convert("RGB")
    mean = expected.resize((1, 1), Image.Resampling.BOX).convert("RGB")
    for variant in variants:
        assert difference(decode(variant).convert("RGB").resize((1, 1), Image.Resampling.BOX), mean) < 6


def test_16_bits_keep_the_brightness():
    grey = Image.new("I;16", (20, 20), 128 * 256)
    assert decode(encode(save(grey, "PNG"))[0]).convert("L").getpixel((5, 5)) in range(125, 132)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
@pytest.mark.parametrize("size", [(300, 300), (3000, 300)], ids=["small", "large"])
def test_transparency_is_kept(format_, size):
    image = gradient(*size)
    image.putalpha(Image.linear_gradient("L").resize(size))
    variant = encode(save(image, format_), max_pixels=10**7)[-1]
    shown = decode(variant).convert("RGBA")
    assert pixel(shown, 10, 0)[3] < 10
    assert pixel(shown, 10, variant.height - 1)[3] > 245


@pytest.mark.parametrize(
    ("image", "transparency"),
    [
        (Image.new("L", (40, 30), 7), 7),
        (Image.new("RGB", (40, 30), (1, 2, 3)), (1, 2, 3)),
        (Image.new("RGB", (40, 30), (1, 2, 3)).quantize(), bytes([0])),
        (Image.new("1", (40, 30), 1), 1),
        (Image.new("I;16", (40, 30), 700), 700),
    ],
    ids=["grey", "rgb", "palette", "1 bit", "16 bits"],
)
def test_a_transparent_colour_of_a_png_is_kept(image, transparency):
    variant = encode(save(image, "PNG", transparency=transparency))[0]
    assert decode(variant).convert("RGBA").getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_converted_to_srgb(format_, mode):
    # A profile in which red and green have changed places.
    swapped = SRGB.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")
    red = Image.new("RGB" if format_ == "JPEG" else mode, (40, 30), "red")
    shown = decode(encode(save(red, format_, icc_profile=swapped))[0])
    red_shown, green_shown, *_ = pixel(shown, 20, 15)
    assert red_shown < 30
    assert green_shown > 225


def test_a_profile_in_several_segments_is_read():
    large = SRGB + bytes(100_000)
    assert encode(jpeg(icc_profile=large))
    assert jpeg(icc_profile=large).count(b"ICC_PROFILE\0") == 2


def test_a_profile_for_another_colour_space_is_ignored():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for mode in ("RGB", "L", "CMYK"):
        image = gradient(mode=mode)
        assert encode(save(image, "JPEG", icc_profile=lab)) == encode(save(image, "JPEG"))
