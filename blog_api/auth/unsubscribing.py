"""Tokens of links to unsubscribe. They need no login, and work as long as the key that signed them is accepted."""

from __future__ import annotations

import re

from flask import current_app
from itsdangerous import Signer

_SALT = "unsubscribe"
_FORM = re.compile(r"(?P<user_id>[1-9][0-9]{0,17})_(?P<signature>[A-Za-z0-9_-]+)")


def create_unsubscribe_token(user_id: int) -> str:
    """Return the token of a user."""
    return f"{user_id}_{_signer().get_signature(str(user_id)).decode()}"


def read_unsubscribe_token(token: str) -> int | None:
    """Return the id of the user whose token this is, or None if it is invalid."""
    found = _FORM.fullmatch(token)
    if found and _signer().verify_signature(found["user_id"], found["signature"]):
        return int(found["user_id"])
    return None


def _signer() -> Signer:
    # The last key signs. The others are accepted, too.
    keys = [key for _, key in reversed(current_app.config["TOKEN_KEYS"])]
    return Signer(keys, salt=_SALT, key_derivation="hmac")
