"""Tests that the Python excerpts in docs/database.md match the code."""

from __future__ import annotations

import ast
import re

from config import PROJECT
from tests.database_page import PAGE

BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
# Each excerpt starts with a comment with the path of its file.
FILE = re.compile(r"^# (?=\S+\.py$)", re.MULTILINE)
EXCERPTS = [excerpt.partition("\n")[::2] for block in BLOCKS for excerpt in FILE.split(block)[1:]]


def names_in(source: str) -> set[str]:
    """Return all names in the code: definitions, variables, attributes, arguments and imports."""
    tree = ast.parse(source)
    fields = [
        getattr(node, field, None) for node in ast.walk(tree) for field in ("name", "id", "attr", "arg")
    ]
    return {name for name in fields if isinstance(name, str)}


def test_every_block_starts_with_a_file_name():
    assert BLOCKS
    assert [block for block in BLOCKS if not FILE.match(block)] == []


def test_all_names_in_an_excerpt_exist_in_its_file():
    unknown = [
        (path, name)
        for path, excerpt in EXCERPTS
        for name in names_in(excerpt) - names_in((PROJECT / path).read_text(encoding="utf-8"))
    ]
    assert unknown == []


def test_all_files_named_on_the_page_exist():
    named = set(re.findall(r"`((?:blog_api|migrations|tests)/[^`\s]*)`", PAGE))
    assert named
    assert [path for path in named if not any(PROJECT.glob(path))] == []
