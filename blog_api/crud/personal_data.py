"""Read everything that is stored about an account, in batches.

`tests/crud/test_personal_data.py` fails for a column about users that is missing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, not_, or_, select

from blog_api.crud.history.snapshots import ATTRIBUTES
from blog_api.crud.media.uploads import UPLOADS, shown_upload
from blog_api.crud.posts.members import ALL_MEMBERS, columns_of, complete
from blog_api.crud.rows import read_one
from blog_api.database.base import Base
from blog_api.database.columns import BigInt
from blog_api.database.session import execute_rows
from blog_api.models.addresses import Username
from blog_api.models.api_tokens import ApiToken
from blog_api.models.audit import AuditEvent
from blog_api.models.comments import Comment
from blog_api.models.confirmations import Confirmation
from blog_api.models.idempotency import IdempotencyKey
from blog_api.models.imports import ImportedFile
from blog_api.models.logins import LoginAddress
from blog_api.models.media import Media, MediaUse
from blog_api.models.outbox import OutboxMessage
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.previews import Preview
from blog_api.models.reactions import Follow, Like
from blog_api.models.revisions import Revision
from blog_api.models.sessions import LoginSession
from blog_api.models.users import User
from blog_api.models.working_copies import WorkingCopy
from blog_api.paging.cursors import Key
from blog_api.paging.pages import AnyColumn, AnySelect, Listing, PageKey, page_statement
from blog_api.policies.posts import own_posts, parameters_of, untrashed_posts
from blog_api.policies.viewers import Viewer

Row = dict[str, Any]
# The sort key and the id of the last row that was read.
Position = tuple[Key, Key]
ROWS, LONG_ROWS = 500, 20
# Uses of pictures are shown in the account and the posts.
_SHOWN_ELSEWHERE: set[type] = {MediaUse}
# The parameter of policies/posts.py.
_ME: ColumnElement[int] = bindparam("viewer_id", type_=BigInt)


class Part(NamedTuple):
    """A part of the data: a list of rows, how many to read at once, and the function that completes a row."""

    listing: Listing
    rows: int = ROWS
    finish: Callable[[Row, Viewer], Row] = lambda row, _viewer: row


def _part(is_own: ColumnElement[bool], key: AnyColumn, *columns: AnyColumn) -> Part:
    """Return the part with these columns of the viewer's own rows, sorted by `key`, which is unique among these."""
    return Part(Listing(select(*columns), key, key, (is_own,)))


def _snapshot(kind: type[Revision | WorkingCopy]) -> list[ColumnElement[Any]]:
    return [getattr(kind, attribute).label(member) for member, attribute in ATTRIBUTES.items()]


def _with_post(kind: type[Revision | WorkingCopy], *columns: AnyColumn) -> AnySelect:
    return select(*columns).select_from(kind).join(Post, Post.id == kind.post_id)


ACCOUNT: AnySelect = select(
    User.id, User.username, User.display_name, User.email, User.pending_email, User.bio, User.website, User.image,
    User.role, User.is_active, User.comment_mail, User.imported, User.created_at, User.updated_at,
).where(User.id == _ME)  # fmt: skip
# Co-authors do not see posts in the trash.
_IS_OWN = and_(own_posts(), or_(untrashed_posts(), Post.author_id == _ME))
_POSTS = Listing(
    select(*columns_of(ALL_MEMBERS), Post.deleted_at).join(PostAuthor, PostAuthor.post_id == Post.id),
    PostAuthor.created_at,
    PostAuthor.post_id,
    (PostAuthor.user_id == _ME, or_(untrashed_posts(), Post.author_id == _ME)),
)
_REVISION = (Revision.post_id, Revision.number, Revision.version, Revision.created_at, Revision.live)
_REVISIONS = Listing(
    _with_post(Revision, *_REVISION, Revision.changed, *_snapshot(Revision)),
    Revision.id,
    Revision.id,
    (Revision.editor_id == _ME, _IS_OWN),
)
_COPY = (WorkingCopy.post_id, WorkingCopy.base_version, WorkingCopy.created_at, WorkingCopy.updated_at)
_WORKING_COPIES = Listing(
    _with_post(WorkingCopy, *_COPY, *_snapshot(WorkingCopy)),
    WorkingCopy.id,
    WorkingCopy.id,
    (WorkingCopy.editor_id == _ME, _IS_OWN),
)
# For posts of others, only that they were edited: their content is not about this account, which may no longer see it.
_OTHER_REVISIONS = Listing(
    _with_post(Revision, *_REVISION, Revision.changed),
    Revision.id,
    Revision.id,
    (Revision.editor_id == _ME, not_(_IS_OWN)),
)
_OTHER_COPIES = Listing(
    _with_post(WorkingCopy, *_COPY),
    WorkingCopy.id,
    WorkingCopy.id,
    (WorkingCopy.editor_id == _ME, not_(_IS_OWN)),
)
_MY_EMAIL = select(User.email).where(User.id == _ME).scalar_subquery()
# Others may have had the address of another message before.
_IS_TO_ME = or_(
    OutboxMessage.user_id == _ME,
    and_(OutboxMessage.kind == "password_reset", OutboxMessage.recipient == _MY_EMAIL),
)
_EVENT = (AuditEvent.id, AuditEvent.action, AuditEvent.detail, AuditEvent.created_at, AuditEvent.expires_at)


def _events(owner: AnyColumn, *columns: AnyColumn) -> Part:
    rows = select(*_EVENT, *columns)
    return Part(Listing(rows, AuditEvent.created_at, AuditEvent.id, (owner == _ME,)))


