"""The limits on the time and the memory that rendering takes."""

import time

MAX_SECONDS = 2
# Characters of HTML before it is parsed. Its tree takes about 70 times as many bytes.
MAX_MARKUP = 2_000_000


class TooComplex(ValueError):
    """Rendering the content takes more than MAX_SECONDS, or too much memory."""


class Budget:
    """The remaining time. It counts CPU time, so that a busy server rejects nothing."""

    def __init__(self, seconds: float | None = None) -> None:
        """Start with this many seconds, by default MAX_SECONDS."""
        self._seconds = MAX_SECONDS if seconds is None else seconds
        self._end = time.thread_time() + self._seconds

    def check(self) -> None:
        """Raise TooComplex if there is no time left."""
        if time.thread_time() > self._end:
            raise TooComplex(f"Rendering the content takes more than {self._seconds} seconds.")
