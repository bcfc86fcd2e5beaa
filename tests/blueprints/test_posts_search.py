"""Search over HTTP: what is found, in which order, and what is shown of it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LENIENT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def get(client):
    return lambda q, **query: client.get("/api/v1/posts", query_string={"q": q, **query})


@pytest.fixture
def found(get):
    """The titles that a search finds, in their order."""

    def find(q, **query) -> list[str]:
        reply = get(q, **query)
        assert reply.status_code == 200, reply.text
        return [post["title"] for post in reply.json["data"]]

    return find


def faults(reply) -> list[tuple[str, str]]:
    assert reply.status_code == 422, reply.text
    return [(fault["parameter"], fault["code"]) for fault in reply.json["errors"]]


@pytest.fixture
def ada(people):
    return people(username="ada")


def test_title_summary_tags_and_content_are_searched(ada, found):
    ada.write("One", content="About lighthouses.")
    ada.write("Two", summary="Lighthouses in short.", content="")
    ada.write("Three", tags=["Lighthouses"], content="")
    ada.write("Lighthouses", content="")
    ada.write("Nothing")
    assert found("lighthouses") == ["Lighthouses", "Three", "Two", "One"]
    assert found("LIGHTHOUSES") == found("lighthouses")
    assert found("house") == []


def test_all_words_must_be_there_in_any_field_and_order(ada, found):
    ada.write("Red", tags=["Green"], content="blue")
    ada.write("Red and green")
    assert found("blue green red") == ["Red"]
    assert found("red yellow") == []


def test_where_it_stands_more_often_comes_first_and_among_equals_the_newest(ada, found):
    ada.write("Once", content="whale")
    ada.write("Thrice", content="Whale, whale, whale.")
    ada.write("Once more", content="whale")
    assert found("whale") == ["Thrice", "Once more", "Once"]


def test_neither_case_nor_the_accents_of_latin_letters_count(ada, found):
    ada.write("Café Ångström", content="Ой, ЙОД! Ὀδυσσεύς, ΛΟΓΟΣ, λόγος, Straße")
    for q in ("cafe", "CAFÉ", "ångström", "angstrom", "йод", "ЙОД", "λόγος", "λογος", "straße"):
        assert found(q) == ["Café Ångström"], q
    # In Russian it is another letter.
    assert found('"иод"') == []


def test_any_script_is_found(ada, found):
    ada.write("日本語のブログ", content="हिन्दी में लिखा, ภาษาไทย, 한국어, עברית, العربية")
    for q in ("日本", "日本語のブログ", "हिन्दी", "ภาษา", "한국", "עברית", "العربية"):
        assert found(q) == ["日本語のブログ"], q


def test_a_phrase_is_found_as_it_stands_and_only_within_one_field(ada, found):
    ada.write("A", content="They keep open data open.")
    ada.write("B", content="The data is open.")
    ada.write("Open", summary="data")
    ada.write("C", tags=["Open-Data"], content="")
    assert found('"open data"') == ["C", "A"]
    assert found("open-data") == ["C", "A"]
    assert sorted(found("open data")) == ["A", "B", "C", "Open"]


def test_what_is_excluded_is_not_found(ada, found):
    ada.write("A", content="tea milk", tags=["sugar"])
    ada.write("B", content="tea lemon")
    ada.write("C", content="green tea")
    assert found("tea") == ["C", "B", "A"]
    assert found("tea -sugar") == ["C", "B"]
    assert found('tea -"green tea" -lemon') == ["A"]
    assert found("tea -tea") == []
    assert found("-sugar") == []


def test_the_last_word_may_be_a_beginning_but_no_other_and_none_in_quotes(ada, found):
    ada.write("A", content="government documents")
    assert found("gov") == ["A"]
    assert found("documents gov") == ["A"]
    assert found("gov documents") == []
    assert found('"gov"') == []
    assert found('"government doc') == ["A"]
    assert found('"government doc"') == []
    assert found("documents -gov") == ["A"]


def test_signs_separate_words(ada, found):
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


def test_drafts_and_what_is_scheduled_archived_or_in_the_trash_is_not_found(ada, people, found):
    ada.write("Draft whale", status="draft")
    ada.write("Archived whale", status="archived")
    ada.write("Later whale", published_at="2999-01-01T00:00:00Z")
    gone = ada.write("Gone whale")
    ada.delete(f"/posts/{gone['id']}")
    assert found("whale") == []
    for who in (ada, people(), people("editor")):
        assert who.get("/posts?q=whale").json["data"] == []


def test_drafts_can_be_searched_by_those_who_may_list_them(ada, people):
    ada.write("Draft whale", status="draft")
    ada.write("Whale")
    mine = ada.get("/posts?q=whale&status=draft&total=true").json
    assert [post["title"] for post in mine["data"]] == ["Draft whale"]
    assert mine["pagination"]["total"] == 1
    assert ada.get("/posts?q=whale&status=all&total=true").json["pagination"]["total"] == 2
    assert people().get("/posts?q=whale&status=draft").json["data"] == []
    assert people("editor").get("/posts?q=whale&status=draft").json["data"] == mine["data"]


def test_it_goes_with_every_other_filter(ada, people, found):
    ada.write("A", content="whale", tags=["sea", "big"], published_at="2020-01-01T00:00:00Z")
    ada.write("B", content="whale", tags=["sea"], published_at="2020-01-02T00:00:00Z")
    people(username="bob").write("C", content="whale", tags=["sea"], published_at="2020-01-03T00:00:00Z")
    ada.write("D", content="fish", tags=["sea"], published_at="2020-01-04T00:00:00Z")
    assert found("whale", tag="sea") == ["C", "B", "A"]
    assert found("whale", tag=["sea", "big"]) == ["A"]
    assert found("whale", any_tag="big,small") == ["A"]
    assert found("whale", author="bob") == ["C"]
    assert found("whale", author=ada.id, published_after="2020-01-02T00:00:00Z") == ["B"]
    assert found("whale", published_before="2020-01-02T00:00:00Z") == ["A"]


def test_another_sort_puts_what_is_found_into_its_order(ada, found):
    for title in ("b", "c", "a"):
        ada.write(title, content=f"whale {'whale ' * (title == 'b')}")
    assert found("whale") == ["b", "a", "c"]
    assert found("whale", sort="-relevance") == ["b", "a", "c"]
    assert found("whale", sort="relevance") == ["c", "a", "b"]
    assert found("whale", sort="title") == ["a", "b", "c"]
    assert found("whale", sort="-published_at") == ["a", "c", "b"]


def test_pages_by_cursor_go_through_all_of_it_there_and_back(ada, get):
    for number in range(17):
        ada.write(
            f"Post {number}", content="whale " * (1 + number % 4), tags=["Whale"] if number % 5 == 0 else []
        )
    whole = [post["id"] for post in get("whale").json["data"]]
    assert len(whole) == 17
    pages: list[list[int]] = []
    query: dict[str, str] | None = {}
    while query is not None:
        reply = get("whale", limit=4, total="true", **query).json
        assert reply["pagination"]["total"] == 17
        pages.append([post["id"] for post in reply["data"]])
        cursor = reply["pagination"]["next_cursor"]
        query = {"cursor": cursor} if cursor else None
    assert [post_id for page in pages for post_id in page] == whole
    back = get("whale", limit=4, cursor=reply["pagination"]["prev_cursor"]).json
    assert [post["id"] for post in back["data"]] == pages[-2]
    assert [post["id"] for post in get("whale", limit=4, offset=8).json["data"]] == pages[2]


def test_a_cursor_belongs_to_its_words(ada, get):
    for number in range(3):
        ada.write(f"Post {number}", content="whale fish")
    cursor = get("whale", limit=1).json["pagination"]["next_cursor"]
    assert faults(get("fish", cursor=cursor)) == [("cursor", "bad_cursor")]
    assert get("whale", cursor=cursor).status_code == 200


def test_an_excerpt_shows_where_the_words_are_and_only_a_search_has_one(ada, get, client):
    ada.write("Whales", summary="In short.", content="# All\n\nThe *blue* whale & the <b>sperm</b> whale.")
    (post,) = get("whale").json["data"]
    assert post["excerpt"] == "In short. All The blue <mark>whale</mark> &amp; the sperm <mark>whale</mark>."
    assert "content" not in post
    (post,) = get("whale", fields="id,excerpt").json["data"]
    assert set(post) == {"id", "excerpt"}
    (post,) = get("whale", fields="id,title").json["data"]
    assert set(post) == {"id", "title"}
    (post,) = get("whale", fields="content,excerpt").json["data"]
    assert post["content"].startswith("# All\n\nThe *blue*")
    assert "excerpt" not in client.get("/api/v1/posts").json["data"][0]
    assert "excerpt" not in client.get(f"/api/v1/posts/{ada.write('x')['id']}").json


def test_what_only_a_search_has_is_refused_without_one(client):
    for query, fault in [
        ("sort=relevance", ("sort", "no_search")),
        ("sort=-relevance", ("sort", "no_search")),
        ("fields=id,excerpt", ("fields", "no_search")),
        ("q=", ("q", "blank")),
        ("q=%E2%80%8B", ("q", "blank")),
        ("q=a&q=b", ("q", "repeated")),
        ("q=a%00b", ("q", "control_character")),
        (f"q={'x' * 501}", ("q", "too_long")),
        (f"q={'x' * 5000}", ("q", "too_long")),
    ]:
        assert faults(client.get(f"/api/v1/posts?{query}")) == [fault]


def test_a_search_takes_one_query_as_every_list(ada, get, count_queries):
    for number in range(3):
        ada.write(f"Post {number}", content="whale", tags=["a", "b"])
    for query in ({}, {"sort": "title"}, {"offset": 1}, {"tag": "a"}):
        with count_queries() as statements:
            assert get("whale", limit=2, **query).json["data"]
        assert len(statements) <= 2
        assert sum("sort_key" in statement for statement in statements) == 1


HOSTILE = [
    *"\"'*+-&|!():<>\\^{}[]~%_?.,;$#@/=`§“”",
    '""',
    '" "',
    '"""',
    '"unbalanced',
    'un"bal"anced"',
    "AND",
    "OR NOT",
    "a AND",
    "NOT a",
    "NEAR(a b, 5)",
    "NEAR(",
    "a NEAR b",
    "title:a",
    "{title content}: a",
    "^a",
    "a*",
    "a & | ! b",
    "a <-> b",
    "a:*",
    "a:ABCD",
    "'; DROP TABLE posts; --",
    "' OR 1=1",
    "%s %(q)s :q",
    "a\\'b",
    "--a",
    "-a -b",
    "- a",
    "x" * 500,
    "a " * 250,
    "-a " * 166 + "b",
    '"' * 500,
    "日" * 500,
    "\U0010ffff",
    "\ufeff a",
    "1e5 1e-5 0x1F 3.14 -7 +8",
]


