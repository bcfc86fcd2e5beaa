"""Every file is either encoded or rejected with a reason."""

from __future__ import annotations

import random
import time
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog_api.problems import InvalidInput
from tests.media.samples import SRGB, encode, gradient, save

EXIF = gradient().getexif()
EXIF[0x0112] = 6
_SMALL = gradient(90, 60)
_OPTIONS = {"icc_profile": SRGB, "exif": EXIF}
FILES = [
    save(_SMALL, "JPEG", **_OPTIONS, xmp=b"<x:xmpmeta/>", comment=b"a"),
    save(_SMALL, "JPEG", progressive=True, restart_marker_rows=1),
    save(_SMALL.convert("CMYK"), "JPEG"),
    save(_SMALL, "JPEG") + save(_SMALL, "JPEG"),
    save(_SMALL, "PNG", **_OPTIONS),
    save(_SMALL.convert("P"), "PNG", transparency=3),
    save(_SMALL, "PNG", save_all=True, append_images=[_SMALL.rotate(90)]),
    save(_SMALL, "WEBP"),
    save(_SMALL.convert("RGBA"), "WEBP", lossless=True, **_OPTIONS),
    save(_SMALL, "WEBP", save_all=True, append_images=[_SMALL.rotate(90)]),
]
LENGTHS = st.integers(0, 60)
# Of CPU time, since a busy machine delays the clock.
SECONDS = 2.0


def check(file: bytes) -> None:
    start = time.process_time()
    with suppress(InvalidInput):
        assert encode(file)
    assert time.process_time() - start < SECONDS


@settings(deadline=None)
@given(st.sampled_from(FILES), st.floats(0, 1))
def test_truncated_files(file, share):
    check(file[: int(len(file) * share)])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FILES), st.randoms(use_true_random=False), st.integers(1, 8))
def test_files_with_changed_bytes(file: bytes, chance: random.Random, number: int) -> None:
    changed = bytearray(file)
    for _ in range(number):
        # More often in the headers, where it matters.
        limit = chance.choice([200, 1000, len(file)])
        changed[chance.randrange(min(limit, len(file)))] = chance.choice(
            [0, 1, 0x7F, 0xFF, chance.randrange(256)]
        )
    check(bytes(changed))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FILES), st.floats(0, 1), LENGTHS, st.binary(max_size=60))
def test_files_with_replaced_ranges(file, share, length, data):
    start = int(len(file) * share)
    check(file[:start] + data + file[start + length :])


@settings(deadline=None)
@given(st.sampled_from(FILES), st.sampled_from(FILES), st.floats(0, 1), st.floats(0, 1))
def test_files_joined_from_two(file, other, share, other_share):
    check(file[: int(len(file) * share)] + other[int(len(other) * other_share) :])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8X", b""]),
    st.binary(max_size=300),
)
def test_any_bytes(start, data):
    check(start + data)