PARTS: dict[str, Part] = {
    "usernames": _part(Username.user_id == _ME, Username.username_key, Username.username_key.label("username")),
    "sessions": _part(
        LoginSession.user_id == _ME, LoginSession.id, LoginSession.id, LoginSession.user_agent, LoginSession.address,
        LoginSession.created_at, LoginSession.last_used_at, LoginSession.expires_at,
    ),
    "api_tokens": _part(
        ApiToken.user_id == _ME, ApiToken.id, ApiToken.id, ApiToken.name, ApiToken.scopes, ApiToken.created_at,
        ApiToken.expires_at,
    ),
    "login_networks": _part(
        LoginAddress.user_id == _ME, LoginAddress.network, LoginAddress.network, LoginAddress.expires_at
    ),
    "confirmations": _part(
        Confirmation.user_id == _ME, Confirmation.id, Confirmation.purpose, Confirmation.email,
        Confirmation.created_at, Confirmation.expires_at,
    ),
    "idempotency_keys": _part(
        IdempotencyKey.user_id == _ME, IdempotencyKey.key, IdempotencyKey.key, IdempotencyKey.status,
        IdempotencyKey.role, IdempotencyKey.expires_at,
    ),
    "posts": Part(_POSTS, LONG_ROWS, lambda row, viewer: complete(row, ALL_MEMBERS, viewer)),
    "revisions": Part(_REVISIONS, LONG_ROWS),
    "working_copies": Part(_WORKING_COPIES, LONG_ROWS),
    "revisions_of_others": Part(_OTHER_REVISIONS),
    "working_copies_of_others": Part(_OTHER_COPIES),
    "previews": _part(
        Preview.user_id == _ME, Preview.id, Preview.id, Preview.post_id, Preview.revision, Preview.created_at,
        Preview.expires_at,
    ),
    "imported_files": Part(
        Listing(
            select(ImportedFile.source, ImportedFile.uid, ImportedFile.post_id, ImportedFile.imported_at)
            .join(Post, Post.id == ImportedFile.post_id),
            ImportedFile.source, ImportedFile.source, (Post.author_id == _ME,),
        )
    ),
    "media": Part(
        Listing(UPLOADS, Media.id, Media.id, (Media.author_id == _ME,)),
        finish=lambda row, _viewer: shown_upload(row),
    ),
    "comments": _part(
        Comment.user_id == _ME, Comment.id, Comment.id, Comment.post_id, Comment.parent_id, Comment.content,
        Comment.html, Comment.status, Comment.created_at, Comment.updated_at,
    ),
    "likes": _part(Like.user_id == _ME, Like.post_id, Like.post_id, Like.created_at),
    "follows": _part(Follow.follower_id == _ME, Follow.author_id, Follow.author_id, Follow.created_at),
    "messages": _part(
        _IS_TO_ME, OutboxMessage.id, OutboxMessage.id, OutboxMessage.kind, OutboxMessage.recipient,
        OutboxMessage.comment_id, OutboxMessage.state, OutboxMessage.attempts, OutboxMessage.error,
        OutboxMessage.created_at, OutboxMessage.due_at, OutboxMessage.expires_at,
    ),
    # Who else has acted on the account, and from where, is data about them.
    "actions": _events(AuditEvent.actor_id, AuditEvent.user_id, AuditEvent.address, AuditEvent.request_id),
    "events": _events(AuditEvent.user_id, case((AuditEvent.actor_id == _ME, AuditEvent.actor_id)).label("actor_id")),
}  # fmt: skip


def _discover_parts() -> Iterator[tuple[str, Part]]:
    """Yield the rows of all other tables that are deleted with the account, such as those of a new resource."""
    read = {part.listing.key.class_ for part in PARTS.values()}
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.local_table)):
        columns: dict[Any, Any] = {
            attribute.columns[0]: attribute.class_attribute for attribute in mapper.column_attrs
        }
        owners = [column for column in columns if _belongs_to_user(column)]
        keys = [columns[key] for key in mapper.primary_key if key not in owners]
        if owners and keys and mapper.class_ not in read | _SHOWN_ELSEWHERE:
            is_own = or_(*(columns[owner] == _ME for owner in owners))
            rows = Listing(select(*columns.values()), keys[0], keys[-1], (is_own,))
            yield mapper.class_.__tablename__, Part(rows)


def _belongs_to_user(column: ColumnElement[Any]) -> bool:
    return any(key.target_fullname == "users.id" and key.ondelete == "CASCADE" for key in column.foreign_keys)


PARTS |= _discover_parts()


def read_account(viewer: Viewer) -> Row:
    """Return the account itself. Raises NotFound."""
    return read_one(ACCOUNT, parameters_of(viewer), "The account does not exist.")


def read_batch(part: Part, viewer: Viewer, after: Position | None) -> tuple[list[Row], Position | None]:
    """Return the rows of a part after a position, and the position of the last one, or None if it ends the part."""
    key = PageKey(descending=False, cursor=after is not None, backward=False, offset=False)
    values: Row = {"page_rows": part.rows} | dict(zip(("cursor_key", "cursor_id"), after or (), strict=False))
    result = execute_rows(page_statement(part.listing, key), parameters_of(viewer) | values)
    # The last two columns are the position.
    names, rows = list(result.keys())[:-2], result.all()
    data = [part.finish(dict(zip(names, row, strict=False)), viewer) for row in rows]
    more = len(rows) == part.rows
    return data, (rows[-1].sort_key, rows[-1].row_id) if more else None
