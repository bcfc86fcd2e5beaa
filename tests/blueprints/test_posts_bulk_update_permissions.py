"""Bulk updates by filter: which posts they change, and who can run them."""

from __future__ import annotations

from tests.blueprints.bulk_updates import KINDS, change, changed, names

FILTERS = [
    "",
    "?tag=a",
    "?tag=a&tag=b",
    "?any_tag=a,b",
    "?author=ada",
    "?author=nobody",
    "?status=draft",
    "?status=scheduled",
    "?status=archived",
    "?status=all",
    "?status=draft&tag=a",
    "?published_after=2022-01-01T00:00:00Z",
    "?published_before=2022-01-01T00:00:00Z&any_tag=b",
    "?without_tag=b",
    "?has_tags=false&author=ada,bob",
    "?updated_after=2999-01-01T00:00:00Z",
    "?title_contains=HELL",
    "?tag=unheard-of",
]


def test_a_bulk_update_takes_the_filters_of_the_list(people):
    ada, bob, editor = people(username="ada"), people(username="bob"), people("editor")
    posts = [
        {"title": "Hello", "content": "Text.", "tags": tags, **kind}
        for tags in ([], ["a"], ["b"], ["a", "b"])
        for kind in KINDS.values()
    ]
    for person in (ada, bob):
        made = person.post("/posts/bulk", {"operations": [{"op": "create", "data": post} for post in posts]})
        assert made.status_code == 200
    for query in FILTERS:
        shown = editor.get(f"/posts{query}{'&' if query else '?'}limit=100").json["data"]
        listed = {post["id"] for post in shown}
        assert changed(change(editor, query, add_tags=["found"])) == len(listed), query
        found = editor.get("/posts?status=all&tag=found&limit=100").json["data"]
        assert {post["id"] for post in found} == listed, query
        assert changed(change(editor, "?status=all&tag=found", remove_tags=["found"])) == len(listed), query


def test_authors_update_their_own_posts_and_editors_all_except_trashed_posts(people):
    ada, bob, editor = people(), people(), people("editor")
    for person in (ada, bob):
        for status in ("draft", "published", "archived"):
            person.write(f"{person.username} {status}", status=status)
        person.delete(f"/posts/{person.write('Trash')['id']}")
    assert [
        changed(change(ada, f"?status={status}", add_tags=["x"])) for status in ("draft", "published")
    ] == [1, 1]
    assert changed(change(ada, f"?author={bob.username}", add_tags=["x"])) == 0
    assert changed(change(ada, add_tags=["x"])) == 0
    assert [names(post) for post in bob.get("/posts?status=all").json["data"]] == [[], [], []]
    assert changed(change(editor, "?status=all", add_tags=["y"])) == 6


def test_readers_and_anonymous_clients_cannot_bulk_update(people, client):
    reader = people("reader")
    people().write()
    for query in ("", "?status=all", "?dry_run=true"):
        assert change(reader, query, status="draft").status_code == 403
    assert client.post("/api/v1/posts/bulk/update", json={"status": "draft"}).status_code == 401
