"""Tests of uploads on a full disk."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from blog_api.media.folders import Folder
from tests.databases import on_one_database
from tests.pictures import upload
from tests.slow_views import assert_unavailable
from tests.stored_media import StoredMedia
from tests.tools import skip_or_fail

pytestmark = on_one_database
KILOBYTES = 128


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own with little space."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={KILOBYTES}k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        skip_or_fail("mounting a small disk requires root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def form():
    """A form with a picture that takes more space than there is, as sent and as stored."""
    file = io.BytesIO()
    Image.frombytes("RGB", (640, 480), os.urandom(640 * 480 * 3)).save(file, "PNG")
    file.seek(0)
    # The test client would write a large form to a file.
    boundary, body = encode_multipart({"file": FileStorage(file, "noise.png")})
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


@pytest.fixture
def stored(app, sql, small_disk, monkeypatch):
    store = Folder(small_disk / "media")
    monkeypatch.setitem(app.extensions, "media_store", store)
    return StoredMedia(sql, store)


def test_an_upload_to_a_full_store_is_a_503_and_frees_the_space(people, stored, form):
    ada = people()
    assert_unavailable(ada.post("/media", **form), "store")
    stored.assert_safe()
    assert stored.sizes() == {}
    assert ada.get("/media").json["data"] == []
    upload(ada)
    stored.assert_safe()


@pytest.mark.usefixtures("stored")
def test_an_upload_that_cannot_be_received_is_a_503(people, form, small_disk, monkeypatch, sql):
    ada = people()
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    assert_unavailable(ada.post("/media", **form), "no space")
    assert (sql.one("SELECT count(*) FROM media_files"), list(small_disk.iterdir())) == (0, [])
    upload(ada)
