"""What tests of the field types share."""

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
    """The code of the refusal."""
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    messages = caught.value.messages
    assert len(messages) == 1
    assert isinstance(messages[0], Message), messages
    return messages[0].code


def result_of(field, value) -> Any:
    """What the field gives; the code of the refusal where it refuses."""
    try:
        return field.deserialize(value)
    except ValidationError:
        return code_of(field, value)
