"""The rules for the status and publication time of a post."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.policies.publication import publication
from blog_api.problems import InvalidInput

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(days=1), NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "before", "stored"),
    [
        ({}, ("draft", None), ("draft", None)),
        ({"status": "published"}, ("draft", None), ("published", NOW)),
        ({"status": "published", "published_at": None}, ("draft", None), ("published", NOW)),
        ({"status": "published", "published_at": None}, ("published", PAST), ("published", NOW)),
        ({"status": "published"}, ("draft", PAST), ("published", PAST)),
        ({"status": "published"}, ("published", PAST), ("published", PAST)),
        ({"status": "published"}, ("published", FUTURE), ("published", FUTURE)),
        ({"status": "published"}, ("draft", FUTURE), ("published", FUTURE)),
        ({"status": "published"}, ("archived", PAST), ("published", PAST)),
        ({"status": "published", "published_at": FUTURE}, ("draft", None), ("published", FUTURE)),
        ({"status": "scheduled", "published_at": FUTURE}, ("draft", None), ("published", FUTURE)),
        ({"status": "scheduled"}, ("draft", FUTURE), ("published", FUTURE)),
        ({"status": "draft"}, ("published", PAST), ("draft", PAST)),
        ({"status": "draft", "published_at": None}, ("published", PAST), ("draft", None)),
        ({"status": "archived"}, ("published", PAST), ("archived", PAST)),
        ({"status": "archived"}, ("draft", None), ("archived", None)),
        ({"published_at": PAST}, ("published", FUTURE), ("published", PAST)),
        ({"published_at": FUTURE}, ("published", PAST), ("published", FUTURE)),
        ({"published_at": None}, ("draft", PAST), ("draft", None)),
    ],
)
def test_a_change_sets_the_stored_status_and_time(changes, before, stored):
    result = publication(changes, NOW, status=before[0], published_at=before[1], title="Hello")
    assert (result["status"], result["published_at"]) == stored


@pytest.mark.parametrize(
    ("changes", "before"),
    [
        ({"status": "scheduled"}, ("draft", None)),
        ({"status": "scheduled"}, ("published", PAST)),
        ({"status": "scheduled", "published_at": NOW}, ("draft", None)),
        ({"status": "scheduled", "published_at": None}, ("published", FUTURE)),
        ({"published_at": None}, ("published", PAST)),
    ],
)
def test_a_status_without_a_matching_time_is_invalid(changes, before):
    with pytest.raises(InvalidInput) as caught:
        publication(changes, NOW, status=before[0], published_at=before[1], title="Hello")
    assert [fault.pointer for fault in caught.value.faults] == ["/published_at"]


@pytest.mark.parametrize(
    ("changes", "before", "code"),
    [
        ({"status": "published"}, ("draft", ""), "required"),
        ({"status": "scheduled", "published_at": FUTURE}, ("draft", ""), "required"),
        ({"status": "published", "title": ""}, ("draft", "Hello"), "blank"),
        ({"title": ""}, ("published", "Hello"), "blank"),
    ],
)
def test_a_published_post_without_a_title_is_invalid(changes, before, code):
    with pytest.raises(InvalidInput) as caught:
        publication(changes, NOW, status=before[0], published_at=PAST, title=before[1])
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/title", code)]


@pytest.mark.parametrize("status", ["draft", "pending", "archived"])
def test_a_post_that_is_not_published_needs_no_title(status):
    assert publication({"status": status, "title": ""}, NOW, title="Hello")["status"] == status


_TIMES = st.none() | st.datetimes(timezones=st.just(UTC))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from(["draft", "pending", "scheduled", "published", "archived"]),
            "published_at": _TIMES,
            "title": st.sampled_from(["", "Hello"]),
        },
    ),
    st.sampled_from(["draft", "pending", "published", "archived"]),
    _TIMES,
    st.sampled_from(["", "Hello"]),
)
def test_any_valid_change_satisfies_the_table_constraints(changes, status, time, title):
    title = title or ("Hello" if status == "published" else "")
    time = NOW if status == "published" and time is None else time
    try:
        result = publication(changes, NOW, status=status, published_at=time, title=title)
    except InvalidInput:
        return
    assert result["status"] in ("draft", "pending", "published", "archived")
    assert result["status"] != "published" or result["published_at"] is not None
    assert result["status"] != "published" or changes.get("title", title)
    if changes.get("published_at") is not None:
        assert result["published_at"] == changes["published_at"]
