"""Tests of the stores of pictures: both kinds behave alike."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from blog_api.media.failures import StoreUnavailable
from blog_api.media.folders import Folder
from blog_api.media.objects import object_name
from blog_api.media.stores import open_store
from blog_api.media.variants import Variant
from tests.s3 import access_to, ask_s3, s3_server
from tests.tools import skip_or_fail

KEY, OTHER = "0123456789abcdef" * 2, "f" * 32


SMALL, LARGE = Variant(320, 240, b"small"), Variant(1280, 240, b"large" * 1000)


@pytest.fixture(scope="module")
def s3_url():
    with s3_server("blog-media") as url:
        yield url


@pytest.fixture
def prefix(s3_url, monkeypatch):
    """An empty prefix of the bucket, to which this process has access."""
    for name, value in access_to(s3_url).items():
        monkeypatch.setenv(name, value)
    return secrets.token_hex(4)


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path):
    """An empty store. Its folder does not exist yet."""
    if request.param == "folder":
        return open_store(str(tmp_path / "new" / "media"))
    return open_store(f"s3://blog-media/{request.getfixturevalue('prefix')}")


def listed(store):
    """Return the names and sizes of all objects."""
    return [(one.name, one.size) for one in store.names()]


def content(store, name):
    """Return the bytes of an object, or None."""
    size, found = store.size(name), store.read(name)
    if found is None:
        return None
    data = b"".join(found.chunks)
    assert found.size == size == len(data)
    return data


def test_variants_are_stored_listed_and_deleted(store):
    store.put(KEY, [SMALL, LARGE])
    store.put(OTHER, [SMALL])
    assert content(store, f"{KEY}/1280.webp") == LARGE.data
    assert sorted(listed(store)) == [
        (f"{KEY}/1280.webp", 5000),
        (f"{KEY}/320.webp", 5),
        (f"{OTHER}/320.webp", 5),
    ]
    store.delete(KEY, [320, 1280])
    assert listed(store) == [(f"{OTHER}/320.webp", 5)]
    assert content(store, f"{KEY}/320.webp") is None


def test_objects_are_listed_in_the_order_of_their_keys_with_their_times(store, monkeypatch):
    monkeypatch.setattr("blog_api.media.folders.KEYS", 2)
    keys = [letter * 32 for letter in "c0af5"]
    for key in keys:
        store.put(key, [SMALL])
    found = list(store.names())
    assert [one.key for one in found] == sorted(keys)
    assert {one.width for one in found} == {320}
    assert all(abs(datetime.now(UTC) - one.modified) < timedelta(minutes=5) for one in found)


def test_a_part_of_an_object_can_be_read(store):
    store.put(KEY, [Variant(320, 240, bytes(range(256)) * 1000)])
    found = store.read(f"{KEY}/320.webp", 1000, 201_000)
    assert (found.size, b"".join(found.chunks)) == (200_000, (bytes(range(256)) * 1000)[1000:201_000])
    assert store.read(f"{KEY}/640.webp", 0, 10) is None


def test_storing_and_deleting_can_be_repeated(store):
    for _ in range(2):
        store.put(KEY, [SMALL, LARGE])
    assert content(store, f"{KEY}/1280.webp") == LARGE.data
    for _ in range(2):
        store.delete(KEY, [320, 640, 1280])
    assert listed(store) == []


def test_an_empty_store_has_no_names_and_is_not_created(store):
    assert listed(store) == []
    store.delete(KEY, [320])
    assert content(store, f"{KEY}/320.webp") is None
    assert not isinstance(store, Folder) or not store.path.parent.exists()


@pytest.mark.parametrize(
    ("key", "width"),
    [
        ("..", 320),
        ("../" + "a" * 29, 320),
        ("A" * 32, 320),
        ("a" * 31, 320),
        (KEY, 0),
        (KEY, -1),
        (KEY, "320/../x"),
    ],
)
def test_no_name_leaves_the_store(store, key, width):
    with pytest.raises(ValueError, match="not the name of a picture"):
        object_name(key, width)
    with pytest.raises(ValueError, match="not the name of a picture"):
        store.put(key, [Variant(width, 240, b"data")])
    assert listed(store) == []


@pytest.mark.parametrize("key", ["..", ".", "", "a/b", "/etc"])
def test_nothing_outside_of_a_key_is_deleted(store, key):
    store.put(KEY, [SMALL])
    with pytest.raises(ValueError, match="This is not"):
        store.delete(key, [320])
    assert listed(store) == [(f"{KEY}/320.webp", 5)]


def test_files_that_another_process_deletes_at_the_same_time_are_all_deleted(tmp_path, monkeypatch):
    store, rmtree = Folder(tmp_path), shutil.rmtree
    store.put(KEY, [SMALL, LARGE])

    def overtaken(folder):
        (folder / "320.webp").unlink()
        monkeypatch.setattr(shutil, "rmtree", rmtree)
        raise FileNotFoundError

    monkeypatch.setattr(shutil, "rmtree", overtaken)
    store.delete(KEY, [320, 1280])
    assert list(tmp_path.iterdir()) == []


def test_the_folder_has_no_empty_subfolders_and_no_unfinished_files(tmp_path):
    store = Folder(tmp_path)
    store.put(KEY, [SMALL])
    assert [path.name for path in (tmp_path / KEY).iterdir()] == ["320.webp"]
    (tmp_path / KEY / "640.part").write_bytes(b"of a write that was interrupted")
    (tmp_path / "lost+found").mkdir()
    assert (f"{KEY}/640.part", 31) in listed(store)
    store.delete(KEY, [320])
    assert [path.name for path in tmp_path.iterdir()] == ["lost+found"]


def test_a_write_that_fails_leaves_no_part_of_an_object(tmp_path, monkeypatch):
    def fail(_descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreUnavailable):
        Folder(tmp_path).put(KEY, [SMALL])
    assert not (tmp_path / KEY / "320.webp").exists()


@pytest.fixture
def full_disk(tmp_path):
    """A folder on a disk of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        skip_or_fail(f"cannot mount a small disk: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_unavailable_and_recovers(full_disk):
    store = Folder(full_disk / "media")
    with pytest.raises(StoreUnavailable) as caught:
        store.put(KEY, [SMALL, Variant(1280, 240, os.urandom(200_000))])
    assert "No space left" in caught.value.orig
    assert caught.value.needs_operator
    store.delete(KEY, [320, 1280])
    store.put(OTHER, [SMALL])
    assert listed(store) == [(f"{OTHER}/320.webp", 5)]


def test_a_folder_that_cannot_be_created_is_unavailable(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable) as caught:
        Folder(tmp_path / "file" / "media").put(KEY, [SMALL])
    assert "Not a directory" in caught.value.orig


def test_objects_in_a_bucket_have_their_type_and_cache_headers(s3_url, prefix):
    open_store(f"s3://blog-media/{prefix}").put(KEY, [SMALL])
    reply = ask_s3(s3_url, "HEAD", f"/blog-media/{prefix}/{KEY}/320.webp")
    assert reply.headers["Content-Type"] == "image/webp"
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_bucket_can_contain_other_objects(s3_url, prefix):
    assert ask_s3(s3_url, "PUT", f"/blog-media/{prefix}/readme.txt").status == 200
    store = open_store(f"s3://blog-media/{prefix}")
    store.put(KEY, [SMALL])
    assert listed(store) == [(f"{KEY}/320.webp", 5)]
