"""The commands `cleanup`, `prune-tags` and `purge-trash`."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import select, text, update

from blog_api.crud import tags as tags_crud
from blog_api.database.base import Base
from blog_api.database.columns import utcnow
from blog_api.database.session import reading, transaction
from blog_api.models.posts import Post
from blog_api.models.sessions import LoginSession
from blog_api.models.tags import Tag
from blog_api.services import housekeeping
from tests.apps import disconnect


@pytest.fixture
def sessions(app):
    """Read the ids of all sessions, including expired ones."""

    def read():
        with app.app_context(), reading() as session:
            return set(session.execute(select(LoginSession.id)).scalars())

    return read


@pytest.fixture
def log_in(app, people):
    """Create a session that expires in this many hours. Return its id."""
    ada = people()

    def create(*, hours):
        with app.app_context(), transaction() as session:
            expires_at = utcnow() + timedelta(hours=hours)
            login = LoginSession(user_id=ada.id, refresh_jti="x", expires_at=expires_at)
            session.add(login)
            session.flush()
            return login.id

    return create


def test_cleanup_deletes_only_expired_rows(command, log_in, sessions):
    before = sessions()
    expired, live = (
        [log_in(hours=-hours) for hours in (0, 1, 1000)],
        [log_in(hours=hours) for hours in (1, 9)],
    )
    assert sessions() == before | {*expired, *live}
    result = command("cleanup")
    assert (result.exit_code, sessions()) == (0, before | {*live})
    assert "Deleted 3 expired rows from sessions.\n" in result.output
    assert "Deleted 0 expired rows from sessions.\n" in command("cleanup").output
    assert sessions() == before | {*live}


def test_every_table_whose_rows_expire_is_cleaned(command):
    tables = [table.name for table in Base.metadata.sorted_tables if "expires_at" in table.c]
    assert "sessions" in tables
    lines = [f"Deleted 0 expired rows from {table}.\n" for table in (*tables, "changes")]
    lines.append("Erased the addresses of guests from 0 comments.\n")
    lines.append("Deleted 0 pictures whose upload or deletion was interrupted.\n")
    assert command("cleanup").output == "".join(lines)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_cleanup_skips_locked_rows(make_client, command, log_in, sessions):
    held_id, other_id = log_in(hours=-1), log_in(hours=-1)
    other = make_client(DB_POOL_SIZE="2").application
    with other.app_context(), transaction() as session:
        session.execute(select(LoginSession).where(LoginSession.id == held_id).with_for_update())
        command("cleanup")
        assert held_id in sessions()
        assert other_id not in sessions()
    command("cleanup")
    assert held_id not in sessions()


@pytest.fixture
def names(app):
    """Read the names of all tags."""

    def read():
        with app.app_context(), reading() as session:
            return sorted(session.execute(select(Tag.name)).scalars())

    return read


@pytest.fixture
def make_tags(app):
    """Create tags that are this many hours old. Return their ids."""

    def create(*tag_names, hours):
        with app.app_context(), transaction() as session:
            ids = tags_crud.get_or_create_tag_ids(tag_names)
            then = utcnow() - timedelta(hours=hours)
            session.execute(update(Tag).where(Tag.id.in_(ids)).values(created_at=then))
        return ids

    return create


def test_prune_tags_keeps_tags_of_drafts_and_trashed_posts(command, people, make_tags, names):
    make_tags("draft", "live", "trash", "unused 1", "unused 2", hours=48)
    ada = people()
    ada.write(tags=["live"])
    ada.write(tags=["draft"], status="draft")
    ada.delete(f"/posts/{ada.write(tags=['trash'])['id']}")
    result = command("prune-tags")
    assert (result.exit_code, result.output) == (0, "Deleted 2 unused tags.\n")
    assert names() == ["draft", "live", "trash"]
    assert command("prune-tags").output == "Deleted 0 unused tags.\n"


def test_prune_tags_keeps_new_tags(command, make_tags, names):
    make_tags("new", hours=0)
    make_tags("of yesterday", hours=23)
    make_tags("old", hours=25)
    command("prune-tags")
    assert names() == ["new", "of yesterday"]
    command("prune-tags", "--older-than", "12h")
    assert names() == ["new"]
    command("prune-tags", "--older-than", "0m")
    assert names() == []


@pytest.fixture
def trash(app, people):
    """Return functions that create posts trashed this many hours ago, and that list the remaining ones."""
    ada = people()

    def add(number, *, hours):
        ids = [ada.write(tags=["x"])["id"] for _ in range(number)]
        for post_id in ids:
            ada.delete(f"/posts/{post_id}")
        with app.app_context(), transaction() as session:
            then = utcnow() - timedelta(hours=hours)
            session.execute(update(Post).where(Post.id.in_(ids)).values(deleted_at=then))
        return ids

    def remaining():
        return sorted(post["id"] for post in ada.get("/posts?trashed=true&limit=100").json["data"])

    return add, remaining


def test_purge_trash_deletes_only_old_trashed_posts(command, people, trash):
    add, remaining = trash
    kept = people().write()
    new, old = add(2, hours=29 * 24), add(3, hours=31 * 24)
    assert remaining() == [*new, *old]
    result = command("purge-trash", "--older-than", "30d")
    assert (result.exit_code, result.output, remaining()) == (0, "Permanently deleted 3 posts.\n", new)
    assert command("purge-trash").output == "Permanently deleted 0 posts.\n"
    assert command("purge-trash", "--older-than", "0m").output == "Permanently deleted 2 posts.\n"
    assert people().get(f"/posts/{kept['id']}").status_code == 200


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_purge_trash_skips_a_locked_post(make_client, command, trash):
    add, remaining = trash
    held_id, other_id = add(2, hours=99)
    other = make_client(DB_POOL_SIZE="2").application
    with other.app_context(), transaction() as session:
        session.execute(select(Post.id).where(Post.id == held_id).with_for_update())
        assert command("purge-trash", "--older-than", "1d").output == "Permanently deleted 1 posts.\n"
    assert remaining() == [held_id]
    assert other_id not in remaining()


@pytest.mark.parametrize("age", ["", "1", "d", "-1d", "1.5h", "1w", "١d", "1000000d"])
def test_an_invalid_age_is_rejected(command, age):
    for name in ("prune-tags", "purge-trash"):
        result = command(name, "--older-than", age)
        assert result.exit_code == 2
        assert "is not a valid age" in result.stderr


def test_rows_are_deleted_in_batches(command, make_tags, names, log_in, sessions, trash, monkeypatch):
    monkeypatch.setattr(housekeeping, "BATCH", 10)
    add, remaining = trash
    add(25, hours=99)
    assert command("purge-trash", "--older-than", "1d").output == "Permanently deleted 25 posts.\n"
    assert remaining() == []
    assert command("prune-tags", "--older-than", "0m").output == "Deleted 1 unused tags.\n"
    make_tags(*(f"tag {number}" for number in range(35)), hours=48)
    assert command("prune-tags").output == "Deleted 35 unused tags.\n"
    assert names() == []
    before = sessions()
    for _ in range(25):
        log_in(hours=-1)
    assert "Deleted 25 expired rows from sessions.\n" in command("cleanup").output
    assert sessions() == before


def test_prune_tags_keeps_a_tag_that_a_concurrent_request_uses(
    make_client, people, make_tags, names, command
):
    """The other request locks the tag before it links it to a post, so the tag still looks unused."""
    post_id = people().write()["id"]
    (tag_id,) = make_tags("wanted", hours=48)
    other = make_client(DB_POOL_SIZE="2").application
    held, looked = Event(), Event()

    def use_tag():
        with other.app_context(), transaction() as session:
            assert tags_crud.get_or_create_tag_ids(["wanted"]) == [tag_id]
            held.set()
            looked.wait(1)
            link = text("INSERT INTO post_tags (post_id, tag_id) VALUES (:post_id, :tag_id)")
            session.execute(link, {"post_id": post_id, "tag_id": tag_id})
        disconnect(other)

    thread = Thread(target=use_tag)
    thread.start()
    held.wait()
    result = command("prune-tags")
    looked.set()
    thread.join()
    assert result.output == "Deleted 0 unused tags.\n"
    assert names() == ["wanted"]
