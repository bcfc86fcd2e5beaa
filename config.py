"""Settings, read from the environment and `.env` into the Flask configuration.

All invalid settings are reported together, by name. Their values are not shown, since they can contain passwords.
"""

import difflib
import os
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from config_fields import (
    DATABASE,
    MAILBOX,
    MEDIA_STORE,
    PAGE,
    PARAMETERS,
    PERMALINK,
    POST_PERMALINK,
    SMTP,
    Field,
    address,
    boolean,
    choice,
    database_url,
    hosts,
    integer,
    language,
    mailbox,
    media_store,
    origins,
    permalink,
    public_url,
    rate,
    setting,
    smtp_url,
    text,
    time_zone,
    unknown_parameters,
)
from config_keys import WEAK, is_weak

PROJECT = Path(__file__).resolve().parent
INSTANCE = PROJECT / "instance"
ENVIRONMENTS = ("development", "testing", "production")
# How similar a name is to that of a setting if it is misspelt: from 0 to 1, by difflib.
SIMILAR = 0.885


class ConfigError(Exception):
    """Invalid settings. `errors` maps setting names to messages."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("\n  ".join(["Invalid settings:", *map(" ".join, self.errors.items())]))


class Settings(Schema):
    """Settings schema: types, defaults, and defaults for specific environments."""

    APP_ENV = choice(*ENVIRONMENTS, default="development")
    # Outside production, an unset SECRET_KEY or DATABASE_URL defaults to files in instance/.
    SECRET_KEY = fields.String(load_default=None)
    SECRET_KEYS_ACCEPTED = setting(str.split, "must be keys separated by spaces", [])
    DATABASE_URL = setting(database_url, DATABASE)
    DATABASE_REPLICA_URL = setting(database_url, DATABASE)
    HOST = text(r"[0-9A-Za-z.:_-]+", "must be a host name or an IP address, without a port", "127.0.0.1")
    PORT = integer(1, 65535, 8000)
    WEB_CONCURRENCY = integer(1, 256, 2)
    WEB_THREADS = integer(1, 256, 4, testing=1)
    REQUEST_DEADLINE = integer(1, 600, 10, testing=30)  # seconds
    MIGRATE_ON_START = boolean(False)
    # Where clients reach the service. SCRIPT_NAME is the path prefix if PUBLIC_URL is unset, as other servers name it.
    PUBLIC_URL = setting(public_url, "must be a URL such as https://example.com/blog")
    SCRIPT_NAME = text(r"(/[0-9A-Za-z._~-]+)+", "must be a path such as /blog", "")
    # Where the site shows posts, tags and users. The dates are those of published_at in SITE_TIMEZONE.
    POST_URL = setting(permalink("slug", "id", "year", "month", "day"), POST_PERMALINK)
    TAG_URL = setting(permalink("slug", "id"), PERMALINK)
    AUTHOR_URL = setting(permalink("slug", "id"), PERMALINK)
    # Where the site shows previews. By default, the API shows them.
    PREVIEW_URL = setting(
        permalink("token", needs=("token",)),
        "must be a URL with {token}, such as https://example.com/preview/{token}",
    )
    SITE_TITLE = text(r"[^\x00-\x1f\x7f]{1,200}", "must have at most 200 characters in one line", "Blog")
    SITE_DESCRIPTION = text(r"[^\x00-\x1f\x7f]{1,500}", "must have at most 500 characters in one line", "")
    SITE_LANGUAGE = setting(language, "must be a language tag such as en or pt-BR", "en")
    SITE_TIMEZONE = setting(time_zone, "must be a time zone such as Europe/Berlin", UTC)
    # Pool sizes are per worker. Times are in seconds, server-side timeouts in milliseconds.
    # With the default number of workers and threads, the pools fit twice into PostgreSQL's 100 connections, as needed
    # while one release replaces another.
    DB_POOL_SIZE = integer(1, 1000, 10, testing=1)
    DB_MAX_OVERFLOW = integer(0, 1000, 5, testing=0)
    DB_POOL_TIMEOUT = integer(1, 600, 3)
    DB_POOL_RECYCLE = integer(-1, 86400, 1800, testing=-1)
    DB_POOL_PRE_PING = boolean(True, testing=False)
    DB_ECHO = boolean(False)
    DB_ECHO_POOL = boolean(False)
    DB_CONNECT_TIMEOUT = integer(1, 600, 10, testing=2)
    DB_STATEMENT_TIMEOUT = integer(0, 86_400_000, 30_000, testing=0)
    DB_LOCK_TIMEOUT = integer(0, 86_400_000, 10_000)
    DB_IDLE_TRANSACTION_TIMEOUT = integer(0, 86_400_000, 60_000, testing=0)
    DB_CLIENT_CHECK_INTERVAL = integer(0, 86_400_000, 1000, testing=0)
    DATABASE_POOLED = boolean(False)
    CORS_ORIGINS = setting(origins, "must be origins such as https://blog.example, separated by commas", [])
    REGISTRATION_OPEN = boolean(True, production=False)
    # Never admin: anyone could register and take over the blog.
    DEFAULT_ROLE = choice("reader", "contributor", "author", "editor", default="author", production="reader")
    COMMENTS = choice("off", "members", "everyone", default="members")  # who may comment
    COMMENTS_MODERATION = choice("none", "first", "all", default="first")  # which comments of members wait
    CHANGES_DAYS = integer(1, 3650, 90)  # how long GET /changes goes back
    REQUIRE_IF_MATCH = boolean(False)
    EDGE_SECONDS = integer(0, 31_536_000, 0)  # how long shared caches may keep public responses
    # Hosts to which webhooks may use http and addresses that are not public.
    WEBHOOKS_ALLOW = setting(
        hosts, "must be hosts such as localhost, 10.0.0.5 or hooks.internal, separated by commas", frozenset()
    )
    REPLY_CACHE_MB = integer(0, 10_000, 16)  # per worker
    MEDIA_STORE = setting(media_store, MEDIA_STORE, media_store("instance/media"))
    MEDIA_MAX_MB = integer(1, 1000, 20)  # of an uploaded file
    MEDIA_MAX_PIXELS = integer(1, 500_000_000, 50_000_000)
    ACCESS_TOKEN_MINUTES = integer(1, 1440, 15)
    REFRESH_TOKEN_DAYS = integer(1, 365, 30)
    TRUSTED_PROXIES = integer(0, 10, 0)
    RATELIMIT_ENABLED = boolean(True, testing=False)
    RATELIMIT_LOGIN = rate("10 per 15 minutes")
    RATELIMIT_REGISTER = rate("20 per hour")
    RATELIMIT_READ = rate("off")
    RATELIMIT_WRITE = rate("off", production="600 per minute")
    RATELIMIT_STORAGE_URL = text(
        r"redis(s|\+unix)?://.+", "must be a URL such as redis://:password@host:6379/0"
    )
    RATELIMIT_PASSWORD_RESET = rate("10 per hour")  # per IP address
    RATELIMIT_CONFIRM = rate("30 per hour")  # per IP address
    RATELIMIT_EMAIL_CHANGE = rate("5 per hour")  # per account
    RATELIMIT_COMMENT = rate("off", production="30 per hour")  # per user or IP address
    # Without SMTP_URL, production sends no mail; other environments log it.
    SMTP_URL = setting(smtp_url, SMTP)
    MAIL_FROM = setting(mailbox, MAILBOX, mailbox("blog_api <blog@localhost>"), production=None)
    PASSWORD_RESET_URL = text(*PAGE, "http://localhost:3000/reset-password#token={token}", production=None)
    EMAIL_CONFIRM_URL = text(*PAGE, "http://localhost:3000/confirm-email#token={token}", production=None)
    METRICS_TOKEN = text("[!-~]{16,}", "must be at least 16 ASCII characters, without spaces")
    METRICS_BIND = setting(address, "must be an IP address and a port, such as 127.0.0.1:9100")
    LOG_LEVEL = choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", default="INFO")
    LOG_FORMAT = choice("json", "text", default="text", production="json")

    def __init__(self, app_env: str) -> None:
        self.app_env = app_env
        super().__init__(unknown=EXCLUDE)

    def on_bind_field(self, field_name: str, field_obj: Field) -> None:
        field_obj.load_default = field_obj.metadata.get(self.app_env, field_obj.load_default)

    @validates_schema(skip_on_field_errors=False)
    def check_production(self, data: Mapping[str, Any], **_: Any) -> None:
        """Require strong keys and a database in production. `data` lacks invalid settings."""
        if data.get("APP_ENV") != "production":
            return
        errors = {"SECRET_KEY": [WEAK]} if is_weak(data["SECRET_KEY"] or "") else {}
        if any(map(is_weak, data["SECRET_KEYS_ACCEPTED"])):
            errors["SECRET_KEYS_ACCEPTED"] = [WEAK]
        if data.get("DATABASE_URL", "") is None:
            errors["DATABASE_URL"] = ["must be set in production"]
        if errors:
            raise ValidationError(errors)

    @validates_schema(skip_on_field_errors=False)
    def check_dependencies(self, data: Mapping[str, Any], **_: Any) -> None:
        """Check settings that depend on each other."""
        errors: dict[str, list[str]] = {}
        replica, primary = data.get("DATABASE_REPLICA_URL"), data.get("DATABASE_URL")
        if replica and not all(url and url.drivername != "sqlite" for url in (replica, primary)):
            errors["DATABASE_REPLICA_URL"] = ["must be a PostgreSQL replica of DATABASE_URL"]
        if (data.get("METRICS_BIND") or "").rpartition(":")[2] == str(data.get("PORT")):
            errors["METRICS_BIND"] = ["must use a different port than PORT"]
        for name in ("MAIL_FROM", "PASSWORD_RESET_URL", "EMAIL_CONFIRM_URL"):
            if data.get("SMTP_URL") and data.get(name, "") is None:
                errors[name] = ["must be set if SMTP_URL is set"]
        for name in ("DATABASE_URL", "DATABASE_REPLICA_URL"):
            if unknown_parameters(data.get(name)):
                errors.setdefault(name, []).append(PARAMETERS)
        if errors:
            raise ValidationError(errors)


SETTINGS = tuple(Settings("development").fields)


def environment() -> dict[str, str]:
    """Return the variables of `.env`, overridden by those of the process."""
    try:
        from_file = dotenv_values(PROJECT / ".env")
    except UnicodeDecodeError:
        raise ConfigError({".env": "must be UTF-8"}) from None
    return {name: value for name, value in from_file.items() if value is not None} | dict(os.environ)


def misspelt(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that look like misspelt settings, each with the setting that it resembles."""
    given = (name for name, value in environ.items() if value.strip() and name not in SETTINGS)
    found = {name: difflib.get_close_matches(name, SETTINGS, n=1, cutoff=SIMILAR) for name in given}
    return {name: close[0] for name, close in found.items() if close}


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings in `environ`. Empty variables count as unset. Raises ConfigError."""
    given = {name: stripped for name, value in environ.items() if (stripped := value.strip())}
    app_env = given.get("APP_ENV", "development").lower()
    schema = Settings(app_env)
    try:
        values: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        found = error.messages_dict
        raise ConfigError({name: found[name][0] for name in schema.fields if name in found}) from None
    if "DB_POOL_SIZE" not in given:
        # With fewer connections than threads, threads would wait for each other.
        values["DB_POOL_SIZE"] = max(values["DB_POOL_SIZE"], values["WEB_THREADS"])
    public = urlsplit(values["PUBLIC_URL"] or "")
    derived = {
        "TESTING": app_env == "testing",
        "MAIL_ENABLED": bool(values["SMTP_URL"]) or app_env != "production",
        "PUBLIC_ORIGIN": f"{public.scheme}://{public.netloc}" if public.netloc else "",
        "PUBLIC_PREFIX": public.path if public.netloc else None,
    }
    return values | derived
