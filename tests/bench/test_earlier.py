import os
import subprocess
import urllib.request

import pytest

from bench.earlier import check_out, resolve_commit
from bench.footprint import time_imports
from bench.load import BenchError
from bench.sides import blog_api
from config import PROJECT

# Each commit responds with its own word, from a package with the name of the real one.
WSGI = """
from blog_api import WORD

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [WORD.encode()]
"""
GUNICORN = """
import os
bind = [f"127.0.0.1:{os.environ['PORT']}"]
"""
# Reports that the database lacks migrations, and stops.
BEHIND = """
import os, signal

def app(environ, start_response):
    os.kill(os.getppid(), signal.SIGTERM)
    start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"The migrations are behind."]
"""


def git(folder, *arguments):
    who = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    for role in ("AUTHOR", "COMMITTER"):
        who |= {f"GIT_{role}_NAME": "Ada", f"GIT_{role}_EMAIL": "ada@example.com"}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | who).stdout


@pytest.fixture
def repository(tmp_path):
    """A repository of a small service that responds "older" in its first commit, and "newer" in its second."""
    folder = tmp_path / "repository"
    (folder / "blog_api").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "wsgi.py").write_text(WSGI)
    (folder / "gunicorn.conf.py").write_text(GUNICORN)
    for word in ("older", "newer"):
        (folder / "blog_api" / "__init__.py").write_text(f"WORD = {word!r}\n")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", word)
    return folder


def test_an_earlier_commit_serves_its_own_code(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    code = check_out(resolve_commit("HEAD~1", repository), tmp_path / "before", repository)
    with blog_api("sqlite://", code) as side, urllib.request.urlopen(side.url) as reply:
        assert (side.name, reply.read()) == ("before", b"older")
    assert time_imports("sqlite://", [code])["before"] > 0


def test_a_checkout_does_not_change_the_repository(repository, tmp_path):
    check_out("HEAD~1", tmp_path / "before", repository)
    assert git(repository, "status", "--porcelain") == ""
    assert len(git(repository, "worktree", "list").splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["before", "repository"]


def test_a_revision_is_resolved_to_its_hash(repository):
    assert resolve_commit("HEAD~1", repository) == git(repository, "rev-parse", "--short", "HEAD~1").strip()


@pytest.mark.parametrize("revision", ["nowhere", "HEAD~9", "--help", "HEAD:wsgi.py"])
def test_an_unknown_revision_is_rejected(repository, revision):
    with pytest.raises(BenchError, match="rev-parse"):
        resolve_commit(revision, repository)


def test_a_commit_that_cannot_use_the_database_fails_with_its_report(repository, tmp_path):
    code = check_out("HEAD~1", tmp_path / "before", repository)
    (code.folder / "wsgi.py").write_text(BEHIND)
    with (
        pytest.raises(BenchError, match=r"(?s)before cannot serve the database.*The migrations are behind\."),
        blog_api("sqlite://", code),
    ):
        pass
