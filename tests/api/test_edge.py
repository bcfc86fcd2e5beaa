"""Tests of the headers for shared caches (EDGE_SECONDS)."""

from __future__ import annotations

import pytest

from blog_api.api.edge import MAX_LENGTH
from blog_api.database.session import db
from tests.statements import recorded_statements

POSTS = "/api/v1/posts"
NAMES = ("Cache-Tag", "Surrogate-Key")


@pytest.fixture
def edge(make_client):
    """A client of a service whose responses shared caches may keep."""
    return make_client(EDGE_SECONDS="60")


def keys(client, path, **options):
    """Return the keys of the response to a GET request, or its Cache-Control if it has none."""
    reply = client.get(path, **options)
    tags, surrogates = (reply.headers.get(name) for name in NAMES)
    if tags is None:
        assert surrogates is None
        return reply.headers["Cache-Control"]
    assert tags.split(",") == surrogates.split(" ")
    assert reply.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=60, ")
    return set(tags.split(","))


def test_by_default_shared_caches_must_revalidate(people, client):
    post = people().write()
    assert keys(client, f"{POSTS}/{post['id']}") == keys(client, POSTS) == "no-cache"


def test_a_response_names_what_it_shows(people, edge):
    ada, bob = people(), people()
    post = ada.write(tags=["a", "b"], co_authors=[bob.id])
    own = {f"post-{post['id']}", f"user-{ada.id}", f"user-{bob.id}"}
    own |= {f"tag-{tag['id']}" for tag in post["tags"]}
    tag_id = post["tags"][0]["id"]
    for _ in range(3):
        # The third response is a cached one.
        assert keys(edge, f"{POSTS}/{post['id']}") == keys(edge, f"{POSTS}/slug/hello") == own
        assert keys(edge, POSTS) == keys(edge, f"{POSTS}?q=hello") == own | {"posts"}
        assert keys(edge, f"{POSTS}?fields=id,title") == {"posts", f"post-{post['id']}"}
        assert keys(edge, f"/api/v1/tags/{tag_id}") == {f"tag-{tag_id}", "posts"}
        assert keys(edge, f"/api/v1/users/{ada.id}") == {f"user-{ada.id}", "posts"}
    etag = edge.get(POSTS).headers["ETag"]
    assert keys(edge, POSTS, headers={"If-None-Match": etag}) == own | {"posts"}
    assert keys(edge, "/api/v1/tags") == {"tags", "posts", *(f"tag-{tag['id']}" for tag in post["tags"])}
    assert keys(edge, "/api/v1/users") == {"users", "posts", f"user-{ada.id}", f"user-{bob.id}"}


def test_a_filtered_list_names_its_tags_and_authors_even_if_it_is_empty(people, edge):
    ada = people()
    draft = ada.write(status="draft", tags=["a", "b"])
    first, second = (f"tag-{tag['id']}" for tag in draft["tags"])
    user = f"user-{ada.id}"
    assert keys(edge, f"{POSTS}?tag=a") == {first}
    assert keys(edge, f"{POSTS}?any_tag=a,b") == {first, second}
    assert keys(edge, f"{POSTS}?author={ada.id}") == keys(edge, f"{POSTS}?author={ada.username}") == {user}
    assert keys(edge, f"{POSTS}?author={ada.id}&tag=b") == {user, second}
    assert keys(edge, f"{POSTS}?without_tag=a") == {"posts"}
    # A tag or author that does not exist yet could be created, or another one renamed.
    unknown = {"posts", "tags", "users"}
    assert keys(edge, f"{POSTS}?tag=new") == keys(edge, f"{POSTS}?author=new") == unknown
    assert keys(edge, f"{POSTS}?tag=a&tag=new") == {first} | unknown


def test_private_and_unnamed_responses_are_not_kept(people, edge):
    ada = people()
    post = ada.write()
    path = f"{POSTS}/{post['id']}"
    for known in (path, POSTS, "/api/v1/tags"):
        assert keys(edge, known, headers=ada.headers) == "no-store"
    assert keys(edge, f"{POSTS}?fields=title") == "no-cache"
    assert keys(edge, "/api/v1/changes") == "no-cache"
    for failed in (f"{POSTS}/999", f"{POSTS}?limit=x", f"{POSTS}?status=draft"):
        assert not {*NAMES} & set(edge.get(failed).headers.keys())
    account = {"username": "ada.l", "email": "ada.l@example.com", "password": "correct horse battery"}
    made = edge.post("/api/v1/auth/register", json=account)
    assert made.status_code == 201
    assert not {*NAMES} & set(made.headers.keys())


def test_a_list_with_too_many_keys_for_a_header_is_not_kept(people, edge):
    ada = people()
    for number in range(9):
        ada.write(tags=[f"tag {number} {n}" for n in range(50)])
    assert keys(edge, f"{POSTS}?limit=100") == "no-cache"
    assert len(edge.get(f"{POSTS}?limit=1").headers["Surrogate-Key"]) < MAX_LENGTH


def test_the_keys_of_filters_take_one_query(people, edge):
    ada = people()
    ada.write(tags=["a", "b"])
    with edge.application.app_context():
        engine = db.engine
    counts = []
    for query in ("", "?tag=a", "?any_tag=a,b&author=" + ada.username):
        with recorded_statements(engine) as statements:
            edge.get(f"{POSTS}{query}")
        counts.append(len(statements))
    assert counts == [1, 2, 2]


def test_comments_have_the_keys_of_their_post_and_their_authors(people, edge):
    ada, eve = people(), people("editor")
    post_id = ada.write()["id"]
    thread, post = f"{POSTS}/{post_id}/comments", f"post-{post_id}"
    assert keys(edge, thread) == {post}
    written = [
        person.post(f"/posts/{post_id}/comments", {"content": "x"}).json["id"] for person in (ada, eve)
    ]
    reply = ada.post(f"/posts/{post_id}/comments", {"content": "x", "parent_id": written[1]}).json["id"]
    assert keys(edge, thread) == {post, f"user-{ada.id}", f"user-{eve.id}"}
    assert keys(edge, f"/api/v1/comments/{reply}") == {post, f"user-{ada.id}", "posts"}
    assert eve.delete(f"/comments/{written[1]}").status_code == 204
    # The placeholder has no author.
    assert keys(edge, thread) == {post, f"user-{ada.id}"}
