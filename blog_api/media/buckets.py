"""A store of pictures in a bucket of S3 or a service with the same API."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from blog_api.context import check_deadline
from blog_api.media.failures import StoreUnavailable
from blog_api.media.objects import (
    ATTRIBUTES,
    ListedObject,
    StoredObject,
    checked_name,
    is_key,
    object_name,
)
from blog_api.media.variants import Variant

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult
    from obstore.store import ClientConfig, RetryConfig

# A request without a response fails after three seconds. What fails sooner, such as connecting, is retried.
CLIENT: ClientConfig = {
    "connect_timeout": "2s",
    "read_timeout": "3s",
    # Sending an object to a slow client takes longer than the default of 30 seconds.
    "timeout": "5m",
    # For an AWS_ENDPOINT_URL without TLS.
    "allow_http": True,
}
RETRY: RetryConfig = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=2),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2},
}
# The size of the chunks in which objects are read.
CHUNK = 64 * 1024
# Wrong credentials, missing permissions or a missing bucket.
_REFUSED = re.compile("status code: 40[0134]")
NO_BUCKET = "<Code>NoSuchBucket</Code>"
# The parts of an error to log: the host, the status and code of the response, and the kind of connection error. The
# whole message can contain credentials.
_CAUSES = re.compile(
    r"//(?:[^/@\s]*@)?([\w.:\[\]-]+)|status code: (\d{3})|<Code>(\w+)</Code>|kind: (\w+)"
    r"|(dns error)|(InvalidCertificate)"
)


class Bucket:
    """A bucket, and the prefix of all names in it. The AWS_* variables have the credentials and the endpoint."""

    def __init__(self, url: str) -> None:
        """Open the bucket at `url`, such as s3://bucket/prefix, without a request.

        The threads of obstore start with the first request, so that they belong to the process that sends it.
        """
        self._store = S3Store.from_url(url, client_options=CLIENT, retry_config=RETRY)

    def put(self, key: str, variants: Iterable[Variant]) -> None:
        """Store the variants. Raises StoreUnavailable. Some of the variants can then exist."""
        for variant in variants:
            check_deadline()
            name = object_name(key, variant.width)
            with reported_errors():
                obstore.put(self._store, name, variant.data, attributes=ATTRIBUTES, use_multipart=False)

    def delete(self, key: str, widths: Iterable[int]) -> None:
        """Delete these variants of a key. Missing ones are no error. Raises StoreUnavailable."""
        for width in widths:
            with reported_errors():
                try:
                    obstore.delete(self._store, object_name(key, width))
                except FileNotFoundError as error:
                    _require_bucket(error)

    def names(self) -> Iterator[ListedObject]:
        """Yield each object of a key, in the order of the keys. Raises StoreUnavailable."""
        # S3 lists objects in the order of their names.
        with reported_errors():
            for found in obstore.list(self._store, chunk_size=1000):
                for meta in found:
                    if is_key(meta["path"].partition("/")[0]):
                        yield ListedObject(meta["path"], meta["size"], meta["last_modified"])

    def size(self, name: str) -> int | None:
        """Return the size of an object, or None if it does not exist. Raises StoreUnavailable."""
        with reported_errors():
            try:
                return obstore.head(self._store, checked_name(name))["size"]
            except FileNotFoundError as error:
                _require_bucket(error)
                return None

    def read(self, name: str, start: int = 0, end: int | None = None) -> StoredObject | None:
        """Read an object, or a part of it. Return None if it does not exist. Raises StoreUnavailable."""
        options: GetOptions = {} if end is None else {"range": (start, end)}
        with reported_errors():
            try:
                found = obstore.get(self._store, checked_name(name), options=options)
            except FileNotFoundError as error:
                _require_bucket(error)
                return None
            first, last = found.range
            return StoredObject(last - first, _chunks(found))


@contextlib.contextmanager
def reported_errors() -> Iterator[None]:
    """Convert errors of obstore to StoreUnavailable."""
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        needs_operator = _REFUSED.search(str(error)) is not None
        raise StoreUnavailable(_reason(error), needs_operator=needs_operator) from None


def _require_bucket(error: FileNotFoundError) -> None:
    """Raise the error if the bucket is missing, not only the object."""
    if NO_BUCKET in str(error):
        raise error


def _reason(error: Exception) -> str:
    causes = (found for match in _CAUSES.findall(str(error)) for found in match if found)
    return f"{type(error).__name__}: {', '.join(dict.fromkeys(causes))}"


def _chunks(found: GetResult) -> Iterator[bytes]:
    with reported_errors():
        yield from found.stream(min_chunk_size=CHUNK)
