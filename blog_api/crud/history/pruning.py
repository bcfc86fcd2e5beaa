"""Delete old revisions."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.revisions import Revision
from blog_api.models.working_copies import WorkingCopy

_other = aliased(Revision)


def find_posts_to_prune(keep: int, after_id: int, limit: int) -> list[int]:
    """Return up to `limit` ids of posts after `after_id` that have more than `keep` revisions, in order."""
    counted = select(Revision.post_id).where(Revision.post_id > after_id).group_by(Revision.post_id)
    found = counted.having(func.count() > keep).order_by(Revision.post_id).limit(limit)
    return list(db.session.scalars(found))


def delete_old_revisions(post_ids: list[int], keep: int) -> int:
    """Delete all but the newest `keep` revisions of the posts, and those needed to find conflicts.

    Return the number of deleted revisions. Conflicts need the newest revision of the post itself, and the one that its
    working copy began from.
    """
    newest = select(func.max(_other.number)).where(_other.post_id == Revision.post_id).correlate(Revision)
    of_post = newest.where(_other.version.is_not(None))
    joined = of_post.join(WorkingCopy, WorkingCopy.post_id == _other.post_id)
    of_copy = joined.where(_other.version <= WorkingCopy.base_version)
    # 0 is the number of no revision.
    kept = [func.coalesce(number.scalar_subquery(), 0) for number in (of_post, of_copy)]
    old = Revision.number <= newest.scalar_subquery() - keep
    removed = delete(Revision).where(Revision.post_id.in_(post_ids), old, Revision.number.not_in(kept))
    statement = removed.returning(Revision.id)
    return len(db.session.scalars(statement, execution_options=UNSYNCHRONIZED).all())
