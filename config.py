"""The configuration of Flask, from the environment and `.env`; nothing else reads either.

`load` makes it of the table in settings.py, or raises `ConfigError`, which names every wrong setting at once
and shows no value: it may be a password.
"""

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from sqlalchemy import URL

from engine_options import REPLICA, engine_options, is_pooled, replica_options
from settings import PROJECT, SETTINGS

__all__ = ["INSTANCE", "PROJECT", "SETTINGS", "ConfigError", "environment", "load"]

INSTANCE = PROJECT / "instance"
SHORTEST_SECRET = 32
PLACEHOLDERS = (
    "changeme",
    "changethis",
    "replaceme",
    "placeholder",
    "insecure",
    "example",
    "secretkey",
    "yoursecret",
)


class ConfigError(Exception):
    """Settings that the service cannot start with: `errors` says by name what is wrong with each."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        lines = (f"  {name} {what}" for name, what in self.errors.items())
        super().__init__("\n".join(["These settings are wrong:", *lines]))


def environment() -> dict[str, str]:
    """The variables of the process, over those of the project's `.env`."""
    try:
        kept = dotenv_values(PROJECT / ".env")
    except UnicodeDecodeError:
        raise ConfigError({".env": "is not UTF-8"}) from None
    return {name: value for name, value in kept.items() if value is not None} | dict(os.environ)


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """The configuration of Flask that `environ` describes: every setting under its own name, and what the
    libraries read. Empty variables count as unset. Raises ConfigError with all that is wrong."""
    values, errors = _read(environ)
    if values.get("APP_ENV") == "production":
        errors = _unsafe(values) | errors
    errors |= _mismatched(values)
    if errors:
        raise ConfigError(errors)
    secret = values["SECRET_KEY"] or _own_secret(values["APP_ENV"])
    url: URL = values.pop("DATABASE_URL") or _own_database(values["APP_ENV"])
    replica: URL | None = values.pop("DATABASE_REPLICA_URL")
    return values | {
        "TESTING": values["APP_ENV"] == "testing",
        "SECRET_KEY": secret,
        "SQLALCHEMY_DATABASE_URI": url.render_as_string(hide_password=False),
        "DATABASE_POOLED": is_pooled(values, url),
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(values, url),
        "SQLALCHEMY_BINDS": {REPLICA: replica_options(values, replica)} if replica else {},
        "JWT_SECRET_KEY": secret,
        "JWT_ALGORITHM": "HS256",
        "MAIL_ENABLED": bool(values["SMTP_URL"]) or values["APP_ENV"] != "production",
        "TOKEN_KEYS": tuple((key_id(key), key) for key in (secret, *values["SECRET_KEYS_ACCEPTED"])),
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=values["ACCESS_TOKEN_MINUTES"]),
        "JWT_REFRESH_TOKEN_EXPIRES": timedelta(days=values["REFRESH_TOKEN_DAYS"]),
        **{
            f"JWT_{way}_{claim}": "blog_api"
            for way in ("ENCODE", "DECODE")
            for claim in ("ISSUER", "AUDIENCE")
        },
    }


def key_id(key: str) -> str:
    """What tokens say of the key that signed them (`kid`), which tells nothing about a random one."""
    return hashlib.sha256(f"kid of {key}".encode()).hexdigest()[:16]


def _read(environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    given = {name: text for name in SETTINGS if (text := environ.get(name, "").strip())}
    app_env = given.get("APP_ENV", "development").lower()
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, setting in SETTINGS.items():
        try:
            values[name] = setting.parse(given[name]) if name in given else setting.default_in(app_env)
        except ValueError as error:
            errors[name] = str(error)
    if "DB_POOL_SIZE" not in given and not errors:
        # Fewer connections than threads would make a thread wait for its neighbour.
        values["DB_POOL_SIZE"] = max(values["DB_POOL_SIZE"], values["WEB_THREADS"])
    return values, errors


def _unsafe(values: Mapping[str, Any]) -> dict[str, str]:
    keys = [("SECRET_KEY", values["SECRET_KEY"] or "")]
    keys += [("SECRET_KEYS_ACCEPTED", key) for key in values.get("SECRET_KEYS_ACCEPTED", [])]
    errors = {name: fault for name, key in keys if (fault := _weakness(key))}
    if values.get("DATABASE_URL", ...) is None:
        errors["DATABASE_URL"] = "must be set in production"
    return errors


def _weakness(secret: str) -> str:
    plain = re.sub("[^a-z0-9]", "", secret.lower())
    if len(secret) < SHORTEST_SECRET:
        return f"must be set, to at least {SHORTEST_SECRET} random characters, in production"
    if len(set(secret)) < 8 or any(word in plain for word in PLACEHOLDERS):
        return "must be random in production: this one is a placeholder, or repeats itself"
    return ""


def _mismatched(values: Mapping[str, Any]) -> dict[str, str]:
    return _mismatched_replica(values) | _incomplete_mail(values) | _same_port(values)


def _mismatched_replica(values: Mapping[str, Any]) -> dict[str, str]:
    replica, primary = values.get("DATABASE_REPLICA_URL"), values.get("DATABASE_URL")
    if replica is None or all(url and url.drivername != "sqlite" for url in (replica, primary)):
        return {}
    return {"DATABASE_REPLICA_URL": "must be a replica of PostgreSQL, and DATABASE_URL its primary"}


def _same_port(values: Mapping[str, Any]) -> dict[str, str]:
    bind = values.get("METRICS_BIND") or ""
    if bind.rpartition(":")[2] != str(values.get("PORT")):
        return {}
    return {"METRICS_BIND": "must have another port than PORT"}


def _incomplete_mail(values: Mapping[str, Any]) -> dict[str, str]:
    """What mail needs besides a server; a setting that is wrong is no value at all, and told already."""
    if values.get("SMTP_URL") is None:
        return {}
    needed = ("MAIL_FROM", "PASSWORD_RESET_URL", "EMAIL_CONFIRM_URL")
    return {name: "must be set where SMTP_URL is" for name in needed if values.get(name, ...) is None}


def _own_secret(app_env: str) -> str:
    """A random secret: of the process in tests, else of this checkout, so that tokens outlive a restart."""
    if app_env == "testing":
        return secrets.token_urlsafe(48)
    path = INSTANCE / "secret_key"
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = f"is not set, and {path} is of no use ({type(error).__name__})"
        raise ConfigError({"SECRET_KEY": reason}) from None
    if len(secret) < SHORTEST_SECRET:
        raise ConfigError({"SECRET_KEY": f"is not set, and {path} is too short: delete it to have one made"})
    return secret


def _write_once(path: Path, text: str) -> None:
    """A link appears whole and never replaces a file: processes that start together agree on one secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def _own_database(app_env: str) -> URL:
    INSTANCE.mkdir(parents=True, exist_ok=True)
    name = "testing.db" if app_env == "testing" else "blog.db"
    return URL.create("sqlite", database=str(INSTANCE / name))
