"""Search: which words match which posts, and how they are ranked."""

from __future__ import annotations


def test_title_summary_tags_and_content_are_searched(ada, found):
    ada.write("One", content="About lighthouses.")
    ada.write("Two", summary="Lighthouses in short.", content="")
    ada.write("Three", tags=["Lighthouses"], content="")
    ada.write("Lighthouses", content="")
    ada.write("Nothing")
    assert found("lighthouses") == ["Lighthouses", "Three", "Two", "One"]
    assert found("LIGHTHOUSES") == found("lighthouses")
    assert found("house") == []


def test_all_words_must_occur_in_any_field_and_order(ada, found):
    ada.write("Red", tags=["Green"], content="blue")
    ada.write("Red and green")
    assert found("blue green red") == ["Red"]
    assert found("red yellow") == []


def test_more_frequent_matches_rank_first_and_ties_are_newest_first(ada, found):
    ada.write("Once", content="whale")
    ada.write("Thrice", content="Whale, whale, whale.")
    ada.write("Once more", content="whale")
    assert found("whale") == ["Thrice", "Once more", "Once"]


def test_case_and_accents_on_latin_letters_are_ignored(ada, found):
    ada.write("Café Ångström", content="Ой, ЙОД! Ὀδυσσεύς, ΛΟΓΟΣ, λόγος, Straße")
    for q in ("cafe", "CAFÉ", "ångström", "angstrom", "йод", "ЙОД", "λόγος", "λογος", "straße"):
        assert found(q) == ["Café Ångström"], q
    # In Russian, this is a different letter.
    assert found('"иод"') == []


def test_words_in_any_script_are_found(ada, found):
    ada.write("日本語のブログ", content="हिन्दी में लिखा, ภาษาไทย, 한국어, עברית, العربية")
    for q in ("日本", "日本語のブログ", "हिन्दी", "ภาษา", "한국", "עברית", "العربية"):
        assert found(q) == ["日本語のブログ"], q


def test_a_phrase_matches_literally_and_within_one_field(ada, found):
    ada.write("A", content="They keep open data open.")
    ada.write("B", content="The data is open.")
    ada.write("Open", summary="data")
    ada.write("C", tags=["Open-Data"], content="")
    assert found('"open data"') == ["C", "A"]
    assert found("open-data") == ["C", "A"]
    assert sorted(found("open data")) == ["A", "B", "C", "Open"]


def test_excluded_words_are_not_found(ada, found):
    ada.write("A", content="tea milk", tags=["sugar"])
    ada.write("B", content="tea lemon")
    ada.write("C", content="green tea")
    assert found("tea") == ["C", "B", "A"]
    assert found("tea -sugar") == ["C", "B"]
    assert found('tea -"green tea" -lemon') == ["A"]
    assert found("tea -tea") == []
    assert found("-sugar") == []


def test_only_the_last_unquoted_word_matches_as_a_prefix(ada, found):
    ada.write("A", content="government documents")
    assert found("gov") == ["A"]
    assert found("documents gov") == ["A"]
    assert found("gov documents") == []
    assert found('"gov"') == []
    assert found('"government doc') == ["A"]
    assert found('"government doc"') == []
    assert found("documents -gov") == ["A"]


def test_punctuation_separates_words(ada, found):
    ada.write(
        "A", content="See https://example.com/some_page?x=1, e-mail a.b@c.example, C++ & R2-D2 <b>bold</b>."
    )
    for q in (
        "example",
        "some",
        '"some page"',
        "some_page",
        "a.b@c.example",
        "c++",
        "r2-d2",
        "bold",
        "<b>bold</b>",
    ):
        assert found(q) == ["A"], q


def test_unpublished_and_trashed_posts_are_not_found(ada, people, found):
    ada.write("Draft whale", status="draft")
    ada.write("Archived whale", status="archived")
    ada.write("Later whale", published_at="2999-01-01T00:00:00Z")
    gone = ada.write("Gone whale")
    ada.delete(f"/posts/{gone['id']}")
    assert found("whale") == []
    for who in (ada, people(), people("editor")):
        assert who.get("/posts?q=whale").json["data"] == []
