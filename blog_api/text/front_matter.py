"""Front matter: the block of YAML between `---`, or of TOML between `+++`, that opens a Markdown file.

Values keep the text that was written (`title: 1.10` is "1.10", `tag: no` is "no"): what a value means is for
the reader of its key to say, and nothing in a file is ever turned into an object.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple, TypeAlias

import yaml

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"

_CLOSED_BY = {"---": ("---", "..."), "+++": ("+++",)}
_MAX_DEPTH = 20
# In characters.
MAX_FRONT_MATTER = 128 * 1024
# What tomllib takes to read a dotted key grows with the square of its parts.
_MAX_DOTS = 100
_MAY_BE_KEY = re.compile(r"[^\n=,\[\]{}#]+")
_YAML_NULLS = ("", "~", "null", "Null", "NULL")
_YAML_TYPES = ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
_YAML_TAGS = {None, "!", *(f"tag:yaml.org,2002:{name}" for name in _YAML_TYPES)}


class FrontMatterError(ValueError):
    """What is wrong with a file: `reason`, and the `line` of the file, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file taken apart: values and lines by lower-case key, the line of the opening fence, and the body.

    `repeated` has the line where a key is given for the second time, or where one inside its value is.
    """

    values: dict[str, Value]
    lines: dict[str, int]
    repeated: dict[str, int]
    line: int
    body: str

    def get(self, key: str) -> Value:
        """Give the value of a key, None where it is absent. Raises FrontMatterError where it is ambiguous.

        Only here, because real files repeat keys that nobody reads.
        """
        if key in self.repeated:
            raise FrontMatterError(self.repeated[key], f"{key} is given twice, or holds a key twice")
        return self.values.get(key)

    def error(self, key: str, reason: str) -> FrontMatterError:
        """Make the error that points to the line of this key, or to the fence where there is no such key."""
        return FrontMatterError(self.lines.get(key, self.line), reason)


def parse(text: str) -> FrontMatter:
    """Take a file apart. A BOM, line ends of any kind, and blank lines before the fence are accepted.

    Raises FrontMatterError where there is no front matter, or where it cannot be read.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if broken := re.search(r"[\ud800-\udfff]", text):
        raise FrontMatterError(text.count("\n", 0, broken.start()) + 1, "the text is not Unicode")
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    fence = lines[start].rstrip()
    if fence not in _CLOSED_BY:
        raise FrontMatterError(start + 1, "there is no front matter: the file must begin with --- or +++")
    end = start + 1
    while end < len(lines) and lines[end].rstrip() not in _CLOSED_BY[fence]:
        end += 1
    if end == len(lines):
        raise FrontMatterError(start + 1, f"the front matter is not closed: there is no second {fence}")
    block = "\n".join(lines[start + 1 : end])
    if len(block) > MAX_FRONT_MATTER:
        raise FrontMatterError(start + 1, f"the front matter has more than {MAX_FRONT_MATTER:,} characters")
    try:
        found = _YamlReader(block).read() if fence == "---" else _read_toml(block)
    except FrontMatterError as error:
        raise FrontMatterError(start + 1 + error.line, error.reason) from error
    return FrontMatter(
        values=found.values,
        lines={key: start + 1 + line for key, line in found.lines.items()},
        repeated={key: start + 1 + line for key, line in found.repeated.items()},
        line=start + 1,
        body="\n".join(lines[end + 1 :]).strip("\n"),
    )


class _Block(NamedTuple):
    """What stands between the fences; lines are counted from its own first line."""

    values: dict[str, Value]
    lines: dict[str, int]
    repeated: dict[str, int]


