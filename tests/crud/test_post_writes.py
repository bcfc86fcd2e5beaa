"""Queries for posts, called without HTTP."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError

from blog_api.crud.posts import write as crud
from blog_api.crud.posts.single import read_post
from blog_api.crud.posts.write import get_post
from blog_api.database.session import db, reading, transaction
from blog_api.models.posts import Post
from blog_api.policies.viewers import Viewer
from blog_api.problems import Conflict, NotFound

BODY = {"title": "Hello", "content": ""}


@pytest.fixture
def ada(people):
    person = people()
    return Viewer(person.id, person.username, "author", 1)


def test_crud_functions_do_not_commit(app, ada):
    with app.app_context():
        crud.create_post(ada.id, BODY)
        db.session.remove()
        with reading() as session:
            assert session.execute(select(func.count()).select_from(Post)).scalar_one() == 0


def test_create_post_does_not_modify_its_argument(app, ada):
    data = BODY | {"tags": ["a"], "slug": "mine", "status": "published"}
    before = dict(data)
    with app.app_context(), transaction():
        crud.create_post(ada.id, data)
    assert data == before


def test_a_taken_slug_is_a_conflict_and_the_transaction_can_continue(app, ada):
    with app.app_context(), transaction():
        first = crud.create_post(ada.id, BODY | {"slug": "mine"})
        with pytest.raises(Conflict):
            crud.create_post(ada.id, BODY | {"slug": "mine"})
        second = crud.create_post(ada.id, BODY)
    assert first.id != second.id


def test_creating_a_post_for_a_missing_author_is_a_conflict(app):
    with app.app_context(), pytest.raises(Conflict), transaction():
        crud.create_post(10**9, BODY)


def test_relationships_are_not_lazily_loaded(app, ada):
    with app.app_context(), transaction():
        crud.create_post(ada.id, BODY | {"tags": ["a"]})
        db.session.expunge_all()
        post = db.session.execute(select(Post)).scalar_one()
        for name in ("author", "author_links", "tags"):
            with pytest.raises(InvalidRequestError, match=name):
                getattr(post, name)


def test_tags_are_refreshed_after_they_are_locked(app, ada):
    with app.app_context(), transaction() as session:
        post_id = crud.create_post(ada.id, BODY | {"tags": ["apple"]}).id
        session.flush()
        session.expunge_all()
        post = get_post(post_id, ada)
        assert [tag.name for tag in post.tags] == ["apple"]
        # As if another transaction renamed the tag between the SELECT and the lock.
        session.execute(text("UPDATE tags SET name = 'pear', name_key = 'pear'"))
        crud.update_post(post, {"tags": ["pear"]}, ada)
        assert [tag.name for tag in post.tags] == ["pear"]
        assert session.execute(text("SELECT count(*) FROM tags")).scalar_one() == 1


def test_replacing_tags_by_others_with_the_same_names_increments_the_version(app, ada):
    with app.app_context(), transaction() as session:
        post_id = crud.create_post(ada.id, BODY | {"tags": ["fig"]}).id
        session.flush()
        session.expunge_all()
        post = get_post(post_id, ada)
        session.execute(text("UPDATE tags SET name = 'plum', name_key = 'plum', slug = 'plum'"))
        crud.update_post(post, {"tags": ["fig"]}, ada)
        assert post.version == 2


def test_changing_the_owner_keeps_the_co_authors(app, ada, people):
    bob, joan = people(), people()
    with app.app_context(), transaction():
        post = crud.create_post(ada.id, BODY | {"co_authors": [bob.id, joan.id]})
        crud.update_post(post, {"author_id": bob.id})
        assert (post.author.id, post.author_ids) == (bob.id, [bob.id, joan.id])


def test_a_trashed_post_keeps_its_row_and_tags(app, ada):
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
    "statement",
    [
        "UPDATE posts SET status = 'published', published_at = created_at, title = '  '",
        "UPDATE posts SET status = 'scheduled'",
        "UPDATE posts SET status = 'published', published_at = NULL",
        "UPDATE posts SET author_id = 1000000000",
        "UPDATE posts SET slug = 'same'",
        "DELETE FROM users",
    ],
)
def test_constraints_reject_invalid_posts(app, ada, statement):
    with app.app_context():
        with transaction():
            crud.create_post(ada.id, BODY)
            crud.create_post(ada.id, BODY)
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(statement))
