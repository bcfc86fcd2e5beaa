"""Tests of uploads and deletions in processes that are killed: nothing is lost, and `cleanup` finishes them."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from signal import SIGKILL

import pytest

from config import PROJECT
from tests.pictures import picture, upload
from tests.waiting import wait_until

# The first commit only ends the search for an equal file.
UPLOAD = {
    "commit 2": None,
    "before storing": "pending",
    "object 1 stored": "pending",
    "object 2 begun": "pending",
    "object 2 stored": "pending",
    "commit 3": "pending",
    "end": "ready",
}
DELETION = {
    "commit 1": "ready",
    "before deleting": "deleting",
    "object 1 deleted": "deleting",
    "all deleted": "deleting",
    "commit 2": "deleting",
}
STEPS = [f"upload: {step}" for step in UPLOAD] + [f"delete: {step}" for step in DELETION]
STATES = Counter(state for state in (*UPLOAD.values(), *DELETION.values()) if state)


@pytest.fixture
def author(people, stored, database_url):
    """Kill an upload or a deletion of this author at each step."""
    ada = people()
    script = [sys.executable, "-m", "tests.interrupted_media", database_url, str(stored.store.path)]
    done = subprocess.run([*script, str(ada.id), *STEPS], cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout.splitlines() == [f"{step} {SIGKILL}" for step in STEPS], done.stderr
    return ada


def test_killed_uploads_and_deletions_stay_consistent_and_are_cleaned_up(stored, author, clean):
    stored.assert_safe()
    assert Counter(stored.states().values()) == STATES
    # The connections of killed processes can keep their locks for a moment.
    wait_until(lambda: clean().is_complete and "deleting" not in stored.states().values())
    stored.assert_safe()
    # An upload could still be running.
    assert Counter(stored.states().values()) == STATES - Counter(deleting=STATES["deleting"])
    for number in range(len(STEPS)):
        upload(author, picture(color=number))
    stored.make_old()
    assert clean() == (STATES["pending"], True)
    stored.assert_tidy()
    assert len(stored.states()) == len(STEPS)
