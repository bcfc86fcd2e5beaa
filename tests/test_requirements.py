import re
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent
RUNTIME, DEVELOPMENT = ["requirements.txt"], ["requirements.txt", "requirements-dev.txt"]


def pins(files: list[str]) -> dict[str, str]:
    lines = [line for name in files for line in (PROJECT / name).read_text(encoding="utf-8").splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in wanted)
    return {canonicalize_name(name): release for name, release in (line.split("==") for line in wanted)}


@pytest.mark.parametrize("files", [RUNTIME, DEVELOPMENT], ids=["runtime", "development"])
def test_all_dependencies_are_pinned(files):
    pinned = pins(files)
    pulled = {
        canonicalize_name(need.name)
        for name in pinned
        for need in map(Requirement, requires(name) or [])
        if not need.marker or need.marker.evaluate({"extra": ""})
    }
    assert pulled - set(pinned) == set()


def test_the_installed_versions_are_the_pinned_ones():
    assert {name: version(name) for name in pins(DEVELOPMENT)} == pins(DEVELOPMENT)
