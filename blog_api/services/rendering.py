"""Render posts and comments again that are behind: rendered by an older release, for another PUBLIC_URL, or never."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from blog_api.crud.comments.rendering import renew_comments
from blog_api.crud.posts.rendering import Renewed, renew_renderings
from blog_api.database.session import transaction

log = logging.getLogger(__name__)

BATCH = 100

Kind = Literal["post", "comment"]
KINDS: dict[Kind, Callable[[int, int], Renewed]] = {"post": renew_renderings, "comment": renew_comments}


@dataclass(slots=True)
class Renewal:
    """One pass over all posts or comments, in batches. Each is a transaction; one that fails is retried."""

    kind: Kind = "post"
    after_id: int = 0
    rendered: int = 0
    is_finished: bool = False

    def run_batch(self) -> bool:
        """Render the next posts or comments that are behind. Return whether there were any."""
        if self.is_finished:
            return False
        with transaction():
            batch = KINDS[self.kind](self.after_id, BATCH)
        for too_complex in batch.too_complex:
            log.warning("%s %d takes too long to render: simplify or split it", self.kind, too_complex)
        self.rendered += len(batch.ids) - len(batch.too_complex)
        self.after_id = batch.ids[-1] if batch.ids else self.after_id
        self.is_finished = not batch.ids
        return bool(batch.ids)
