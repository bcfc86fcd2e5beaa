"""The YAML or TOML between the fences of front matter, parsed by PyYAML and tomllib.

Every value keeps the text that was written (`title: 1.10` is "1.10", `tag: no` is "no"). The walk over PyYAML's events
stays ours, because its loaders turn text into numbers and dates and forget lines, and its composer, which keeps both,
recurses in C until the process crashes.
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import date, time
from typing import Any, NamedTuple, TypeAlias

import yaml

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"

_MAX_DEPTH = 20
_TOO_DEEP = f"the front matter is nested more than {_MAX_DEPTH} deep"
# tomllib's time to read a dotted key grows with the square of its parts.
_MAX_DOTS = 100
_MAY_BE_KEY = re.compile(r"[^\n=,\[\]{}#]+")
_YAML_NULLS = ("", "~", "null", "Null", "NULL")
_YAML_TYPES = ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
_YAML_TAGS = {None, "!", *(f"tag:yaml.org,2002:{name}" for name in _YAML_TYPES)}


class FrontMatterError(Exception):
    """What is wrong with a file: `reason`, and the `line` of the file, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


class Block(NamedTuple):
    """Values by lower-case key, the line of each top-level key, and the line of the first repetition in it, if any."""

    values: dict[str, Value]
    lines: dict[str, int]
    repeated: dict[str, int]


def read_yaml(block: str, first: int) -> Block:
    """Read a block whose first line is the line `first` of its file. Raises FrontMatterError."""
    # YAML 1.1 ends a line at these, and so would find errors in a pasted title, and count other lines.
    block = re.sub("[\x85\u2028\u2029]", " ", block)
    try:
        return _YamlReader(block, first).read()
    except yaml.MarkedYAMLError as error:
        marks = [mark for mark in (error.problem_mark, error.context_mark) if mark]
        # What is never closed is noticed behind the end, and mended where it begins.
        inside = (first + mark.line for mark in marks if block[mark.index :].strip())
        line = next(inside, first + block.rstrip().count("\n"))
        raise FrontMatterError(line, f"the YAML cannot be read: {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        character = error.character if isinstance(error.character, str) else chr(error.character)
        reason = f"the YAML holds the character U+{ord(character):04X}, which is not allowed"
        raise FrontMatterError(first + block.count("\n", 0, block.find(character)), reason) from error
    except (ValueError, OverflowError) as error:
        # Only where PyYAML was built without its C part, whose reader checks numbers in escapes.
        raise FrontMatterError(first, f"the YAML cannot be read: {error}") from error


class _YamlReader:
    """Reads events: depth is known before anything recurses, and aliases share one value."""

    def __init__(self, block: str, first: int) -> None:
        self.events = yaml.parse(block, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.first = first
        self.anchors: dict[str, Value] = {}
        self.lines: dict[str, int] = {}
        self.repeated: dict[str, int] = {}
        self.key = ""

    def read(self) -> Block:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return Block({}, {}, {})
        root = next(self.events)
        if not isinstance(root, yaml.MappingStartEvent):
            raise self.error(root, "the front matter must be made of keys and values")
        values = self.mapping(0)
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise self.error(event, "the front matter holds a second document")
        return Block(values, self.lines, self.repeated)

    def line_of(self, event: yaml.Event) -> int:
        return self.first + (event.start_mark.line if event.start_mark else 0)

    def error(self, event: yaml.Event, reason: str) -> FrontMatterError:
        return FrontMatterError(self.line_of(event), reason)

    def value(self, event: Any, depth: int) -> Value:
        if isinstance(event, yaml.AliasEvent):
            # An anchor is known once its value is complete, so that no value can hold itself.
            if event.anchor not in self.anchors:
                raise self.error(event, f"*{event.anchor} refers to nothing that stands before it")
            return self.anchors[event.anchor]
        if depth > _MAX_DEPTH:
            raise self.error(event, _TOO_DEEP)
        if event.tag not in _YAML_TAGS:
            raise self.error(event, f"the type {event.tag} is not supported")
        value: Value
        if isinstance(event, yaml.ScalarEvent):
            is_null = event.implicit[0] and not event.style and event.value in _YAML_NULLS
            value = None if is_null else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = [self.value(item, depth + 1) for item in self.until(yaml.SequenceEndEvent)]
        else:
            value = self.mapping(depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def mapping(self, depth: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for event in self.until(yaml.MappingEndEvent):
            key = self.value(event, depth + 1)
            if not isinstance(key, str):
                raise self.error(event, "a key must be text")
            key, line = key.lower(), self.line_of(event)
            if depth == 0:
                self.key = key
                self.lines.setdefault(key, line)
            if key in values:
                self.repeated.setdefault(self.key, line)
            values[key] = self.value(next(self.events), depth + 1)
        return values

    def until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self.events), end):
            yield event


def read_toml(block: str, first: int) -> Block:
    """Read a block whose first line is the line `first` of its file. Raises FrontMatterError."""
    # Top-level keys stand before all tables in TOML: the first line that begins with a name is its own.
    lines: dict[str, int] = {}
    for line, text in enumerate(block.split("\n"), first):
        if name := re.match(r"[\s\[]*[\"']?([\w-]+)", text):
            lines.setdefault(name[1].lower(), line)
    for piece in _MAY_BE_KEY.finditer(block):
        if piece[0].count(".") > _MAX_DOTS:
            line = first + block.count("\n", 0, piece.start())
            raise FrontMatterError(line, f"there are more than {_MAX_DOTS} dots in one key or text")
    try:
        return Block(_table(tomllib.loads(block, parse_float=str), lines, first, 0), lines, {})
    except RecursionError as error:
        raise FrontMatterError(first, _TOO_DEEP) from error
    except ValueError as error:
        # Not every one is a TOMLDecodeError: Python refuses to read numbers of thousands of digits.
        reason, _, place = str(error).partition(" (at ")
        position = re.match(r"line (\d+)", place)
        line = int(position[1]) if position else block.rstrip().count("\n") + 1
        raise FrontMatterError(first - 1 + line, f"the TOML cannot be read: {reason}") from error


def _table(table: dict[str, Any], lines: dict[str, int], line: int, depth: int) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, value in table.items():
        own_line = lines.get(key.lower(), line)
        if key.lower() in values:
            raise FrontMatterError(own_line, f"the key {key!r} is given twice")
        values[key.lower()] = _value(value, lines, own_line, depth + 1)
    return values


def _value(value: Any, lines: dict[str, int], line: int, depth: int) -> Value:
    if depth > _MAX_DEPTH:
        raise FrontMatterError(line, _TOO_DEEP)
    if isinstance(value, dict):
        return _table(value, lines, line, depth)
    if isinstance(value, list):
        return [_value(item, lines, line, depth + 1) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | time) else str(value)
