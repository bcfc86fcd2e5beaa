"""The limits on the time and the memory that rendering takes."""

import time

MAX_SECONDS = 2
# Characters of HTML before it is parsed. Its tree takes about 70 times as many bytes.
MAX_MARKUP = 2_000_000


class TooComplex(ValueError):
    """Rendering the content takes more than MAX_SECONDS, or too much memory."""


class Budget:
    """The remaining time. It counts CPU time, so that a busy server rejects nothing."""

    def __init__(self) -> None:
        self._end = time.thread_time() + MAX_SECONDS

    def check(self) -> None:
        """Raise TooComplex if there is no time left."""
        if time.thread_time() > self._end:
            raise TooComplex(f"Rendering the content takes more than {MAX_SECONDS} seconds.")
