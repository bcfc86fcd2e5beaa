"""Tests of `check-media`, and of `cleanup` for pictures."""

from __future__ import annotations

import os
import time

import pytest

from blog_api.media.failures import StoreUnavailable
from tests.pictures import upload
from tests.stored_media import use_own_store

ORPHAN = "0123456789abcdef" * 2


@pytest.fixture
def stored(app, sql, tmp_path, monkeypatch):
    return use_own_store(app, sql, tmp_path, monkeypatch)


@pytest.fixture
def check(command):
    """Run `check-media`, and return its exit status, the lines of its output and the error."""

    def run(*options):
        result = command("check-media", *options)
        return result.exit_code, result.stdout.splitlines(), result.stderr

    return run


@pytest.fixture
def add_orphan(stored):
    """Store an object without a row that is this many days old."""

    def add(days, name="320.webp"):
        path = stored.store.path / ORPHAN / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
        stored_at = time.time() - days * 24 * 3600
        os.utime(path, (stored_at, stored_at))

    return add


def test_without_pictures_nothing_differs(check, stored):
    assert check() == (0, ["pictures    0 stored, 0 unfinished", "objects     0, 0 bytes"], "")
    assert not stored.store.path.exists()


def test_rows_and_objects_that_agree_are_counted(check, stored, people):
    ada = people()
    for _ in range(3):
        upload(ada)
    size = sum(stored.sizes().values())
    assert check() == (0, ["pictures    3 stored, 0 unfinished", f"objects     6, {size} bytes"], "")


def test_lost_objects_are_reported_with_their_uploads_and_posts(check, stored, people):
    ada = people()
    media, other = upload(ada), upload(ada)
    post = ada.write(image={"media_id": media["id"]})
    live = ada.write()
    assert ada.patch(f"/posts/{live['id']}/working-copy", {"content": media["url"]}).status_code == 200
    assert ada.patch("/users/me", {"image": {"media_id": media["id"]}}).status_code == 200
    key = media["url"].split("/")[2]
    (stored.store.path / key / "320.webp").unlink()
    (stored.store.path / key / "400.webp").write_bytes(b"damaged")
    status, lines, error = check("--repair")
    bytes_ = media["bytes"]
    assert lines[0] == (
        f"lost        {key}: 320.webp is missing, 400.webp has 7 bytes instead of {bytes_}; "
        f"uploads {media['id']}; posts {post['id']}, {live['id']}; accounts {ada.id}"
    )
    assert (status, len(lines)) == (1, 3)
    assert error == "Error: 1 lost: restore the objects from a backup of the store.\n"
    assert ada.get(f"/media/{media['id']}").status_code == 200
    assert ada.get(f"/media/{other['id']}").status_code == 200


def test_objects_without_a_row_are_deleted_only_with_repair_and_after_a_day(
    check, stored, people, add_orphan
):
    upload(people())
    add_orphan(days=0.5)
    line = f"orphan      {ORPHAN}: 1 objects without a row, 12 hours old"
    for options in ([], ["--repair"]):
        status, lines, error = check(*options)
        assert (status, line in lines) == (1, True)
        assert error == "Error: 1 orphan: delete old ones with --repair.\n"
    add_orphan(days=3)
    add_orphan(days=3, name="640.part")
    assert check()[0] == 1
    line = f"orphan      {ORPHAN}: 2 objects without a row, 3 days old: deleted"
    status, lines, _ = check("--repair")
    assert (status, line in lines) == (0, True)
    stored.assert_tidy()
    assert check()[0] == 0
    assert stored.sql("SELECT detail FROM audit_events WHERE action = 'media.cleaned'") == [
        (f"{ORPHAN}: 2 objects without a row, 3 days old",)
    ]


def test_an_unknown_object_of_a_picture_is_reported_and_kept(check, stored, people):
    key = upload(people())["url"].split("/")[2]
    (stored.store.path / key / "999.webp").write_bytes(b"picture")
    status, lines, _ = check("--repair")
    assert (status, lines[0]) == (1, f"orphan      {key}: 999.webp: not a size of this picture")
    assert f"{key}/999.webp" in stored.sizes()


def test_unfinished_uploads_and_deletions_are_reported_and_cleaned_up(check, command, stored, people):
    ada = people()
    keys = [upload(ada)["url"].split("/")[2] for _ in range(2)]
    stored.sql("DELETE FROM media")
    stored.sql("UPDATE media_files SET state = 'pending'")
    assert check() == (
        0,
        [*_began(keys, "0 minutes"), "pictures    0 stored, 2 unfinished", _objects(stored)],
        "",
    )
    stored.make_old()
    status, lines, error = check()
    assert (status, lines[:2]) == (1, _began(keys, "2 days"))
    assert error == "Error: 2 unfinished: run flask --app wsgi cleanup.\n"
    stored.sql("UPDATE media_files SET state = 'deleting' WHERE key = :key", key=keys[0])
    assert f"unfinished  {keys[0]}: a picture uploaded 2 days ago is being deleted" in check()[1]
    result = command("cleanup")
    assert (result.exit_code, "Deleted 2 pictures whose upload" in result.stdout) == (0, True)
    assert check()[0] == 0
    assert stored.sql("SELECT detail FROM audit_events WHERE action = 'media.cleaned'") == [("2 files",)]


def _began(keys, age):
    return [f"unfinished  {key}: the upload began {age} ago" for key in sorted(keys)]


def _objects(stored):
    sizes = stored.sizes()
    return f"objects     {len(sizes)}, {sum(sizes.values())} bytes"


def test_cleanup_without_the_store_does_everything_else_and_fails(command, stored, people, monkeypatch):
    ada = people()
    upload(ada)
    stored.sql("DELETE FROM media")
    stored.sql("UPDATE media_files SET state = 'deleting'")
    stored.sql("UPDATE sessions SET expires_at = created_at")

    def fail(*_arguments):
        raise StoreUnavailable("down", needs_operator=False)

    with monkeypatch.context() as patch:
        patch.setattr(stored.store, "delete", fail)
        result = command("cleanup")
    assert (result.exit_code, "Deleted 1 expired rows from sessions.\n" in result.stdout) == (1, True)
    assert result.stderr.startswith("Error: Some pictures could not be deleted")
    stored.assert_safe()
    assert command("cleanup").exit_code == 0
    assert (stored.states(), stored.sizes()) == ({}, {})


def test_a_store_that_is_down_is_an_error(check, stored, monkeypatch):
    monkeypatch.setattr(stored.store, "path", stored.store.path / "file")
    stored.store.path.parent.mkdir()
    stored.store.path.write_bytes(b"")
    assert check() == (1, [], "Error: The media store is not available.\n")


@pytest.mark.usefixtures("stored")
def test_pictures_are_compared_in_batches(check, people, monkeypatch):
    monkeypatch.setattr("blog_api.crud.media.checks.BATCH", 2)
    monkeypatch.setattr("blog_api.media.folders.KEYS", 2)
    ada = people()
    for _ in range(5):
        upload(ada)
    status, lines, _ = check()
    assert (status, lines[0]) == (0, "pictures    5 stored, 0 unfinished")
