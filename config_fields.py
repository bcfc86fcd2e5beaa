"""The types of the settings in config.py: fields that parse the value of an environment variable."""

import re
from collections.abc import Callable
from datetime import tzinfo
from email.errors import MessageError
from email.headerregistry import Address
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from limits import RateLimitItem, parse_many
from marshmallow import ValidationError, fields
from marshmallow.validate import Range, Regexp
from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

PROJECT = Path(__file__).resolve().parent
# Names of buckets and safe characters as in the documentation of S3. No segment of the prefix begins with a dot.
BUCKET = re.compile(r"s3://[0-9a-z][0-9a-z.-]{1,61}[0-9a-z](/[0-9A-Za-z_-][0-9A-Za-z._-]*)*/?")
Field = fields.Field[Any]


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


def hosts(value: str) -> frozenset[str]:
    """Return the hosts in the form of blog_api.outgoing.urls: names in lower case, IP addresses without brackets."""
    found = frozenset(part.strip() for part in value.split(",") if part.strip())
    return frozenset(map(host, found))


def host(value: str) -> str:
    name = value.lower().removesuffix(".")
    if ":" in name or re.search(r"(^|\.)(0x[0-9a-f]*|[0-9]+)$", name):
        return str(ip_address(name[1:-1] if name[0] == "[" and name[-1] == "]" else name))
    if not re.fullmatch(r"[0-9a-z_-]{1,63}(\.[0-9a-z_-]{1,63})*", name):
        raise ValueError
    return name


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


def media_store(value: str) -> str:
    """Return the URL of a bucket, or the absolute path of a folder. Relative paths start at the project folder."""
    if not re.match("[0-9A-Za-z.+-]+:", value):
        return str(PROJECT / value)
    if not BUCKET.fullmatch(value):
        raise ValueError
    return value.rstrip("/")


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


def permalink(*placeholders: str, needs: tuple[str, ...] = ("slug", "id")) -> Callable[[str], str]:
    """Return the parser of a URL with placeholders. At least one of those in `needs` must be there."""
    plain, placeholder = r"[^\s{}\"<>\\]", rf"\{{(?:{'|'.join(placeholders)})\}}"
    pattern = re.compile(rf"https?://[^\s{{}}\"<>\\/?#@]+[/?#](?:{plain}|{placeholder})+")

    def read(value: str) -> str:
        if len(value) > 500 or not pattern.fullmatch(value) or not value.isprintable():
            raise ValueError
        # Raises ValueError, too, if the host or the port is invalid.
        if urlsplit(value).hostname is None or urlsplit(value).port == 0:
            raise ValueError
        if not any(f"{{{placeholder}}}" in value for placeholder in needs):
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


DATABASE = (
    "must begin with postgresql:// and name a database, or with sqlite:/// and name a file (not in memory)"
)
PARAMETERS = (
    "has a parameter that PostgreSQL does not know. Write settings of the server, such as search_path, as "
    "?options=-csearch_path%3Dblog"
)
MEDIA_STORE = "must be a folder, or a bucket with an optional prefix, such as s3://bucket/media"
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
