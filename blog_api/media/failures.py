"""Failures of a store."""

from __future__ import annotations

from blog_api.problems import Unavailable


class StoreUnavailable(Unavailable):
    """The store is down, full, or refuses access. `orig` is the reason, which only the log has."""

    def __init__(self, reason: str, *, needs_operator: bool) -> None:
        super().__init__("The store of pictures is not available.", needs_operator=needs_operator)
        self.orig = reason
