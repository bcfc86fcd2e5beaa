"""For any input, every schema loads known fields or reports errors with their location."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, fields

from blog_api.api.parsing import faults_from
from blog_api.paging.pages import PageRequest
from blog_api.schemas import post_queries, post_writes, sessions, stats, tags, users
from blog_api.schemas.fields import DelimitedList
from tests.schemas.helpers import ANYTHING

BODIES = [
    post_writes.PostWrite(), post_writes.PostPatch(partial=True), tags.TagCreate(), tags.TagPatch(partial=True),
                                       tags.TagMerge(),
    users.Registration(), users.Profile(partial=True), users.Account(partial=True), sessions.Login(),
    sessions.PasswordChange(),
]  # fmt: skip
QUERIES = [
    post_queries.PostQuery(),
    tags.TagQuery(),
    users.UserQuery(),
    users.UserDeletion(),
    stats.StatsQuery(),
]
WORDS = st.text(max_size=8) | st.sampled_from(
    ["draft", "published", "-title", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00+14:00", "1", "true", "ada",
     "id,title",
     "ada@example.com", "correct horse", "WyJh", "9223372036854775807", "a" * 300]
)  # fmt: skip


def named(schema):
    return type(schema).__name__


def keys(schema, values):
    """Generate objects with known members, and sometimes an unknown one."""
    return st.dictionaries(st.sampled_from([*schema.load_fields, "other"]), values, max_size=6)


def check(schema, data, *, in_body):
    try:
        loaded = schema.load(data)
    except ValidationError as error:
        faults = list(faults_from(error.messages, in_body=in_body))
        assert faults
        assert all(
            fault.code != "invalid" and (fault.pointer is not None or fault.parameter) for fault in faults
        )
    else:
        assert set(loaded) <= {*schema.load_fields, "filters", "page"}
        assert isinstance(loaded.get("page", PageRequest("x", "x")), PageRequest)


@pytest.mark.parametrize("schema", BODIES, ids=named)
def test_any_body_is_loaded_or_rejected_with_pointers_and_codes(schema):
    @given(keys(schema, ANYTHING | WORDS | st.lists(WORDS, max_size=3)) | ANYTHING)
    def run(data):
        check(schema, data, in_body=True)

    run()


@pytest.mark.parametrize("schema", QUERIES, ids=named)
def test_any_query_is_loaded_or_rejected_with_parameters_and_codes(schema):
    several = {
        name for name, field in schema.load_fields.items() if isinstance(field, fields.List | DelimitedList)
    }

    @given(keys(schema, WORDS))
    def run(data):
        check(schema, {n: [v] if n in several else v for n, v in data.items()}, in_body=False)

    run()


@pytest.mark.parametrize("schema", BODIES, ids=named)
def test_every_loaded_string_can_be_stored_in_every_database(schema):
    @given(keys(schema, WORDS))
    def run(data):
        with suppress(ValidationError):
            for name, value in schema.load(data).items():
                if isinstance(value, str):
                    value.encode("utf-8")
                    assert "\0" not in value or "password" in name

    run()
