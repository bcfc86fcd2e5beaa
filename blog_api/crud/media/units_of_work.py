"""Record where pictures are used as the session flushes it, so that no write can forget to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import PassiveFlag, Session, UOWTransaction, attributes

from blog_api.crud.media.files import find_ready_files
from blog_api.crud.media.images import needs_completion
from blog_api.database.session import listen_to_flushes
from blog_api.models.media import Media, MediaUse
from blog_api.models.posts import Post
from blog_api.models.users import User
from blog_api.models.working_copies import WorkingCopy
from blog_api.problems import Fault, InvalidInput
from blog_api.text.media_paths import keys_in

_KEY = "media_uses"
# The column that refers to each kind of user of a picture.
_COLUMNS = {Post: MediaUse.post_id, WorkingCopy: MediaUse.working_copy_id, User: MediaUse.user_id}
_UNSYNCHRONIZED = {"synchronize_session": False}
_DELETED = Fault("The upload has been deleted.", "missing", "/image/media_id")

Owner = Post | WorkingCopy | User


class Uses(NamedTuple):
    """What an entity uses: the upload that its image names, and the keys of files in its texts."""

    media_id: int | None
    keys: frozenset[str]


def listen() -> None:
    """Record what every session of the app flushes."""
    listen_to_flushes(before=_before_flush, after=_after_flush)


def _before_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    owners = (one for one in (*session.new, *session.dirty) if isinstance(one, Owner))
    session.info[_KEY] = [
        (owner, present) for owner in owners for former, present in _changes(owner) if former != present
    ]


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    for owner, uses in session.info.pop(_KEY):
        _record(session, owner, uses)


def _changes(owner: Owner) -> Iterator[tuple[Uses, Uses]]:
    """Yield the former and the present uses of an entity, unless nothing that could use a picture has changed."""
    histories = {
        name: attributes.get_history(owner, name, PassiveFlag.PASSIVE_NO_INITIALIZE)
        for name in ("image", "content")
        if hasattr(type(owner), name)
    }
    if any(history.has_changes() for history in histories.values()):
        former = {name: _first(history.deleted or history.unchanged) for name, history in histories.items()}
        yield _uses_of(former), _uses_of({name: getattr(owner, name) for name in histories})


def _first(values: Any) -> Any:
    return next(iter(values or ()), None)


def _uses_of(values: dict[str, Any]) -> Uses:
    image, content = values["image"] or {}, values.get("content") or ""
    assert not needs_completion(values["image"]), "call complete_image first"
    return Uses(image.get("media_id"), frozenset(keys_in(content) | keys_in(image.get("url", ""))))


def _record(session: Session, owner: Owner, uses: Uses) -> None:
    """Replace the uses of an entity. Lock the upload and the files, so that nobody deletes them meanwhile.

    Raises InvalidInput if the upload has just been deleted.
    """
    column = _COLUMNS[type(owner)]
    session.execute(delete(MediaUse).where(column == owner.id), execution_options=_UNSYNCHRONIZED)
    named = {} if uses.media_id is None else {_lock_media(session, uses.media_id): uses.media_id}
    file_ids = [file.id for file in find_ready_files(uses.keys)] if uses.keys else []
    rows = [
        {column.key: owner.id, "file_id": file_id, "media_id": named.get(file_id)}
        for file_id in {*named, *file_ids}
    ]
    if rows:
        session.execute(insert(MediaUse), rows)


def _lock_media(session: Session, media_id: int) -> int:
    """Lock an upload, and return the id of its file."""
    statement = select(Media.file_id).where(Media.id == media_id).with_for_update(key_share=True, read=True)
    file_id = session.execute(statement).scalar_one_or_none()
    if file_id is None:
        raise InvalidInput(faults=[_DELETED])
    return file_id
