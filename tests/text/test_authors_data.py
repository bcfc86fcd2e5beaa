"""Profiles of authors in data files of site generators."""

from __future__ import annotations

import pytest

from blog_api.text.authors_data import read_authors_data
from blog_api.text.documents import Profile
from blog_api.text.issues import Code, Refused

YAML = """# Authors
Ann:
  name: Ann  Lee
  email: ann@example.org
  bio: |
    Writes.
    Much.
  web: https://ann.example
  avatar: /ann.png
bob: Bob Ray
"""
ANN = Profile("Ann", "Ann Lee", "Writes.\nMuch.", "https://ann.example", {"url": "/ann.png"})


def profiles(text: str, path: str) -> list[tuple[Profile | Code, int]]:
    found = read_authors_data(text, path)
    return [
        (each.profile.code if isinstance(each.profile, Refused) else each.profile, each.line)
        for each in found
    ]


def test_a_mapping_has_profiles_by_the_name_in_posts() -> None:
    assert profiles(YAML, "_data/authors.yml") == [(ANN, 2), (Profile("bob", "Bob Ray", ""), 10)]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("---\n- id: ann\n  display_name: Ann Lee\n  picture: {src: /a.png, alt: Ann}\n", "authors.yaml"),
        (
            "authors:\n  - username: ann\n    name: Ann Lee\n    photo: {url: /a.png, alt: Ann}\n",
            "authors.yaml",
        ),
        ('[{"slug": "ann", "name": "Ann Lee", "image": {"url": "/a.png", "alt": "Ann"}}]', "authors.json"),
        ('{"ann": {"Name": "Ann Lee", "avatar": {"src": "/a.png", "alt": "Ann"}}}', "a/authors.JSON"),
        (
            '[ann]\nfirst_name = "Ann"\nlast_name = "Lee"\nimage = {url = "/a.png", alt = "Ann"}',
            "authors.toml",
        ),
    ],
    ids=["list", "authors", "JSON list", "JSON", "TOML"],
)
def test_other_forms_are_read(text: str, path: str) -> None:
    (found, _) = profiles(text, path)[0]
    assert found == Profile("ann", "Ann Lee", "", None, {"url": "/a.png", "alt": "Ann"})


def test_entries_without_a_name_are_refused() -> None:
    assert profiles("a:\n  bio: x\nb: 3\nc: []\n", "a.yml") == [
        (Code.NAME_MISSING, 1),
        (Profile("b", "3", ""), 3),
        (Code.NAME_MISSING, 4),
    ]


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("{\n1", "a.json", 2),
        ("3", "a.json", 1),
        ("[" * 100_000, "a.json", 1),
        ("a: 1\nb: [", "a.yml", 2),
        ("=", "a.toml", 1),
    ],
)
def test_an_invalid_file_is_refused_with_a_line(text: str, path: str, line: int) -> None:
    with pytest.raises(Refused) as caught:
        read_authors_data(text, path)
    assert caught.value.line == line
