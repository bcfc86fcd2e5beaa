import io
import struct
import zipfile
import zlib

import pytest

from tests.media.samples import (
    encode,
    gradient,
    jpeg,
    png,
    png_chunk,
    rejection,
    save,
    webp,
    with_chunk,
    with_segment,
    with_webp_chunk,
)

FILES = {
    "jpeg": jpeg(),
    "progressive": jpeg(progressive=True),
    "png": png(),
    "webp": webp(),
    "lossless": webp(lossless=True),
}
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"\0\0\0\x10mdat" + bytes(range(8))
SAMSUNG = b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1700000000000SEFH\x6b\0\0\0\x01\0\0\0\x24\0\0\0SEFT"
COMMENT = 0xFE
XMP = b"http://ns.adobe.com/xap/1.0/\0<?xpacket begin=''?><x:xmpmeta><rdf:RDF/></x:xmpmeta>"


def archive() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("index.html", "Hello")
    return output.getvalue()


FOREIGN = {
    "a ZIP archive": archive(),
    "a RAR archive": b"Rar!\x1a\x07\x01\0",
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\0\x04",
    "a PDF file": b"%PDF-1.7\n1 0 obj",
    "PHP code": b"<?php system($_GET['c']); ?>",
    "a script": b"*/=1;</style><SCRIPT>alert(1)</SCRIPT>",
    "an HTML page": b"--><html><body onload=alert(1)>",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(9),
}


@pytest.mark.parametrize("name", FILES)
def test_truncated_files_are_rejected(name):
    file = FILES[name]
    for length in {*range(12, len(file), len(file) // 40), len(file) - 2, len(file) - 1}:
        assert rejection(file[:length])[0] == "truncated", length


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "trailer", [b"a", archive(), b"<script>", FILES["png"]], ids=["text", "zip", "html", "png"]
)
def test_data_after_the_end_is_rejected(name, trailer):
    assert rejection(FILES[name] + trailer)[0] == "foreign_data"


@pytest.mark.parametrize(
    "trailer",
    [
        bytes(1000),
        FILES["jpeg"] * 2,
        bytes(10) + FILES["jpeg"] + MP4,
        MP4,
        SAMSUNG,
        MP4 + SAMSUNG,
        b"x{}jxrs\x9a\x05\0\0",
    ],
    ids=["padding", "pictures", "picture and video", "video", "samsung", "samsung video", "oneplus"],
)
def test_what_cameras_append_to_a_jpeg_is_accepted(trailer):
    assert encode(FILES["jpeg"] + trailer)


@pytest.mark.parametrize("name", FOREIGN)
def test_other_files_in_what_cameras_append_are_rejected(name):
    detail = f"The picture contains {name}. Save it again in an image editor."
    for trailer in (MP4 + FOREIGN[name], MP4 + FOREIGN[name] + SAMSUNG):
        assert rejection(FILES["jpeg"] + trailer) == ("foreign_data", detail)


@pytest.mark.parametrize("name", FOREIGN)
def test_other_files_in_metadata_are_rejected(name):
    data = FOREIGN[name]
    for file in (
        with_segment(FILES["jpeg"], COMMENT, data),
        with_segment(FILES["jpeg"], 0xE1, XMP + data),
        with_segment(FILES["jpeg"], 0xE0, b"JFIF\0" + data),
        with_chunk(FILES["png"], b"tEXt", b"Comment\0" + data),
        with_chunk(FILES["png"], b"zzZz", data),
        with_webp_chunk(FILES["webp"], b"EXIF", data),
    ):
        assert rejection(file) == (
            "foreign_data",
            f"The picture contains {name}. Save it again in an image editor.",
        )


def test_other_files_in_image_data_are_rejected():
    code = FOREIGN["PHP code"]
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", len(code), 1, 8, 0, 0, 0, 0))
    stored = png_chunk(b"IDAT", zlib.compress(b"\0" + code, level=0))
    assert rejection(FILES["png"][:8] + header + stored + png_chunk(b"IEND", b""))[0] == "foreign_data"
    assert rejection(FILES["jpeg"][:-2] + code + b"\xff\xd9")[0] == "foreign_data"


def test_other_files_in_compressed_metadata_are_rejected():
    for name, prefix in ((b"zTXt", b"Comment\0\0"), (b"iTXt", b"Comment\0\1\0\0\0")):
        file = with_chunk(FILES["png"], name, prefix + zlib.compress(FOREIGN["PHP code"]))
        assert rejection(file)[0] == "foreign_data"


def test_other_files_are_found_across_the_blocks_in_which_a_file_is_read():
    for padding in range(65_500, 65_560, 3):
        trailer = MP4 + bytes(padding - len(MP4)) + FOREIGN["a PDF file"]
        assert rejection(FILES["jpeg"] + trailer)[0] == "foreign_data"


def test_ordinary_metadata_is_accepted():
    assert encode(with_segment(FILES["jpeg"], 0xE1, XMP))
    assert encode(with_chunk(FILES["png"], b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP))
    assert encode(with_webp_chunk(FILES["webp"], b"XMP ", XMP))


@pytest.mark.parametrize(
    "file",
    [
        FILES["png"].replace(b"IHDR", b"IHDr", 1),
        with_chunk(FILES["png"], b"IHDR", FILES["png"][16:29]),
        FILES["png"][:33] + png_chunk(b"IEND", b""),
        FILES["png"][:40] + b"\xff" + FILES["png"][41:],
        save(gradient(mode="P"), "PNG").replace(b"PLTE", b"pLTE", 1),
        FILES["jpeg"][:20] + b"\0\0" + FILES["jpeg"][20:],
        with_segment(FILES["jpeg"], 0xC0, b"\x08\0\x10\0\x10\x01\x01\x11\0"),
        FILES["jpeg"][:2] + b"\xff\xfe\0\x01" + FILES["jpeg"][2:],
        b"\xff\xd8\xff\xd9",
        FILES["jpeg"].replace(b"\xff\xc0\0\x11\x08\x01\x2c", b"\xff\xc0\0\x11\x08\0\0", 1),
        FILES["webp"].replace(b"VP8 ", b"VP9 ", 1),
        FILES["webp"].replace(b"\x9d\x01\x2a", b"\0\0\0", 1),
        FILES["lossless"][:20] + b"\0" + FILES["lossless"][21:],
        b"RIFF" + struct.pack("<I", 4) + b"WEBP",
    ],
    ids=range(14),
)
def test_damaged_files_are_rejected(file):
    assert rejection(file)[0] == "invalid"


@pytest.mark.parametrize(
    ("file", "detail"),
    [
        (
            FILES["jpeg"].replace(b"\xff\xc0", b"\xff\xc3", 1),
            "Lossless, hierarchical and arithmetic-coded JPEGs are not accepted.",
        ),
        (
            FILES["jpeg"].replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c", 1),
            "JPEGs with 12 bits per colour are not accepted.",
        ),
    ],
    ids=["lossless", "12 bits"],
)
def test_jpegs_that_browsers_do_not_show_are_rejected(file, detail):
    assert rejection(file) == ("unsupported_type", detail)
