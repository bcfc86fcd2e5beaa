"""What is written to a Markdown file is read back as it was."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog_api.text import front_matter
from blog_api.text.exports.reading import is_exported, read_exported, read_exported_profile
from blog_api.text.exports.writing import write_post, write_profile
from blog_api.text.issues import Refused

# As the API accepts text: without control characters, and in one line or several.
CHARACTERS = st.characters(
    exclude_categories=["Cs"],
    exclude_characters="".join(map(chr, [*range(9), *range(11, 13), *range(14, 32), 127])),
)
PIECES = st.sampled_from(
    ["\n", "\r", "---\n", "...", "\u2028", "\x85", " ", ": ", "#", "'", '"', "\ufeff", "\U0001f600"]
)
LINES = st.lists(CHARACTERS | PIECES, max_size=8).map("".join)
LINE = LINES.map(lambda text: " ".join(text.split()))
WORDS = (
    st.sampled_from(["null", "~", "yes", "1.10", "2020-01-01", "a, b", "=", "<<", "- x", "", "007", "ada"])
    | LINE
)
OPTIONAL = st.none() | WORDS.map(lambda text: text or None)
TIME = st.datetimes().map(lambda time: f"{time.isoformat()}Z")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.integers(-(2**63), 2**64 - 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
IMAGE = st.fixed_dictionaries(
    {"url": WORDS, "alt": WORDS, "caption": WORDS},
    optional={"width": st.integers(1, 9), "height": st.integers(1, 9), "upload": st.integers(1, 3)},
)
POST = st.fixed_dictionaries(
    {
        "title": WORDS, "slug": st.sampled_from(["a", "2020", "null", "1e5"]), "summary": WORDS | LINES,
        "status": st.sampled_from(["draft", "pending", "published", "archived"]), "published_at": st.none() | TIME,
        "kind": st.sampled_from(["post", "page"]), "featured": st.booleans(), "language": OPTIONAL,
        "authors": st.lists(WORDS, max_size=2), "tags": st.lists(WORDS, max_size=2),
        "aliases": st.lists(WORDS, max_size=2),
        "image": st.none() | IMAGE, "meta_title": OPTIONAL, "meta_description": OPTIONAL, "canonical_url": OPTIONAL,
        "noindex": st.booleans(), "comments_open": st.booleans(), "comments_close_at": st.none() | TIME,
        "metadata": st.dictionaries(WORDS, JSON, max_size=3), "deleted_at": st.none() | TIME,
        "slug_is_automatic": st.booleans(), "content": LINES,
        "former_slugs": st.lists(st.fixed_dictionaries({"slug": WORDS, "public_at": st.none() | TIME}), max_size=2),
    }
)  # fmt: skip
PLAIN = """---
title: Hello
slug: hello
status: draft
blog_api:
  version: 1
---
Text.
"""


@given(POST)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_post_survives(post):
    text = write_post(post)
    matter = front_matter.parse(text)
    assert is_exported(matter)
    values, notes = read_exported(matter, text)
    assert values == post
    assert not notes


@given(st.fixed_dictionaries({"username": st.just("ada"), "display_name": WORDS, "bio": LINES, "website": OPTIONAL,
                              "image": st.none() | IMAGE}))  # fmt: skip
def test_a_profile_survives(user):
    text = write_profile(user)
    assert read_exported_profile(front_matter.parse(text), text) == user


def test_an_edited_file_can_have_other_line_endings():
    text = PLAIN.replace("version: 1", "version: 1\n  body: exact").replace("\n", "\r\n")
    assert read_exported(front_matter.parse(text), text).values["content"] == "Text."


def test_unknown_keys_are_noted():
    text = PLAIN.replace("title", "weight: 3\ntitle")
    (note,) = read_exported(front_matter.parse(text), text).notes
    assert (note.line, note.detail) == (2, "weight is not a key of exports, so it is left out")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("version: 1", "version: 2"),
        ("version: 1", "version: 1\n  secret: 1"),
        ("version: 1", "version: 1\n  deleted_at: soon"),
        ("version: 1", "version: 1\n  deleted_at: 2020-01-01"),
        ("version: 1", "version: 1\n  metadata: '[]'"),
        ("version: 1", "version: 1\n  metadata: {a: 1}"),
        ("version: 1", "version: 1\n  former_slugs: [a]"),
        ("version: 1", "version: 1\n  former_slugs: [{}]"),
        ("status: draft", "date: tomorrow"),
        ("status: draft", "featured: maybe"),
        ("status: draft", "tags: one"),
        ("status: draft", "image: /cat.jpg"),
        ("status: draft", "image: {width: wide}"),
        ("title: Hello", "title: [Hello]"),
    ],
)
def test_invalid_values_are_refused(before, after):
    text = PLAIN.replace(before, after)
    with pytest.raises(Refused):
        read_exported(front_matter.parse(text), text)
