"""Parse front matter: YAML between `---`, TOML between `+++`, or a JSON object at the start of a Markdown file.

Custom, because python-frontmatter has no line numbers, strips the indentation of the body, treats an unclosed block as
body, and needs the package `toml`, last released in 2020, to read TOML.
"""

import re
from dataclasses import dataclass, field

from blog_api.text.folding import is_blank
from blog_api.text.front_matter_blocks import Block, Value, read_json, read_toml, read_yaml
from blog_api.text.issues import Code, Note, Refused

# `---toml` and `---json` are fences of gray-matter, which Eleventy and others use.
_FENCE = re.compile(r"(---|\+\+\+)[ \t]*(ya?ml|toml|json)?", re.IGNORECASE)
_CLOSED_BY = {"---": ("---", "..."), "+++": ("+++",)}
_JSON_OBJECT = re.compile(r"\{\s*[\"}]")
# No format allows these characters. YAML's reader would reject the whole block.
_CONTROL = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")
_MAX_NOTES = 20
# In characters.
MAX_FRONT_MATTER = 128 * 1024


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A parsed file: values, names as written and line numbers by lower-case key, the lines of the fence and the body.

    `repeated` maps a key to the line where it, or a key inside its value, is duplicated; the last one counts. `notes`
    has what was left out while the values were read.
    """

    values: dict[str, Value]
    names: dict[str, str]
    lines: dict[str, int]
    repeated: dict[str, int]
    line: int
    body_line: int
    body: str
    notes: dict[Note, None] = field(default_factory=dict, compare=False)

    def get(self, key: str) -> Value:
        """Return the value of a key, or None. Notes that the key is duplicated.

        `parse` does not check that, because real files have duplicates of keys that are never read.
        """
        if key in self.repeated:
            detail = f"{key} is duplicated or contains a duplicate key, so the last one counts"
            self.notes[Note(Code.KEY_DUPLICATED, detail, self.repeated[key])] = None
        return self.values.get(key)

    def text(self, key: str) -> str:
        """Return the value of a key as text without surrounding space, or "". Skips a list, with a note."""
        value = self.get(key)
        if isinstance(value, list | dict):
            self.skip(key, f"{key} must be text, so it is left out")
            return ""
        return (value or "").strip()

    def first(self, *keys: str) -> str:
        """Return the first text under the keys that is not blank, or ""."""
        return next((text for key in keys if not is_blank(text := self.text(key))), "")

    def is_flag(self, key: str) -> bool:
        """Return whether the value of a key is true or false."""
        return self.text(key).lower() in (*TRUE, *FALSE)

    def is_true(self, key: str) -> bool:
        """Return whether the value of a key is true."""
        return self.text(key).lower() in TRUE

    def skip(self, key: str, detail: str, code: Code = Code.VALUE_SKIPPED) -> None:
        """Add a note about the line of this key, or of the fence if the key is missing."""
        self.notes[Note(code, detail, self.line_of(key))] = None

    def line_of(self, key: str) -> int:
        """Return the line of this key, or of the fence if the key is missing."""
        return self.lines.get(key, self.line)

    def error(self, key: str, detail: str, code: Code = Code.VALUE_INVALID) -> Refused:
        """Return an error for the line of this key, or of the fence if the key is missing."""
        return Refused(code, detail, self.line_of(key))


def lower_keys(value: Value) -> dict[str, Value]:
    """Return a nested mapping with its keys in lower case, or an empty one for any other value."""
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}


def begins_with_front_matter(text: str) -> bool:
    """Return whether a file that begins with this text has front matter."""
    text = text.removeprefix("\ufeff").lstrip()
    return bool(_JSON_OBJECT.match(text) or _FENCE.fullmatch(text.partition("\n")[0].rstrip()))


def parse(text: str) -> FrontMatter:
    """Split a file into front matter and body. Accepts a BOM, any line endings, and blank lines before the fence.

    Raises Refused if the front matter is missing or invalid.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if broken := re.search(r"[\ud800-\udfff]", text):
        line = text.count("\n", 0, broken.start()) + 1
        raise Refused(Code.NOT_UTF8, "the text is not valid Unicode", line)
    start = len(text) - len(text.lstrip())
    if _JSON_OBJECT.match(text, start):
        return _parse_object(text, start)
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    fence = _FENCE.fullmatch(lines[start].rstrip())
    if fence is None:
        detail = "no front matter: the file must begin with ---, +++ or {"
        raise Refused(Code.FRONT_MATTER_MISSING, detail, start + 1)
    end = start + 1
    while end < len(lines) and lines[end].rstrip() not in _CLOSED_BY[fence[1]]:
        end += 1
    if end == len(lines):
        detail = f"the front matter is not closed with {fence[1]}"
        raise Refused(Code.FRONT_MATTER_UNCLOSED, detail, start + 1)
    block = "\n".join(lines[start + 1 : end])
    _check_size(block, start + 1)
    block, notes = _without_controls(block, start + 2)
    language = (fence[2] or ("toml" if fence[1] == "+++" else "yaml")).lower()
    values = _read_block(language, block, start + 2)
    return FrontMatter(*values, start + 1, *_body("\n".join(lines[end + 1 :]), end + 2), notes)


def _read_block(language: str, block: str, first: int) -> Block:
    if language == "json":
        if not _JSON_OBJECT.match(block.lstrip()):
            raise Refused(Code.FRONT_MATTER_INVALID, "the front matter must be a JSON object", first)
        start = len(block) - len(block.lstrip())
        found, end = read_json(block, start, first + block.count("\n", 0, start))
        if block[end:].strip():
            line = first + block.count("\n", 0, end)
            raise Refused(Code.FRONT_MATTER_INVALID, "invalid JSON: text after the object", line)
        return found
    return read_toml(block, first) if language == "toml" else read_yaml(block, first)


def _parse_object(text: str, start: int) -> FrontMatter:
    """Split a file that begins with a JSON object, as in Hugo."""
    line = text.count("\n", 0, start) + 1
    block, end = read_json(text, start, line)
    _check_size(text[start:end], line)
    return FrontMatter(*block, line, *_body(text[end:], line + text.count("\n", start, end)))


def _body(text: str, line: int) -> tuple[int, str]:
    """Return the line of the first text, and the text without blank lines around it."""
    body = text.lstrip("\n")
    return line + len(text) - len(body), body.rstrip("\n")


def _check_size(block: str, line: int) -> None:
    if len(block) > MAX_FRONT_MATTER:
        detail = f"the front matter has more than {MAX_FRONT_MATTER:,} characters"
        raise Refused(Code.FRONT_MATTER_TOO_LARGE, detail, line)


def _without_controls(block: str, first: int) -> tuple[str, dict[Note, None]]:
    """Return the block with spaces instead of control characters, and notes on them."""
    notes: dict[Note, None] = {}
    for found in _CONTROL.finditer(block):
        line = first + block.count("\n", 0, found.start())
        detail = f"the control character U+{ord(found[0]):04X} is left out of the front matter"
        notes[Note(Code.VALUE_SHORTENED, detail, line)] = None
        if len(notes) == _MAX_NOTES:
            break
    return (_CONTROL.sub(" ", block) if notes else block), notes
