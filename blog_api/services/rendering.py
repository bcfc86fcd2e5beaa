"""Render posts again that are behind: rendered by an older release, for another PUBLIC_URL, or never."""

from __future__ import annotations

from dataclasses import dataclass

from blog_api.crud.posts import rendering
from blog_api.database.session import transaction

BATCH = 100


@dataclass(slots=True)
class Renewal:
    """One pass over all posts, in batches. A batch is a transaction; one that fails is the next one again."""

    after_id: int = 0
    is_finished: bool = False

    def run_batch(self) -> int:
        """Render the next posts that are behind. Return their number: 0 at the end."""
        if self.is_finished:
            return 0
        with transaction():
            ids = rendering.renew_renderings(self.after_id, BATCH)
        if ids:
            self.after_id = ids[-1]
        else:
            self.is_finished = True
        return len(ids)
