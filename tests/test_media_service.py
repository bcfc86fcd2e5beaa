"""Tests of pictures served by the real service, whose workers are forked."""

from __future__ import annotations

import os

import pytest

from blog_api.media.stores import open_store
from blog_api.media.variants import Variant
from tests.apps import migrate
from tests.http import ask
from tests.s3 import access_to, s3_server
from tests.service import launch

KEY = "0123456789abcdef" * 2
URL = f"/media/{KEY}/2560.webp"
DATA = os.urandom(3_000_000)


@pytest.fixture
def s3_url():
    with s3_server("blog-media") as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def service(request, tmp_path, monkeypatch):
    """The URL of a service whose store has a picture."""
    store = str(tmp_path / "media")
    if request.param == "bucket":
        store = "s3://blog-media/pictures"
        for name, value in access_to(request.getfixturevalue("s3_url")).items():
            monkeypatch.setenv(name, value)
    open_store(store).put(KEY, [Variant(2560, 240, DATA)])
    with launch(migrate(f"sqlite:///{tmp_path / 'blog.db'}"), MEDIA_STORE=store) as running:
        yield running.url


def test_pictures_arrive_whole_and_in_parts(service):
    assert ask(service, "GET", URL).body == DATA
    part = ask(service, "GET", URL, headers={"Range": "bytes=1000000-"})
    assert (part.status, part.body) == (206, DATA[1_000_000:])
    head = ask(service, "HEAD", URL)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(DATA)))
    assert ask(service, "GET", URL, headers={"If-None-Match": head.headers["ETag"]}).status == 304
    assert ask(service, "GET", f"/media/{KEY}/320.webp").json["status"] == 404
