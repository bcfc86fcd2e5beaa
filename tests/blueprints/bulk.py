"""Bulk operations on posts."""

from __future__ import annotations

MISSING = 987654

MODES = ("atomic", "each")


def create(title="Hello", **data):
    return {"op": "create", "data": {"title": title, "content": ""} | data}


def update(post, if_match=None, **data):
    return {"op": "update", "id": id_of(post), "data": data} | ({"if_match": if_match} if if_match else {})


def delete(post, if_match=None):
    return {"op": "delete", "id": id_of(post)} | ({"if_match": if_match} if if_match else {})


def id_of(post):
    return post["id"] if isinstance(post, dict) else post


def run(person, *operations, mode="atomic", **options):
    return person.post("/posts/bulk", {"mode": mode, "operations": list(operations)}, **options)


def pointers(problem):
    return [fault["pointer"] for fault in problem["errors"]]