def test_hostile_queries_answer_plainly(ada, get):
    ada.write("Some post", content="a b c")
    others: list[dict[str, str]] = [{}, {"total": "true"}, {"offset": "1"}, {"sort": "title"}]
    for q, query in product(HOSTILE, others):
        assert get(q, **query).status_code == 200, q


def test_without_a_word_nothing_is_found(ada, found):
    ada.write("Some post", content="a ! b ? c")
    for q in ("!", '"', "?!", "…", "-", "-zebra", '-"', "🎉"):
        assert found(q) == [], q


@LENIENT
@given(st.text(max_size=60) | st.text("ab1é日\"-*()&|!:<>\\' ", max_size=60))
def test_any_text_at_all_is_answered(get, q):
    assert get(q, total="true").status_code in (200, 422)


@LENIENT
@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", '"alpha beta"', "-delta", "ga"]), min_size=1))
def test_what_is_written_is_found_by_its_own_words(ada, get, words):
    ada.put(
        f"/posts/{_post_of(ada)}", json={"title": "x", "content": "alpha beta gamma", "status": "published"}
    )
    reply = get(" ".join(words))
    only_last_begins = all(word != "ga" for word in words[:-1])
    wanted = any(not word.startswith("-") for word in words)
    assert bool(reply.json["data"]) == (wanted and only_last_begins)


def _post_of(person) -> int:
    mine = person.get("/posts?status=all").json["data"]
    return int(mine[0]["id"] if mine else person.write("x")["id"])


def test_what_a_search_finds_can_be_changed_at_once(ada, found):
    ada.write("A", content="whale")
    ada.write("B", content="whale fish")
    ada.write("C", content="fish")
    assert ada.post("/posts/bulk/update?q=whale+-fish", {"add_tags": ["Mammal"]}).json["changed"] == 1
    assert found("mammal") == ["A"]
