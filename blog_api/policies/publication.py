"""The rules for the status and publication time of a post. No database access."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from blog_api.problems import Fault, InvalidInput


def publication(
    changes: dict[str, Any],
    now: datetime,
    *,
    status: str = "draft",
    published_at: datetime | None = None,
    title: str = "",
) -> dict[str, Any]:
    """Return the `status` and `published_at` to store after `changes` to a post with the given values.

    Publishing without a time, or with null as many clients send it, publishes now. A post that already has a time, past
    or future, keeps it if none is sent. Raises InvalidInput if a published post would have no title or no time, or if a
    scheduled one has no time in the future.
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
        raise _invalid("A published post needs a published_at.")
    if new_status == "published" and not changes.get("title", title):
        raise _invalid(
            "A published post needs a title.", "blank" if "title" in changes else "required", "/title"
        )
    return {"status": new_status, "published_at": time}


def _invalid(detail: str, code: str = "required", pointer: str = "/published_at") -> InvalidInput:
    return InvalidInput(detail, faults=[Fault(detail, code, pointer)])
