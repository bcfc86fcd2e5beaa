"""Filters that take several ids or statuses."""

from __future__ import annotations

from tests.blueprints.posts_lists.helpers import titles


def test_the_filter_by_ids_returns_those_that_the_viewer_may_see(people, get):
    ada = people()
    posts = [ada.write(title, status=status) for title, status in (("a", "published"), ("b", "draft"))]
    posts.append(ada.write("c"))
    ids = ",".join(str(post["id"]) for post in posts)
    assert titles(get(f"id={ids}&sort=title")) == ["a", "c"]
    assert titles(get(f"id={posts[2]['id']}&id={posts[2]['id']}")) == ["c"]
    assert titles(ada.get(f"/posts?id={ids}&status=all&sort=title")) == ["a", "b", "c"]


def test_several_statuses_combine_their_lists(people, client):
    ada, bob = people(), people()
    for status in ("draft", "scheduled", "published", "archived"):
        ada.write(
            status, status=status, published_at="2999-01-01T00:00:00Z" if status == "scheduled" else None
        )
    bob.write("other draft", status="draft")
    assert titles(ada.get("/posts?status=draft,scheduled")) == ["scheduled", "draft"]
    assert titles(ada.get("/posts?status=draft,published&sort=title")) == ["draft", "published"]
    assert titles(ada.get("/posts?status=draft,all&sort=title")) == [
        "archived",
        "draft",
        "published",
        "scheduled",
    ]
    assert titles(people("editor").get("/posts?status=scheduled,draft&sort=created_at")) == [
        "draft",
        "scheduled",
        "other draft",
    ]
    assert client.get("/api/v1/posts?status=published,draft").status_code == 401


def test_pages_of_several_statuses_contain_each_post_once(people):
    ada = people()
    for number in range(7):
        ada.write(f"{number}", status=("draft", "archived", "published")[number % 3])
    path = "/posts?status=archived,draft&limit=2"
    pages = [ada.get(path)]
    while cursor := pages[-1].json["pagination"]["next_cursor"]:
        pages.append(ada.get(f"{path}&cursor={cursor}"))
    assert [title for page in pages for title in titles(page)] == ["6", "4", "3", "1", "0"]
