"""Values that exceed a limit are shortened or left out, and the post is imported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.schemas.post_writes import PostWrite
from blog_api.services.importing.limits import fit, shorten
from blog_api.text.documents import Document
from blog_api.text.markdown_files import read_document

LONG = "word " * 500


def read(*lines: str, content: str = "Body") -> tuple[Document, list[tuple[str, str, int]]]:
    """Return the fitted document, and the notes on what had to change."""
    document = read_document("\n".join(["---", "weight: 1", *lines, "---", content]), "hello.md")
    fitted = fit(document)
    notes = fitted.notes[len(document.notes) :]
    return fitted, [(str(note.code), note.detail, note.line) for note in notes]


@pytest.mark.parametrize(("key", "limit"), [("title", 200), ("summary", 2000)])
def test_a_long_text_is_shortened_between_words(key: str, limit: int) -> None:
    document, ((code, detail, line),) = read(f"{key}: {LONG}")
    value = getattr(document, key)
    assert limit - 5 <= len(value) <= limit
    assert value.endswith("word…")
    assert (code, line) == ("value_shortened", 3)
    assert detail.startswith(f"{key}: more than {limit} characters, so it is shortened: word word")


def test_surplus_tags_and_authors_are_left_out() -> None:
    names = ", ".join(f"n{number:02}" for number in range(53))
    document, notes = read(f"tags: [{names}]", f"authors: [{names}]")
    assert (len(document.tags), len(document.authors)) == (50, 51)
    assert notes == [
        ("value_shortened", "tags: a post has at most 50, so these are left out: n50, n51, n52", 3),
        ("value_shortened", "author: a post has at most 51 authors, so these are left out: n51, n52", 4),
    ]


def test_control_characters_are_left_out() -> None:
    document, notes = read('title: "a\\0b"', 'tags: ["c\\x01d"]', 'author: "e\\u0001"', content="f\n\fg\0h\n")
    assert (document.title, document.tags, document.authors) == ("ab", ("cd",), ("e",))
    assert document.content == "f\n gh"
    assert {(code, line) for code, _, line in notes} == {("value_shortened", line) for line in (3, 4, 5, 8)}
    assert ("value_shortened", "content: the control characters are left out: gh", 8) in notes


def test_valid_documents_are_not_changed() -> None:
    document, notes = read("title: A", "summary: ' b '", "tags: [c]", "author: d")
    assert (document.title, document.summary, notes) == ("A", "b", [])


texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\f\x85\u2028\u0301 \n"))


@given(texts, texts, st.lists(texts, max_size=4), texts)
def test_any_document_is_within_the_limits(title: str, summary: str, tags: list[str], content: str) -> None:
    document = Document(title * 50, "a", None, summary * 500, (), tuple(tags), content)
    fitted = fit(document)
    fields = {"title": fitted.title, "summary": fitted.summary, "content": fitted.content}
    assert PostWrite().validate({**fields, "tags": list(fitted.tags)}) == {}


@given(st.text(), st.integers(1, 50))
def test_shortened_texts_respect_the_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text if len(text) <= limit else text.startswith(short[:-1])
