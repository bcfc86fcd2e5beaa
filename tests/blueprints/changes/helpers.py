"""A client that follows the feed of changes."""

from __future__ import annotations

from typing import Any

from flask import Flask

from blog_api.services.changes import number_changes


def number(app: Flask) -> int:
    """Do what the worker does every second. Return the number of changes numbered."""
    with app.app_context():
        return number_changes().numbered


class Follower:
    """Follows the feed from its end. A person or a plain client makes the requests."""

    def __init__(self, app: Flask, client: Any, is_person: bool) -> None:
        self._app, self._client = app, client
        self._prefix = "" if is_person else "/api/v1"
        number(app)
        self.cursor: str = self.get("")["pagination"]["next_cursor"]

    def get(self, query: str) -> dict[str, Any]:
        """Read a page of the feed."""
        reply = self._client.get(f"{self._prefix}/changes?{query}")
        assert reply.status_code == 200, reply.text
        body: dict[str, Any] = reply.json
        return body

    def read(self, limit: int = 100) -> list[dict[str, Any]]:
        """Number the changes, and return all entries since the last call."""
        number(self._app)
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(f"limit={limit}&cursor={self.cursor}")
            found += page["data"]
            self.cursor = page["pagination"]["next_cursor"]
            if not page["data"]:
                return found

    def types(self, kind: str = "", limit: int = 100) -> list[tuple[str, int]]:
        """Return the types and ids of the new entries whose type begins with `kind`."""
        return [(entry["type"], entry["id"]) for entry in self.read(limit) if entry["type"].startswith(kind)]
