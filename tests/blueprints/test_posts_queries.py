"""The number of queries of requests for posts, tags and users is the same at 1, 30 and 100 rows."""

from __future__ import annotations

import pytest


@pytest.fixture
def cost(client, count_queries):
    """Return the number of statements of a successful request, anonymous unless a person is given."""

    def counted(path: str, person=None, method: str = "GET", **options) -> int:
        with count_queries() as statements:
            if person is None:
                reply = client.open(f"/api/v1{path}", method=method, **options)
            else:
                reply = person.request(method, path, **options)
        assert reply.status_code < 300, reply.text
        return len(statements)

    return counted


def test_a_list_of_posts_takes_one_query_or_one_to_validate_its_cached_response(people, client, cost):
    ada = people(username="ada")
    written = 0
    for count in (1, 30, 100):
        # As after a restart, with an empty cache.
        client.application.extensions["response_store"].clear()
        for _ in range(written, count):
            ada.write("Post", tags=["a", "b"])
        written = count
        middle = client.get("/api/v1/posts?limit=1").json["pagination"]["next_cursor"]
        # The list, its stamp, and, only once, when the next scheduled post is due.
        assert cost("/posts?limit=1") == 3
        pages = [
            "",
            "&tag=a",
            "&tag=a&tag=b",
            "&any_tag=a,z",
            "&author=ada",
            f"&author={ada.id}",
            "&sort=title",
        ]
        pages += ["&offset=1", f"&cursor={middle}"] if middle else []
        for query in pages:
            for limit in (20, 100):
                path = f"/posts?limit={limit}{query}"
                # The list; the list and its stamp; then only the stamp.
                assert [cost(path) for _ in range(4)] == [1, 2, 1, 1], path
        assert cost(f"/posts?tag=nothing-{count}") == 1
        assert cost(f"/posts?total=true&limit={count}") == 2
        # The viewer and the list.
        assert cost("/posts", ada) == 2
        assert cost("/posts?status=all&limit=100", ada) == 2
        assert cost("/posts?status=all&total=true", ada) == 3


def test_lists_of_tags_and_users_take_one_query(people, cost):
    ada, editor = people(), people("editor")
    for count in (1, 30):
        for number in range(count):
            ada.write("Post", tags=[f"{count} {number}"])
        for path in ("/tags", "/users"):
            assert cost(f"{path}?limit={count}") == 1
            assert cost(f"{path}?limit={count}&total=true") == 2
            assert cost(f"{path}?limit=100", editor) == 2


def test_reading_a_single_object_takes_one_query(people, cost):
    ada = people()
    post = ada.write("Hello", tags=["one", "two", "three"])
    # The time when the next scheduled post is due is queried once.
    assert [cost("/tags") for _ in range(3)] == [1, 3, 1]
    for path in (
        f"/posts/{post['id']}",
        "/posts/slug/hello",
        f"/tags/{post['tags'][0]['id']}",
        f"/users/{ada.id}",
    ):
        assert [cost(path) for _ in range(4)] == [1, 2, 1, 1]
        assert cost(path, ada) == 2


def test_creating_a_post_takes_the_same_queries_for_any_number_of_tags(people, cost):
    ada = people()
    plain = {"title": "Plain", "content": ""}
    # The viewer, the owner, and in a savepoint the post, its author row, its rendering and its revision.
    assert cost("/posts", ada, "POST", json=plain) == 8
    for tags in (["a"], [f"tag {n}" for n in range(50)]):
        # Missing tags take four: find, free slugs, insert, record. Then find again, and link.
        assert cost("/posts", ada, "POST", json=plain | {"tags": tags, "slug": f"new-{len(tags)}"}) == 14
        assert cost("/posts", ada, "POST", json=plain | {"tags": tags, "slug": f"known-{len(tags)}"}) == 10
    # A taken slug: roll back to the savepoint, find a free slug, and insert again.
    assert cost("/posts", ada, "POST", json=plain) == 12


def test_updating_a_post_takes_the_same_queries_for_any_number_of_tags(people, cost):
    ada = people()
    for number in (1, 50):
        names = [f"tag {n}" for n in range(number)]
        post = ada.write(tags=names)
        path = f"/posts/{post['id']}"
        # The viewer, the post, its authors, its tags, its aliases; then the change itself, its record and its revision.
        assert cost(path, ada, "PATCH", json={}) == 5
        assert cost(path, ada, "PATCH", json={"title": "x"}) == 8
        assert cost(path, ada, "PATCH", json={"tags": names}) == 6
        assert cost(path, ada, "PATCH", json={"tags": []}) == 9
        assert cost(path, ada, "PATCH", json={"tags": names}) == 10
        assert cost(path, ada, "DELETE") == 8
