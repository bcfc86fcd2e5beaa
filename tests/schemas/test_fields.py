"""Field types: valid and invalid input, loaded values and error codes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError
from marshmallow.validate import Length

from blog_api.paging.cursors import MAX_INTEGER
from blog_api.schemas.base import Message
from blog_api.schemas.fields import Boolean, Choice, DelimitedList, Integer, List, Pattern, QueryInteger, Text
from blog_api.text.folding import is_blank
from tests.schemas.helpers import ANYTHING, code_of, result_of

OTHER_THAN_TEXT = ANYTHING.filter(lambda value: not isinstance(value, str))


@given(st.text(max_size=30))
def test_a_string_is_loaded_trimmed_or_rejected_with_a_reason(text):
    refusals = {"control_character", "blank", "too_short", "too_long"}
    try:
        found = Text(2, 10).deserialize(text)
    except ValidationError:
        assert code_of(Text(2, 10), text) in refusals
        trimmed = text.strip()
        assert (
            len(trimmed) not in range(2, 11)
            or is_blank(trimmed)
            or any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)
        )
    else:
        assert found == text.strip()
        assert 2 <= len(found) <= 10
        assert "\0" not in found
        assert len(found.splitlines()) == 1
        found.encode("utf-8")


@given(st.text(max_size=30))
def test_a_verbatim_multiline_string_is_loaded_unchanged(text):
    field = Text(0, 100, multiline=True, verbatim=True)
    assert result_of(field, text) in (text, "control_character")


@pytest.mark.parametrize("control", ["\0", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\ud800"])
def test_control_characters_are_rejected_even_in_multiline_strings(control):
    for multiline in (False, True):
        assert code_of(Text(0, 10, multiline=multiline), f"a{control}b") == "control_character"


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x85", "\u2028", "\u2029"])
def test_line_breaks_and_tabs_are_valid_only_in_multiline_strings(character):
    assert code_of(Text(0, 10), f"a{character}b") == "control_character"
    assert Text(0, 10, multiline=True).deserialize(f"a{character}b") == f"a{character}b"


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "\u00a0\u3000", "\ufeff\u200d", "\u2060 \u200b", "\u3164"]
)
def test_invisible_characters_are_blank(text):
    assert code_of(Text(1, 10), text) == "blank"
    assert Text(0, 10).deserialize("") == ""


def test_length_is_counted_in_characters_after_trimming():
    assert Text(1, 3).deserialize("  🔑ña  ") == "🔑ña"
    assert code_of(Text(1, 3), "abcd") == "too_long"
    assert code_of(Text(0, 3), "\u200b" * 4) == "too_long"
    assert code_of(Text(3, 9), " ab ") == "too_short"


@given(OTHER_THAN_TEXT)
def test_a_value_that_is_not_a_string_has_the_wrong_type(value):
    expected = "null" if value is None else "wrong_type"
    for field in (Text(0, 10), Pattern("[a-z]+", 1, 10, message="x"), Choice(("a", "b"))):
        assert code_of(field, value) == expected


@given(st.text("ab\n ", max_size=6))
def test_a_pattern_must_match_the_whole_string(text):
    field = Pattern("a+", 1, 4, message="Only a.")
    assert result_of(field, text) in (
        "control_character",
        "blank",
        "too_long",
        "malformed",
        "a" * len(text.strip()),
    )
    assert code_of(field, "a b") == "malformed"


@given(ANYTHING)
def test_a_choice_must_be_one_of_its_values(value):
    assert result_of(Choice(("draft", "published")), value) in (
        "null",
        "wrong_type",
        "not_a_choice",
        "draft",
        "published",
    )
    assert Choice(("draft",)).deserialize("draft") == "draft"
    assert code_of(Choice(("draft",)), "Draft") == "not_a_choice"


@given(st.integers())
def test_an_integer_in_a_body_must_be_in_range(value):
    expected = value if 1 <= value <= 100 else "out_of_range"
    assert result_of(Integer(1, 100), value) == expected


@given(st.integers(-1000, 1000))
def test_a_float_without_a_fraction_is_a_valid_integer(value):
    assert result_of(Integer(1, 100), float(value)) == result_of(Integer(1, 100), value)


def is_whole(value):
    return type(value) is int or (type(value) is float and value.is_integer())


@given(ANYTHING.filter(lambda value: not is_whole(value)))
def test_other_values_in_a_body_are_not_integers(value):
    assert code_of(Integer(), value) == ("null" if value is None else "wrong_type")


@given(st.integers(0, MAX_INTEGER))
def test_an_integer_in_a_query_is_loaded(value):
    assert QueryInteger(0).deserialize(str(value)) == value


@given(st.text(max_size=25))
def test_an_integer_in_a_query_has_only_its_canonical_spelling(text):
    found = result_of(QueryInteger(0), text)
    assert found in ("wrong_type", "out_of_range") or str(found) == text


@pytest.mark.parametrize(
    "text", ["", "01", "+1", "-1", "1_0", "1.0", "1e3", "0x1", " 1", "1 ", "1\n", "٣", "１", "²", "x"]
)
def test_other_spellings_of_integers_are_rejected(text):
    assert code_of(QueryInteger(0), text) == "wrong_type"


def test_integers_beyond_63_bits_are_rejected():
    for text in (str(2**63), "1" + "0" * 30, "9" * 5000):
        assert code_of(QueryInteger(0), text) in ("wrong_type", "out_of_range")
    for number in (2**63, 10**30, 10**5000, 1e19, 1e300):
        assert code_of(Integer(), number) == "out_of_range"


@given(ANYTHING)
def test_only_true_and_false_are_booleans(value):
    expected = value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))
    found = result_of(Boolean(), value)
    if isinstance(value, bool) or value in ("true", "false"):
        assert found is expected
    else:
        assert found in ("null", "wrong_type")


@pytest.mark.parametrize(
    "value", [0, 1, 1.0, "True", "TRUE", "1", "0", "yes", "on", "t", "", " true"], ids=repr
)
def test_values_resembling_booleans_are_rejected(value):
    assert code_of(Boolean(), value) == "wrong_type"


@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4), min_size=1, max_size=3)
)
def test_a_delimited_list_is_distinct_and_ordered_however_it_is_split(parts):
    flat = [word for part in parts for word in part]
    found = result_of(DelimitedList(Text(1, 5), max_items=12), [",".join(part) for part in parts])
    assert found == tuple(dict.fromkeys(flat))


@given(st.lists(st.text(max_size=12), min_size=1, max_size=3))
def test_a_delimited_list_is_loaded_only_if_all_items_are_valid(parts):
    found = result_of(DelimitedList(Pattern("[a-z]{1,3}", 1, 3, message="x"), max_items=5), parts)
    refusals = ("control_character", "blank", "too_long", "malformed", "too_many")
    assert found in refusals or all(word.isascii() and word.islower() for word in found)


def test_a_delimited_list_has_a_maximum_length():
    field = DelimitedList(Text(1, 5), max_items=2)
    assert result_of(field, ["b", "a"]) == ("b", "a")
    assert code_of(field, ["a,b", "a"]) == "too_many"
    assert code_of(field, ["a,b,c"]) == "too_many"
    assert code_of(field, ["a,"]) == "blank"
    assert code_of(field, [""]) == "blank"


class RecordingText(Text):
    """A string field that records the values it is given."""

    def __init__(self) -> None:
        super().__init__(1, 5)
        self.given: list[object] = []

    def deserialize(self, value, *args, **kwargs):
        self.given.append(value)
        return super().deserialize(value, *args, **kwargs)


@pytest.mark.parametrize("items", [[], ["a"] * 4, [7] * 200_000])
def test_items_of_a_list_of_invalid_length_are_not_loaded(items):
    item = RecordingText()
    assert code_of(List(item, Length(1, 3, error=Message("From 1 to 3.", "length"))), items) == "length"
    assert item.given == []


def test_items_of_a_list_of_valid_length_are_loaded():
    field = List(Text(1, 5), Length(1, 3))
    assert field.deserialize(["a", " b "]) == ["a", "b"]
    assert code_of(field, "abc") == "wrong_type"
    with pytest.raises(ValidationError) as caught:
        field.deserialize(["a", 7, ""])
    assert caught.value.messages == {1: ["This must be a string."], 2: ["This must not be blank."]}
