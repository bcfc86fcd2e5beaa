"""Settings, read from the environment and `.env` into the Flask configuration.

All invalid settings are reported together, by name. Their values are not shown, since they can contain passwords.
"""

import difflib
import functools
import math
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from email.errors import MessageError
from email.headerregistry import Address
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from limits import RateLimitItem, parse_many
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Range, Regexp
from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

PROJECT = Path(__file__).resolve().parent
INSTANCE = PROJECT / "instance"
ENVIRONMENTS = ("development", "testing", "production")
MIN_SECRET_LENGTH = 32
MIN_ENTROPY = 90  # bits
# English text has fewer than this many bits per letter.
BITS_OF_TEXT = 1.5
# How similar a name is to that of a setting if it is misspelt: from 0 to 1, by difflib.
SIMILAR = 0.885
Field = fields.Field[Any]
PLACEHOLDER = re.compile("change(me|this)|replaceme|placeholder|insecure|example|secretkey|yoursecret")


class ConfigError(Exception):
    """Invalid settings. `errors` maps setting names to messages."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("\n  ".join(["Invalid settings:", *map(" ".join, self.errors.items())]))


def setting(parse: Callable[[str], Any], message: str, default: Any = None, **defaults: Any) -> Field:
    """Return a field that parses a setting. `message` replaces parser errors, which can contain the value."""

    def read(value: str) -> Any:
        try:
            return parse(value)
        except (ArgumentError, LookupError, MessageError, ValidationError, ValueError):
            raise ValidationError(message) from None

    return fields.Function(deserialize=read, load_default=default, metadata=defaults)


def integer(minimum: int, maximum: int, default: int, **defaults: int) -> Field:
    field = fields.Integer(validate=Range(minimum, maximum))
    return setting(
        field.deserialize, f"must be a whole number from {minimum} to {maximum}", default, **defaults
    )


def boolean(default: bool, **defaults: bool) -> Field:
    return setting(fields.Boolean().deserialize, "must be true or false", default, **defaults)


def choice(*words: str, default: str, **defaults: str) -> Field:
    by_key = {word.lower(): word for word in words}
    return setting(lambda key: by_key[key.lower()], f"must be one of {', '.join(words)}", default, **defaults)


def text(pattern: str, message: str, default: str | None = None, **defaults: str | None) -> Field:
    field = fields.String(validate=Regexp(rf"(?:{pattern})\Z"))
    return setting(field.deserialize, message, default, **defaults)


def rate(default: str, **defaults: str) -> Field:
    def read(value: str) -> list[RateLimitItem]:
        return [] if value.lower() == "off" else parse_many(value)

    parsed = {environment: read(value) for environment, value in defaults.items()}
    return setting(read, "must be a rate such as 10 per minute, or off", read(default), **parsed)


def address(value: str) -> str:
    found = re.fullmatch(r"\[?[0-9A-Za-z.:_-]+\]?:([0-9]{1,5})", value)
    if found is None or not 0 < int(found[1]) < 65536:
        raise ValueError
    return value


def origins(value: str) -> list[str]:
    found = [part.strip() for part in value.split(",") if part.strip()]
    if found != ["*"] and not all(re.fullmatch(r"https?://[0-9A-Za-z.-]+(:[0-9]+)?", part) for part in found):
        raise ValueError
    return found


def database_url(value: str) -> URL:
    url = make_url(hosts_in_query(value))
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg2") and url.database:
        return url.set(drivername="postgresql+psycopg2")
    in_memory = url.database in (None, "", ":memory:") or str(url.database).startswith("file:")
    if url.drivername not in ("sqlite", "sqlite+pysqlite") or in_memory:
        raise ValueError
    return url.set(drivername="sqlite", database=str(PROJECT / str(url.database)))


def hosts_in_query(value: str) -> str:
    """Move several hosts to the query, where SQLAlchemy expects them: libpq accepts them in place of one host."""
    found = re.fullmatch(r"([^/]+://(?:[^@/]*@)?)([^@/?]*,[^@/?]*)(/[^?]*)\??(.*)", value)
    if found is None:
        return value
    start, hosts, database, query = found.groups()
    pairs = [re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::([0-9]*))?", host) for host in hosts.split(",")]
    if None in pairs:
        raise ValueError
    names, ports = (",".join((pair[group] or "").strip("[]") for pair in pairs if pair) for group in (1, 2))
    return f"{start}{database}?host={names}&port={ports}{'&' if query else ''}{query}"


def unknown_parameters(url: URL | None) -> list[str]:
    """Return the parameters of a PostgreSQL URL that libpq does not know, such as search_path."""
    return [name for name in (url.query if url and url.drivername != "sqlite" else ()) if not is_known(name)]


def is_known(parameter: str) -> bool:
    try:
        return parameter.isidentifier() and bool(parse_dsn(f"{parameter}=''"))
    except ProgrammingError:
        return False


def smtp_url(value: str) -> str:
    url = urlsplit(value)
    encrypted = {"": True, "starttls=true": True, "starttls=false": False}[url.query]
    login = unquote(f"{url.username or ''}{url.password or ''}")
    refused = login and not (encrypted and login.isascii())  # smtplib supports ASCII only
    extras = url.path.strip("/") or url.fragment or url.port == 0
    if url.scheme not in ("smtp", "smtps") or not url.hostname or extras or refused:
        raise ValueError
    return value


def public_url(value: str) -> str:
    host, segment = (
        r"([0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?",
        r"/(?!\.{1,2}(/|\Z))[0-9A-Za-z._~-]+",
    )
    if len(value) > 500 or not re.fullmatch(rf"https?://{host}({segment})*/?", value):
        raise ValueError
    return value.rstrip("/")


def permalink(*placeholders: str) -> Callable[[str], str]:
    """Return the parser of a URL with placeholders, one of which must be {slug} or {id}."""
    plain, placeholder = r"[^\s{}\"<>\\]", rf"\{{(?:{'|'.join(placeholders)})\}}"

    def read(value: str) -> str:
        if len(value) > 500 or not re.fullmatch(rf"https?://(?:{plain}|{placeholder})+", value):
            raise ValueError
        if "{slug}" not in value and "{id}" not in value:
            raise ValueError
        return value

    return read


def language(value: str) -> str:
    """Return a language tag (BCP 47), checked for its form only."""
    if len(value) > 35 or not re.fullmatch(r"[A-Za-z]{2,8}(-[0-9A-Za-z]{1,8})*", value):
        raise ValueError
    return value


def time_zone(value: str) -> tzinfo:
    try:
        return ZoneInfo(value)
    except OSError:
        # A folder of the time zone database, such as Europe.
        raise ValueError from None


def mailbox(value: str) -> Address:
    found = re.fullmatch(r"([^<>]*)<([^<>\s]+@[^<>\s]+)>|([^<>\s]+@[^<>\s]+)", value)
    if found is None or not value.isprintable():
        raise ValueError
    return Address((found[1] or "").strip(' "'), addr_spec=found[2] or found[3])


@functools.cache
def is_weak(key: str) -> bool:
    """Return whether a signing key is too short or can be guessed: a placeholder, a sentence, a sequence."""
    placeholder = PLACEHOLDER.search(re.sub("[^a-z0-9]", "", key.lower()))
    # SECRET_KEYS_ACCEPTED separates keys by whitespace, so a key with whitespace could not be rotated.
    spaced = re.search(r"\s", key)
    return len(key) < MIN_SECRET_LENGTH or bool(placeholder or spaced) or entropy(key) < MIN_ENTROPY


def entropy(key: str) -> float:
    """Estimate the entropy of a signing key in bits, from its letters and digits. More than 64 are ignored.

    zxcvbn finds words, sequences, repetitions and dates. What remains between them counts as random.
    """
    # By name: the import takes 0.1 s and 13 MB, and only production checks keys.
    zxcvbn = import_module("zxcvbn").zxcvbn
    characters = re.sub("[^0-9A-Za-z]", "", key)[:64]
    alphabet = sum(
        size for size, kind in ((10, "[0-9]"), (26, "[a-z]"), (26, "[A-Z]")) if re.search(kind, characters)
    )
    return sum(
        len(part["token"]) * math.log2(alphabet)
        if part["pattern"] == "bruteforce"
        else min(math.log2(part["guesses"]), len(part["token"]) * BITS_OF_TEXT)
        for part in (zxcvbn(characters)["sequence"] if characters else ())
    )


DATABASE = (
    "must begin with postgresql:// and name a database, or with sqlite:/// and name a file (not in memory)"
)
PARAMETERS = (
    "has a parameter that PostgreSQL does not know. Write settings of the server, such as search_path, as "
    "?options=-csearch_path%3Dblog"
)
MAILBOX = "must be an address such as blog@example.com or Blog <blog@example.com>"
PAGE = r"https?://[^\s{}]+\{token\}[^\s{}]*", "must be the URL of a page and contain {token}"
PERMALINK = "must be a URL with {slug} or {id}, such as https://example.com/topics/{slug}/"
POST_PERMALINK = (
    "must be a URL with {slug} or {id}, and optionally {year}, {month} and {day}, "
    "such as https://example.com/{year}/{slug}/"
)
SMTP = (
    "must be smtp://user:password@host:587 or smtps://..., in ASCII, and must not send a password without TLS"
)
WEAK = (
    "must be at least 32 random characters without spaces in production: "
    'generate it with python -c "import secrets; print(secrets.token_urlsafe(48))"'
)


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
    CHANGES_DAYS = integer(1, 3650, 90)  # how long GET /changes goes back
    REQUIRE_IF_MATCH = boolean(False)
    EDGE_SECONDS = integer(0, 31_536_000, 0)  # how long shared caches may keep public responses
    REPLY_CACHE_MB = integer(0, 10_000, 16)  # per worker
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
