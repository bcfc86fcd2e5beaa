"""Tests of the table in docs/input.md: each case gets the documented response and changes nothing.

Cases that are rejected without looking anything up run on SQLite only, all others on both databases.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.apps import SECRET
from tests.databases import on_one_database
from tests.http import Reply
from tests.inputs import accounts, bodies, forms, frames, queries, texts
from tests.inputs.cases import CASES, World, stored_rows
from tests.pictures import upload
from tests.service import launch

MODULES = (accounts, bodies, forms, frames, queries, texts)
PAGE = (Path(__file__).parent.parent / "docs" / "input.md").read_text("utf-8")
ROWS = [(a, b) for a, b in re.findall(r"^\| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE) if a != "Case"]
MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}


@pytest.fixture(scope="module")
def running(database_url):
    """The running service on this database."""
    with launch(database_url, SECRET_KEY=SECRET) as service:
        yield service


@pytest.fixture
def world(app, client, people, running):
    """The users and objects for each case."""
    ada, editor, admin = people("author", "ada"), people("editor", "grace"), people("admin", "root")
    tag = editor.post("/tags", json={"name": "News"}).json
    document = client.get("/openapi.json").json
    post = ada.write("First")
    comment = ada.post(f"/posts/{post['id']}/comments", json={"content": "First"}).json
    return World(client, ada, editor, admin, post, tag, upload(ada), comment, document, running.url)


def assert_answer(answer, where, reply):
    """Assert that the response matches the row: status, format, and codes and locations of the faults."""
    status, body, kind = read(reply)
    assert str(status) in re.findall(r"\b\d{3}\b", answer), body
    if status < 400:
        return
    assert kind == "application/problem+json"
    problem = json.loads(body)
    assert set(problem) - {"errors"} == MEMBERS
    assert (problem["status"], problem["request_id"]) == (status, reply.headers["X-Request-ID"])
    if codes := re.findall(r"`([a-z_]+)`", answer):
        faults = {(f.get("pointer", f.get("parameter")), f["code"]) for f in problem["errors"]}
        assert faults & {(where, code) for code in codes}, (where, faults)


def read(reply):
    """Return the status, body and content type of a response of either client."""
    if isinstance(reply, Reply):
        return reply.status, reply.body, reply.headers["Content-Type"]
    return reply.status_code, reply.data, reply.content_type


def parametrize_cases(rows):
    return pytest.mark.parametrize(("name", "answer"), rows, ids=[name[:60] for name, _ in rows])


# Responses that depend on what is stored, or store something.
LOOKED_UP = re.compile(r"\b(?:2\d\d|401|404|409)\b|`bad_token`|`bad_cursor`")
REJECTED = [(name, answer) for name, answer in ROWS if not LOOKED_UP.search(answer)]


@on_one_database
@parametrize_cases(REJECTED)
def test_invalid_input_gets_the_documented_response(app, world, name, answer):
    assert_documented(app, world, name, answer)


@parametrize_cases([row for row in ROWS if row not in REJECTED])
def test_input_that_is_stored_or_looked_up_gets_the_documented_response(app, world, name, answer):
    assert_documented(app, world, name, answer)


def assert_documented(app, world, name, answer):
    """Assert that each response of the case is the documented one, and that an error changes nothing."""
    before, asked = stored_rows(app), 0
    for where, reply in CASES[name](world):
        asked += 1
        assert_answer(answer, where, reply)
    assert asked
    if not re.search(r"\b2\d\d\b", answer) and name not in WRITES_FIRST:
        assert stored_rows(app) == before


# Cases that legitimately write before the tested request.
WRITES_FIRST = {
    name
    for name in CASES
    if name.startswith(("Cursor", "Tag name that differs", "Email address that differs"))
}


def test_all_cases_are_documented():
    assert sorted(name for name, _ in ROWS) == sorted(CASES)
    assert {case.__module__ for case in CASES.values()} == {module.__name__ for module in MODULES}
