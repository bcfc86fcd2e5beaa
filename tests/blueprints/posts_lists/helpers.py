"""Read lists of posts."""

from __future__ import annotations


def titles(reply) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [post["title"] for post in reply.json["data"]]
