"""Hash and verify passwords with argon2id, with the parameters of the OWASP cheat sheet (19 MiB, two passes)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from blog_api.context import seconds_left
from blog_api.problems import Unavailable
from blog_api.security.common_passwords import COMMON

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified if the user does not exist, so that the response takes the same time. It is the hash of discarded random bits
# with the current parameters, and a constant, so that the first such login is not slower.
_DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$CQCpIgn/mxvg4o47bT/1fQ$CGxGmh8W3kUV+gkTKeuM2BWRhDL/vBfobWhRxPK3T8Q"
)
# At most two concurrent hashes per worker, to bound the memory that a flood of logins can use.
_slots = threading.BoundedSemaphore(2)
HASHING_TIMEOUT = 5.0  # seconds


@contextlib.contextmanager
def _hashing_slot() -> Iterator[None]:
    """Wait for a hashing slot. Raises Unavailable after HASHING_TIMEOUT or at the deadline of the request."""
    if not _slots.acquire(timeout=max(0, min(HASHING_TIMEOUT, seconds_left()))):
        raise Unavailable("Too many passwords are being checked. Try again later.")
    try:
        yield
    finally:
        _slots.release()


def hash_password(password: str) -> str:
    """Return the hash to store, which includes its parameters and salt. Takes about 20 ms.

    Raises Unavailable if too many other requests are waiting.
    """
    with _hashing_slot():
        return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Return whether the password matches the stored hash. Without a hash, return False in the same time.

    Raises Unavailable if too many other requests are waiting.
    """
    with _hashing_slot():
        try:
            _hasher.verify(stored or _DUMMY_HASH, password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored)


def needs_rehash(stored: str) -> bool:
    """Return whether the hash has outdated parameters."""
    return _hasher.check_needs_rehash(stored)


def is_common(password: str) -> bool:
    """Return whether the password is common, ignoring case."""
    return password.casefold() in COMMON
