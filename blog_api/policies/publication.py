"""How the status of a post and its time go together. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from blog_api.problems import Fault, InvalidInput


def publication(
    changes: dict[str, Any], now: datetime, *, status: str = "draft", published_at: datetime | None = None
) -> dict[str, Any]:
    """The stored `status` and `published_at` after `changes` to a post that has those of the arguments.

    A post that is published without a time, or with null as many clients send it, is published now; one that has a
    time, past or future, keeps it where none is sent. Raises InvalidInput where a published post would lose its time,
    or a scheduled one has none in the future.
    """
    new_status = changes.get("status", status)
    time = changes.get("published_at", published_at)
    if changes.get("status") == "published" and time is None:
        time = now
    if new_status == "scheduled":
        if time is None or time <= now:
            raise _invalid("A scheduled post needs a published_at in the future.")
        new_status = "published"
    if new_status == "published" and time is None:
        raise _invalid("A published post needs its time.")
    return {"status": new_status, "published_at": time}


def _invalid(detail: str) -> InvalidInput:
    return InvalidInput(detail, faults=[Fault(detail, "required", "/published_at")])
