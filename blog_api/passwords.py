"""Hashing and checking passwords with argon2id (OWASP password storage cheat sheet: 19 MiB, two passes)."""

from __future__ import annotations

import functools
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Two at once in a worker, so that a flood of logins cannot take all its memory.
_turns = threading.BoundedSemaphore(2)


@functools.cache
def _nobody() -> str:
    """What is compared when there is no such user, so that both answers take the same time."""
    return _hasher.hash("")


def hash_password(password: str) -> str:
    """The hash to store; it carries its own parameters and salt. Takes some 20 ms."""
    with _turns:
        return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed. No stored hash means no, in the same time."""
    with _turns:
        try:
            _hasher.verify(stored or _nobody(), password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored)


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than those in force."""
    return _hasher.check_needs_rehash(stored)
