"""Read the profiles of authors from data files of Jekyll, Hugo and others, such as `_data/authors.yml`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from blog_api.text.documents import MAX_NAME, Profile
from blog_api.text.folding import is_blank, tidy
from blog_api.text.front_matter import lower_keys
from blog_api.text.front_matter_blocks import Value, read_toml, read_yaml
from blog_api.text.issues import Code, Refused
from blog_api.text.profiles import read_image, read_website

SUFFIXES = (".yml", ".yaml", ".json", ".toml")
_KEYS = ("key", "id", "slug", "username", "handle", "short_name", "name", "display_name")
_NAMES = ("display_name", "name", "title")
_BIOS = ("bio", "description", "about", "short_bio")


class ProfileData(NamedTuple):
    """An entry of a file, in a line: the profile, or why it cannot be read."""

    profile: Profile | Refused
    line: int


def read_authors_data(text: str, path: str) -> list[ProfileData]:
    """Return the profiles in the text of a file: a mapping by the name that posts use, or a list.

    Raises Refused if the file is invalid.
    """
    suffix = PurePosixPath(path).suffix.lower()
    values, lines = _parse(text, suffix)
    if len(values) == 1 and isinstance(found := next(iter(values.values())), list):
        # `authors:` above a list, or a list alone.
        return [_read(_key(item), item, next(iter(lines.values()), 1)) for item in found]
    return [_read(key, value, lines.get(key.lower(), 1)) for key, value in values.items()]


def _parse(text: str, suffix: str) -> tuple[dict[str, Value], Mapping[str, int]]:
    if suffix == ".json":
        return _parse_json(text), {}
    if suffix == ".toml":
        block = read_toml(text, 1)
    else:
        body = text.removeprefix("\ufeff").lstrip().removeprefix("---")
        first = 1 + text.count("\n", 0, len(text) - len(body))
        is_list = next((line for line in body.split("\n") if line.strip() and line[0] != "#"), "").startswith(
            "- "
        )
        block = read_yaml(f"authors:\n{body}", first - 1) if is_list else read_yaml(body, first)
    return {block.names[key]: value for key, value in block.values.items()}, block.lines


def _parse_json(text: str) -> dict[str, Value]:
    try:
        data = json.loads(text.removeprefix("\ufeff"), parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise Refused(Code.PROFILE_INVALID, f"invalid JSON: {error.msg}", error.lineno) from error
    except RecursionError as error:
        raise Refused(Code.PROFILE_INVALID, "invalid JSON: nested too deep") from error
    if isinstance(data, list):
        return {"authors": data}
    if not isinstance(data, dict):
        raise Refused(Code.PROFILE_INVALID, "neither an object nor a list of profiles")
    return data


def _read(key: str, value: Value, line: int) -> ProfileData:
    values = {"name": value} if isinstance(value, str) else lower_keys(value)
    name = _first(values, _NAMES) or tidy(
        f"{_first(values, ('first_name',))} {_first(values, ('last_name',))}"
    )
    if is_blank(name) or is_blank(key):
        return ProfileData(Refused(Code.NAME_MISSING, f"{key[:100]}: name is missing", line), line)
    if len(key) > MAX_NAME:
        detail = f"{key[:100]}: a name has more than {MAX_NAME} characters"
        return ProfileData(Refused(Code.NAME_TOO_LONG, detail, line), line)
    website, image = read_website(values), read_image(values)
    return ProfileData(Profile(tidy(key), name, _first(values, _BIOS, is_line=False), website, image), line)


def _key(item: Value) -> str:
    return item if isinstance(item, str) else _first(lower_keys(item), _KEYS)


def _first(values: Mapping[str, Value], keys: Iterable[str], *, is_line: bool = True) -> str:
    """Return the first text under the keys that is not blank, or ""."""
    texts: Iterator[Any] = (values.get(key) for key in keys)
    found = next((text for text in texts if isinstance(text, str) and not is_blank(text)), "")
    return tidy(found) if is_line else found.strip()
