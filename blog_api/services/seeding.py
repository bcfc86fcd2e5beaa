"""Made-up data to try the service with: the same numbers always give the same data."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from blog_api.crud.pages import count
from blog_api.crud.tags import ids_of_tags
from blog_api.crud.users import create_user
from blog_api.database import db, transaction
from blog_api.models import Post, User, post_tags

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
    """Add that many users, posts and tags; a second run adds the next ones. A transaction for each batch of posts."""
    with transaction():
        first = count(select(User.id).where(User.username_key.startswith("seed-author-")))
        user_ids = [create_user(f"seed-author-{first + n + 1}").id for n in range(users)]
        tag_ids = ids_of_tags(f"Seed {WORDS[n % len(WORDS)]} {n // len(WORDS) + 1}" for n in range(tags))
        start = count(select(Post.id).where(Post.slug.startswith("seed-")))
    for offset in progress(range(start, start + posts, BATCH)):
        rows = [_post(number, user_ids) for number in range(offset, min(offset + BATCH, start + posts))]
        with transaction():
            statement = insert(Post).returning(Post.id, sort_by_parameter_order=True)
            post_ids = db.session.execute(statement, rows).scalars().all()
            links = [
                {"post_id": post_id, "tag_id": tag_id}
                for number, post_id in enumerate(post_ids, offset)
                for tag_id in _some_tags(number, tag_ids)
            ]
            if links:
                db.session.execute(post_tags.insert(), links)


def _post(number: int, user_ids: list[int]) -> dict[str, object]:
    chance = random.Random(number)  # noqa: S311 - nothing is secret here
    title = " ".join(chance.choices(WORDS, k=5)).capitalize()
    paragraphs = [" ".join(chance.choices(WORDS, k=60)).capitalize() + "." for _ in range(5)]
    return {
        "title": title,
        "slug": f"seed-{number + 1}",
        "summary": paragraphs[0][:200],
        "content": f"# {title}\n\n" + "\n\n".join(paragraphs),
        "status": chance.choices(("published", "draft", "archived"), (18, 1, 1))[0],
        "published_at": EPOCH + timedelta(minutes=7 * number, seconds=chance.randrange(400)),
        "author_id": chance.choice(user_ids),
    }


def _some_tags(number: int, tag_ids: list[int]) -> list[int]:
    chance = random.Random(-number - 1)  # noqa: S311 - nothing is secret here
    return sorted(chance.sample(tag_ids, min(3, len(tag_ids))))
