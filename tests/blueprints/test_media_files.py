"""Tests of /media, from a folder and from a bucket."""

from __future__ import annotations

import pytest

from blog_api.api.headers import DEFAULT_HEADERS
from blog_api.api.stored_pictures import HEADERS
from blog_api.media.variants import Variant
from tests.apps import make_app
from tests.postgres import free_port
from tests.s3 import access_to, s3_server
from tests.slow_views import assert_unavailable

KEY = "0123456789abcdef" * 2
URL = f"/media/{KEY}/640.webp"
DATA = bytes(range(256)) * 1000
TAG = f'"{KEY}-640"'


def ask(client, url, **options):
    """Send a request, and return the response with its whole body."""
    return client.open(url, buffered=True, **options)


@pytest.fixture(scope="module")
def s3_url():
    with s3_server("blog-media") as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def make(request, tmp_path, monkeypatch):
    """A function that creates an app whose store has a picture. Its database does not exist."""
    store = str(tmp_path / "media")
    if request.param == "bucket":
        store = "s3://blog-media/pictures"
        for name, value in access_to(request.getfixturevalue("s3_url")).items():
            monkeypatch.setenv(name, value)

    def create(**settings):
        app = make_app(f"sqlite:///{tmp_path / 'missing.db'}", MEDIA_STORE=store, **settings)
        app.extensions["media_store"].put(KEY, [Variant(640, 480, DATA)])
        return app

    yield create
    assert not (tmp_path / "missing.db").exists()


@pytest.fixture
def client(make):
    return make().test_client()


def test_a_picture_is_sent_with_headers_for_caches_and_browsers(client):
    reply = ask(client, URL)
    assert (reply.status_code, reply.data) == (200, DATA)
    expected = {**DEFAULT_HEADERS, **HEADERS, "ETag": TAG, "Content-Type": "image/webp"}
    expected |= {"Content-Length": str(len(DATA)), "Accept-Ranges": "bytes"}
    assert {name: reply.headers.getlist(name) for name in expected} == {
        name: [value] for name, value in expected.items()
    }
    assert reply.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_head_has_the_headers_of_get(client):
    head, get = ask(client, URL, method="HEAD"), ask(client, URL)
    assert (head.status_code, head.data) == (200, b"")
    own = {"X-Request-ID"}
    assert {(name, text) for name, text in head.headers if name not in own} == {
        (name, text) for name, text in get.headers if name not in own
    }


@pytest.mark.parametrize("tag", [TAG, f"W/{TAG}", f'"other", {TAG}', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_known_picture_is_not_sent_again(client, method, tag):
    reply = ask(client, URL, method=method, headers={"If-None-Match": tag, "Range": "bytes=0-9"})
    assert (reply.status_code, reply.data) == (304, b"")
    assert (reply.headers["ETag"], reply.headers["Cache-Control"]) == (TAG, HEADERS["Cache-Control"])


def test_a_range_is_for_get_only(client):
    reply = ask(client, URL, method="HEAD", headers={"Range": "bytes=0-9"})
    assert (reply.status_code, reply.headers["Content-Length"]) == (200, str(len(DATA)))


def test_another_tag_gets_the_picture(client):
    assert ask(client, URL, headers={"If-None-Match": '"other"'}).data == DATA


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-299", 100, 300),
        ("bytes=255900-", 255_900, 256_000),
        ("bytes=-10", 255_990, 256_000),
        ("bytes=-999999", 0, 256_000),
        ("bytes=255999-999999", 255_999, 256_000),
        ("bytes=0-", 0, 256_000),
    ],
)
def test_a_range_is_a_part_of_the_picture(client, asked, start, end):
    reply = ask(client, URL, headers={"Range": asked})
    assert (reply.status_code, reply.data) == (206, DATA[start:end])
    assert reply.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert reply.headers["Content-Length"] == str(end - start)
    assert reply.headers["ETag"] == TAG


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5"])
def test_a_range_that_is_malformed_or_not_supported_is_ignored(client, asked):
    reply = ask(client, URL, headers={"Range": asked})
    assert (reply.status_code, reply.data) == (200, DATA)


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=999999-1000000"])
def test_a_range_that_cannot_be_sent_is_a_problem(client, asked):
    reply = ask(client, URL, headers={"Range": asked})
    assert (reply.status_code, reply.json["status"]) == (416, 416)
    assert reply.headers["Content-Range"] == f"bytes */{len(DATA)}"
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("tag", "status"), [(TAG, 206), ('"other"', 200)])
def test_if_range_sends_a_part_only_of_the_same_picture(client, tag, status):
    reply = ask(client, URL, headers={"Range": "bytes=0-9", "If-Range": tag})
    assert (reply.status_code, len(reply.data)) == (status, 10 if status == 206 else len(DATA))


@pytest.mark.parametrize(
    "path",
    [
        f"/media/{KEY}/320.webp",
        f"/media/{'0' * 32}/640.webp",
        f"/media/{KEY}/0640.webp",
        f"/media/{KEY}/640.png",
        f"/media/{KEY.upper()}/640.webp",
        f"/media/{KEY}/../{KEY}/640.webp",
        f"/media/{KEY}/640.webp/",
        f"/media/{KEY}",
        "/media/../config.py",
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}], ids=["whole", "part"])
def test_a_missing_picture_is_404(client, path, headers):
    reply = ask(client, path, headers=headers)
    assert (reply.status_code, reply.json["type"]) == (404, "/problems/not-found")
    assert reply.headers["Cache-Control"] == "no-store"


def test_pictures_can_only_be_read(client):
    assert client.delete(URL).status_code == 405


@pytest.mark.parametrize("path", ["/blog/media", "/media"])
def test_pictures_are_served_below_a_path_prefix(make, path):
    client = make(PUBLIC_URL="https://example.com/blog").test_client()
    assert ask(client, URL.replace("/media", path, 1)).data == DATA
    assert (
        ask(client, f"{path}/{'0' * 32}/640.webp")
        .json["instance"]
        .startswith("https://example.com/blog/media/")
    )


def test_pictures_are_not_kept_in_the_response_cache(make):
    app = make()
    for _ in range(3):
        assert ask(app.test_client(), URL).data == DATA
    assert not app.extensions["response_store"]._responses


def test_a_file_that_cannot_be_read_is_unavailable(tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'missing.db'}", MEDIA_STORE=str(tmp_path))
    (tmp_path / KEY / "640.webp").mkdir(parents=True)
    assert_unavailable(ask(app.test_client(), URL), "media store")


def test_a_bucket_that_is_down_is_unavailable_and_not_retried_immediately(tmp_path, monkeypatch, capsys):
    for name, value in access_to(f"http://127.0.0.1:{free_port()}").items():
        monkeypatch.setenv(name, value)
    app = make_app(f"sqlite:///{tmp_path / 'missing.db'}", MEDIA_STORE="s3://blog-media/pictures")
    client, store = app.test_client(), app.extensions["media_store"]
    assert_unavailable(ask(client, URL), "media store")
    assert "ConnectionRefused" in capsys.readouterr().err
    monkeypatch.setattr(store, "read", lambda *_: pytest.fail("the bucket was asked again"))
    assert_unavailable(ask(client, URL), "media store")
