import sys
from pathlib import Path

import pytest

from tests.tools import require


def test_programs_next_to_python_are_found_without_path(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert require(Path(sys.executable).name).startswith(str(Path(sys.executable).parent))


def test_a_missing_program_skips_the_test_with_its_name(monkeypatch):
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        require("no-such-program")


def test_a_missing_program_fails_with_require_all(monkeypatch):
    monkeypatch.setenv("REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        require("no-such-program")
