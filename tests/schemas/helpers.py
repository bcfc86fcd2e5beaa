"""Helpers for tests of fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from marshmallow import ValidationError

from blog_api.schemas.base import Message

ANYTHING: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.just({})
)


def code_of(field, value) -> str:
    """Return the code of the only error."""
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    messages = caught.value.messages
    assert len(messages) == 1
    assert isinstance(messages[0], Message), messages
    return messages[0].code


def result_of(field, value) -> Any:
    """Return the loaded value, or the code of the error."""
    try:
        return field.deserialize(value)
    except ValidationError:
        return code_of(field, value)
