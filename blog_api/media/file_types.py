"""Recognise the type of a file by its first bytes."""

from __future__ import annotations

import re

from blog_api.media.refusals import refusal

ACCEPTED = "Send a JPEG, PNG or WebP picture."
HEAD = 1024
_UNKNOWN_TYPES = {"", "application/octet-stream", "binary/octet-stream"}
_FORMATS = {
    "jpeg": "JPEG",
    "jpg": "JPEG",
    "pjpeg": "JPEG",
    "png": "PNG",
    "x-png": "PNG",
    "apng": "PNG",
    "webp": "WEBP",
}
_SIGNATURES = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
_REJECTED = [
    (re.compile(rb"\s*<(?:[?!].*<)?\s*svg\b", re.DOTALL | re.IGNORECASE), "SVG files can contain scripts."),
    (
        re.compile(rb"\s*<(?:!doctype\s+)?(?:html|head|body|script)\b", re.IGNORECASE),
        "HTML files can contain scripts.",
    ),
    (re.compile(rb"GIF8[79]a"), "GIF is not accepted."),
    (re.compile(rb"....ftyp(?:avif|avis)", re.DOTALL), "AVIF is not accepted."),
    (re.compile(rb"....ftyp(?:hei|hev|mif1|msf1)", re.DOTALL), "HEIC is not accepted."),
    (re.compile(rb"II\*\0|MM\0\*"), "TIFF is not accepted."),
    (re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL), "BMP is not accepted."),
    (re.compile(rb"%PDF-"), "PDF is not accepted."),
    (re.compile(rb"\Z"), "The file is empty."),
]


def identify(head: bytes, declared_type: str | None) -> str:
    """Return the format, as Pillow names it, of a file that starts with these bytes.

    Raises InvalidInput for other formats, and if the declared content type names another one.
    """
    found = next((name for name, signature in _SIGNATURES.items() if signature.match(head)), None)
    if found is None:
        text = head.removeprefix(b"\xef\xbb\xbf")
        why = next(
            (reason for signature, reason in _REJECTED if signature.match(text)),
            "The format is not accepted.",
        )
        raise refusal("unsupported_type", f"{why} {ACCEPTED}")
    _check_declared(found, declared_type)
    return found


def _check_declared(found: str, declared_type: str | None) -> None:
    declared = (declared_type or "").partition(";")[0].strip().lower()
    if declared not in _UNKNOWN_TYPES and _FORMATS.get(declared.removeprefix("image/")) != found:
        actual = "WebP" if found == "WEBP" else found
        raise refusal("mislabelled", f"The file is a {actual} picture, but its content type says otherwise.")
