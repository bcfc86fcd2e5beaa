"""Bylines are split into people only if all parts look like names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.bylines import Person, public_name, read_person, split_byline, without_addresses
from blog_api.text.folding import tidy


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Ann Lee and Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee & Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee, Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee; Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee, Bob Ray and Cyd Poe", ["Ann Lee", "Bob Ray", "Cyd Poe"]),
        ("Ann Lee, Bob Ray, and Cyd Poe", ["Ann Lee", "Bob Ray", "Cyd Poe"]),
        ("Ann Lee, PhD, and Bob Ray, Jr.", ["Ann Lee, PhD", "Bob Ray, Jr."]),
        ("Ludwig van Beethoven and Jean-Luc d'Arc", ["Ludwig van Beethoven", "Jean-Luc d'Arc"]),
        ("李明 and 王芳", ["李明", "王芳"]),
        ("ada, bob, cyd", ["ada", "bob", "cyd"]),
        ("Ann (@ann) and Bob (@bob)", ["Ann (@ann)", "Bob (@bob)"]),
        ("Ann <a@example.org>, b@example.org (Bob)", ["Ann <a@example.org>", "b@example.org (Bob)"]),
    ],
)
def test_several_people_are_split(text: str, people: list[str]) -> None:
    assert split_byline(text) == people


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Lee, Ann",
            "Lee, Ann Marie",
            "ada, bob",
            "Ann Lee, Jr.",
            "Jane Roe, Esq.",
            "Ann Lee, Ph.D.",
            "Ann Lee III",
        ),
        *(
            "Smith and Sons",
            "R&D Team",
            "Ernst & Young",
            "Tom Smith and Sons Ltd",
            "Ann Lee, Editor",
            "Ann Lee, Acme",
        ),
        *(
            "Ann and Bob Lee",
            "Ann Lee (Art and Design)",
            '"Lee, Ann" <a@example.org>',
            "Ann Lee and others",
            "",
        ),
    ],
)
def test_what_can_be_one_name_is_not_split(text: str) -> None:
    assert split_byline(text) == [text]


def test_commas_always_separate_people_in_authors() -> None:
    assert split_byline("Lee, Ann", is_list=True) == ["Lee", "Ann"]
    assert split_byline("ada, Smith and Sons,", is_list=True) == ["ada", "Smith and Sons"]


def test_known_names_are_not_split_and_known_parts_are_names() -> None:
    assert split_byline("Ann Lee and Bob Ray", is_known=lambda name: "and" in name) == ["Ann Lee and Bob Ray"]
    assert split_byline("ada and bob", is_known=lambda name: name in ("ada", "bob")) == ["ada", "bob"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ann <ann@example.org>", "Ann"),
        ('"Lee, Ann" <ann@example.org>', "Lee, Ann"),
        ("ann@example.org (Ann)", "Ann"),
        ("Ann Lee (ann@example.org)", "Ann Lee"),
        ("Ann mailto:ann@example.org", "Ann"),
        ("Ann <https://example.org>", "Ann"),
        ("ann@example.org", ""),
        ("Ann Lee (@annlee)", "Ann Lee (@annlee)"),
        ("Ann Lee", "Ann Lee"),
    ],
)
def test_addresses_are_removed(text: str, name: str) -> None:
    assert without_addresses(text) == name


def test_names_that_are_addresses_lose_their_hosts() -> None:
    names = ["ann@example.org", "<mailto:ann@example.org>", "Ann (ann@example.org)", "Ann", ""]
    assert [public_name(name) for name in names] == ["ann", "ann", "Ann", "Ann", ""]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Ann Lee (@annlee)", Person("Ann Lee", "annlee")),
        ("Ann Lee @ann_lee", Person("Ann Lee", "ann_lee")),
        ("@annlee", Person("annlee", "annlee")),
        ("Ann  Lee", Person("Ann Lee")),
        ("Ann @ home", Person("Ann @ home")),
    ],
)
def test_handles_are_read(text: str, person: Person) -> None:
    assert read_person(text) == person


@given(st.text(alphabet="Aab,&@<>()\"' .-", max_size=40), st.booleans())
def test_splitting_keeps_all_letters(text: str, is_list: bool) -> None:
    def letters(text: str) -> str:
        return "".join(character for character in text if character.isalpha())

    assert letters("".join(split_byline(text, is_list=is_list))) == letters(tidy(text))


def test_long_text_is_read_quickly() -> None:
    for piece in ("(", '"', "<", ", ", " and ", "a@", "@a ", "a@b("):
        text = piece * 20_000
        assert split_byline(text) == [tidy(text)]
        assert len(without_addresses(text[:2000])) <= 2000
