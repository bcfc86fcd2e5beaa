"""Programs that pip does not install, for the tests that need them."""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

SPELLINGS = {"chromium": ("chromium", "chromium-browser", "google-chrome")}


def require(name: str) -> str:
    """The path of the program `name`, from the environment of Python, from PATH, or from where servers are.

    Where it is missing the test is skipped, or fails if REQUIRE_ALL=1."""
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), "/usr/sbin"]
    path = os.pathsep.join(folders)
    spellings = SPELLINGS.get(name, (name,))
    found = next(filter(None, (shutil.which(spelling, path=path) for spelling in spellings)), None)
    return found or skip_or_fail(f"{name} is missing")


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test for this reason, or fail it if REQUIRE_ALL=1."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and REQUIRE_ALL=1 lets nothing be skipped")
    pytest.skip(reason)
