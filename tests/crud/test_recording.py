"""The check of all tests that set-based writes record what they change for the public."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from blog_api.crud.changes.recording import record_changes, record_posts
from blog_api.database.session import db, transaction
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.tags import Tag
from blog_api.models.users import User


@pytest.fixture
def written(app, people):
    """Publish a post with a tag. Return its id, and those of its tag, its author, and someone else."""
    author, other = people(username="ada"), people(username="grace")
    post = author.write("Title", status="published", tags=["tag"])
    return post["id"], post["tags"][0]["id"], author.id, other.id


WRITES: dict[str, Callable[..., Executable]] = {
    "INSERT posts": lambda _, __, author, ___: insert(Post).values(
        {"slug": "x", "title": "X", "author_id": author, "version": 1, "status": "published"}
        | {"published_at": select(Post.published_at).scalar_subquery()}
    ),
    "UPDATE posts": lambda post, *_: update(Post).where(Post.id == post).values(title="Other"),
    "DELETE posts": lambda post, *_: delete(Post).where(Post.id == post),
    "UPDATE tags": lambda _, tag, *__: update(Tag).where(Tag.id == tag).values(description="Other"),
    "INSERT tags": lambda *_: insert(Tag).values(name="x", name_key="x", slug="x"),
    "DELETE post_tags": lambda post, *_: delete(post_tags).where(post_tags.c.post_id == post),
    "INSERT post_authors": lambda post, _, __, other: insert(PostAuthor).values(
        post_id=post, user_id=other, position=1
    ),
    "UPDATE users": lambda _, __, author, ___: update(User).where(User.id == author).values(bio="Other"),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_set_based_write_without_a_record_is_found(app, written, unrecorded, name):
    with app.app_context(), transaction():
        db.session.execute(WRITES[name](*written))
    assert [found.rpartition(", by ")[2] for found in unrecorded] == [name]
    unrecorded.clear()


def test_a_recorded_write_is_not_found(app, written, unrecorded):
    post, tag, *_ = written
    with app.app_context(), transaction():
        db.session.execute(WRITES["UPDATE posts"](*written))
        db.session.execute(WRITES["DELETE post_tags"](*written))
        record_posts(Post.id == post)
        # Before the write, too.
        record_changes("tag.updated", [tag])
        db.session.execute(WRITES["UPDATE tags"](*written))
    assert unrecorded == []


def test_a_write_that_the_public_does_not_see_needs_no_record(app, written, unrecorded):
    with app.app_context(), transaction():
        db.session.execute(update(User).values(role="editor"))
        db.session.execute(update(Post).values(version=Post.version + 1))
    assert unrecorded == []


def test_a_write_that_is_rolled_back_needs_no_record(app, written, unrecorded):
    with app.app_context():
        for finish in (db.session.rollback, db.session.commit):
            db.session.execute(WRITES["UPDATE posts"](*written))
            finish()
    assert len(unrecorded) == 1
    unrecorded.clear()
