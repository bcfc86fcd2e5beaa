"""Requests with an Idempotency-Key."""

from __future__ import annotations

POST = {"title": "Hello", "content": "Text.", "tags": ["a"]}
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def problem(reply):
    return reply.status_code, reply.json["type"].removeprefix("/problems/")


def count_posts(person):
    return person.get("/posts?status=all&total=true").json["pagination"]["total"]
