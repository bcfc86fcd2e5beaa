"""The table of settings: how each variable is read, and what it is when it is not set."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import RateLimitItem, parse_many
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from mail_settings import mailbox, page_url, smtp_url

PROJECT = Path(__file__).resolve().parent
ENVIRONMENTS = ("development", "testing", "production")
POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg2")
SQLITE = ("sqlite", "sqlite+pysqlite")
REDIS = ("redis", "rediss", "redis+unix")

# Parsers: a text, never empty, becomes a value, or a ValueError says what the setting must be.


def integer(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def choice(*allowed: str) -> Callable[[str], str]:
    """A parser of one word out of `allowed`, in any case."""
    words = {word.lower(): word for word in allowed}

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return words[text.lower()]

    return parse


def boolean(text: str) -> bool:
    """True or false, in the usual spellings."""
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError("must be true or false")


def host(text: str) -> str:
    """A name or an address to listen on."""
    if not re.fullmatch(r"[0-9A-Za-z.:_-]+", text):
        raise ValueError("must be a host name or an IP address, without a port")
    return text


def address(text: str) -> str:
    """An address and a port to listen on."""
    name, _, port = text.rpartition(":")
    try:
        host(name.removeprefix("[").removesuffix("]"))
        integer(1, 65535)(port)
    except ValueError:
        raise ValueError("must be an address and a port such as 127.0.0.1:9100") from None
    return text


def token(text: str) -> str:
    """A secret that is sent in a header."""
    if not re.fullmatch(r"[!-~]{16,}", text):
        raise ValueError("must be at least 16 characters of ASCII, without spaces")
    return text


def words(text: str) -> list[str]:
    """What stands between spaces."""
    return text.split()


def origins(text: str) -> list[str]:
    """Origins separated by commas, as browsers send them; or `*` alone."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    if found != ["*"] and not all(re.fullmatch(r"https?://[0-9A-Za-z.-]+(:[0-9]+)?", part) for part in found):
        raise ValueError("must be origins such as https://blog.example, separated by commas, without a path")
    return found


def rates(text: str) -> list[RateLimitItem]:
    """One or more rates, as the library limits writes them; none for `off`."""
    if text.lower() == "off":
        return []
    try:
        return parse_many(text)
    except ValueError:
        raise ValueError("must be a rate such as 10 per minute, or off") from None


def redis_url(text: str) -> str:
    """The address of a Redis, as redis-py takes it."""
    address = urlsplit(text)
    if address.scheme not in REDIS or not (address.hostname or address.path):
        raise ValueError("must be an address such as redis://:password@host:6379/0")
    return text


