"""Compose the messages of webhooks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson


def create_message_id() -> str:
    """Return a new id for a message."""
    return f"msg_{uuid.uuid4().hex}"


def payload_of(type_: str, at: datetime, data: Mapping[str, Any]) -> str:
    """Return the body of a message as JSON."""
    timestamp = at.replace(tzinfo=None).isoformat() + "Z"
    return orjson.dumps({"type": type_, "timestamp": timestamp, "data": data}).decode()
