"""Tell strong signing keys from weak ones."""

import functools
import math
import re
from importlib import import_module

MIN_SECRET_LENGTH = 32
MIN_ENTROPY = 90  # bits
# English text has fewer than this many bits per letter.
BITS_OF_TEXT = 1.5
PLACEHOLDER = re.compile("change(me|this)|replaceme|placeholder|insecure|example|secretkey|yoursecret")
WEAK = (
    "must be at least 32 random characters without spaces in production: "
    'generate it with python -c "import secrets; print(secrets.token_urlsafe(48))"'
)


@functools.cache
def is_weak(key: str) -> bool:
    """Return whether a signing key is too short or can be guessed: a placeholder, a sentence, a sequence."""
    placeholder = PLACEHOLDER.search(re.sub("[^a-z0-9]", "", key.lower()))
    # SECRET_KEYS_ACCEPTED separates keys by whitespace, so a key with whitespace could not be rotated.
    spaced = re.search(r"\s", key)
    return len(key) < MIN_SECRET_LENGTH or bool(placeholder or spaced) or entropy(key) < MIN_ENTROPY


def entropy(key: str) -> float:
    """Estimate the entropy of a signing key in bits, from its letters and digits. More than 64 are ignored.

    zxcvbn finds words, sequences, repetitions and dates. What remains between them counts as random.
    """
    # By name: the import takes 0.1 s and 13 MB, and only production checks keys.
    zxcvbn = import_module("zxcvbn").zxcvbn
    characters = re.sub("[^0-9A-Za-z]", "", key)[:64]
    alphabet = sum(
        size for size, kind in ((10, "[0-9]"), (26, "[a-z]"), (26, "[A-Z]")) if re.search(kind, characters)
    )
    return sum(
        len(part["token"]) * math.log2(alphabet)
        if part["pattern"] == "bruteforce"
        else min(math.log2(part["guesses"]), len(part["token"]) * BITS_OF_TEXT)
        for part in (zxcvbn(characters)["sequence"] if characters else ())
    )
