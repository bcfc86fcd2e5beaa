"""Searches that find words whatever keyboard they are typed on."""

from __future__ import annotations

import pytest


def search(client, q):
    return client.get("/api/v1/posts", query_string={"q": q}).json["data"]


def titles(client, q):
    return {post["title"] for post in search(client, q)}


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Smørrebrød", "smorrebrod"),
        ("Đường", "duong"),
        ("Işık", "isik"),
        ("Ærø", "aero"),
        ("Œuvre", "oeuvre"),
        ("Þórr", "thorr"),
        ("Guðrún", "gudrun"),
    ],
)
@pytest.mark.parametrize("field", ["title", "summary", "content", "tags"])
def test_letters_that_have_no_accent_are_folded(people, client, title, typed, field):
    fields = {field: [title] if field == "tags" else title}
    people().write(**({"title": "Post"} | fields))
    for q in (typed, typed.upper(), title, title.upper(), title.lower(), f'"{typed}"', typed[:-1]):
        assert len(search(client, q)) == 1, q
    assert search(client, f"-{title} {typed}") == []


def test_c_and_its_successors_are_three_searches(people, client):
    ada = people()
    ada.write("One", content="Written in C.")
    ada.write("Two", content="Ported to *C++*, and (c++17).")
    ada.write("Three", content="C#: a language")
    ada.write("Four", content="Of src++ and /topic#anchor")
    for q, expected in (
        ("C", {"One"}), ("c", {"One"}), ("C++", {"Two"}), ("c++", {"Two"}), ("C#", {"Three"}),
        ("c# language", {"Three"}), ("in C", {"One"}), ("to c++", {"Two"}), ("src topic anchor", {"Four"}),
    ):  # fmt: skip
        assert titles(client, q) == expected, q


@pytest.mark.parametrize(
    ("content", "q", "marked"),
    [
        ("Die Straße nach Norden", "strasse", "<mark>Straße</mark>"),
        ("In Łódź", "lodz", "<mark>Łódź</mark>"),
        ("Ærø is an island", "aer", "<mark>Ærø</mark>"),
        ("Written in C++ once", "c++", "<mark>C++</mark>"),
        ("Written in C# once", "c#", "<mark>C#</mark>"),
    ],
)
def test_excerpts_mark_these_words(people, client, content, q, marked):
    people().write("Post", content=content)
    (post,) = search(client, q)
    assert marked in post["excerpt"]
