"""Render the content of posts when it is written, and render again what is behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, exists, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import PassiveFlag, Session, UOWTransaction, attributes

from blog_api.context import exchange
from blog_api.crud.media.files import find_ready_files
from blog_api.database.dialects import insert, is_postgresql
from blog_api.database.session import db, listen_to_flushes
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.renderings import Rendering
from blog_api.models.users import User
from blog_api.policies.viewers import EDITORS
from blog_api.problems import Fault, InvalidInput
from blog_api.text.media_paths import describe_variants, keys_in
from blog_api.text.permalinks import Permalinks
from blog_api.text.rendering import RENDERER_VERSION, Pictures, TooComplex, render
from blog_api.text.rendering.counting import measure

_KEY = "rendered_posts"
# Links count as recommendations only if all authors are editors.
_TRUSTED = not_(
    exists().where(PostAuthor.post_id == Post.id, PostAuthor.user_id == User.id, User.role.not_in(EDITORS))
)


class RenderedPost(NamedTuple):
    """The rendered content of a post: the columns of its rendering, and those of the post."""

    rendering: dict[str, Any]
    counts: dict[str, int]


class Renewed(NamedTuple):
    """The ids of posts or comments that were behind, and of those that stay behind because rendering takes too long."""

    ids: list[int]
    too_complex: list[int]


def listen() -> None:
    """Render the content of every post that a session of the app flushes."""
    listen_to_flushes(before=_before_flush, after=_after_flush)


def _before_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    written = [post for post in (*session.new, *session.dirty) if isinstance(post, Post)]
    session.info[_KEY] = [(post, _render_entity(post)) for post in written if _needs_rendering(post)]


def _needs_rendering(post: Post) -> bool:
    # Authors that were not loaded have not changed.
    histories = (
        attributes.get_history(post, name, PassiveFlag.PASSIVE_NO_INITIALIZE)
        for name in ("content", "author_links")
    )
    return any(history.has_changes() for history in histories)


def _render_entity(post: Post) -> RenderedPost:
    # A new post has no default values yet.
    rendered = render_content(post.content or "", trusted=is_trusted(post))
    for name, count in rendered.counts.items():
        setattr(post, name, count)
    return rendered


def is_trusted(post: Post) -> bool:
    """Return whether the links of a post count as recommendations: whether all its authors are editors."""
    users = [link.user for link in post.author_links]
    if None in users:
        # A new post can name its authors by their ids.
        ids = {link.user_id for link in post.author_links}
        return ids <= find_editors(ids)
    return all(user.role in EDITORS for user in users)


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    save_renderings({post.id: rendered for post, rendered in session.info.pop(_KEY)})


def render_content(content: str, *, trusted: bool) -> RenderedPost:
    """Render the Markdown of a post. Raises InvalidInput if that takes too long."""
    try:
        return _render(content, trusted=trusted)
    except TooComplex as error:
        detail = "This takes too much time or memory to render. Simplify it, or split it into several posts."
        raise InvalidInput(faults=[Fault(detail, "too_complex", "/content")]) from error


def _render(content: str, *, trusted: bool) -> RenderedPost:
    permalinks: Permalinks | None = exchange.permalinks
    base_url = permalinks.base_url if permalinks else ""
    pictures = _find_pictures(content)
    rendered = render(content, base_url=base_url or None, trusted=trusted, pictures=pictures)
    columns = {
        "html": rendered.html,
        "toc": rendered.toc,
        "renderer": RENDERER_VERSION,
        "base_url": _addresses(),
        "trusted": trusted,
    }
    length = measure(content)
    return RenderedPost(columns, {"word_count": length.words, "reading_minutes": length.minutes})


def _find_pictures(content: str) -> Pictures:
    """Return the pictures of this service that the content refers to."""
    keys = keys_in(content)
    files = find_ready_files(keys) if keys else ()
    variants = {file.key: describe_variants(file.key, file.variants) for file in files}
    return Pictures(exchange.service_root, variants)


def find_editors(user_ids: Iterable[int]) -> set[int]:
    """Return those of the users who are editors."""
    statement = select(User.id).where(User.id.in_(set(user_ids)), User.role.in_(EDITORS))
    return set(db.session.scalars(statement))


def save_renderings(rendered: Mapping[int, RenderedPost]) -> None:
    """Insert or replace the renderings of posts, keyed by post id, in one statement."""
    if not rendered:
        return
    rows = [{"post_id": post_id, **one.rendering} for post_id, one in rendered.items()]
    db.session.connection().execute(_upsert(is_postgresql()), rows)


@lru_cache
def _upsert(for_postgresql: bool) -> postgresql.Insert | sqlite.Insert:
    statement = insert(Rendering, for_postgresql=for_postgresql)
    new = {name: statement.excluded[name] for name in ("html", "toc", "renderer", "base_url", "trusted")}
    return statement.on_conflict_do_update(index_elements=["post_id"], set_=new)


def count_outdated_renderings() -> int:
    """Count the posts that were never rendered, or with another renderer, base URL or trust."""
    statement = _outdated(select(func.count()).select_from(Post))
    count: int = db.session.execute(statement).scalar_one()
    return count


def renew_renderings(after_id: int, limit: int) -> Renewed:
    """Render up to `limit` posts after `after_id` that are behind.

    Changes neither the versions nor the times of the posts. Skips posts that are being written: writing renders them.
    """
    statement = _outdated(select(Post.id, Post.content, _TRUSTED.label("trusted")))
    statement = statement.where(Post.id > after_id).order_by(Post.id).limit(limit)
    locked = statement.with_for_update(of=Post, key_share=True, skip_locked=True)
    rows = db.session.execute(locked).all()
    rendered, too_complex = dict[int, RenderedPost](), list[int]()
    for row in rows:
        try:
            rendered[row.id] = _render(row.content, trusted=bool(row.trusted))
        except TooComplex:
            too_complex.append(row.id)
    save_renderings(rendered)
    _save_counts(rendered)
    return Renewed([row.id for row in rows], too_complex)


def _outdated(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.outerjoin(Rendering, Rendering.post_id == Post.id).where(
        or_(
            Rendering.post_id.is_(None),
            Rendering.renderer != RENDERER_VERSION,
            Rendering.base_url != _addresses(),
            Rendering.trusted != _TRUSTED,
        )
    )


def _addresses() -> str:
    """Return the URLs on which the HTML depends: the base of links, and the root of this service if it differs."""
    permalinks: Permalinks | None = exchange.permalinks
    if permalinks is None:
        return ""
    base_url, root = permalinks.base_url, permalinks.service_root
    return base_url if base_url.startswith(f"{root}/") or not root else f"{base_url} {root}"


def _save_counts(rendered: Mapping[int, RenderedPost]) -> None:
    rows: Collection[dict[str, Any]] = [{"post_id": id_, **one.counts} for id_, one in rendered.items()]
    if rows:
        counted = update(Post).where(Post.id == bindparam("post_id"))
        counted = counted.values(
            word_count=bindparam("word_count"),
            reading_minutes=bindparam("reading_minutes"),
            updated_at=Post.updated_at,
        )
        db.session.connection().execute(counted, list(rows))
