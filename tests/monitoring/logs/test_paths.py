"""The logged path is percent-encoded, and empty if no route matches."""

from __future__ import annotations

import json

import pytest

from tests.databases import on_one_database

SLUG = "/api/v1/posts/slug/"
# The only route that matches any text.
FILES = "/docs/"


@on_one_database
@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize(
    ("path", "shown"),
    [("/api/v1/posts/7?q=secret", "/api/v1/posts/7"),
     ("/nothing/secret", None),
     (f"{SLUG}%0A12:00:00.000%20INFO%20forged", None),
     (f"{FILES}%0A12:00:00.000%20INFO%20forged", f"{FILES}%0A12%3A00%3A00.000%20INFO%20forged"),
     (f"{FILES}%E2%80%A8%1B%22'%FF", f"{FILES}%E2%80%A8%1B%22%27%EF%BF%BD"),
     (f"{FILES}%C3%A4", f"{FILES}%C3%A4"),
     (f"{FILES}{'x' * 500}", f"{FILES}{'x' * 200}"[:200]),
     (f"{FILES}{'%20' * 500}x", f"{FILES}{'%20' * 200}"[:200])],
    ids=["query", "no route", "no slug", "forged", "signs", "letters", "long", "long and escaped"],
)  # fmt: skip
def test_the_path_is_logged_percent_encoded_truncated_and_without_query(logged, log_format, path, shown):
    client, lines = logged(LOG_FORMAT=log_format)
    client.get(path)
    (line,) = lines()
    if log_format == "json":
        assert json.loads(line)["path"] == shown
    else:
        assert f" path={shown!r} " in line
    assert "secret" not in line
