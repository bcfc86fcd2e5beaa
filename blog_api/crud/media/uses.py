"""Record which posts, working copies and accounts use which pictures. A use keeps a picture from being deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select

from blog_api.crud.batches import batches
from blog_api.crud.media.files import lock_ready_files
from blog_api.crud.media.images import needs_completion
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.media import Media, MediaUse
from blog_api.models.posts import Post
from blog_api.models.users import User
from blog_api.models.working_copies import WorkingCopy
from blog_api.problems import Fault, InvalidInput
from blog_api.text.media_paths import keys_in

Owner = Post | WorkingCopy | User
# The column that refers to each kind of owner of a use.
_COLUMNS = {Post: "post_id", WorkingCopy: "working_copy_id", User: "user_id"}
_DELETED = Fault("The upload has been deleted.", "missing", "/image/media_id")


class Uses(NamedTuple):
    """What an entity uses: the upload that its image names, and the keys of files in its texts."""

    media_id: int | None
    keys: frozenset[str]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Uses:
        """Return the uses of an entity with this `image` and `content`."""
        image, content = values.get("image") or {}, values.get("content") or ""
        assert not needs_completion(image), "call complete_image first"
        return cls(image.get("media_id"), frozenset(keys_in(content) | keys_in(image.get("url", ""))))


def replace_uses(kind: type[Owner], uses: Mapping[int, Uses]) -> None:
    """Replace the uses of entities of one kind, by their ids. Raises the same errors as `add_uses`."""
    column = getattr(MediaUse, _COLUMNS[kind])
    for batch in batches(list(uses)):
        former = delete(MediaUse).where(column.in_(batch))
        db.session.execute(former, execution_options=UNSYNCHRONIZED)
    add_uses(kind, uses)


def add_uses(kind: type[Owner], uses: Mapping[int, Uses]) -> None:
    """Record the uses of entities of one kind, by their ids, and lock the pictures against deletion.

    Locks uploads before files, as a deletion does. Raises InvalidInput if an upload has just been deleted.
    """
    media_ids = {one.media_id for one in uses.values() if one.media_id is not None}
    keys = {key for one in uses.values() for key in one.keys}
    file_ids = _lock_media(sorted(media_ids))
    if media_ids - file_ids.keys():
        raise InvalidInput(faults=[_DELETED])
    ids_by_key = {file.key: file.id for batch in batches(sorted(keys)) for file in lock_ready_files(batch)}
    rows = [
        {_COLUMNS[kind]: owner_id, "file_id": file_id, "media_id": media_id}
        for owner_id, one in uses.items()
        for file_id, media_id in _used_files(one, file_ids, ids_by_key).items()
    ]
    if rows:
        db.session.execute(insert(MediaUse), rows)


def _used_files(
    uses: Uses, file_ids: Mapping[int, int], ids_by_key: Mapping[str, int]
) -> dict[int, int | None]:
    """Return the ids of the files, each with the id of the upload if the image names it."""
    used: dict[int, int | None] = {ids_by_key[key]: None for key in uses.keys if key in ids_by_key}
    return used if uses.media_id is None else used | {file_ids[uses.media_id]: uses.media_id}


def _lock_media(media_ids: Sequence[int]) -> dict[int, int]:
    """Lock uploads in the order of their ids, and return the ids of their files."""
    statement = select(Media.id, Media.file_id).order_by(Media.id).with_for_update(key_share=True, read=True)
    found = (db.session.execute(statement.where(Media.id.in_(batch))) for batch in batches(media_ids))
    return {row.id: row.file_id for rows in found for row in rows}
