"""The base of all schemas: unknown fields, and messages with codes."""

from __future__ import annotations

import difflib
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, pre_load

from blog_api.schemas.base import MAX_UNKNOWN, Message, Schema
from blog_api.schemas.fields import Boolean, Text
from tests.schemas.helpers import ANYTHING


class Example(Schema):
    """A schema for the tests."""

    title = Text(1, 5, required=True)
    is_active = Boolean()


@given(st.dictionaries(st.text(max_size=5), ANYTHING, max_size=4) | ANYTHING)
def test_loading_returns_known_fields_or_messages_with_codes(data):
    try:
        assert set(Example().load(data)) <= {"title", "is_active"}
    except ValidationError as error:
        for messages in error.messages_dict.values():
            assert all(isinstance(message, Message) and message.code for message in messages)


def test_an_unknown_field_is_reported_with_a_suggestion():
    with pytest.raises(ValidationError) as caught:
        Example().load({"title": "x", "isactive": True, "zzz": 1})
    assert caught.value.messages == {
        "isactive": ["This field is unknown. Did you mean is_active?"], "zzz": ["This field is unknown."]
    }  # fmt: skip


def test_no_suggestion_is_looked_up_for_a_very_long_field_name(monkeypatch):
    names: list[str] = []

    def record(name: str, known: list[str], n: int) -> list[str]:
        names.append(name)
        return []

    monkeypatch.setattr(difflib, "get_close_matches", record)
    with pytest.raises(ValidationError) as caught:
        Example().load({"title": "x", "a" * 100: 1, "b" * 101: 1, "c" * 130_000: 1})
    assert sorted(map(len, caught.value.messages_dict)) == [100, 101, 130_000]
    assert names == ["a" * 100]


class RecordingExample(Example):
    """Record the number of members of each processed object."""

    sizes: ClassVar[list[int]] = []

    @pre_load
    def record(self, data, **kwargs):
        self.sizes.append(len(data))
        return data


def test_only_the_first_twenty_of_many_unknown_fields_are_processed():
    many = {str(n): n for n in range(100_000)}
    with pytest.raises(ValidationError) as caught:
        RecordingExample().load({**many, "title": "", "is_active": True})
    assert caught.value.messages_dict["title"] == ["This must not be blank."]
    assert set(caught.value.messages_dict) == {"title", *list(many)[:MAX_UNKNOWN]}
    with pytest.raises(ValidationError) as caught:
        RecordingExample().load(many)
    assert set(caught.value.messages_dict) == {"title", *list(many)[:MAX_UNKNOWN]}
    assert RecordingExample().load({"title": "x"}) == {"title": "x"}
    assert RecordingExample.sizes == [MAX_UNKNOWN + 2, MAX_UNKNOWN, 1]


def test_a_formatted_message_keeps_its_code():
    message = Message("At most {max}.", "too_long").format(max=3)
    assert (message, message.code) == ("At most 3.", "too_long")
