"""ETag, If-Match and Cache-Control, without a database."""

from __future__ import annotations

import pytest
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st

from blog_api.caching import add_cache_headers, add_validators, check_version, entity_tag
from blog_api.problems import BadRequest, PreconditionFailed, PreconditionRequired

app = Flask(__name__)
app.config["REQUIRE_IF_MATCH"] = False


def check(header: str | None, version: int = 3) -> None:
    headers = {} if header is None else {"If-Match": header}
    with app.test_request_context(method="PATCH", headers=headers):
        check_version(version)


def test_a_tag_is_the_version_and_a_digest_of_the_whole_body():
    assert entity_tag(3, b"a").startswith("3-")
    assert len({entity_tag(3, b"a"), entity_tag(3, b"b"), entity_tag(4, b"a")}) == 3
    assert entity_tag(3, b"a") == entity_tag(3, b"a")


@pytest.mark.parametrize(
    "header", [None, "*", " * ", '"3-x"', '"3"', '"2-x", "3-x"', '"2-x" , "3-x"', 'W/"3-x", "3-y"']
)
def test_these_let_version_3_be_changed(header):
    check(header)


@pytest.mark.parametrize("header", ['"2-x"', '"33-x"', '"-3"', '"x"', '""', 'W/"3-x"', '"2-x", "4-x"'])
def test_these_are_stale(header):
    with pytest.raises(PreconditionFailed):
        check(header)


@pytest.mark.parametrize("header", ["", "3", "3-x", '"3-x', "**", '*, "3-x"', '"2-x" 3', 'w/"3-x"'])
def test_these_cannot_be_read(header):
    with pytest.raises(BadRequest):
        check(header)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_any_header_is_answered(header):
    try:
        check(header)
    except (BadRequest, PreconditionFailed):
        return
    assert "3" in header or header.strip() == "*"


def test_a_missing_header_is_refused_where_the_setting_says_so():
    strict = Flask(__name__)
    strict.config["REQUIRE_IF_MATCH"] = True
    with strict.test_request_context(method="PATCH"), pytest.raises(PreconditionRequired):
        check_version(3)


@pytest.mark.parametrize(("method", "status"), [("GET", 304), ("HEAD", 304), ("PATCH", 200), ("PUT", 200)])
def test_only_a_reader_is_told_that_nothing_changed(method, status):
    known = {"If-None-Match": f'"{entity_tag(3, b"body")}"'}
    with app.test_request_context(method=method, headers=known):
        reply = add_validators(Response(b"body"), 3, b"body")
    assert (reply.status_code, reply.headers["ETag"]) == (status, known["If-None-Match"])


def test_a_reply_to_a_token_is_for_its_client_alone():
    assert add_cache_headers(Response(), private=False).headers["Cache-Control"] == "no-cache"
    own = add_cache_headers(Response(), private=True)
    assert (own.headers["Cache-Control"], own.headers["Vary"]) == ("private, no-cache", "Authorization")
    kept = add_cache_headers(Response(headers={"Cache-Control": "max-age=60"}), private=False)
    assert kept.headers["Cache-Control"] == "max-age=60"
