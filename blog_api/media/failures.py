"""Failures of a store."""

from __future__ import annotations

from blog_api.problems import Unavailable


class StoreUnavailable(Unavailable):
    """The store is down, full, or refuses access. `orig` is the reason, which is only logged."""

    def __init__(self, reason: str, *, needs_operator: bool) -> None:
        super().__init__("The media store is not available.", needs_operator=needs_operator)
        self.orig = reason
