"""Limits on password guessing, with counters in the database that all workers share.

An attempt is counted before the password is verified, so that concurrent attempts cannot exceed the limit. If the
password is correct, the count is undone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from blog_api.auth.rates import enabled_rates, is_first_rejection, too_many_requests
from blog_api.crud import logins as crud
from blog_api.database.columns import utcnow
from blog_api.database.session import autonomous_transaction
from blog_api.policies.viewers import Viewer
from blog_api.problems import Unavailable
from blog_api.security import passwords

Subject = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted attempt: the keys of its own counters, and of those shared with attempts by other clients.

    With `must_fail`, the attempt exceeds a limit that must not be revealed. Treat the password as wrong.
    """

    own: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    must_fail: bool = False


def count_login(user_id: int | None, name: str, network: str, *, is_known: bool) -> Attempt:
    """Count a login attempt before the password is verified.

    Call it in an autonomous transaction, so that the count is kept even if the login fails.

    `name` is the folded login name. It identifies the attempt if the account does not exist. `is_known` is whether the
    account has logged in from this network before.

    Raises TooManyRequests after too many failures of the account from this network. If the network is unknown, also
    after too many failures from that network, or with this name from all unknown networks. If the failures used the
    account's other name, returns an attempt that must fail instead: a 429 would reveal that both names belong to the
    same account.
    """
    account = ("name", name) if user_id is None else ("user", str(user_id))
    by_account_here, by_network, by_account_elsewhere, by_name = (
        ("login", *account, network),
        ("place", network),
        ("away", *account),
        _subject_of_name(name),
    )
    if is_known:
        # Count two unused subjects, so that the response time does not reveal that the network is known.
        unused = (("known", *account, network), ("known", *by_name, network))
        return _count([by_account_here], [by_network, *unused], binding=[by_account_here], user_id=user_id)
    return _count(
        [by_account_here],
        [by_network, by_account_elsewhere, by_name],
        binding=[by_account_here, by_network, by_name],
        silent=[by_account_elsewhere],
        user_id=user_id,
    )


def _subject_of_name(name: str) -> Subject:
    """Return the subject that counts attempts with this name from unknown networks."""
    return ("called", name)


def count_password_change(viewer: Viewer) -> Attempt:
    """Count a password change before the current password is verified. Raises TooManyRequests.

    Counted by session, so that a thief who exhausts the limit of a stolen session does not lock out the owner. The
    owner can still change the password, which ends that session.
    """
    own = ("change", str(viewer.id), str(viewer.session_id))
    with autonomous_transaction():
        return _count([own], [], binding=[own])


def count_email_change(user_id: int) -> None:
    """Count a request to change the email address, which sends mail. Raises TooManyRequests."""
    own = ("email", str(user_id))
    with autonomous_transaction():
        _count([own], [], binding=[own], setting="RATELIMIT_EMAIL_CHANGE")


def record_ownership_proof(user_id: int, names: Iterable[str], network: str) -> None:
    """Reset the failures of an account whose owner has proved access to the mailbox, and mark the network as known.

    Also resets the failures counted by its folded `names`.
    """
    account = ("user", str(user_id))
    subjects = (("login", *account, network), ("away", *account), *map(_subject_of_name, names))
    crud.delete_failures(
        [_key(subject, rate) for subject in subjects for rate in enabled_rates("RATELIMIT_LOGIN")]
    )
    crud.record_network(user_id, network)


def record_success(attempt: Attempt) -> None:
    """Reset the attempt's own counters, and undo its count in the shared ones."""
    crud.undo_failure(attempt.shared, own=attempt.own)


def verify_password(attempt: Attempt, stored: str | None, password: str) -> bool:
    """Return whether the password matches the stored hash. Raises Unavailable.

    Takes the same time if there is no hash or the attempt must fail.
    """
    try:
        return passwords.verify_password(None if attempt.must_fail else stored, password)
    except Unavailable:
        withdraw(attempt)
        raise


def withdraw(attempt: Attempt) -> None:
    """Undo the count of an attempt whose password was not verified."""
    if keys := attempt.own + attempt.shared:
        with autonomous_transaction():
            crud.undo_failure(keys)


def _count(
    own: Iterable[Subject],
    shared: Iterable[Subject],
    *,
    binding: Iterable[Subject],
    silent: Iterable[Subject] = (),
    setting: str = "RATELIMIT_LOGIN",
    user_id: int | None = None,
) -> Attempt:
    rates = enabled_rates(setting)
    keys = {subject: [_key(subject, rate) for rate in rates] for subject in (*own, *shared)}
    limits = [rate.amount for rate in rates]
    periods = {
        key: timedelta(seconds=rate.get_expiry())
        for subject_keys in keys.values()
        for key, rate in zip(subject_keys, rates, strict=True)
    }
    counts = crud.record_failure(periods) if periods else {}

    def exceeded(subjects: Iterable[Subject]) -> list[str]:
        return [
            key
            for subject in subjects
            for key, limit in zip(keys[subject], limits, strict=True)
            if counts[key].failures > limit
        ]

    over = {counts[key].expires_at: key for key in exceeded(binding)}
    if over:
        # The exception rolls the counts back: a rejected attempt is not a failure and does not extend the wait.
        seconds = (max(over) - utcnow()).total_seconds()
        problem = too_many_requests(seconds, first=is_first_rejection(over[max(over)], seconds))
        problem.audit_user_id = user_id
        raise problem
    return Attempt(
        tuple(key for subject in own for key in keys[subject]),
        tuple(key for subject in shared for key in keys[subject]),
        must_fail=bool(exceeded(silent)),
    )


def _key(subject: Subject, rate: object) -> str:
    return hashlib.sha256(json.dumps([*subject, str(rate)]).encode()).hexdigest()
