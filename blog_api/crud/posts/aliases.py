"""The aliases of posts: their paths on a former site, which redirect to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import insert, select

from blog_api.crud.posts.versions import mark_modified
from blog_api.database.session import db
from blog_api.models.addresses import Redirect
from blog_api.models.posts import Post


def redirects_from(paths: Iterable[str]) -> list[Redirect]:
    """Return a redirect from each path, in order and without duplicates, for `Post.redirects`."""
    return [Redirect(path=path) for path in sorted(set(paths))]


def set_aliases(post: Post, paths: Iterable[str]) -> None:
    """Replace the aliases of the post, and increment its version."""
    former = {redirect.path: redirect for redirect in post.redirects}
    post.redirects = [former.get(redirect.path, redirect) for redirect in redirects_from(paths)]
    mark_modified(post)


def find_aliases(paths: Iterable[str]) -> dict[str, int | None]:
    """Return the paths that already redirect, with the ids of their posts, or None for redirects that editors added."""
    statement = select(Redirect.path, Redirect.post_id).where(Redirect.path.in_(set(paths)))
    return {row.path: row.post_id for row in db.session.execute(statement)} if paths else {}


def add_aliases(aliases: Mapping[int, Iterable[str]]) -> None:
    """Insert the aliases of new posts, keyed by post id, in one statement."""
    rows = [{"post_id": post_id, "path": path} for post_id, paths in aliases.items() for path in set(paths)]
    if rows:
        db.session.execute(insert(Redirect), rows)
