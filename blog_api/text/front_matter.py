"""Parse front matter, the YAML block between `---` or TOML block between `+++` at the start of a Markdown file.

Custom, because python-frontmatter has no line numbers, strips the indentation of the body, treats an unclosed block as
body, and needs the package `toml`, last released in 2020, to read TOML.
"""

import re
from dataclasses import dataclass

from blog_api.text.folding import is_blank
from blog_api.text.front_matter_blocks import Value, read_toml, read_yaml
from blog_api.text.issues import Code, Refused

_CLOSED_BY = {"---": ("---", "..."), "+++": ("+++",)}
_READERS = {"---": read_yaml, "+++": read_toml}
TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")
# In characters.
MAX_FRONT_MATTER = 128 * 1024


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A parsed file: values, names as written and line numbers by lower-case key, the line of the fence, and the body.

    `repeated` maps a key to the line where it, or a key inside its value, is duplicated.
    """

    values: dict[str, Value]
    names: dict[str, str]
    lines: dict[str, int]
    repeated: dict[str, int]
    line: int
    body: str

    def get(self, key: str) -> Value:
        """Return the value of a key, or None. Raises Refused if the key is duplicated.

        `parse` does not check that, because real files have duplicates of keys that are never read.
        """
        if key in self.repeated:
            detail = f"{key} is duplicated or contains a duplicate key"
            raise Refused(Code.KEY_DUPLICATED, detail, self.repeated[key])
        return self.values.get(key)

    def text(self, key: str) -> str:
        """Return the value of a key as text without surrounding space, or "". Raises Refused for a list."""
        value = self.get(key)
        if isinstance(value, list | dict):
            raise self.error(key, f"{key} must be text")
        return (value or "").strip()

    def first(self, *keys: str) -> str:
        """Return the first text under the keys that is not blank, or ""."""
        return next((text for key in keys if not is_blank(text := self.text(key))), "")

    def is_flag(self, key: str) -> bool:
        """Return whether the value of a key is true or false."""
        return self.text(key).lower() in (*TRUE, *FALSE)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return the value of a key that must be true or false. Raises Refused."""
        if not self.text(key):
            return default
        if not self.is_flag(key):
            raise self.error(key, f"{key} must be true or false")
        return self.text(key).lower() in TRUE

    def line_of(self, key: str) -> int:
        """Return the line of this key, or of the fence if the key is missing."""
        return self.lines.get(key, self.line)

    def error(self, key: str, detail: str, code: Code = Code.VALUE_INVALID) -> Refused:
        """Return an error for the line of this key, or of the fence if the key is missing."""
        return Refused(code, detail, self.line_of(key))


def lower_keys(value: Value) -> dict[str, Value]:
    """Return a nested mapping with its keys in lower case, or an empty one for any other value."""
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}


def parse(text: str) -> FrontMatter:
    """Split a file into front matter and body. Accepts a BOM, any line endings, and blank lines before the fence.

    Raises Refused if the front matter is missing or invalid.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if broken := re.search(r"[\ud800-\udfff]", text):
        line = text.count("\n", 0, broken.start()) + 1
        raise Refused(Code.NOT_UTF8, "the text is not valid Unicode", line)
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    fence = lines[start].rstrip()
    if fence not in _CLOSED_BY:
        detail = "no front matter: the file must begin with --- or +++"
        raise Refused(Code.FRONT_MATTER_MISSING, detail, start + 1)
    end = start + 1
    while end < len(lines) and lines[end].rstrip() not in _CLOSED_BY[fence]:
        end += 1
    if end == len(lines):
        detail = f"the front matter is not closed with {fence}"
        raise Refused(Code.FRONT_MATTER_UNCLOSED, detail, start + 1)
    block = "\n".join(lines[start + 1 : end])
    if len(block) > MAX_FRONT_MATTER:
        detail = f"the front matter has more than {MAX_FRONT_MATTER:,} characters"
        raise Refused(Code.FRONT_MATTER_TOO_LARGE, detail, start + 1)
    values, names, lines_of_keys, repeated = _READERS[fence](block, start + 2)
    body = "\n".join(lines[end + 1 :]).strip("\n")
    return FrontMatter(values, names, lines_of_keys, repeated, start + 1, body)
