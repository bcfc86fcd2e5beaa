"""Forms with a file, such as uploads of pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from werkzeug.test import TestResponse

from tests.inputs.cases import JSON, Outcome, World, case, members
from tests.pictures import picture

FORM = "multipart/form-data"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
END = b"\r\n--x--\r\n"


def send(world: World, file: bytes | str | None = None, name: str = "x.png", **texts: Any) -> TestResponse:
    """Upload a file, by default a picture. A string is sent as a text."""
    data = picture() if file is None else file
    part = data if isinstance(data, str) else (io.BytesIO(data), name)
    return world.ada.post("/media", data={"file": part, **texts}, content_type=FORM)


def send_body(world: World, body: bytes, content_type: str = f"{FORM}; boundary=x") -> TestResponse:
    return world.ada.post("/media", data=body, content_type=content_type)


@case("Another type than a form for an upload, or a compressed form")
def _content_type(world: World) -> Iterator[Outcome]:
    for content_type in (JSON, "image/png", "application/x-www-form-urlencoded", ""):
        yield None, send_body(world, picture(), content_type)
    headers = {"Content-Type": f"{FORM}; boundary=x", "Content-Encoding": "gzip"}
    yield None, world.ada.post("/media", data=PART + picture() + END, headers=headers)


@case("Form that is malformed or ends too early, has no boundary, or a part without a name")
def _malformed(world: World) -> Iterator[Outcome]:
    whole = PART + picture() + END
    for body in (b"--x\r\n", PART[:-2], whole[:-9], whole[:-60], whole.replace(b"--x", b"--y")):
        yield None, send_body(world, body)
    yield None, send_body(world, whole, FORM)
    yield None, send_body(world, whole.replace(b'name="file"; ', b""))


@case("Form without a file, with a nameless one, or with a text in its place")
def _no_file(world: World) -> Iterator[Outcome]:
    yield "/file", world.ada.post("/media", data={"alt": "x"}, content_type=FORM)
    yield "/file", send_body(world, b"")
    yield "/file", send(world, b"", "")
    yield "/file", send(world, "x")


@case("Unknown field in a form")
def _unknown(world: World) -> Iterator[Outcome]:
    for name in ("title", "id", "url", "file[]"):
        yield f"/{name}", send(world, **{name: "x"})


@case("Field given twice in a form, also the file")
def _repeated(world: World) -> Iterator[Outcome]:
    yield "/alt", send(world, alt=["a", "b"])
    files = [(io.BytesIO(picture()), name) for name in ("x.png", "y.png")]
    yield "/file", world.ada.post("/media", data={"file": files}, content_type=FORM)


@case("Text in a form that is too long, or has a control character")
def _texts(world: World) -> Iterator[Outcome]:
    for name, text in (("alt", "x" * 501), ("caption", "x" * 1001), ("alt", "a\0"), ("caption", "a\x1b")):
        yield f"/{name}", send(world, **{name: text})


@case("File over `MEDIA_MAX_MB`, over 500,000 bytes of texts, or over 10 fields")
def _too_large(world: World) -> Iterator[Outcome]:
    yield None, send_body(world, PART + b"x" * 21_000_000 + END)
    yield None, send_body(world, PART.replace(b'; filename="x.png"', b"") + b"x" * 500_001 + END)
    yield None, send(world, **{f"f{number}": "x" for number in range(10)})


@case("File that is empty or not a JPEG, PNG or WebP: SVG, GIF, HTML, text")
def _other_types(world: World) -> Iterator[Outcome]:
    for data in (b"", b"<svg/>", b"GIF89a", b"<!doctype html><html>", b"text"):
        yield "/file", send(world, data)


@case("Picture whose `Content-Type` names another format")
def _mislabelled(world: World) -> Iterator[Outcome]:
    part = (io.BytesIO(picture(kind="JPEG")), "x.png", "image/png")
    yield "/file", world.ada.post("/media", data={"file": part}, content_type=FORM)


@case("Truncated picture")
def _truncated(world: World) -> Iterator[Outcome]:
    for kind in ("PNG", "JPEG", "WEBP"):
        yield "/file", send(world, picture(kind=kind)[:-20], f"x.{kind.lower()}")


@case("Picture followed by other data: an archive, HTML, zeros")
def _foreign_data(world: World) -> Iterator[Outcome]:
    for data in (b"PK\x03\x04" + b"\0" * 40, b"<script>alert(1)</script>", b"\0" * 100):
        yield "/file", send(world, picture() + data)


@case("File name that is too long, blank, or has a control character")
def _invalid_names(world: World) -> Iterator[Outcome]:
    for name in ("x" * 256, "\u200b", "a\0.png", "a\x1b.png"):
        yield "/file", send(world, name=name)


@case("File name with directories, or of any script")
def _names(world: World) -> Iterator[Outcome]:
    for name in ("../../etc/passwd", "/cat.png", "고양이.png", "x" * 255, "<b>.png"):
        reply = send(world, name=name)
        assert members(reply)["filename"] == name
        yield None, reply
