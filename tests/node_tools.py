"""Packages of npm, such as those of tests/node/package.json, installed once into the user's cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config import PROJECT
from tests.tools import require, skip_or_fail

FOLDER = Path(__file__).parent / "node"
MANIFESTS = ("package.json", "package-lock.json")
OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
QUIET = {
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "npm_config_update_notifier": "false",
    # Fail immediately without a network.
    "npm_config_fetch_retries": "0",
}


def node_modules(folder: Path = FOLDER) -> Path:
    """Return the installed packages of `folder`. Skip the test if npm is missing or cannot get them."""
    npm = require("npm")
    manifests = [folder / name for name in MANIFESTS if (folder / name).exists()]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in manifests)).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "blog_api-tests"
    installed = cache / f"node-{digest[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        # Other processes of the test run wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (installed / "complete").exists():
            _install(npm, manifests, installed)
    return installed / "node_modules"


def _install(npm: str, manifests: Sequence[Path], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in manifests:
        shutil.copy(path, folder)
    command = "ci" if len(manifests) == len(MANIFESTS) else "install"
    done = run_node([npm, command, *OPTIONS], folder, timeout=400)
    if done.returncode:
        skip_or_fail(f"npm cannot install {manifests[0].relative_to(PROJECT)}: {done.stderr[-300:]}")
    (folder / "complete").touch()


def run_node(command: list[str], folder: Path, *, timeout: int = 120, **settings: str) -> Any:
    """Run a program of Node.js in `folder`, with these environment variables added."""
    environment = os.environ | QUIET | settings
    return subprocess.run(
        command, cwd=folder, env=environment, timeout=timeout, capture_output=True, text=True
    )
