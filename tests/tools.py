"""Programs that pip does not install, for the tests that need them."""

import os
import shutil
import sys
from pathlib import Path

import pytest

SPELLINGS = {"chromium": ("chromium", "chromium-browser", "google-chrome")}


def require(name: str) -> str:
    """The path of the program `name`, from the environment of Python or from PATH.

    Where it is missing the test is skipped, or fails if REQUIRE_ALL=1."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    for spelling in SPELLINGS.get(name, (name,)):
        if found := shutil.which(spelling, path=path):
            return found
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{name} is missing, and REQUIRE_ALL=1 lets nothing be skipped")
    pytest.skip(f"{name} is missing")
