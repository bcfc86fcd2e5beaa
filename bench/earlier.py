"""The code of an earlier commit, to be measured beside the present one."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.load import BenchError
from bench.sides import Code
from config import PROJECT


def resolve_commit(revision: str, repository: Path = PROJECT) -> str:
    """Return the short hash of the commit that `revision` names. Raises BenchError where it names none."""
    return _run(
        ["git", "rev-parse", "--short", "--verify", "--end-of-options", f"{revision}^{{commit}}"], repository
    )


def check_out(commit: str, folder: Path, repository: Path = PROJECT) -> Code:
    """Write the tree of `commit` into the new `folder`. git keeps no record of it."""
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    _run(["git", "archive", "--format=tar", f"--output={archive}", commit], repository)
    _run(["tar", "--extract", f"--file={archive}"], folder)
    archive.unlink()
    return Code("before", folder)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout.strip()
