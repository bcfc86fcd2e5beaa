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

from blog_api import passwords
from blog_api.crud import logins as crud
from blog_api.database import short_transaction, utcnow
from blog_api.policies import Viewer
from blog_api.problems import Unavailable
from blog_api.rates import is_first, refusal, wanted_rates

Subject = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess that was counted: by counters of its own, and by those that it shares with guesses of others."""

    own: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


def count_login(user_id: int | None, name: str, network: str) -> Guess:
    """Count a login before it is tried; `name` is what stands for an account that does not exist.

    Raises TooManyRequests where too many have failed: of this account at this network; and, unless the account has
    logged in there before, of anybody there, or of this account at all networks that it does not know.
    """
    account = ("name", name) if user_id is None else ("user", str(user_id))
    own, place, away = ("login", *account, network), ("place", network), ("away", *account)
    with short_transaction():
        if crud.is_known_at(user_id, network):
            # The last one is counted for nothing, so that an account that is known here takes as long as any other.
            return _count([own], [place, ("known", *account, network)], binding=[own], user_id=user_id)
        return _count([own], [place, away], binding=[own, place, away], user_id=user_id)


def count_password_change(viewer: Viewer) -> Guess:
    """Count a change of the password before the current one is compared. Raises TooManyRequests.

    By session, of which a thief has no more than were stolen: to fail in one does not keep the owner from the change
    that ends it.
    """
    own = ("change", str(viewer.id), str(viewer.session_id))
    with short_transaction():
        return _count([own], [], binding=[own])


def count_email_change(user_id: int) -> None:
    """Count a request for another address, which sends mail to it. Raises TooManyRequests."""
    own = ("email", str(user_id))
    with short_transaction():
        _count([own], [], binding=[own], setting="RATELIMIT_EMAIL_CHANGE")


def note_proof(user_id: int, network: str) -> None:
    """Somebody here has proved to be the owner by other means than the password: failures of before are forgotten,
    and the network is known to the account."""
    account = ("user", str(user_id))
    subjects = (("login", *account, network), ("away", *account))
    crud.forget_failures(
        [_key(subject, rate) for subject in subjects for rate in wanted_rates("RATELIMIT_LOGIN")]
    )
    crud.remember_network(user_id, network)


def note_success(guess: Guess) -> None:
    """The guess was right: its own failures are forgotten, and others do not pay for it."""
    if guess.own:
        crud.forget_failures(guess.own)
    if guess.shared:
        crud.take_back_failure(guess.shared)


def note_login(guess: Guess, user_id: int, network: str) -> None:
    """The same for a login, which makes the network known to the account."""
    note_success(guess)
    crud.remember_network(user_id, network)


def is_right(guess: Guess, stored: str | None, password: str) -> bool:
    """Whether the password is the one of this hash; as slow where there is none. Raises Unavailable."""
    try:
        return passwords.verify_password(stored, password)
    except Unavailable:
        withdraw(guess)
        raise


def withdraw(guess: Guess) -> None:
    """The guess was not looked at, and counts for nothing."""
    if keys := guess.own + guess.shared:
        with short_transaction():
            crud.take_back_failure(keys)


def _count(
    own: Iterable[Subject],
    shared: Iterable[Subject],
    *,
    binding: Iterable[Subject],
    setting: str = "RATELIMIT_LOGIN",
    user_id: int | None = None,
) -> Guess:
    rates = wanted_rates(setting)
    periods = {
        _key(subject, rate): timedelta(seconds=rate.get_expiry())
        for subject in (*own, *shared)
        for rate in rates
    }
    counts = crud.count_failure(periods) if periods else {}
    limits = {_key(subject, rate): rate.amount for subject in binding for rate in rates}
    over = {counts[key].ends: key for key, limit in limits.items() if counts[key].failures > limit}
    if over:
        # What was counted is rolled back: to be refused is no failure, and the wait does not grow.
        seconds = (max(over) - utcnow()).total_seconds()
        problem = refusal(seconds, first=is_first(over[max(over)], seconds))
        problem.concerns = user_id
        raise problem
    return Guess(
        tuple(_key(subject, rate) for subject in own for rate in rates),
        tuple(_key(subject, rate) for subject in shared for rate in rates),
    )


def _key(subject: Subject, rate: object) -> str:
    return hashlib.sha256(json.dumps([*subject, str(rate)]).encode()).hexdigest()
