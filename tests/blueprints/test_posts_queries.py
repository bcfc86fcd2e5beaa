"""How many queries each request for posts, tags and users takes: the same at 1, 30 and 100 rows."""

from __future__ import annotations

import pytest


@pytest.fixture
def cost(client, count_queries):
    """How many statements a request takes, which must succeed; anonymous unless a person asks."""

    def counted(path: str, person=None, method: str = "GET", **options) -> int:
        with count_queries() as statements:
            if person is None:
                reply = client.open(f"/api/v1{path}", method=method, **options)
            else:
                reply = person.request(method, path, **options)
        assert reply.status_code < 300, reply.text
        return len(statements)

    return counted


def test_a_list_of_posts_takes_two_queries_a_third_for_the_token_and_one_for_the_total(people, client, cost):
    ada = people(username="ada")
    for count in (1, 30, 100):
        while len(client.get("/api/v1/posts?limit=100").json["data"]) < count:
            ada.write("Post", tags=["a", "b"])
        middle = client.get("/api/v1/posts?limit=1").json["pagination"]["next_cursor"]
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
                # Where there is no post, there are no tags to ask for.
                empty = query == "&tag=nothing" or (query == "&offset=1" and count == 1)
                assert cost(path) == (1 if empty else 2), path
        # Where there is no post, nobody asks for its tags.
        assert cost("/posts?tag=nothing") == 1
        assert cost("/posts?total=true") == 3
        assert cost("/posts", ada) == 3
        assert cost("/posts?status=all&limit=100", ada) == 3
        assert cost("/posts?status=all&total=true", ada) == 4


def test_lists_of_tags_and_users_take_one_query(people, cost):
    ada, editor = people(), people("editor")
    for count in (1, 30):
        for number in range(count):
            ada.write("Post", tags=[f"{count} {number}"])
        for path in ("/tags", "/users"):
            assert cost(f"{path}?limit=100") == 1
            assert cost(f"{path}?limit=100&total=true") == 2
            assert cost(f"{path}?limit=100", editor) == 2


def test_reading_one_thing(people, cost):
    ada = people()
    post = ada.write("Hello", tags=["one", "two", "three"])
    for path, queries in [
        (f"/posts/{post['id']}", 2),
        ("/posts/slug/hello", 2),
        (f"/tags/{post['tags'][0]['id']}", 1),
        (f"/users/{ada.id}", 1),
    ]:
        assert cost(path) == queries
        assert cost(path, ada) == queries + 1


def test_writing_a_post_costs_the_same_whatever_the_number_of_its_tags(people, cost):
    ada = people()
    plain = {"title": "Plain", "content": ""}
    # Who asks, the post, and the two reads of the reply.
    assert cost("/posts", ada, "POST", json=plain) == 4
    for tags in (["a"], [f"tag {n}" for n in range(50)]):
        # Three for tags that are missing: find, which slugs are free, make; then find again, and link.
        assert cost("/posts", ada, "POST", json=plain | {"tags": tags, "slug": f"new-{len(tags)}"}) == 9
        assert cost("/posts", ada, "POST", json=plain | {"tags": tags, "slug": f"known-{len(tags)}"}) == 6
    # A taken slug: which are free, and once more.
    assert cost("/posts", ada, "POST", json=plain) == 6


def test_changing_a_post_costs_the_same_whatever_the_number_of_its_tags(people, cost):
    ada = people()
    for number in (1, 50):
        names = [f"tag {n}" for n in range(number)]
        post = ada.write(tags=names)
        path = f"/posts/{post['id']}"
        # Who asks, the post, its tags, and the two reads of the reply; then what the change itself takes.
        assert cost(path, ada, "PATCH", json={}) == 5
        assert cost(path, ada, "PATCH", json={"title": "x"}) == 6
        assert cost(path, ada, "PATCH", json={"tags": names}) == 6
        assert cost(path, ada, "PATCH", json={"tags": []}) == 8
        assert cost(path, ada, "PATCH", json={"tags": names}) == 9
        assert cost(path, ada, "DELETE") == 4
