"""`make pages`: list the migrations in CHANGELOG.md, in the section of the newest version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from blog_api.database.revisions import FOLDER
from config import PROJECT

FILE = PROJECT / "CHANGELOG.md"
HEADING = "### Migrations"


def sections() -> list[str]:
    """Return the sections of the versions, the newest first, without their `## `."""
    return re.split(r"^## ", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


def listed(section: str) -> list[str]:
    """Return the lines of the migrations in a section."""
    text = section.partition(f"\n{HEADING}\n")[2]
    return [line for line in text.splitlines() if line]


def described() -> Iterator[str]:
    """Yield a line for each migration, with the first line of its docstring."""
    for path in sorted((FOLDER / "versions").glob("[0-9]*.py")):
        number = path.name.partition("_")[0]
        summary = path.read_text(encoding="utf-8").removeprefix('"""').partition("\n")[0].removesuffix('"""')
        yield f"- {number}: {summary}"


def main() -> None:
    """Write the list of the newest section, which is its last part."""
    newest, *older = sections()
    released = {line for section in older for line in listed(section)}
    lines = [line for line in described() if line not in released]
    before = newest.partition(f"\n{HEADING}\n")[0].rstrip("\n")
    written = "\n".join([before, "", HEADING, "", *lines, *([""] if older else []), ""])
    FILE.write_text(FILE.read_text(encoding="utf-8").replace(newest, written), encoding="utf-8")
    print(f"wrote {FILE.name}")


if __name__ == "__main__":
    main()
