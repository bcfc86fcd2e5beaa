"""Reserve the slugs under which posts were public in another blog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models.addresses import PostSlug


def add_former_slugs(former: Mapping[int, Iterable[tuple[str, datetime | None]]]) -> None:
    """Reserve slugs, by the ids of their posts, with the times at which they were public.

    Those of other posts stay with them.
    """
    rows = [
        {"slug": slug, "post_id": post_id, "public_at": public_at}
        for post_id, slugs in former.items()
        for slug, public_at in slugs
    ]
    if rows:
        new = insert(PostSlug)
        own = new.on_conflict_do_update(
            index_elements=[PostSlug.slug],
            set_={"public_at": new.excluded.public_at},
            where=PostSlug.post_id == new.excluded.post_id,
        )
        db.session.execute(own, rows)
