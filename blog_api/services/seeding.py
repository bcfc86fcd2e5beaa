"""Generate sample data. The same numbers always produce the same data."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, cast, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.auth import audit
from blog_api.crud.changes.recording import record_posts
from blog_api.crud.posts.authors import add_authors
from blog_api.crud.posts.rendering import render_content, save_renderings
from blog_api.crud.posts.tags import join_tag_names, link_tags
from blog_api.crud.tags import get_or_create_tags
from blog_api.crud.users import create_user
from blog_api.database.session import db, transaction
from blog_api.models.posts import Post
from blog_api.models.tags import Tag
from blog_api.models.users import User

BATCH = 1000
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
WORDS = (  # noqa: SIM905
    "array branch cache commit compiler cursor deadlock deploy event filter function graph hash header index iterator "
    "join key latency lock loop migration module monitor network object packet parser pattern pipeline pool process "
    "protocol query queue record replica request response route schema script server session socket stack stream "
    "table template test thread token trace transaction tree type update value vector version view worker"
).split()


def seed(
    users: int,
    posts: int,
    tags: int,
    progress: Callable[[Iterable[int]], Iterable[int]] = lambda steps: steps,
) -> None:
    """Add sample users, posts and tags. Another run adds more. Each batch of posts is a transaction."""
    with transaction():
        audit.record("posts.seeded", user_id=None, detail=f"{users} users, {posts} posts, up to {tags} tags")
        first = _last_number(User.username_key, "seed-author-")
        user_ids = [create_user(f"seed-author-{first + n + 1}").id for n in range(users)]
        seeded = _seed_tags(tags)
        start = _last_number(Post.slug, "seed-")
    for offset in progress(range(start, start + posts, BATCH)):
        numbers = range(offset, min(offset + BATCH, start + posts))
        tagged = [_pick_tags(number, seeded) for number in numbers]
        rows = [
            _post(number, user_ids)
            | {"tag_names": join_tag_names(sorted(some, key=lambda tag: tag.name_key))}
            for number, some in zip(numbers, tagged, strict=True)
        ]
        rendered = {row["slug"]: render_content(row["content"], trusted=False) for row in rows}
        rows = [row | rendered[row["slug"]].counts for row in rows]
        with transaction():
            inserted = db.session.execute(insert(Post).returning(Post.slug, Post.id), rows)
            ids = {row.slug: row.id for row in inserted}
            link_tags({ids[row["slug"]]: some for row, some in zip(rows, tagged, strict=True)})
            add_authors({ids[row["slug"]]: [row["author_id"]] for row in rows})
            save_renderings({ids[slug]: one for slug, one in rendered.items()})
            record_posts(Post.id.in_(ids.values()))


def _seed_tags(number: int) -> list[Tag]:
    names = [f"Seed {WORDS[n % len(WORDS)]} {n // len(WORDS) + 1}" for n in range(number)]
    # In chunks, because the number of bind parameters of a statement is limited.
    chunks = [names[start : start + BATCH // 2] for start in range(0, number, BATCH // 2)]
    return sorted((tag for chunk in chunks for tag in get_or_create_tags(chunk)), key=lambda tag: tag.id)


def _last_number(column: InstrumentedAttribute[str], prefix: str) -> int:
    """Return the highest number of earlier runs, or 0. A count would be wrong after rows have been deleted."""
    number = cast(func.substr(column, len(prefix) + 1), Integer)
    ours = column.regexp_match(f"^{prefix}[0-9]{{1,8}}$")
    return db.session.execute(select(func.coalesce(func.max(number), 0)).where(ours)).scalar_one()


def _post(number: int, user_ids: list[int]) -> dict[str, Any]:
    rng = random.Random(number)  # noqa: S311 # nosec B311 # nothing is secret here
    title = " ".join(rng.choices(WORDS, k=5)).capitalize()
    paragraphs = [" ".join(rng.choices(WORDS, k=60)).capitalize() + "." for _ in range(5)]
    return {
        "title": title,
        "slug": f"seed-{number + 1}",
        "summary": paragraphs[0][:200],
        "content": f"# {title}\n\n" + "\n\n".join(paragraphs),
        "status": rng.choices(("published", "draft", "archived"), (18, 1, 1))[0],
        "published_at": EPOCH + timedelta(minutes=7 * number, seconds=rng.randrange(400)),
        "author_id": rng.choice(user_ids),
    }


def _pick_tags(number: int, seeded: list[Tag]) -> list[Tag]:
    rng = random.Random(-number - 1)  # noqa: S311 # nosec B311 # nothing is secret here
    return sorted(rng.sample(seeded, min(3, len(seeded))), key=lambda tag: tag.id)
