"""Write comments over HTTP."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.people import Person

GUEST = {"name": "Ann Guest", "email": "ann@guest.example"}


def comment(person: Person, post_id: int, content: str = "Well said.", **fields: Any) -> dict[str, Any]:
    """Comment on a post, and return the JSON of the comment."""
    reply = person.post(f"/posts/{post_id}/comments", {"content": content, **fields})
    assert reply.status_code == 201, reply.text
    return dict(reply.get_json())


def comment_as_guest(client: FlaskClient, post_id: int, content: str = "Well said.", **fields: Any) -> Any:
    """Comment on a post without a token, and return the response."""
    return client.post(f"/api/v1/posts/{post_id}/comments", json={"content": content, **GUEST, **fields})


def thread(client: FlaskClient, post_id: int, query: str = "") -> list[dict[str, Any]]:
    """Return the comments on a post as everyone sees them."""
    reply = client.get(f"/api/v1/posts/{post_id}/comments{query}")
    assert reply.status_code == 200, reply.text
    return list(reply.get_json()["data"])


def count(client: FlaskClient, post_id: int) -> int:
    """Return the `comment_count` of a post."""
    number: int = client.get(f"/api/v1/posts/{post_id}").get_json()["comment_count"]
    return number


def faults(reply: Any) -> set[tuple[str, str]]:
    """Return the pointers and codes of an error response."""
    return {(fault["pointer"], fault["code"]) for fault in reply.json["errors"]}
