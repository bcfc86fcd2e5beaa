"""Pictures for the tests."""

from __future__ import annotations

import io
from itertools import count
from typing import Any

from PIL import Image
from werkzeug.test import TestResponse

from tests.people import Person

_NUMBERS = count(1)


def picture(width: int = 400, height: int = 300, kind: str = "PNG", color: int | None = None) -> bytes:
    """Return a picture in one colour, by default a new one each time."""
    buffer = io.BytesIO()
    shade = next(_NUMBERS) * 7919 % 2**24 if color is None else color
    Image.new("RGB", (width, height), f"#{shade:06x}").save(buffer, kind)
    return buffer.getvalue()


def send_picture(
    person: Person, data: bytes | None = None, name: str = "cat.png", **texts: str
) -> TestResponse:
    """Upload a picture, by default a new one."""
    file = (io.BytesIO(picture() if data is None else data), name)
    return person.post("/media", data={"file": file, **texts}, content_type="multipart/form-data")


def upload(person: Person, data: bytes | None = None, **texts: str) -> dict[str, Any]:
    """Upload a picture, and return it as the service shows it."""
    reply = send_picture(person, data, **texts)
    assert reply.status_code == 201, reply.text
    return dict(reply.json or {})
