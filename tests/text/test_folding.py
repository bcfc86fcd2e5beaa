import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.folding import fold, fold_tag, has_excessive_marks, is_blank, tidy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "aLICE"),
        ("STRASSE", "straße"),
        ("Ärger", "A\u0308RGER"),
        ("ｗｉｄｅ", "wide"),
        ("ﬁne", "FINE"),
        ("ΣΑΣ", "σας"),
    ],
)
def test_names_that_differ_in_case_or_width_have_the_same_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_accents_and_punctuation_are_significant() -> None:
    assert len({fold(name) for name in ("resume", "résumé", "C", "C++", "C#")}) == 5


@given(st.text())
def test_case_is_ignored(text: str) -> None:
    assert fold(text) == fold(text.casefold())


@pytest.mark.parametrize(
    "name", ["Open  Data", "open data", "OpenData", "\topen\u00a0data ", "OPEN\u3000DATA\n"]
)
def test_tags_that_differ_in_case_or_spacing_have_the_same_key(name: str) -> None:
    assert fold_tag(name) == "opendata"


def test_a_space_before_an_accent_is_ignored() -> None:
    assert fold_tag("caf e\u0301") == fold_tag("cafe \u0301") == "café"


@given(st.text())
def test_a_tag_key_contains_no_whitespace(text: str) -> None:
    assert not any(character.isspace() for character in fold_tag(text))


@given(st.lists(st.text()))
def test_whitespace_in_a_tag_is_ignored(parts: list[str]) -> None:
    assert fold_tag(" ".join(parts)) == fold_tag("\t \n".join(parts))


def test_tidy_trims_and_joins_with_one_space() -> None:
    assert tidy("  a \t b\u00a0\n c ") == "a b c"


@given(st.text())
def test_tidy_is_idempotent(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert "".join(tidy(text).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\r\n",
        "\u00a0\u3000",
        "\u200b\u200d\u2060",
        "\ufeff",
        "\u00ad",
        "\x00\x1b",
        "\u2028\u2029",
        "\u115f\u1160\u3164\uffa0",
        "\u2800",
        "\ufe0f",
        "\u034f",
    ],
)
def test_invisible_text_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", " .", "\u200b0", "🎉", "👩\u200d💻", "ㅤ한", "_"])
def test_visible_text_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@given(st.text(), st.text())
def test_text_is_blank_if_its_parts_are(one: str, other: str) -> None:
    assert is_blank(one + other) == (is_blank(one) and is_blank(other))


@pytest.mark.parametrize("marks", ["\u0301", "\u0301\u0323", "\u0651\u064e", "\u0f73", "\U0001d165"])
def test_more_consecutive_marks_than_the_limit_are_excessive(marks: str) -> None:
    most = "a" + (marks * 100)[:100] + "b"
    assert not has_excessive_marks(most * 3)
    assert has_excessive_marks(most[:-1] + marks[0] + "b")
    assert has_excessive_marks("漢字、" + "🎉" * 200 + marks * 101)


@pytest.mark.parametrize(
    "text", ["🎉" * 1000, "─" * 1000, "。" * 1000, "é" * 1000, "e\u0301" * 1000, "ก่" * 500]
)
def test_many_other_characters_are_not_excessive_marks(text: str) -> None:
    assert not has_excessive_marks(text)
