"""Find programs that pip does not install."""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

SPELLINGS = {"chromium": ("chromium", "chromium-browser", "google-chrome")}


def require(name: str) -> str:
    """Return the path of a program: next to Python, on PATH, or in /usr/sbin.

    If it is missing, skip the test, or fail it with REQUIRE_ALL=1.
    """
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), "/usr/sbin"]
    path = os.pathsep.join(folders)
    spellings = SPELLINGS.get(name, (name,))
    found = next(filter(None, (shutil.which(spelling, path=path) for spelling in spellings)), None)
    return found or skip_or_fail(f"{name} is missing")


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test, or fail it with REQUIRE_ALL=1."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and REQUIRE_ALL=1 forbids skipping tests")
    pytest.skip(reason)
