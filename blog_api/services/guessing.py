"""How often passwords may be guessed. Counted in the database, so that all workers count together.

A guess is counted before the password is looked at, and taken back where it was right: of many at once, no more than
the rate allows are ever compared.
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
class Guess:
    """A guess that was counted: by counters of its own, and by those that it shares with guesses of others.

    `must_fail`: it is one too many, and whoever guesses is not to know; it must be answered as one that is wrong.
    """

    own: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    must_fail: bool = False


def count_login(user_id: int | None, name: str, network: str, *, is_known: bool) -> Guess:
    """Count a login before it is tried; `name` is what was typed, folded, and stands for an account that is not there.
    `is_known`: whether the account has logged in from this network before.

    Within a short transaction of who asks, which stands whatever becomes of the login.
    Raises TooManyRequests where too many have failed: of this account at this network; and, unless the account has
    logged in there before, of anybody there, or by this name at all networks that the account does not know. By
    another name of the account the guess is futile then: to be refused would tell that both are of one account.
    """
    account = ("name", name) if user_id is None else ("user", str(user_id))
    own, place, away, called = (
        ("login", *account, network),
        ("place", network),
        ("away", *account),
        _called(name),
    )
    if is_known:
        # The last ones count for nothing, so that an account that is known here takes as long as any other.
        unused = (("known", *account, network), ("known", *called, network))
        return _count([own], [place, *unused], binding=[own], user_id=user_id)
    binding = [own, place, called]
    return _count([own], [place, away, called], binding=binding, untold=[away], user_id=user_id)


def _called(name: str) -> Subject:
    """Who is called so, away from where they are known."""
    return ("called", name)


def count_password_change(viewer: Viewer) -> Guess:
    """Count a change of the password before the current one is compared. Raises TooManyRequests.

    By session, of which a thief has no more than were stolen: to fail in one does not keep the owner from the change
    that ends it.
    """
    own = ("change", str(viewer.id), str(viewer.session_id))
    with autonomous_transaction():
        return _count([own], [], binding=[own])


def count_email_change(user_id: int) -> None:
    """Count a request for another address, which sends mail to it. Raises TooManyRequests."""
    own = ("email", str(user_id))
    with autonomous_transaction():
        _count([own], [], binding=[own], setting="RATELIMIT_EMAIL_CHANGE")


def record_ownership_proof(user_id: int, names: Iterable[str], network: str) -> None:
    """Somebody here has proved to be the owner by other means than the password: failures of before are forgotten,
    also those by the account's `names`, folded, and the network is known to the account."""
    account = ("user", str(user_id))
    subjects = (("login", *account, network), ("away", *account), *map(_called, names))
    crud.delete_failures(
        [_key(subject, rate) for subject in subjects for rate in enabled_rates("RATELIMIT_LOGIN")]
    )
    crud.record_network(user_id, network)


def record_success(guess: Guess) -> None:
    """The guess was right: its own failures are forgotten, and others do not pay for it."""
    crud.undo_failure(guess.shared, own=guess.own)


def verify_guess(guess: Guess, stored: str | None, password: str) -> bool:
    """Whether the password is the one of this hash; as slow where there is none, or the guess is futile. Raises
    Unavailable."""
    try:
        return passwords.verify_password(None if guess.must_fail else stored, password)
    except Unavailable:
        withdraw(guess)
        raise


def withdraw(guess: Guess) -> None:
    """The guess was not looked at, and counts for nothing."""
    if keys := guess.own + guess.shared:
        with autonomous_transaction():
            crud.undo_failure(keys)


def _count(
    own: Iterable[Subject],
    shared: Iterable[Subject],
    *,
    binding: Iterable[Subject],
    untold: Iterable[Subject] = (),
    setting: str = "RATELIMIT_LOGIN",
    user_id: int | None = None,
) -> Guess:
    rates = enabled_rates(setting)
    keys = {subject: [_key(subject, rate) for rate in rates] for subject in (*own, *shared)}
    limits = [rate.amount for rate in rates]
    periods = {
        key: timedelta(seconds=rate.get_expiry())
        for of_subject in keys.values()
        for key, rate in zip(of_subject, rates, strict=True)
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
        # What was counted is rolled back: to be refused is no failure, and the wait does not grow.
        seconds = (max(over) - utcnow()).total_seconds()
        problem = too_many_requests(seconds, first=is_first_rejection(over[max(over)], seconds))
        problem.audit_user_id = user_id
        raise problem
    return Guess(
        tuple(key for subject in own for key in keys[subject]),
        tuple(key for subject in shared for key in keys[subject]),
        must_fail=bool(exceeded(untold)),
    )


def _key(subject: Subject, rate: object) -> str:
    return hashlib.sha256(json.dumps([*subject, str(rate)]).encode()).hexdigest()
