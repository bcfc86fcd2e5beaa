"""A search supports filters, sort orders, pages and members like other lists."""

from __future__ import annotations


def faults(reply) -> list[tuple[str, str]]:
    assert reply.status_code == 422, reply.text
    return [(fault["parameter"], fault["code"]) for fault in reply.json["errors"]]


def test_viewers_can_search_the_drafts_they_can_list(ada, people):
    ada.write("Draft whale", status="draft")
    ada.write("Whale")
    mine = ada.get("/posts?q=whale&status=draft&total=true").json
    assert [post["title"] for post in mine["data"]] == ["Draft whale"]
    assert mine["pagination"]["total"] == 1
    assert ada.get("/posts?q=whale&status=all&total=true").json["pagination"]["total"] == 2
    assert people().get("/posts?q=whale&status=draft").json["data"] == []
    assert people("editor").get("/posts?q=whale&status=draft").json["data"] == mine["data"]


def test_a_search_combines_with_every_other_filter(ada, people, found):
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


def test_another_sort_reorders_the_results(ada, found):
    for title in ("b", "c", "a"):
        ada.write(title, content=f"whale {'whale ' * (title == 'b')}")
    assert found("whale") == ["b", "a", "c"]
    assert found("whale", sort="-relevance") == ["b", "a", "c"]
    assert found("whale", sort="relevance") == ["c", "a", "b"]
    assert found("whale", sort="title") == ["a", "b", "c"]
    assert found("whale", sort="-published_at") == ["a", "c", "b"]


def test_cursors_page_through_all_results_in_both_directions(ada, get):
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


def test_a_cursor_is_valid_only_for_its_query(ada, get):
    for number in range(3):
        ada.write(f"Post {number}", content="whale fish")
    cursor = get("whale", limit=1).json["pagination"]["next_cursor"]
    assert faults(get("fish", cursor=cursor)) == [("cursor", "bad_cursor")]
    assert get("whale", cursor=cursor).status_code == 200


def test_only_a_search_returns_excerpts_with_the_matches_marked(ada, get, client):
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


def test_parameters_of_a_search_are_rejected_without_a_query(client):
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


def test_a_search_takes_one_query(ada, get, count_queries):
    for number in range(3):
        ada.write(f"Post {number}", content="whale", tags=["a", "b"])
    for query in ({}, {"sort": "title"}, {"offset": 1}, {"tag": "a"}):
        with count_queries() as statements:
            assert get("whale", limit=2, **query).json["data"]
        assert len(statements) <= 2
        assert sum("sort_key" in statement for statement in statements) == 1


def test_search_results_can_be_bulk_updated(ada, found):
    ada.write("A", content="whale")
    ada.write("B", content="whale fish")
    ada.write("C", content="fish")
    assert ada.post("/posts/bulk/update?q=whale+-fish", {"add_tags": ["Mammal"]}).json["changed"] == 1
    assert found("mammal") == ["A"]
