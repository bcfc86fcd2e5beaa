"""Queries of posts, without HTTP: what commands and services stand on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError

from blog_api.crud.posts import write as crud
from blog_api.crud.posts.lists import read_post
from blog_api.crud.posts.write import get_post
from blog_api.database.session import db, reading, transaction
from blog_api.models import Post
from blog_api.policies.viewers import Viewer
from blog_api.problems import Conflict, NotFound

BODY = {"title": "Hello", "content": ""}


@pytest.fixture
def ada(people):
    person = people()
    return Viewer(person.id, person.username, "author", 1)


def test_nothing_is_committed_by_itself(app, ada):
    with app.app_context():
        crud.create_post(ada.id, BODY)
        db.session.remove()
        with reading() as session:
            assert session.execute(select(func.count()).select_from(Post)).scalar_one() == 0


def test_creating_leaves_what_it_was_given_alone(app, ada):
    data = BODY | {"tags": ["a"], "slug": "mine", "status": "published"}
    before = dict(data)
    with app.app_context(), transaction():
        crud.create_post(ada.id, data)
    assert data == before


def test_a_taken_slug_that_was_asked_for_is_a_conflict_and_spoils_no_transaction(app, ada):
    with app.app_context(), transaction():
        first = crud.create_post(ada.id, BODY | {"slug": "mine"})
        with pytest.raises(Conflict):
            crud.create_post(ada.id, BODY | {"slug": "mine"})
        second = crud.create_post(ada.id, BODY)
    assert first.id != second.id


def test_a_post_without_its_author_is_a_conflict(app):
    with app.app_context(), pytest.raises(Conflict), transaction():
        crud.create_post(10**9, BODY)


def test_nothing_is_loaded_that_was_not_asked_for(app, ada):
    with app.app_context(), transaction():
        crud.create_post(ada.id, BODY | {"tags": ["a"]})
        db.session.expunge_all()
        post = db.session.execute(select(Post)).scalar_one()
        for name in ("author", "author_links", "tags"):
            with pytest.raises(InvalidRequestError, match=name):
                getattr(post, name)


def test_tags_are_read_as_they_are_once_they_are_held(app, ada):
    with app.app_context(), transaction() as session:
        post_id = crud.create_post(ada.id, BODY | {"tags": ["apple"]}).id
        session.flush()
        session.expunge_all()
        post = get_post(post_id, ada)
        assert [tag.name for tag in post.tags] == ["apple"]
        # As another transaction does it, between the look and the lock.
        session.execute(text("UPDATE tags SET name = 'pear', name_key = 'pear'"))
        crud.update_post(post, {"tags": ["pear"]}, ada)
        assert [tag.name for tag in post.tags] == ["pear"]
        assert session.execute(text("SELECT count(*) FROM tags")).scalar_one() == 1


def test_other_tags_of_the_same_name_raise_the_version_too(app, ada):
    with app.app_context(), transaction() as session:
        post_id = crud.create_post(ada.id, BODY | {"tags": ["fig"]}).id
        session.flush()
        session.expunge_all()
        post = get_post(post_id, ada)
        session.execute(text("UPDATE tags SET name = 'plum', name_key = 'plum', slug = 'plum'"))
        crud.update_post(post, {"tags": ["fig"]}, ada)
        assert post.version == 2


def test_another_owner_keeps_the_co_authors(app, ada, people):
    bob, joan = people(), people()
    with app.app_context(), transaction():
        post = crud.create_post(ada.id, BODY | {"co_authors": [bob.id, joan.id]})
        crud.update_post(post, {"author_id": bob.id})
        assert (post.author.id, post.author_ids) == (bob.id, [bob.id, joan.id])


def test_a_trashed_post_is_kept_in_the_table_with_its_tags(app, ada):
    with app.app_context():
        with transaction():
            post_id = crud.create_post(ada.id, BODY | {"tags": ["a"]}).id
            crud.trash_post(get_post(post_id, ada), ada)
        with reading(), pytest.raises(NotFound):
            read_post(ada, post_id=post_id)
        with reading() as session:
            kept = session.execute(text("SELECT slug, version, deleted_at FROM posts")).one()
            tagged = session.execute(text("SELECT count(*) FROM post_tags")).scalar_one()
    assert (kept.slug, kept.version, kept.deleted_at is None, tagged) == ("hello", 2, False, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE posts SET title = '  '",
        "UPDATE posts SET status = 'scheduled'",
        "UPDATE posts SET status = 'published', published_at = NULL",
        "UPDATE posts SET author_id = 1000000000",
        "UPDATE posts SET slug = 'same'",
        "DELETE FROM users",
    ],
)
def test_the_database_itself_refuses_what_no_post_may_be(app, ada, wrong):
    with app.app_context():
        with transaction():
            crud.create_post(ada.id, BODY)
            crud.create_post(ada.id, BODY)
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(wrong))
