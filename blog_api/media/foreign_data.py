"""Find other files inside a picture file.

Such files are made to deceive programs that guess types. The variants would be harmless, but nobody uploads such a
file by accident.
"""

from __future__ import annotations

import re

from blog_api.media.refusals import refusal
from blog_api.media.sources import Source, Span

# Patterns for data in lower case. They start with fixed bytes, which `re` finds quickly, and are too long to occur in
# image data by chance.
_PATTERNS = [
    (re.compile(pattern, re.DOTALL), name)
    for pattern, name in [
        (rb"pk\x03\x04[\0-\x3f]\0.[\0\x08][\0\x08\x09\x0c\x0e\x5d\x5f\x60]\0", "a ZIP archive"),
        (rb"pk\x05\x06(?:\0\0|\xff\xff)(?:\0\0|\xff\xff)", "a ZIP archive"),
        (rb"rar!\x1a\x07[\0\x01]", "a RAR archive"),
        (rb"7z\xbc\xaf\x27\x1c\0", "a 7z archive"),
        (rb"%pdf-[12]\.", "a PDF file"),
        (rb"<\?php[\s(/]", "PHP code"),
        (rb"<script[\s>/]", "a script"),
        (rb"<!doctype html", "an HTML page"),
        (rb"<html[\s>]", "an HTML page"),
        (rb"<iframe[\s>/]", "an HTML page"),
        (rb"this program cannot be run in dos mode", "a program"),
        (rb"\x7felf[\x01\x02][\x01\x02]\x01", "a program"),
        (rb"\xcf\xfa\xed\xfe[\x07\x0c]\0\0\x01", "a program"),
    ]
]
_LONGEST = 64


def reject_foreign_data(source: Source) -> None:
    """Raise InvalidInput if the file contains an archive, a document, a script or a program."""
    for _, block in source.blocks(Span(0, source.size), overlap=_LONGEST):
        check_data(block)


def check_data(data: bytes) -> None:
    """Raise InvalidInput if the data contains an archive, a document, a script or a program."""
    lowered = data.lower()
    for pattern, name in _PATTERNS:
        if pattern.search(lowered):
            raise refusal("foreign_data", f"The picture contains {name}. Save it again in an image editor.")
