"""Bulk updates of the posts that match filters."""

from __future__ import annotations

PAST, FUTURE = "2020-01-31T12:00:00Z", "2999-01-31T12:00:00Z"
# Posts of every status, with and without a publication time.
KINDS = {
    "draft": {"status": "draft"},
    "draft with a past": {"status": "draft", "published_at": PAST},
    "draft with a future": {"status": "draft", "published_at": FUTURE},
    "scheduled": {"status": "scheduled", "published_at": FUTURE},
    "published": {"status": "published", "published_at": PAST},
    "archived": {"status": "archived"},
    "archived with a past": {"status": "archived", "published_at": PAST},
}


def change(person, query="", **body):
    return person.post(f"/posts/bulk/update{query}", body)


def changed(reply):
    assert reply.status_code == 200, reply.text
    return reply.json["changed"]


def names(post):
    return [tag["name"] for tag in post["tags"]]
