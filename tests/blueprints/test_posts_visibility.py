"""Visibility of posts: a hidden post is a 404 everywhere and is not counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

PAST, FUTURE = "2020-01-31T12:00:00Z", "2999-01-31T12:00:00Z"
STATES = {
    "draft": {"status": "draft"},
    "draft with a time": {"status": "draft", "published_at": PAST},
    "scheduled": {"status": "published", "published_at": FUTURE},
    "published": {"status": "published", "published_at": PAST},
    "archived": {"status": "archived", "published_at": PAST},
    "trashed": {"status": "published", "published_at": PAST},
}


@dataclass(frozen=True)
class Scene:
    """A post, its owner, and a GET function for each kind of viewer."""

    state: str
    post: dict[str, Any]
    owner: Any
    viewers: dict[str, Callable[[str], Any]]

    def sees(self, who: str) -> bool:
        if self.state == "trashed":
            return False
        return self.state == "published" or who in ("owner", "editor", "admin")


@pytest.fixture(params=STATES)
def scene(request, people, client):
    owner = people()
    post = owner.write("Secret plan", tags=["Secret"], **STATES[request.param])
    if request.param == "trashed":
        assert owner.delete(f"/posts/{post['id']}").status_code == 204
    viewers = {
        "anonymous": lambda path: client.get(f"/api/v1{path}"),
        "owner": owner.get,
        "other author": people("author").get,
        **{role: people(role).get for role in ("reader", "editor", "admin")},
    }
    return Scene(request.param, post, owner, viewers)


def ids(reply) -> list[int]:
    return [found["id"] for found in reply.json["data"]]


def total(reply) -> int:
    count: int = reply.json["pagination"]["total"]
    return count


def test_only_permitted_viewers_can_read_a_post_by_id_or_slug(scene):
    for who, get in scene.viewers.items():
        for path in (f"/posts/{scene.post['id']}", f"/posts/slug/{scene.post['slug']}"):
            assert get(path).status_code == (200 if scene.sees(who) else 404), who


def test_public_lists_and_counts_include_only_published_posts_for_every_viewer(scene):
    owner, expected = scene.owner, [scene.post["id"]] if scene.state == "published" else []
    queries = (
        "", "status=published", "tag=secret", "any_tag=secret,other", f"author={owner.id}", f"author={owner.username}",
        "sort=title", "sort=-created_at", "published_after=2000-01-01T00:00:00Z", "offset=0",
    )  # fmt: skip
    for who, get in scene.viewers.items():
        for query in queries:
            page = get(f"/posts?total=true&{query}")
            assert (ids(page), total(page)) == (expected, len(expected)), (who, query)
        # Without a token, only people with a published post are shown.
        count = get(f"/users/{owner.id}").json.get("post_count")
        assert count == (len(expected) if expected or who != "anonymous" else None), who
        users = get("/users?limit=100").json["data"]
        assert sum(user["post_count"] for user in users) == len(expected), who


def test_only_editors_see_a_tag_without_published_posts(scene):
    (tag,) = scene.post["tags"]
    count = int(scene.state == "published")
    for who, get in scene.viewers.items():
        shown = scene.state == "published" or who in ("editor", "admin")
        one, page = get(f"/tags/{tag['id']}"), get("/tags?total=true")
        assert one.status_code == (200 if shown else 404), who
        assert [found["post_count"] for found in page.json["data"]] == ([count] if shown else []), who
        assert total(page) == int(shown), who
        assert not shown or one.json["post_count"] == count


def test_lists_of_other_statuses_return_own_posts_or_all_posts_for_editors(scene):
    shown = scene.state.partition(" ")[0]
    for who, get in scene.viewers.items():
        for status in ("draft", "scheduled", "archived", "all"):
            here = status == shown or (status == "all" and scene.state != "trashed")
            expected = [scene.post["id"]] if here and who in ("owner", "editor", "admin") else []
            for narrowed in ("", f"&author={scene.owner.id}", "&tag=secret", "&sort=published_at"):
                reply = get(f"/posts?status={status}&total=true{narrowed}")
                if who == "anonymous":
                    assert reply.status_code == 401
                else:
                    assert (ids(reply), total(reply)) == (expected, len(expected)), (who, status, narrowed)
                    assert all(found["status"] == shown for found in reply.json["data"])


def test_changing_a_hidden_post_fails_like_changing_a_missing_one(scene, people):
    if scene.state == "published":
        return
    for stranger in (people("reader"), people("author")):
        for post_id in (scene.post["id"], 10**9):
            for reply in (
                stranger.patch(f"/posts/{post_id}", json={"title": "Mine"}),
                stranger.put(f"/posts/{post_id}", json={"title": "Mine", "content": ""}),
                stranger.delete(f"/posts/{post_id}"),
            ):
                assert reply.status_code == 404
                assert reply.json["detail"] == "The post does not exist, or you may not see it."
    if scene.state != "trashed":
        assert scene.owner.get(f"/posts/{scene.post['id']}").json == scene.post


def test_a_cursor_of_another_user_does_not_reveal_their_posts(people):
    editor, ada = people("editor"), people()
    for _ in range(3):
        editor.write(status="draft")
    cursor = editor.get("/posts?status=draft&limit=1").json["pagination"]["next_cursor"]
    assert ids(ada.get(f"/posts?status=draft&limit=1&cursor={cursor}")) == []


def test_an_author_demoted_to_reader_can_read_but_not_change_their_draft(people):
    ada, admin = people(), people("admin")
    draft = ada.write(status="draft")
    assert admin.patch(f"/users/{ada.id}", json={"role": "reader"}).status_code == 200
    assert ada.get(f"/posts/{draft['id']}").status_code == 200
    assert ada.patch(f"/posts/{draft['id']}", json={"title": "x"}).status_code == 403
    assert ada.post("/posts", json={"title": "x", "content": ""}).status_code == 403
