"""The Python on the page about the database is that of the project: its files, and the names in them."""

from __future__ import annotations

import ast
import re

from config import PROJECT
from tests.database_page import PAGE

BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
# Each excerpt begins with a comment that names its file.
FILE = re.compile(r"^# (?=\S+\.py$)", re.MULTILINE)
EXCERPTS = [excerpt.partition("\n")[::2] for block in BLOCKS for excerpt in FILE.split(block)[1:]]


def names_in(source: str) -> set[str]:
    """What the code defines, and what it calls variables, attributes, arguments and imported things."""
    tree = ast.parse(source)
    fields = [
        getattr(node, field, None) for node in ast.walk(tree) for field in ("name", "id", "attr", "arg")
    ]
    return {name for name in fields if isinstance(name, str)}


def test_each_block_begins_with_the_name_of_its_file():
    assert BLOCKS
    assert [block for block in BLOCKS if not FILE.match(block)] == []


def test_an_excerpt_has_no_name_that_its_file_does_not_have():
    unknown = [
        (path, name)
        for path, excerpt in EXCERPTS
        for name in names_in(excerpt) - names_in((PROJECT / path).read_text(encoding="utf-8"))
    ]
    assert unknown == []


def test_the_files_that_are_named_exist():
    named = set(re.findall(r"`((?:blog_api|migrations|tests)/[^`\s]*)`", PAGE))
    assert named
    assert [path for path in named if not any(PROJECT.glob(path))] == []
