"""Hashing and checking passwords with argon2id (OWASP password storage cheat sheet: 19 MiB, two passes)."""

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
# Compared where there is no such user, so that both answers take the same time, the first one too: the hash of random
# bits that nobody has kept, made with the parameters in force.
_DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$CQCpIgn/mxvg4o47bT/1fQ$CGxGmh8W3kUV+gkTKeuM2BWRhDL/vBfobWhRxPK3T8Q"
)
# Two at once in a worker, so that a flood of logins cannot take all its memory.
_slots = threading.BoundedSemaphore(2)
HASHING_TIMEOUT = 5.0  # seconds


@contextlib.contextmanager
def _hashing_slot() -> Iterator[None]:
    """The right to hash. Raises Unavailable where it does not come within HASHING_TIMEOUT, or before the deadline."""
    if not _slots.acquire(timeout=max(0, min(HASHING_TIMEOUT, seconds_left()))):
        raise Unavailable("Too many passwords are being checked at the moment.")
    try:
        yield
    finally:
        _slots.release()


def hash_password(password: str) -> str:
    """The hash to store; it carries its own parameters and salt. Takes some 20 ms.

    Raises Unavailable where too many others wait.
    """
    with _hashing_slot():
        return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed. No stored hash means no, in the same time.

    Raises Unavailable where too many others wait.
    """
    with _hashing_slot():
        try:
            _hasher.verify(stored or _DUMMY_HASH, password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored)


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than those in force."""
    return _hasher.check_needs_rehash(stored)


def is_common(password: str) -> bool:
    """Whether it is among those that are guessed first, whatever its case."""
    return password.casefold() in COMMON
