"""Small files that cost much to read."""

import struct
import time
import zlib

import pytest
from PIL import Image

from tests.media.samples import (
    SRGB,
    decode,
    encode,
    gradient,
    jpeg,
    pixel,
    png,
    png_chunk,
    rejection,
    save,
    segment,
    webp,
    with_chunk,
    with_segment,
    with_webp_chunk,
)

FAST = 3.0
ZEROS = zlib.compress(bytes(8 * 1024 * 1024))


@pytest.fixture(autouse=True)
def fast():
    start = time.process_time()
    yield
    assert time.process_time() - start < FAST


@pytest.mark.parametrize(
    "file", [jpeg(), png(), webp(), webp(lossless=True)], ids=["jpeg", "png", "webp", "lossless"]
)
def test_the_number_of_pixels_is_limited(file):
    detail = "The picture has 120,000 pixels (400 by 300). The limit is 119,999."
    assert rejection(file, max_pixels=119_999) == ("too_many_pixels", detail)
    assert encode(file, max_pixels=120_000)


def test_webp_is_limited_to_16_megapixels_because_of_its_decoder():
    big = save(Image.new("L", (4001, 4000)), "WEBP", method=0)
    detail = "The picture has 16,004,000 pixels (4,001 by 4,000). The limit is 16,000,000."
    assert rejection(big, max_pixels=50_000_000) == ("too_many_pixels", detail)


@pytest.mark.parametrize(
    "file",
    [
        png().replace(struct.pack(">II", 400, 300), struct.pack(">II", 2**31 - 1, 2**31 - 1)),
        jpeg().replace(struct.pack(">HH", 300, 400), b"\xff\xff\xff\xff"),
        b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff" * 6,
    ],
    ids=["png", "jpeg", "webp"],
)
def test_huge_sizes_are_rejected_before_decoding(file):
    assert rejection(file, max_pixels=50_000_000)[0] in ("too_many_pixels", "invalid")


@pytest.mark.parametrize(
    ("name", "prefix"),
    [(b"iCCP", b"profile\0\0"), (b"zTXt", b"Comment\0\0"), (b"iTXt", b"Comment\0\1\0\0\0")],
)
def test_compressed_metadata_of_a_png_is_limited(name, prefix):
    code, detail = rejection(with_chunk(png(), name, prefix + ZEROS))
    assert (code, detail) == (
        "invalid",
        "The picture cannot be read: its metadata expands to more than 4 MB.",
    )


def test_compressed_metadata_is_limited_in_total():
    file = png()
    for _ in range(5):
        file = with_chunk(file, b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1_000_000)))
    assert rejection(file)[0] == "invalid"


def test_scans_of_a_progressive_jpeg_are_limited():
    file = jpeg(progressive=True)
    start = file.rindex(b"\xff\xda")
    many = file[:-2] + file[start:-2] * 100 + file[-2:]
    assert rejection(many) == ("invalid", "The picture cannot be read: it has more than 64 scans.")


@pytest.mark.parametrize(
    "file",
    [
        jpeg()[:2] + segment(0xFE, b"") * 500_000 + jpeg()[2:],
        jpeg() + b"\xff\xd8\xff\xd9" * 500_000,
        png()[:33] + png_chunk(b"tEXt", b"") * 500_000 + png()[33:],
        with_webp_chunk(webp(), b"XMP ", b"") + b"",
    ],
    ids=["segments", "pictures", "chunks", "webp"],
)
def test_files_with_very_many_parts_are_rejected_quickly(file):
    if file[:4] == b"RIFF":
        body = file[8:] + b"XMP \0\0\0\0" * 500_000
        file = b"RIFF" + struct.pack("<I", len(body)) + body
    code, detail = rejection(file)
    assert (code, detail) == ("invalid", "The picture cannot be read: it consists of more than 20,000 parts.")


@pytest.mark.parametrize(
    "file",
    [
        jpeg()[:2] + b"\xff" * 2_000_000 + jpeg()[2:],
        jpeg()[:-2] + b"\xff" * 2_000_000,
        jpeg()[:-2] + b"\xff\0" * 2_000_000,
        jpeg()[:-2] + b"\xff\xd0" * 2_000_000,
        jpeg() + bytes(4_000_000) + b"a",
    ],
    ids=["fill", "unfinished fill", "escapes", "restarts", "padding"],
)
def test_hostile_bytes_between_the_segments_of_a_jpeg_are_rejected_quickly(file):
    assert rejection(file)[0] in ("invalid", "truncated", "foreign_data")


def test_lengths_beyond_the_file_are_truncated():
    file = png()
    assert rejection(file[:33] + b"\xff\xff\xff\xff" + file[37:])[0] == "truncated"
    assert rejection(webp()[:16] + b"\xff\xff\xff\xff" + webp()[20:])[0] == "truncated"
    assert rejection(jpeg()[:-600] + b"\xff\xfe\xff\xff" + jpeg()[-600:])[0] == "truncated"


def test_exif_entries_that_share_their_data_cost_nothing():
    count = 5000
    entries = struct.pack(">HHII", 0x9286, 7, 60_000, 8) * count
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", count) + entries
    assert encode(with_segment(jpeg(), 0xE1, exif))


def test_only_the_first_frame_of_an_animation_is_decoded():
    frames = [gradient().rotate(90 * number) for number in range(1, 4)]
    for format_, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        animated = save(gradient(), format_, save_all=True, append_images=frames, **options)
        # Damage the last frame.
        position = animated.rindex(b"fdAT" if format_ == "PNG" else b"VP8L") + 40
        animated = animated[:position] + bytes(100) + animated[position + 100 :]
        shown = decode(encode(animated)[-1]).convert("RGB")
        assert pixel(shown, 390, 10)[0] > 200
        assert pixel(shown, 10, 10)[0] < 50


def test_damaged_colour_profiles_are_ignored():
    for profile in (SRGB[:200], SRGB[:40] + bytes(300) + SRGB[340:], b"\xff" * 5000):
        for file in (jpeg(icc_profile=profile), png(icc_profile=profile), webp(icc_profile=profile)):
            assert encode(file)
    assert encode(with_chunk(png(), b"iCCP", b"profile\0\0not compressed"))
