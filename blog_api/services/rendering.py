"""Render posts again that are behind: rendered by an older release, for another PUBLIC_URL, or never."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from blog_api.crud.posts import rendering
from blog_api.database.session import transaction

log = logging.getLogger(__name__)

BATCH = 100


@dataclass(slots=True)
class Renewal:
    """One pass over all posts, in batches. A batch is a transaction; one that fails is the next one again."""

    after_id: int = 0
    rendered: int = 0
    is_finished: bool = False

    def run_batch(self) -> bool:
        """Render the next posts that are behind. Return whether there were any."""
        if self.is_finished:
            return False
        with transaction():
            batch = rendering.renew_renderings(self.after_id, BATCH)
        for post_id in batch.too_complex:
            log.warning(
                "post %d takes too long to render: simplify it, or split it into several posts", post_id
            )
        self.rendered += len(batch.ids) - len(batch.too_complex)
        self.after_id = batch.ids[-1] if batch.ids else self.after_id
        self.is_finished = not batch.ids
        return bool(batch.ids)
