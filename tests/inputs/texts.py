"""Strings: forbidden characters, length limits, and valid strings that are stored unchanged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

from werkzeug.test import TestResponse

from tests.inputs.cases import Field, Outcome, World, case, fields, members

BLANK = [
    "",
    " ",
    "\u00a0\u3000",
    "\u200b",
    "\ufeff\u200d",
    "\u2060 \u200b",
    "\u3164",
    "\u2800",
    "\u115f\ufe0f",
    "\U000e0100",
]
ANY = ["100% _legal_ \\ here", "e\u0301 is not \u00e9", "\u202eabc", "\uffff\ufdd0", "\ufeffx",
       "\U0001f469\u200d\U0001f4bb", "a'; --",
       "<script>", "{{7*7}}", "${x}", "%s%n", "x\u200b"]  # fmt: skip
NUMBER = count(1)


def at_maximum(field: Field) -> str:
    """Return a string of the maximum length, different on each call."""
    number, maximum = str(next(NUMBER)), field.schema["maxLength"]
    if field.schema.get("format") == "email":
        return f"{number:a>64}@{'b' * 61}.{'b' * 61}.{'b' * 61}.com"
    sign = "\U0001f511" if field.is_free_text else "a"
    return sign * (maximum - len(number)) + number


def bounded(world: World) -> Iterator[Field]:
    """Yield the string fields with a maximum length, except login names and tokens, which are only looked up.

    Neither the name and the address of a guest, which a user must not send, nor the URLs of webhooks.
    """
    for field in fields(world.document):
        is_of_guest = field.path.endswith("/comments") and field.name in ("name", "email")
        if is_of_guest or ("/webhooks" in field.path and field.name == "url"):
            continue
        takes_letters = re.search(field.schema.get("pattern", "^$"), "a1")
        if field.is_string and takes_letters and not field.path.endswith(("login", "confirm")):
            yield field


def assert_shown(field: Field, value: str, reply: TestResponse) -> None:
    """Assert that the object in the response, if any, has the value."""
    found = members(reply) if reply.data else {}
    found = found["results"][0]["data"] if "results" in found else found
    # A new address of your own is pending until you confirm it.
    name = "pending_email" if (field.name, field.path) == ("email", "/api/v1/users/me") else field.name
    if name in found:
        tags = [tag if isinstance(tag, str) else tag["name"] for tag in found.get("tags", ())]
        shown = tags if field.in_list else found[name]
        assert shown == ([value] if field.in_list else value)


@case("NUL in a text")
def _nul(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        if field.is_string:
            for value in ("\0", "a\0b", "ab\0"):
                yield field.pointer, field.send(world, value)


@case("Other control character, or line break in a single-line text")
def _control(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        if field.is_free_text or field.name in ("username", "slug"):
            for sign in ("\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f"):
                yield field.pointer, field.send(world, f"a{sign}b")
    for sign in ("\n", "\r", "\t", "\x85", "\u2028"):
        yield "/title", world.ada.post("/posts", json={"title": f"a{sign}b", "content": ""})


def send_valid(field: Field, world: World, value: str) -> TestResponse:
    if field.path.endswith("/working-copy"):
        # Only live posts have one.
        live = {"status": "published", "title": "Live"}
        assert world.admin.patch(f"/posts/{world.post['id']}", json=live).status_code == 200
    return field.send(world, value)


@case("Text of maximum length, in characters")
def _maximum(world: World) -> Iterator[Outcome]:
    for field in bounded(world):
        value = at_maximum(field)
        reply = send_valid(field, world, value)
        assert_shown(field, value, reply)
        yield None, reply


@case("Text one character over the maximum")
def _too_long(world: World) -> Iterator[Outcome]:
    for field in bounded(world):
        yield field.pointer, field.send(world, "a" + at_maximum(field))


@case("Whitespace around a text")
def _trimmed(world: World) -> Iterator[Outcome]:
    for field in bounded(world):
        if field.is_free_text and field.name not in ("content", "email"):
            value = at_maximum(field)
            reply = send_valid(field, world, f" \u3000{value} ")
            assert_shown(field, value, reply)
            yield None, reply


@case("Blank text where one is required: spaces, zero-width characters, fillers")
def _blank(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        if field.is_string and field.schema.get("minLength", 0) and field.name != "published_at":
            for value in BLANK:
                # Forms send an empty string for none.
                if value or not field.schema["nullable"]:
                    yield field.pointer, field.send(world, value)


@case(
    "`%`, `_`, `\\`, quotes, markup, templates, any script, NFC and NFD, direction marks, emoji, noncharacters"
)
def _anything(world: World) -> Iterator[Outcome]:
    for text in ANY:
        body = {"title": text, "content": text, "summary": text}
        reply = world.ada.post("/posts", json=body)
        assert {name: members(reply)[name] for name in body} == body
        yield None, reply


@case("More than 100 combining marks in a row")
def _marks(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        if field.is_free_text and field.schema.get("maxLength", 0) > 120:
            yield field.pointer, field.send(world, "a" + "\u0301\u0323" * 51)
    # Normalizing so many would take PostgreSQL minutes.
    yield "/content", world.ada.post("/posts", json={"title": "x", "content": "a" + "\u0301\u0323" * 50_000})


@case("Line breaks, tabs and spaces around content")
def _content(world: World) -> Iterator[Outcome]:
    for text in ("\r\n\ta\n\n", "    code\n", "", "\n"):
        reply = world.ada.post("/posts", json={"title": "x", "content": text})
        assert members(reply)["content"] == text
        yield None, reply


@case("Unknown value of an enumeration")
def _choice(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        if "enum" in field.schema:
            for value in ("x", "", "DRAFT", "admin ", "ａdmin"):
                yield field.pointer, field.send(world, value)


@case(
    "Time that is malformed, has no offset, is outside the years 1 to 9999, or has a field out of range: `-00:60`"
)
def _time(world: World) -> Iterator[Outcome]:
    values = ("now", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "1e3",
              "0001-01-01T00:00:00+14:00", "٢٠٢٦-01-31T12:00:00Z", "2026-01-31T12:00:00-00:60",
              "2026-01-31T12:00:00+24:00", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z",
              "2026-01-31T12:00:00Z" * 300)  # fmt: skip
    for field in fields(world.document):
        if field.schema.get("format") == "date-time":
            for value in values:
                yield field.pointer, field.send(world, value)


@case("Tag name that differs from another only in case, width, spacing or normalization")
def _tags(world: World) -> Iterator[Outcome]:
    name = "Café Noir"
    assert world.editor.post("/tags", json={"name": name}).status_code == 201
    for other in (
        "CAFÉ NOIR",
        "café  noir",
        "ｃａｆé noir",
        unicodedata.normalize("NFD", name),
        "Café\u200b Noir",
    ):
        yield "/name", world.editor.post("/tags", json={"name": other})