class _YamlReader:
    """Reads events, not nodes: so depth is known before anything recurses, and aliases share one value."""

    def __init__(self, block: str) -> None:
        # YAML of old ends a line at these, and so would find errors in a pasted title, and count other lines.
        self.block = re.sub("[\x85\u2028\u2029]", " ", block)
        self.anchors: dict[str, Value] = {}
        self.lines: dict[str, int] = {}
        self.repeated: dict[str, int] = {}
        self.key = ""

    def read(self) -> _Block:
        try:
            self.events = yaml.parse(self.block, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            return _Block(self.document(), self.lines, self.repeated)
        except yaml.MarkedYAMLError as error:
            raise self.syntax_error(error) from error
        except yaml.reader.ReaderError as error:
            character = error.character if isinstance(error.character, str) else chr(error.character)
            reason = f"the YAML holds the character U+{ord(character):04X}, which is not allowed"
            line = self.block.count("\n", 0, self.block.find(character)) + 1
            raise FrontMatterError(line, reason) from error
        except FrontMatterError:
            raise
        except (ValueError, OverflowError) as error:
            # Only where PyYAML was built without its C part, whose reader checks numbers in escapes.
            raise FrontMatterError(1, f"the YAML cannot be read: {error}") from error

    def line_of(self, event: yaml.Event) -> int:
        return event.start_mark.line + 1 if event.start_mark else 1

    def error(self, event: yaml.Event, reason: str) -> FrontMatterError:
        return FrontMatterError(self.line_of(event), reason)

    def syntax_error(self, error: yaml.MarkedYAMLError) -> FrontMatterError:
        marks = [mark for mark in (error.problem_mark, error.context_mark) if mark]
        # What is never closed is noticed behind the end, and mended where it begins.
        inside = (mark.line + 1 for mark in marks if self.block[mark.index :].strip())
        line = next(inside, self.block.rstrip().count("\n") + 1)
        return FrontMatterError(line, f"the YAML cannot be read: {error.problem or error.context}")

    def document(self) -> dict[str, Value]:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return {}
        root = next(self.events)
        if not isinstance(root, yaml.MappingStartEvent):
            raise self.error(root, "the front matter must be made of keys and values")
        values = self.mapping(0)
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise self.error(event, "the front matter holds a second document")
        return values

    def value(self, event: Any, depth: int) -> Value:
        if isinstance(event, yaml.AliasEvent):
            # An anchor is known once its value is complete, so that no value can hold itself.
            if event.anchor not in self.anchors:
                raise self.error(event, f"*{event.anchor} refers to nothing that stands before it")
            return self.anchors[event.anchor]
        if depth > _MAX_DEPTH:
            raise self.error(event, f"the front matter is nested more than {_MAX_DEPTH} deep")
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


def _read_toml(block: str) -> _Block:
    # Top-level keys stand before all tables in TOML: the first line that begins with a name is its own.
    names = (re.match(r"[\s\[]*[\"']?([\w-]+)", line) for line in block.split("\n"))
    lines: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if name:
            lines.setdefault(name[1].lower(), number)
    for piece in _MAY_BE_KEY.finditer(block):
        if piece[0].count(".") > _MAX_DOTS:
            line = block.count("\n", 0, piece.start()) + 1
            raise FrontMatterError(line, f"there are more than {_MAX_DOTS} dots in one key or text")
    try:
        return _Block(_toml_table(tomllib.loads(block, parse_float=str), lines, 0), lines, {})
    except FrontMatterError:
        raise
    except RecursionError as error:
        raise FrontMatterError(1, f"the front matter is nested more than {_MAX_DEPTH} deep") from error
    except ValueError as error:
        # Not every one is a TOMLDecodeError: Python refuses to read numbers of thousands of digits.
        reason, _, place = str(error).partition(" (at ")
        position = re.match(r"line (\d+)", place)
        line = int(position[1]) if position else block.rstrip().count("\n") + 1
        raise FrontMatterError(line, f"the TOML cannot be read: {reason}") from error


def _toml_table(table: dict[str, Any], lines: dict[str, int], depth: int) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, value in table.items():
        if key.lower() in values:
            raise FrontMatterError(lines.get(key.lower(), 1), f"the key {key!r} is given twice")
        values[key.lower()] = _toml_value(value, lines, depth + 1)
    return values


def _toml_value(value: Any, lines: dict[str, int], depth: int) -> Value:
    if depth > _MAX_DEPTH:
        raise FrontMatterError(1, f"the front matter is nested more than {_MAX_DEPTH} deep")
    if isinstance(value, dict):
        return _toml_table(value, lines, depth)
    if isinstance(value, list):
        return [_toml_value(item, lines, depth + 1) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | time) else str(value)
