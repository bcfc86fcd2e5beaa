"""Front matter: the block of YAML between `---`, or of TOML between `+++`, that opens a Markdown file.

Ours stays because python-frontmatter knows no lines, strips the indentation of the body, takes a block that is never
closed for a body, and reads TOML only with the package `toml`, last released in 2020.
"""

import re
from dataclasses import dataclass

from blog_api.text.front_matter_blocks import FrontMatterError, Value, read_toml, read_yaml

_CLOSED_BY = {"---": ("---", "..."), "+++": ("+++",)}
_READERS = {"---": read_yaml, "+++": read_toml}
# In characters.
MAX_FRONT_MATTER = 128 * 1024


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A parsed file: values and lines by lower-case key, the line of the opening fence, and the body.

    `repeated` has the line where a key, or one inside its value, is given for the second time.
    """

    values: dict[str, Value]
    lines: dict[str, int]
    repeated: dict[str, int]
    line: int
    body: str

    def get(self, key: str) -> Value:
        """Return the value of a key, or None. Raises FrontMatterError if the key is repeated.

        `parse` does not, because real files repeat keys that nobody reads.
        """
        if key in self.repeated:
            raise FrontMatterError(self.repeated[key], f"{key} is given twice, or holds a key twice")
        return self.values.get(key)

    def error(self, key: str, reason: str) -> FrontMatterError:
        """Make an error that points to the line of this key, or to the fence if the key is missing."""
        return FrontMatterError(self.lines.get(key, self.line), reason)


def parse(text: str) -> FrontMatter:
    """Split a file into front matter and body. A BOM, any line ends, and blank lines before the fence are accepted.

    Raises FrontMatterError if there is no front matter, or if it cannot be read.
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
    values, lines_of_keys, repeated = _READERS[fence](block, start + 2)
    body = "\n".join(lines[end + 1 :]).strip("\n")
    return FrontMatter(values, lines_of_keys, repeated, start + 1, body)
