"""Helpers for tests of the history of posts."""

from __future__ import annotations

from typing import Any

from tests.people import Person


def revisions_of(person: Person, post_id: int) -> list[dict[str, Any]]:
    """Return all revisions of a post, newest first."""
    reply = person.get(f"/posts/{post_id}/revisions?limit=100")
    assert reply.status_code == 200, reply.text
    assert reply.json is not None
    data: list[dict[str, Any]] = reply.json["data"]
    return data


def changed_in(person: Person, post_id: int) -> list[list[str]]:
    """Return the members that each revision changed, newest first."""
    return [revision["changed"] for revision in revisions_of(person, post_id)]
