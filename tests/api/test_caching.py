"""ETag, If-Match and Cache-Control, without a database."""

from __future__ import annotations

import pytest
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from blog_api.api.caching import ConditionalGet, cache_headers, check_version, entity_tag
from blog_api.problems import BadRequest, PreconditionFailed, PreconditionRequired

app = Flask(__name__)
app.config["REQUIRE_IF_MATCH"] = False


def check(header: str | None, version: int = 3) -> None:
    headers = {} if header is None else {"If-Match": header}
    with app.test_request_context(method="PATCH", headers=headers):
        check_version(version)


def test_an_etag_is_the_version_and_a_digest_of_the_body():
    assert entity_tag(b"a", 3).startswith('"3-')
    assert len({entity_tag(b"a", 3), entity_tag(b"b", 3), entity_tag(b"a", 4), entity_tag(b"a")}) == 4
    assert entity_tag(b"a", 3) == entity_tag(b"a", 3)


@pytest.mark.parametrize(
    "header", [None, "*", " * ", '"3-x"', '"3"', '"2-x", "3-x"', '"2-x" , "3-x"', 'W/"3-x", "3-y"']
)
def test_a_matching_if_match_passes(header):
    check(header)


@pytest.mark.parametrize("header", ['"2-x"', '"33-x"', '"-3"', '"x"', '""', 'W/"3-x"', '"2-x", "4-x"'])
def test_a_stale_if_match_is_a_failed_precondition(header):
    with pytest.raises(PreconditionFailed):
        check(header)


@pytest.mark.parametrize(
    "header", ["", "3", "3-x", '"3-x', "**", '*, "3-x"', '"2-x" 3', 'w/"3-x"', '"2-x" "3-x"', ","]
)
def test_an_invalid_if_match_is_a_bad_request(header):
    with pytest.raises(BadRequest):
        check(header)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_any_if_match_either_passes_or_raises_a_problem(header):
    try:
        check(header)
    except (BadRequest, PreconditionFailed):
        return
    assert "3" in header or header.strip() == "*"


def test_a_missing_if_match_is_rejected_if_the_setting_requires_it():
    strict = Flask(__name__)
    strict.config["REQUIRE_IF_MATCH"] = True
    with strict.test_request_context(method="PATCH"), pytest.raises(PreconditionRequired):
        check_version(3)


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ('"x"', 304),
        ('W/"x"', 304),
        ("*", 304),
        ('"y", "x"', 304),
        (', "y" ,, W/"x",', 304),
        ("x", 200),
        ('"y" "x"', 200),
        ("W/x", 200),
        ('"y"', 200),
        ("x y", 200),
        (None, 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_matching_if_none_match_gets_304_without_a_body(method, known, status):
    reply = Response(b"body", headers={"ETag": '"x"', "Vary": "Origin"})
    headers = {"If-None-Match": known} if known else {}
    sent = Client(ConditionalGet(reply)).open(method=method, headers=headers)
    assert (sent.status_code, sent.headers["ETag"], sent.headers["Vary"]) == (status, '"x"', "Origin")
    assert sent.data == (b"body" if method == "GET" and status == 200 else b"")
    assert ("Content-Type" in sent.headers) == ("Content-Length" in sent.headers) == (status == 200)


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("GET", 404)])
def test_only_successful_reads_are_revalidated(method, status):
    reply = Response(b"body", status, headers={"ETag": '"x"'})
    sent = Client(ConditionalGet(reply)).open(method=method, headers={"If-None-Match": '"x"'})
    assert (sent.status_code, sent.data) == (status, b"body")


def test_the_body_is_closed_if_it_is_not_sent():
    reply, closed = Response(b"body", headers={"ETag": '"x"'}), []
    reply.call_on_close(lambda: closed.append(True))
    Client(ConditionalGet(reply)).get(headers={"If-None-Match": "*"}).close()
    assert closed


def test_authenticated_responses_are_not_stored():
    assert cache_headers(private=False) == {"Cache-Control": "no-cache", "Vary": "Authorization"}
    assert cache_headers(private=True) == {"Cache-Control": "no-store", "Vary": "Authorization"}
