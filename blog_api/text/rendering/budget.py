"""The limit on the time that rendering takes."""

import time

MAX_SECONDS = 2


class TooSlow(ValueError):
    """Rendering the content takes more than MAX_SECONDS."""


class Budget:
    """The remaining time. It counts CPU time, so that a busy server rejects nothing."""

    def __init__(self) -> None:
        self._end = time.thread_time() + MAX_SECONDS

    def check(self) -> None:
        """Raise TooSlow if there is no time left."""
        if time.thread_time() > self._end:
            raise TooSlow(f"Rendering the content takes more than {MAX_SECONDS} seconds.")
