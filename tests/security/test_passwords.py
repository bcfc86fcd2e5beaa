"""Password hashing with argon2id, which takes the same time for missing users."""

from __future__ import annotations

import threading
import time

import pytest

from blog_api.problems import Unavailable
from blog_api.security import passwords
from blog_api.security.common_passwords import COMMON
from blog_api.security.passwords import hash_password, is_common, needs_rehash, verify_password
from tests import hashing


@pytest.fixture(autouse=True)
def _hash_as_in_production(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", hashing.PRODUCTION)


@pytest.mark.parametrize("password", ["correct horse", " ", "пароль 🔑", "a\0b", "x" * 1024])
def test_a_hash_verifies_only_its_own_password(password):
    stored = hash_password(password)
    assert verify_password(stored, password)
    assert not verify_password(stored, password + " ")
    assert not verify_password(stored, password.upper() + "x")
    assert not verify_password(stored, "")


def test_the_whole_password_is_hashed():
    stored = hash_password("x" * 100)
    assert not verify_password(stored, "x" * 99)
    assert not verify_password(hash_password("a\0b"), "a\0c")


def test_hashes_are_salted_argon2id_and_fit_their_column():
    first, second = hash_password("same"), hash_password("same")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(first) <= 255
    assert not needs_rehash(first)


@pytest.mark.parametrize(
    "stored", [None, "", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", "plain text"]
)
def test_an_invalid_hash_verifies_no_password(stored):
    assert not verify_password(stored, "plain text")
    assert not verify_password(stored, "")


def test_the_dummy_hash_verifies_no_password():
    assert not verify_password(None, "")
    assert not needs_rehash(passwords._DUMMY_HASH)


def test_a_missing_user_costs_the_same_verification(monkeypatch):
    stored, checked, hasher = hash_password("correct horse"), [], passwords._hasher

    class Hasher:
        def verify(self, hash_, password):
            checked.append(hash_.rsplit("$", 2)[0])
            return hasher.verify(hash_, password)

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    for hash_ in (stored, None):
        assert not verify_password(hash_, "wrong")
    assert checked[0] == checked[1] == "$argon2id$v=19$m=19456,t=2,p=1"


def test_at_most_two_hashes_run_concurrently(monkeypatch):
    running, most = [], []

    class Hasher:
        def hash(self, password):
            running.append(password)
            most.append(len(running))
            time.sleep(0.02)
            running.remove(password)
            return "hash"

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    threads = [threading.Thread(target=hash_password, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2
    assert not running


def test_waiting_too_long_for_a_slot_raises_unavailable_with_retry_after(monkeypatch):
    monkeypatch.setattr(passwords, "HASHING_TIMEOUT", 0.01)
    with passwords._hashing_slot(), passwords._hashing_slot():
        for hashing in (lambda: hash_password("x"), lambda: verify_password(None, "x")):
            with pytest.raises(Unavailable) as failure:
                hashing()
            assert failure.value.headers["Retry-After"]
    assert not verify_password(None, "x")


def test_common_passwords_match_in_any_case_and_are_long_enough_to_matter():
    assert is_common("PassWord1")
    assert not is_common("correct horse")
    assert all(len(word) >= 8 and word == word.casefold() for word in COMMON)
