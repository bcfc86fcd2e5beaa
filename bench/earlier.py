"""Check out an earlier commit to measure in the same run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.load import BenchError
from bench.sides import Code
from config import PROJECT


def resolve_commit(revision: str, repository: Path = PROJECT) -> str:
    """Return the short hash of the commit `revision`. Raises BenchError if there is none."""
    return _run(
        ["git", "rev-parse", "--short", "--verify", "--end-of-options", f"{revision}^{{commit}}"], repository
    )


def check_out(commit: str, folder: Path, repository: Path = PROJECT) -> Code:
    """Export the tree of `commit` to a new `folder`, which git does not track."""
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
