"""Compose the messages of webhooks."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from blog_api.crud.batches import batches
from blog_api.crud.changes.feed import entry_of
from blog_api.crud.webhooks.content import find_links, find_places
from blog_api.paging.pages import AnyRow
from blog_api.schemas.changes import kind_of
from blog_api.schemas.dumping import compile_dump
from blog_api.schemas.webhooks import PURGE, EventData

# The keys in one purge message. CDNs accept 16 to 256 in a request.
MAX_KEYS = 100
_dump = compile_dump(EventData())


class Message(NamedTuple):
    """A message to queue: its id, its type and its body as JSON."""

    id: str
    type: str
    payload: str


def create_message_id() -> str:
    """Return a new id for a message."""
    return f"msg_{uuid.uuid4().hex}"


def payload_of(type_: str, at: datetime, data: Mapping[str, Any]) -> str:
    """Return the body of a message as JSON."""
    body = {"type": type_, "timestamp": at, "data": data}
    return orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()


def compose_messages(kind: str, changes: Sequence[AnyRow]) -> list[Message]:
    """Return the messages about these changes for an endpoint of this kind."""
    if not changes:
        return []
    return list(_purges(changes) if kind == "purge" else _events(changes))


def _events(changes: Sequence[AnyRow]) -> Iterator[Message]:
    places = find_places({(kind_of(change.type), change.entity_id) for change in changes})
    for change in changes:
        place = places.get((kind_of(change.type), change.entity_id))
        data = _dump(entry_of(change) | (place._asdict() if place else {}))
        yield Message(create_message_id(), change.type, payload_of(change.type, change.at, data))


def _purges(changes: Sequence[AnyRow]) -> Iterator[Message]:
    """Yield messages with the keys of all responses that these changes can have changed, without duplicates."""
    links = find_links({change.entity_id for change in changes if kind_of(change.type) == "post"})
    keys = dict.fromkeys(key for change in changes for key in _keys_of(change, links))
    for some in batches(list(keys), MAX_KEYS):
        yield Message(create_message_id(), PURGE, payload_of(PURGE, changes[-1].at, {"tags": some}))


def _keys_of(change: AnyRow, links: Mapping[int, Iterable[tuple[str, int]]]) -> Iterator[str]:
    """Yield the keys of the responses that show the changed object, or that begin or cease to show it."""
    kind = kind_of(change.type)
    if kind == "comment":
        # The page of the post shows the number of comments.
        yield f"post-{change.post_id}"
        return
    yield f"{kind}-{change.entity_id}"
    yield f"{kind}s"
    if kind == "post":
        yield from (f"{link}-{entity_id}" for link, entity_id in sorted(links.get(change.entity_id, ())))
    if change.into_id is not None:
        yield f"{kind}-{change.into_id}"
    if kind == "tag" and change.type != "tag.created":
        # Lists of posts without a tag do not name it.
        yield "posts"
