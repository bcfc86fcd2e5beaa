"""Signing keys, and the settings of Flask-JWT-Extended."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
from collections.abc import MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import config
from config import ConfigError
from config_keys import MIN_SECRET_LENGTH


def configure(settings: MutableMapping[str, Any]) -> None:
    """Derive the JWT settings from SECRET_KEY, SECRET_KEYS_ACCEPTED and the token lifetimes. Raises ConfigError."""
    testing = settings["TESTING"]
    secret = settings["SECRET_KEY"] or (
        secrets.token_urlsafe(48) if testing else _load_secret(config.INSTANCE)
    )
    settings.update(
        SECRET_KEY=secret,
        TOKEN_KEYS=tuple((key_id(key), key) for key in (secret, *settings["SECRET_KEYS_ACCEPTED"])),
        JWT_SECRET_KEY=secret,
        JWT_ALGORITHM="HS256",
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=settings["ACCESS_TOKEN_MINUTES"]),
        JWT_REFRESH_TOKEN_EXPIRES=timedelta(days=settings["REFRESH_TOKEN_DAYS"]),
        JWT_ENCODE_ISSUER="blog_api",
        JWT_DECODE_ISSUER="blog_api",
        JWT_ENCODE_AUDIENCE="blog_api",
        JWT_DECODE_AUDIENCE="blog_api",
        # Tokens are never in cookies, so they need no random claim against CSRF.
        JWT_COOKIE_CSRF_PROTECT=False,
    )


def key_id(key: str) -> str:
    """Return the `kid` of tokens signed with the key. It reveals nothing about a random key."""
    return hashlib.sha256(f"kid of {key}".encode()).hexdigest()[:16]


def _load_secret(folder: Path) -> str:
    """Return the secret stored in `folder`, creating it if necessary, so that tokens survive a restart."""
    path = folder / "secret_key"
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = f"is not set, and {path} cannot be used ({type(error).__name__})"
        raise ConfigError({"SECRET_KEY": reason}) from None
    if len(secret) < MIN_SECRET_LENGTH:
        raise ConfigError(
            {"SECRET_KEY": f"is not set, and {path} is too short: delete it to generate a new one"}
        )
    return secret


def _write_once(path: Path, text: str) -> None:
    """Create the file unless it exists. A hard link is atomic and never overwrites the file of another process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=path.parent) as draft:  # mode 0600
        draft.write(f"{text}\n")
        draft.flush()
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)
