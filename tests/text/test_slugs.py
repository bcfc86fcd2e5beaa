import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.slugs import MAX_SLUG, SLUG_PATTERN, numbered, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("  --Hello__World--  ", "hello-world"),
        ("Ärger über Öl", "arger-uber-ol"),
        ("Привет, мир", "privet-mir"),
        ("你好", "ni-hao"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full-width"),
        ("1,000 ideas", "1000-ideas"),
        ("Don't panic: it’s America's users' day", "dont-panic-its-americas-users-day"),
        ("L'été d'O'Reilly", "l-ete-d-o-reilly"),
        ("🎉 Launch day", "launch-day"),
    ],
)
def test_words_become_a_slug(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("C", "c"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("C♯", "c-sharp"),
        ("Ｃ＃", "c-sharp"),
        ("F#", "f-sharp"),
        (".NET", "dot-net"),
        ("C#/.NET", "c-sharp-dot-net"),
        ("The “.gov” domain", "the-dot-gov-domain"),
        ("ASP.NET", "asp-net"),
        ("Google+", "google-plus"),
        ("R&D", "r-and-d"),
        ("R&amp;D", "r-and-d"),
        ("50%", "50-percent"),
        ("50 % more", "50-percent-more"),
    ],
)
def test_symbols_in_names_are_spelled_out(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("#1 reason", "1-reason"),
        ("issue #5, plan B#2", "issue-5-plan-b-2"),
        ("#hashtag", "hashtag"),
        ("Hello. World", "hello-world"),
        ("Hello.World", "hello-world"),
        ("Wait...what? ...nothing", "wait-what-nothing"),
        ("version .5", "version-5"),
        ("+++ news +++", "news"),
        ("% of all", "of-all"),
    ],
)
def test_punctuation_is_dropped(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("🎉", "party-popper"),
        ("!!!", "exclamation-mark"),
        ("?!", "question-mark-exclamation-mark"),
        ("+", "plus-sign"),
        ("&rarr;", "rightwards-arrow"),
        ("☃️ ☃️", "snowman"),
        ("👩\u200d💻", "woman-personal-computer"),
        ("𒀀", "cuneiform-sign-a"),
    ],
)
def test_text_of_only_symbols_becomes_their_names(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\ue000", "\x00", "\ud800", "&nbsp;"])
def test_text_without_names_becomes_the_fallback(text: str) -> None:
    assert slugify(text) == "untitled"
    assert slugify(text, "post") == "post"


def test_a_reference_with_thousands_of_digits_is_text() -> None:
    assert slugify("a &#" + "9" * 5000 + ";").startswith("a-and-9")


def test_a_long_title_is_cut_at_a_word_boundary() -> None:
    assert slugify("word " * 40) == "-".join(["word"] * 20)
    assert slugify("a" * 60 + " " + "b" * 60) == "a" * 60


def test_a_long_word_is_cut_at_the_limit() -> None:
    assert slugify("a" * 300) == "a" * MAX_SLUG
    assert slugify("the " + "a" * 300) == "the-" + "a" * (MAX_SLUG - 4)


@pytest.mark.parametrize(
    ("slug", "n", "expected"),
    [
        ("hello", 2, "hello-2"),
        ("a" * MAX_SLUG, 2, "a" * (MAX_SLUG - 2) + "-2"),
        ("-".join(["word"] * 20), 1234, "-".join(["word"] * 19) + "-1234"),
    ],
)
def test_a_numbered_slug_fits_the_limit(slug: str, n: int, expected: str) -> None:
    assert numbered(slug, n) == expected


def test_very_long_text_is_truncated() -> None:
    assert slugify("e\u0301\u0323\u0327" + "\u0301\u0323" * 500_000) == "e"
    assert slugify("word " * 1_000_000) == "-".join(["word"] * 20)


anything = st.text() | st.text(alphabet="aC+#.&%;' -_x4½€漢🎉\u0301", max_size=150)


@given(anything)
def test_any_text_becomes_a_valid_slug_that_is_idempotent(text: str) -> None:
    slug = slugify(text)
    assert re.fullmatch(SLUG_PATTERN, slug)
    assert len(slug) <= MAX_SLUG
    assert slugify(slug) == slug


@given(anything, st.integers(min_value=1, max_value=10**9))
def test_any_numbered_slug_is_a_valid_slug(text: str, n: int) -> None:
    slug = numbered(slugify(text), n)
    assert re.fullmatch(SLUG_PATTERN, slug)
    assert len(slug) <= MAX_SLUG
    assert slug.endswith(f"-{n}")
