"""The schema of what is stored about an account."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from blog_api.schemas.base import Schema

LISTS = {
    "usernames": "The present and former usernames, folded.",
    "sessions": "Logins that have not ended.",
    "api_tokens": "API tokens, without the tokens themselves.",
    "login_networks": "Networks from which you have logged in.",
    "confirmations": "Links that were mailed to you and are still valid.",
    "idempotency_keys": "Keys of requests of the last day.",
    "posts": "Your posts, as owner or co-author, with any status. Of those in the trash, the ones that you own.",
    "revisions": "What you have saved of your posts.",
    "working_copies": "Working copies of your posts, if you were the last to save them.",
    "revisions_of_others": "When you saved posts of others.",
    "working_copies_of_others": "Working copies of posts of others, if you were the last to save them.",
    "previews": "Links to your previews, without their tokens.",
    "imported_files": "The files from which your posts were imported.",
    "media": "Your uploads.",
    "comments": "Your comments.",
    "likes": "The posts that you like.",
    "follows": "The authors that you follow.",
    "messages": "Mail to you.",
    "actions": "What you have done, according to the audit log.",
    "events": "What was done to your account, according to the audit log.",
}


def _list(description: str) -> fields.Field[Any]:
    metadata = {"description": description, "example": []}
    return fields.List(fields.Dict(keys=fields.String()), required=True, metadata=metadata)


_ACCOUNT = fields.Dict(
    keys=fields.String(), required=True, metadata={"example": {"id": 1, "username": "ada"}}
)
PersonalData = Schema.from_dict(
    {"account": _ACCOUNT, **{name: _list(description) for name, description in LISTS.items()}},
    name="PersonalData",
)