def database_url(text: str) -> URL:
    """The address of a database: with psycopg2, or a file, its path taken from the project's folder."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError("must be an address such as postgresql://user:password@host/name") from None
    if url.drivername in POSTGRESQL and url.database:
        return url.set(drivername="postgresql+psycopg2")
    if url.drivername not in SQLITE:
        raise ValueError("must begin with postgresql:// and name a database, or with sqlite:///")
    if url.database in (None, "", ":memory:") or url.database.startswith("file:"):
        raise ValueError("must name a file: a database in memory cannot be shared by workers and threads")
    return url.set(drivername="sqlite", database=str(PROJECT / url.database))


@dataclass(frozen=True, slots=True)
class Setting:
    """How to read one variable, and what it is when unset: `default`, unless its environment has its own."""

    parse: Callable[[str], Any]
    default: Any = None
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def default_in(self, environment: str) -> Any:
        """The value of the unset setting in `environment`."""
        return self.defaults.get(environment, self.default)


def _per(development: object, testing: object, production: object) -> dict[str, object]:
    return dict(zip(ENVIRONMENTS, (development, testing, production), strict=True))


def _outside_production(value: object) -> dict[str, object]:
    return _per(value, value, None)


SETTINGS: dict[str, Setting] = {
    "APP_ENV": Setting(choice(*ENVIRONMENTS), "development"),
    # Unset outside production: `load` finds a secret and a database of its own.
    "SECRET_KEY": Setting(str),
    "SECRET_KEYS_ACCEPTED": Setting(words, []),
    "DATABASE_URL": Setting(database_url),
    "DATABASE_REPLICA_URL": Setting(database_url),
    "HOST": Setting(host, "127.0.0.1"),
    "PORT": Setting(integer(1, 65535), 8000),
    "WEB_CONCURRENCY": Setting(integer(1, 256), 2),
    "WEB_THREADS": Setting(integer(1, 256), defaults=_per(4, 1, 4)),
    # Seconds.
    "REQUEST_DEADLINE": Setting(integer(1, 600), defaults=_per(10, 30, 10)),
    "MIGRATE_ON_START": Setting(boolean, False),
    # Sizes are connections of each worker; times are seconds, but milliseconds for what PostgreSQL limits.
    "DB_POOL_SIZE": Setting(integer(1, 1000), defaults=_per(5, 1, 20)),
    "DB_MAX_OVERFLOW": Setting(integer(0, 1000), defaults=_per(10, 0, 40)),
    "DB_POOL_TIMEOUT": Setting(integer(1, 600), 3),
    "DB_POOL_RECYCLE": Setting(integer(-1, 86400), defaults=_per(1800, -1, 1800)),
    "DB_POOL_PRE_PING": Setting(boolean, defaults=_per(True, False, True)),
    "DB_ECHO": Setting(boolean, False),
    "DB_ECHO_POOL": Setting(boolean, False),
    "DB_CONNECT_TIMEOUT": Setting(integer(1, 600), defaults=_per(10, 2, 10)),
    "DB_STATEMENT_TIMEOUT": Setting(integer(0, 86_400_000), defaults=_per(30_000, 0, 30_000)),
    "DB_LOCK_TIMEOUT": Setting(integer(0, 86_400_000), 10_000),
    "DB_IDLE_TRANSACTION_TIMEOUT": Setting(integer(0, 86_400_000), defaults=_per(60_000, 0, 60_000)),
    "DB_CLIENT_CHECK_INTERVAL": Setting(integer(0, 86_400_000), defaults=_per(1000, 0, 1000)),
    "DATABASE_POOLED": Setting(boolean, False),
    "CORS_ORIGINS": Setting(origins, []),
    "REGISTRATION_OPEN": Setting(boolean, defaults=_per(True, True, False)),
    # No admin: otherwise whoever registers would own the blog.
    "DEFAULT_ROLE": Setting(choice("reader", "author", "editor"), "author"),
    "REQUIRE_IF_MATCH": Setting(boolean, False),
    # Of each worker.
    "REPLY_CACHE_MB": Setting(integer(0, 10_000), 16),
    "ACCESS_TOKEN_MINUTES": Setting(integer(1, 1440), 15),
    "REFRESH_TOKEN_DAYS": Setting(integer(1, 365), 30),
    "TRUSTED_PROXIES": Setting(integer(0, 10), 0),
    "RATELIMIT_ENABLED": Setting(boolean, defaults=_per(True, False, True)),
    "RATELIMIT_LOGIN": Setting(rates, rates("10 per 15 minutes")),
    "RATELIMIT_REGISTER": Setting(rates, rates("20 per hour")),
    "RATELIMIT_READ": Setting(rates, []),
    "RATELIMIT_WRITE": Setting(rates, defaults=_per([], [], rates("600 per minute"))),
    "RATELIMIT_STORAGE_URL": Setting(redis_url),
    # Of one address, of one address, of one account.
    "RATELIMIT_PASSWORD_RESET": Setting(rates, rates("10 per hour")),
    "RATELIMIT_CONFIRM": Setting(rates, rates("30 per hour")),
    "RATELIMIT_EMAIL_CHANGE": Setting(rates, rates("5 per hour")),
    # Without a server production sends no mail; elsewhere it is written to the log.
    "SMTP_URL": Setting(smtp_url),
    "MAIL_FROM": Setting(mailbox, defaults=_outside_production(mailbox("blog_api <blog@localhost>"))),
    "PASSWORD_RESET_URL": Setting(
        page_url, defaults=_outside_production("http://localhost:3000/reset-password#token={token}")
    ),
    "EMAIL_CONFIRM_URL": Setting(
        page_url, defaults=_outside_production("http://localhost:3000/confirm-email#token={token}")
    ),
    "METRICS_TOKEN": Setting(token),
    "METRICS_BIND": Setting(address),
    "LOG_LEVEL": Setting(choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "INFO"),
    "LOG_FORMAT": Setting(choice("json", "text"), defaults=_per("text", "text", "json")),
}
