"""`python -m bench.round_trip FOLDER`: import Markdown files, export the blog, import that elsewhere, and compare.

FOLDER is imported into one database. Its exports in both formats are imported into databases of their own and exported
again. Print the seconds of each step, and the files that differ between the two exports.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.databases import open_database
from bench.export import FORMATS
from bench.load import BenchError
from tests.apps import migrate


def main() -> None:
    """Run the round trips, and exit with status 1 if any file differs."""
    parser = argparse.ArgumentParser(prog="bench.round_trip", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--authors", type=Path, help="folder with author profiles")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options = parser.parse_args()
    authors = ["--authors", str(options.authors)] if options.authors else []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        first = Blog(root / "first", options.database)
        first.run([("import", ["import-markdown", str(options.folder), *authors]), *exports(root, "first")])
        differing = 0
        for form in FORMATS:
            export = str(root / f"first-{form}")
            roles = ["--roles"] if form == "ndjson" else []
            second = Blog(root / f"second-{form}", options.database)
            second.run(
                [
                    (f"import {form}", [f"import-{form}", export, *roles]),
                    *exports(root, f"second-{form}", form),
                ]
            )
            found = compare(root / f"first-{form}", root / f"second-{form}-{form}")
            print(f"{form}: {len(found)} files differ", *found[:10], sep="\n    ", flush=True)
            differing += len(found)
    sys.exit(bool(differing))


def exports(root: Path, name: str, *forms: str) -> list[tuple[str, list[str]]]:
    """Return the commands that export to folders with this name."""
    return [
        (f"export {form}", ["export", str(root / f"{name}-{form}"), "--format", form])
        for form in forms or FORMATS
    ]


class Blog:
    """A blog in a database and a media store of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        folder.mkdir()
        self._folder, self._database = folder, database

    def run(self, commands: list[tuple[str, list[str]]]) -> None:
        """Create the database, run the commands with it, and print their seconds. Raises BenchError."""
        with open_database(self._database, self._folder) as database:
            variables = {"DATABASE_URL": migrate(database.url), "MEDIA_STORE": str(self._folder / "media")}
            environment = {**os.environ, "APP_ENV": "testing", "LOG_LEVEL": "WARNING", **variables}
            for title, command in commands:
                begun = time.monotonic()
                done = subprocess.run(
                    [sys.executable, "-m", "flask", "--app", "wsgi", *command],
                    env=environment, capture_output=True, text=True, check=False,
                )  # fmt: skip
                if done.returncode:
                    raise BenchError(f"{title}: {done.stderr[-500:]}")
                last = done.stdout.strip().rpartition("\n")[2]
                print(f"{title}: {time.monotonic() - begun:.1f} s, {last}", flush=True)


def compare(first: Path, second: Path) -> list[str]:
    """Return the names of files that are not equal in both folders."""
    names = {path.relative_to(root) for root in (first, second) for path in root.rglob("*") if path.is_file()}
    return sorted(str(name) for name in names if content(first / name) != content(second / name))


def content(path: Path) -> bytes | None:
    """Return the content of a file, or None if it is missing."""
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    main()
