import pytest

from tests.media.samples import encode, gradient, jpeg, png, rejection, save, webp

SVG = b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'
REJECTED = {
    "svg": (SVG, "SVG files can contain scripts."),
    "bare svg": (b"\xef\xbb\xbf <SVG onload=alert(1)>", "SVG files can contain scripts."),
    "html": (b"\n<!DOCTYPE html><title>a</title>", "HTML files can contain scripts."),
    "script": (b"<script>alert(1)</script>", "HTML files can contain scripts."),
    "gif": (save(gradient(), "GIF"), "GIF is not accepted."),
    "tiff": (save(gradient(), "TIFF"), "TIFF is not accepted."),
    "bmp": (save(gradient(), "BMP"), "BMP is not accepted."),
    "pdf": (save(gradient(), "PDF"), "PDF is not accepted."),
    "avif": (b"\0\0\0\x20ftypavif\0\0\0\0", "AVIF is not accepted."),
    "heic": (b"\0\0\0\x20ftypheic\0\0\0\0", "HEIC is not accepted."),
    "text": (b"a picture", "The format is not accepted."),
    "riff": (b"RIFF\x24\0\0\0WAVEfmt ", "The format is not accepted."),
    "empty": (b"", "The file is empty."),
}


@pytest.mark.parametrize("name", REJECTED)
def test_other_types_are_rejected_with_the_accepted_ones(name):
    file, reason = REJECTED[name]
    assert rejection(file) == ("unsupported_type", f"{reason} Send a JPEG, PNG or WebP picture.")
    assert rejection(file, "image/png")[0] == "unsupported_type"


@pytest.mark.parametrize(
    "declared", [None, "", "application/octet-stream", "image/jpeg", "Image/JPEG; a=b", "image/jpg"]
)
def test_the_declared_type_can_be_missing_or_right(declared):
    assert encode(jpeg(), declared)


@pytest.mark.parametrize(
    ("file", "declared", "actual"),
    [
        (jpeg(), "image/png", "JPEG"),
        (png(), "image/webp", "PNG"),
        (webp(), "image/jpeg", "WebP"),
        (png(), "image/svg+xml", "PNG"),
        (png(), "text/html", "PNG"),
    ],
)
def test_another_declared_type_is_rejected(file, declared, actual):
    detail = f"The file is a {actual} picture, but its content type says otherwise."
    assert rejection(file, declared) == ("mislabelled", detail)
