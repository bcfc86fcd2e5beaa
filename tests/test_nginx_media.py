"""Tests of pictures behind nginx, configured as in deploy/."""

from __future__ import annotations

import contextlib
import http.client
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from blog_api.api.headers import DEFAULT_HEADERS, HSTS_HEADERS
from blog_api.api.stored_pictures import HEADERS
from blog_api.media.folders import Folder
from blog_api.media.variants import Variant
from tests.apps import migrate
from tests.certificates import insecure_context
from tests.nginx import DEPLOY, INSTANCE, SHARED, nginx
from tests.service import launch

KEY, ELSEWHERE = "0123456789abcdef" * 2, "f" * 32
URL = f"/media/{KEY}/640.webp"
DATA = bytes(range(256)) * 1000
EVERY = {**DEFAULT_HEADERS, **HSTS_HEADERS, **HEADERS, "Content-Length": str(len(DATA))}


@pytest.fixture(scope="module")
def front():
    """nginx with a folder of pictures, and a service with a folder of its own, which has one more picture."""
    # Other users can read this folder.
    with tempfile.TemporaryDirectory(prefix="blog-instance-") as folder:
        instance = Path(folder)
        instance.chmod(0o755)
        Folder(instance / "media").put(KEY, [Variant(640, 480, DATA)])
        Folder(instance / "other").put(ELSEWHERE, [Variant(640, 480, DATA)])
        Folder(instance / "other").put(KEY, [Variant(640, 480, b"of the service")])
        shared = (DEPLOY / SHARED).read_text(encoding="utf-8")
        assert shared.count(f"root {INSTANCE};") == 1
        shared = shared.replace(INSTANCE, folder)
        url = migrate(f"sqlite:///{instance / 'blog.db'}")
        with (
            launch(url, MEDIA_STORE=str(instance / "other")) as service,
            nginx(service.url, shared) as running,
        ):
            yield running


def send(front, method, path, body=None, **headers):
    address = urlsplit(front.url)
    connection = http.client.HTTPSConnection(address.netloc, timeout=30, context=insecure_context())
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()


@pytest.mark.parametrize("path", [URL, f"/media/{ELSEWHERE}/640.webp"], ids=["nginx", "service"])
def test_a_picture_has_the_same_headers_from_nginx_and_from_the_service(front, path):
    status, headers, body = send(front, "GET", path)
    assert (status, body) == (200, DATA)
    expected = {
        name: text for name, text in EVERY.items() if name != "Strict-Transport-Security" or path == URL
    }
    assert {name: headers.get_all(name) for name in expected} == {
        name: [text] for name, text in expected.items()
    }
    assert headers["X-Request-ID"]
    assert not headers["ETag"].startswith("W/")
    assert send(front, "GET", path, **{"If-None-Match": headers["ETag"]})[0] == 304
    assert send(front, "HEAD", path)[2] == b""


@pytest.mark.parametrize("path", [URL, f"/media/{ELSEWHERE}/640.webp"], ids=["nginx", "service"])
def test_ranges_are_parts_and_invalid_ones_problems(front, path):
    status, headers, body = send(front, "GET", path, Range="bytes=100-199")
    assert (status, headers["Content-Range"], body) == (206, "bytes 100-199/256000", DATA[100:200])
    status, headers, _ = send(front, "GET", path, Range="bytes=999999-")
    assert (status, headers["Content-Type"]) == (416, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/media/{'0' * 32}/640.webp", 404),
        ("GET", f"/media/{KEY}/640.part", 404),
        ("GET", "/media/", 404),
        ("GET", f"/media/{KEY}/../../blog.db", 404),
        ("GET", "/media/..%2fblog.db", 404),
        ("DELETE", URL, 405),
    ],
)
def test_the_service_answers_what_is_not_a_picture(front, method, path, status):
    found, headers, _ = send(front, method, path)
    assert (found, headers["Content-Type"]) == (status, "application/problem+json")


def test_uploads_may_be_larger_than_other_bodies(front):
    # Without a token: the service has received the body.
    assert send(front, "POST", "/api/v1/media", b" " * 20_000_000)[0] in (401, 404)
    status, headers, body = send(front, "POST", "/api/v1/media", b" " * 23_000_000)
    assert (status, headers["Content-Type"]) == (413, "application/problem+json")
    assert b"20 MB" in body
