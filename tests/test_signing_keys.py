"""Signing keys that production refuses."""

import pytest

from config import ConfigError
from tests.apps import configured as load

SECRET = "gYw8kzX2QeVh5uTn9rLb3JmCs7PdAf4KtGxR6oZi1WqNyMjE"
PRODUCTION = {"APP_ENV": "production", "DATABASE_URL": "postgresql://blog@db.internal/blog"}


@pytest.mark.parametrize(
    "secret",
    [
        "short",
        SECRET[:31],
        "x" * 64,
        "abc" * 20,
        "change-me-change-me-change-me-change-me",
        "CHANGE_ME_0123456789_0123456789_0123456789",
        "your-secret-key-of-at-least-32-characters",
        "12345678901234567890123456789012",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "0123456789abcdef0123456789abcdef",
        "aaaabbbbccccddddeeeeffffgggghhhhiiii",
        "passwordpasswordpasswordpassword1",
        "qwertyuiopasdfghjklzxcvbnm123456789",
        "the quick brown fox jumps over the lazy dog",
        "thequickbrownfoxjumpsoverthelazydog",
        "We hold these truths to be self-evident, that all men are created equal",
        "never-tell-anybody-the-secret-key-of-our-production-blog",
        "wer das liest ist doof und hat kein leben",
        "-" * 64,
        "ключ" * 10,
    ],
)
def test_production_rejects_a_weak_secret_without_showing_it(secret):
    with pytest.raises(ConfigError) as caught:
        load({**PRODUCTION, "SECRET_KEY": secret})
    assert list(caught.value.errors) == ["SECRET_KEY"]
    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        "9b1c7e52f0d84a36b7c19de3582f4a60",  # secrets.token_hex(16)
        "3f9a51c8e7204bd6a1586f93c2d07eb45a8b1d7c60e29f34d8157ac3be60f291",
        "R2-nJx8vQe_0LbYt5KwHc3SmZp7UdGf1",  # secrets.token_urlsafe(24)
        "q8Zr+1vT/5mXoP2yLk7NbHs4WcEj9uDg0aFiVeR6tMw=",
        "c56a4180-65aa-42ec-a945-5fd21dec0538",
    ],
)
def test_production_accepts_a_random_secret(secret):
    assert load({**PRODUCTION, "SECRET_KEY": secret})["SECRET_KEY"] == secret


def test_production_rejects_a_weak_accepted_key():
    keys = {"SECRET_KEY": SECRET, "SECRET_KEYS_ACCEPTED": f"{SECRET[::-1]} {SECRET[:31]}"}
    with pytest.raises(ConfigError) as caught:
        load(PRODUCTION | keys)
    assert list(caught.value.errors) == ["SECRET_KEYS_ACCEPTED"]


def test_development_accepts_any_key():
    assert load({"SECRET_KEY": "development"})["SECRET_KEY"] == "development"
