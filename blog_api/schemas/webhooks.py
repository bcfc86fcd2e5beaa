"""Schemas of webhooks, their deliveries, and the messages that they receive."""

from __future__ import annotations

import difflib
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate

from blog_api.paging.cursors import Key
from blog_api.schemas.base import MAX_SUGGESTION_LENGTH, Message, Schema
from blog_api.schemas.changes import TYPES, Change, kind_of
from blog_api.schemas.content_fields import MAX_URL
from blog_api.schemas.fields import Boolean, Choice, Integer, List, OutputString, Pattern, Timestamp
from blog_api.schemas.paging import PageQuery, page_of, sort_field
from blog_api.text.slugs import MAX_SLUG

KINDS = ("event", "purge")
STATES = ("pending", "delivered", "failed")
# Besides those of changes.
TEST, PURGE = "webhook.test", "purge"
ALL = "*"
GROUPS = tuple(dict.fromkeys(f"{kind_of(type_)}.*" for type_ in TYPES))
EVENTS = (*TYPES, *GROUPS, ALL)
TIME = {"example": "2026-01-31T12:00:00Z"}


def types_of(events: list[str]) -> list[str]:
    """Return the types of changes that these events select."""
    return [type_ for type_ in TYPES if {type_, f"{kind_of(type_)}.*", ALL} & set(events)]


class Event(fields.String):
    """A type of changes, all types of one kind of object such as `post.*`, or `*`."""

    default_error_messages = {"invalid": Message("This must be a string.", "wrong_type")}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if text not in EVENTS:
            close = difflib.get_close_matches(text, EVENTS, n=1) if len(text) <= MAX_SUGGESTION_LENGTH else []
            hint = f"Did you mean {close[0]}?" if close else f"The events are: {', '.join(EVENTS)}."
            raise ValidationError(Message(f"There is no such event. {hint}", "not_a_choice"))
        return text


def _events(**kwargs: Any) -> List:
    metadata = {
        "description": "Types of changes as in `GET /changes`, all of one kind of object (`post.*`), or all (`*`).",
        "example": ["post.published", "post.updated"],
    }
    item = Event(metadata={"enum": list(EVENTS), "example": "post.published"})
    length = validate.Length(1, len(EVENTS), error=Message("List at least one event.", "length"))
    return List(item, length, metadata=metadata, **kwargs)


def _url(**kwargs: Any) -> Pattern:
    metadata = {
        "description": "Where to send messages: an https URL with any port, but no user name, password or fragment. "
        "All addresses of the host must be public, unless WEBHOOKS_ALLOW names it.",
        "example": "https://example.com/hooks/blog",
    }
    # The rest is checked where the setting is known.
    message = "This must be a URL such as https://example.com/hook, without a fragment."
    return Pattern(
        r"[Hh][Tt][Tt][Pp][Ss]?://[^\s#]+", 9, MAX_URL, message=message, metadata=metadata, **kwargs
    )


class NewWebhook(Schema):
    """A new endpoint."""

    url = _url(required=True)
    events = _events(load_default=lambda: [ALL])
    kind = Choice(
        KINDS,
        load_default="event",
        metadata={"description": "`event` receives changes, `purge` the keys of cached responses to purge."},
    )
    is_active = Boolean(load_default=True)


class WebhookPatch(Schema):
    """The members of an endpoint to change."""

    hints: ClassVar[dict[str, str]] = {
        "kind": "The kind of an endpoint cannot be changed. Create another endpoint.",
        "secret": "The secret is generated. POST to rotate-secret for a new one.",  # nosec B105
    }

    url = _url()
    events = _events()
    is_active = Boolean(
        metadata={"description": "Once active again, an endpoint receives the changes from then on."}
    )


class Webhook(Schema):
    """An endpoint."""

    id = Integer(required=True, metadata={"example": 2})
    url = OutputString(MAX_URL, "https://example.com/hooks/blog")
    events = fields.List(
        fields.String(metadata={"enum": list(EVENTS), "example": "post.published"}),
        required=True,
        metadata={"example": ["post.published"]},
    )
    kind = fields.String(required=True, metadata={"enum": list(KINDS), "example": "event"})
    is_active = fields.Boolean(required=True, metadata={"example": True})
    failing_since = Timestamp(
        required=True,
        allow_none=True,
        metadata={
            "description": "The first failure since the last success. Null if the last message was delivered.",
            "example": None,
        },
    )
    last_error = OutputString(
        200, "", metadata={"description": "Why the last message failed; empty if it did not."}
    )
    created_at = Timestamp(required=True, metadata=TIME)
    updated_at = Timestamp(required=True, metadata=TIME)


class WebhookWithSecret(Webhook):
    """An endpoint with its secret, which only the response to its creation or a rotation includes."""

    has_etag = False

    secret = OutputString(
        80,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        metadata={
            "description": "Verify the signatures of messages with it, as Standard Webhooks describes."
        },
    )


WebhookPage = page_of(Webhook(), "WebhookPage")


class WebhookQuery(PageQuery):
    """The query parameters of the list of endpoints."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"id": int}
    sort = sort_field(sort_keys, "id")


class Delivery(Schema):
    """A message to an endpoint."""

    has_etag = False

    id = Integer(required=True, metadata={"example": 31})
    message_id = OutputString(
        40,
        "msg_2f6d1a52c0a94a2f8f0f9a4f1a7c6f3e",
        metadata={"description": "The `webhook-id` of all attempts, also of those by `retry`."},
    )
    type = OutputString(20, "post.published")
    state = fields.String(required=True, metadata={"enum": list(STATES), "example": "delivered"})
    attempts = Integer(0, required=True, metadata={"example": 1})
    status_code = Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The status of the last response; null without one.", "example": 204},
    )
    error = OutputString(
        200, "", metadata={"description": "Why the last attempt failed; empty if it did not."}
    )
    duration = Integer(
        0,
        required=True,
        allow_none=True,
        metadata={"description": "How long the last attempt took, in milliseconds.", "example": 87},
    )
    created_at = Timestamp(required=True, metadata=TIME)
    attempted_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When the last attempt began.", "example": "2026-01-31T12:00:01Z"},
    )


DeliveryPage = page_of(Delivery(), "DeliveryPage")


class DeliveryQuery(PageQuery):
    """The query parameters of the log of an endpoint."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"id": int}
    sort = sort_field(sort_keys, "-id")
    state = Choice(STATES, metadata={"description": "Only messages in this state."})


class EventData(Change):
    """A change in a message: as in `GET /changes`, and where the object is if it is public."""

    slug = OutputString(MAX_SLUG, required=False)
    url = OutputString(MAX_URL, required=False, allow_none=True)
