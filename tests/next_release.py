"""Migrations of a next release: the existing ones and a new one for a test."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

from alembic.script import ScriptDirectory

from tests.apps import MIGRATIONS

REVISION = '''
"""Change a table for the next release."""

import sqlalchemy as sa
from alembic import op

from migrations import online

revision, down_revision = "{number}", "{head}"


def upgrade() -> None:
{up}

def downgrade() -> None:
{down}
'''


def next_release(folder: Path, up: str, down: str = "pass") -> str:
    """Copy the migrations to `folder`, append a revision with these bodies, and return the path."""
    copy = folder / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    head = ScriptDirectory(MIGRATIONS).get_current_head()
    assert head is not None
    number = f"{int(head) + 1:04}"
    bodies = {name: textwrap.indent(body, "    ") for name, body in (("up", up), ("down", down))}
    text = REVISION.format(number=number, head=head, **bodies)
    (copy / "versions" / f"{number}_next.py").write_text(text, encoding="utf-8")
    return str(copy)
