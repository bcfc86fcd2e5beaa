"""Parse the YAML, TOML or JSON of front matter with PyYAML, tomllib and json.

Values keep their text (`title: 1.10` is "1.10", `tag: no` is "no"). The code reads PyYAML's events itself, because
PyYAML's loaders convert text to numbers and dates and drop line numbers, and its composer, which keeps both, recurses
in C until the process crashes.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, time
from typing import Any, NamedTuple, TypeAlias

import yaml

from blog_api.text.issues import Code, Refused

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"

_MAX_DEPTH = 20
_TOO_DEEP = f"the front matter is nested more than {_MAX_DEPTH} deep"
# tomllib takes quadratic time for a dotted key.
_MAX_DOTS = 100
_MAY_BE_KEY = re.compile(r"[^\n=,\[\]{}#]+")
_JSON_KEY = re.compile(r'([ \t{,]*)"((?:[^"\\]|\\.)*)"\s*:')
_YAML_NULLS = ("", "~", "null", "Null", "NULL")
_YAML_TYPES = ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
_YAML_TAGS = {None, "!", *(f"tag:yaml.org,2002:{name}" for name in _YAML_TYPES)}


class Plain(str):
    """A scalar without quotes, which can stand for a number, a boolean or a time (text/json_values.py)."""

    __slots__ = ()


def _invalid(line: int, detail: str) -> Refused:
    return Refused(Code.FRONT_MATTER_INVALID, detail, line)


class Block(NamedTuple):
    """Values by top-level key: its name as written, its line, and the line of its first duplicate, if any.

    Top-level keys are in lower case, nested ones as written.
    """

    values: dict[str, Value]
    names: dict[str, str]
    lines: dict[str, int]
    repeated: dict[str, int]


def read_yaml(block: str, first: int) -> Block:
    """Parse a block that starts at the line `first` of its file. Raises Refused."""
    # In YAML 1.1 these are line breaks, which would break pasted titles and shift line numbers.
    block = re.sub("[\x85\u2028\u2029]", " ", block)
    try:
        return _YamlReader(block, first).read()
    except yaml.MarkedYAMLError as error:
        marks = [mark for mark in (error.problem_mark, error.context_mark) if mark]
        # An unclosed value is detected at the end, so report where it begins.
        inside = (first + mark.line for mark in marks if block[mark.index :].strip())
        line = next(inside, first + block.rstrip().count("\n"))
        raise _invalid(line, f"invalid YAML: {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        character = error.character if isinstance(error.character, str) else chr(error.character)
        reason = f"invalid YAML: the character U+{ord(character):04X} is not allowed"
        raise _invalid(first + block.count("\n", 0, block.find(character)), reason) from error
    except (ValueError, OverflowError) as error:
        # Only if PyYAML was built without LibYAML, whose reader validates numeric escapes.
        raise _invalid(first, f"invalid YAML: {error}") from error


class _YamlReader:
    """Build values from events. Limits the depth before recursing; aliases share one value."""

    def __init__(self, block: str, first: int) -> None:
        self.events = yaml.parse(block, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.first = first
        self.anchors: dict[str, Value] = {}
        self.names: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.repeated: dict[str, int] = {}
        self.key = ""

    def read(self) -> Block:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return Block({}, {}, {}, {})
        root = next(self.events)
        if not isinstance(root, yaml.MappingStartEvent):
            raise self.error(root, "the front matter must be a mapping of keys to values")
        values = self.mapping(0)
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise self.error(event, "the front matter contains a second document")
        return Block(values, self.names, self.lines, self.repeated)

    def line_of(self, event: yaml.Event) -> int:
        return self.first + (event.start_mark.line if event.start_mark else 0)

    def error(self, event: yaml.Event, detail: str) -> Refused:
        return _invalid(self.line_of(event), detail)

    def value(self, event: Any, depth: int) -> Value:
        if isinstance(event, yaml.AliasEvent):
            # An anchor is defined once its value is complete, so a value cannot contain itself.
            if event.anchor not in self.anchors:
                raise self.error(event, f"*{event.anchor} refers to an undefined anchor")
            return self.anchors[event.anchor]
        if depth > _MAX_DEPTH:
            raise self.error(event, _TOO_DEEP)
        if event.tag not in _YAML_TAGS:
            raise self.error(event, f"the type {event.tag} is not supported")
        value: Value
        if isinstance(event, yaml.ScalarEvent):
            value = event.value
            if event.implicit[0] and not event.style:
                value = None if event.value in _YAML_NULLS else Plain(event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = [self.value(item, depth + 1) for item in self.until(yaml.SequenceEndEvent)]
        else:
            value = self.mapping(depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def mapping(self, depth: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        seen: set[str] = set()
        for event in self.until(yaml.MappingEndEvent):
            name = self.value(event, depth + 1)
            if not isinstance(name, str):
                raise self.error(event, "a key must be a string")
            key, line = name.lower(), self.line_of(event)
            if depth == 0:
                self.key = key
                self.names.setdefault(key, str(name))
                self.lines.setdefault(key, line)
            if key in seen:
                self.repeated.setdefault(self.key, line)
            seen.add(key)
            values[str(name) if depth else key] = self.value(next(self.events), depth + 1)
        return values

    def until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self.events), end):
            yield event


def read_toml(block: str, first: int) -> Block:
    """Parse a block that starts at the line `first` of its file. Raises Refused."""
    # In TOML, top-level keys precede all tables, so the first line that begins with a name defines it.
    lines: dict[str, int] = {}
    for line, text in enumerate(block.split("\n"), first):
        if name := re.match(r"[\s\[]*[\"']?([\w-]+)", text):
            lines.setdefault(name[1].lower(), line)
    for piece in _MAY_BE_KEY.finditer(block):
        if piece[0].count(".") > _MAX_DOTS:
            line = first + block.count("\n", 0, piece.start())
            raise _invalid(line, f"a key or value has more than {_MAX_DOTS} dots")
    try:
        values = _table(tomllib.loads(block, parse_float=Plain), lines, first, 0)
        return _block(values, lines, first, ())
    except RecursionError as error:
        raise _invalid(first, _TOO_DEEP) from error
    except ValueError as error:
        # Not only TOMLDecodeError: Python raises ValueError for numbers with thousands of digits.
        reason, _, place = str(error).partition(" (at ")
        position = re.match(r"line (\d+)", place)
        line = int(position[1]) if position else block.rstrip().count("\n") + 1
        raise _invalid(first - 1 + line, f"invalid TOML: {reason}") from error


def read_json(text: str, start: int, first: int) -> tuple[Block, int]:
    """Parse the object at an index of a text, in its line `first`. Return it and its end. Raises Refused."""
    repeated: set[str] = set()

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            names = [name.lower() for name, _ in pairs]
            repeated.update(name for name in names if names.count(name) > 1)
        return values

    # Line breaks in strings are common.
    decoder = json.JSONDecoder(object_pairs_hook=mapping, parse_float=Plain, parse_int=Plain, strict=False)
    try:
        table, end = decoder.raw_decode(text, start)
    except RecursionError as error:
        raise _invalid(first, _TOO_DEEP) from error
    except json.JSONDecodeError as error:
        line = first + text.count("\n", start, error.pos)
        raise _invalid(line, f"invalid JSON: {error.msg}") from error
    lines = _lines_of_json(text[start:end], first)
    values = _table(table, lines, first, 0)
    return _block(values, lines, first, repeated), end


def _block(values: dict[str, Value], lines: dict[str, int], first: int, repeated: Iterable[str]) -> Block:
    """Return the values by lower-case key. Keys that differ in case are repeated, as are those given."""
    names = {key.lower(): key for key in values}
    twice = {*repeated, *(key.lower() for key in values if names[key.lower()] != key)}
    return Block(
        {key: values[name] for key, name in names.items()},
        names,
        lines,
        {key: lines.get(key, first) for key in names if key in twice},
    )


def _lines_of_json(block: str, first: int) -> dict[str, int]:
    """Return the lines of the keys that begin a line. Those of the object itself are indented least."""
    places: dict[str, tuple[int, int]] = {}
    for line, text in enumerate(block.split("\n"), first):
        if found := _JSON_KEY.match(text):
            key, place = found[2].lower(), (len(found[1]), line)
            places[key] = min(places.get(key, place), place)
    return {key: line for key, (_, line) in places.items()}


def _table(table: dict[str, Any], lines: dict[str, int], line: int, depth: int) -> dict[str, Value]:
    return {
        key: _value(value, lines, lines.get(key.lower(), line), depth + 1) for key, value in table.items()
    }


def _value(value: Any, lines: dict[str, int], line: int, depth: int) -> Value:
    if depth > _MAX_DEPTH:
        raise _invalid(line, _TOO_DEEP)
    if isinstance(value, dict):
        return _table(value, lines, line, depth)
    if isinstance(value, list):
        return [_value(item, lines, line, depth + 1) for item in value]
    if isinstance(value, bool):
        return Plain(str(value).lower())
    if isinstance(value, date | time):
        return value.isoformat()
    return Plain(value) if isinstance(value, int) else value
