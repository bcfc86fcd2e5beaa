"""Finding the pictures of a blog in a folder and on its server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blog_api.outgoing.client import Response
from blog_api.outgoing.failures import RequestFailed
from blog_api.services.importing.wordpress.media import FetchedMedia, MediaFolder
from blog_api.text.issues import Code, Refused
from tests.services.wordpress.exports import SITE, attachment, export, read_site

UPLOADS = f"{SITE}/wp-content/uploads"
PLACE = Path("export.xml")


@pytest.fixture
def site():
    with read_site(export(attachment(1, "2020/cat.jpg"))) as found:
        yield found


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (f"{UPLOADS}/2020/cat.jpg", "2020/cat.jpg"),
        ("http://www.blog.example/wp-content/uploads/a%20b.jpg?w=3#x", "a b.jpg"),
        ("//i0.wp.com/blog.example/wp-content/uploads/2020/cat.jpg?resize=3", "2020/cat.jpg"),
        ("/wp-content/uploads/2020/cat.jpg", "2020/cat.jpg"),
        ("https://name.files.wordpress.com/2020/cat.jpg", "2020/cat.jpg"),
        (f"{SITE}/cat.jpg", None),
        ("https://other.example/wp-content/uploads/cat.jpg", None),
        ("cat.jpg", None),
    ],
)
def test_uploads_are_recognised_by_url(site, tmp_path, url, path):
    assert MediaFolder(tmp_path, site, 10).path_of(url) == path


def test_the_original_is_preferred_to_a_smaller_copy(site, tmp_path):
    (tmp_path / "cat.jpg").write_bytes(b"original")
    for name in ("cat-300x200.jpg", "dog-300x200.jpg"):
        (tmp_path / name).write_bytes(b"small")
    media = MediaFolder(tmp_path, site, 10)
    found = {}
    for path in ("cat-300x200.jpg", "dog-300x200.jpg"):
        file, _ = media.open(path, PLACE)
        with file:
            found[path] = file.read()
    assert found == {"cat-300x200.jpg": b"original", "dog-300x200.jpg": b"small"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("no.jpg", Code.PICTURE_MISSING),
        ("../a.jpg", Code.PICTURE_OUTSIDE),
        ("large.jpg", Code.PICTURE_TOO_LARGE),
    ],
)
def test_invalid_and_missing_files_are_refused(site, tmp_path, path, code):
    (tmp_path / "large.jpg").write_bytes(b"x" * 11)
    with pytest.raises(Refused) as refused:
        MediaFolder(tmp_path, site, 10).open(path, PLACE)
    assert refused.value.code == code


class Server:
    """A client that gets these responses: bytes, a status, or the address of a redirect."""

    def __init__(self, responses):
        self.responses, self.requested = responses, []

    def send(self, _method, url, _headers, *, max_bytes):
        self.requested.append(url)
        answer = self.responses.get(url, 404)
        if isinstance(answer, int):
            return Response(answer, {}, b"", 0)
        if isinstance(answer, str):
            return Response(301, {"location": answer}, b"", 0)
        if isinstance(answer, bytes):
            return Response(200, {}, answer[:max_bytes], 0)
        raise answer


def fetch(site, folder, responses, url, trusted=()):
    server: Any = Server(responses)
    media = FetchedMedia(site, server, folder, 10, trusted)
    contents: list[object] = []
    for _ in range(2):
        try:
            file, path = media.open(media.path_of(url) or "", PLACE)
            with file:
                contents.append((file.read(), path.name))
        except Refused as error:
            contents.append(error.code)
    assert contents[0] == contents[1]
    return contents[0], server.requested


def test_a_picture_is_fetched_once_over_https(site, tmp_path):
    responses = {f"{UPLOADS}/cat.jpg": "/wp-content/uploads/new.jpg", f"{UPLOADS}/new.jpg": b"cat"}
    found, requested = fetch(
        site, tmp_path, responses, "http://blog.example/wp-content/uploads/cat-3x2.jpg?w=3"
    )
    assert found == (b"cat", "cat-3x2.jpg")
    assert requested == [f"{UPLOADS}/cat.jpg", f"{UPLOADS}/new.jpg"]


def test_a_trusted_host_may_use_http(site, tmp_path):
    url = "http://blog.example/wp-content/uploads/cat.jpg"
    assert fetch(site, tmp_path, {url: b"cat"}, url, ("blog.example",)) == ((b"cat", "cat.jpg"), [url])


@pytest.mark.parametrize(
    ("name", "requested", "shown"),
    [("caf\u00e9 1.jpg", "caf%C3%A9%201.jpg", "caf\u00e9 1.jpg"), ("a%00%0Ab.jpg", "a%00%0Ab.jpg", "ab.jpg")],
)
def test_odd_names_are_encoded_and_lose_their_control_characters(site, tmp_path, name, requested, shown):
    url = f"{UPLOADS}/{requested}"
    assert fetch(site, tmp_path, {url: b"cat"}, f"{UPLOADS}/{name}") == ((b"cat", shown), [url])


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (404, Code.PICTURE_MISSING),
        (b"x" * 11, Code.PICTURE_TOO_LARGE),
        (f"{UPLOADS}/cat.jpg", Code.PICTURE_MISSING),
        ("http://[::1", Code.PICTURE_MISSING),
        (RequestFailed("The host has an address that is not public."), Code.PICTURE_MISSING),
    ],
)
def test_failures_are_not_repeated(site, tmp_path, answer, code):
    found, requested = fetch(site, tmp_path, {f"{UPLOADS}/cat.jpg": answer}, f"{UPLOADS}/cat.jpg")
    assert found == code
    assert len(requested) in (1, 4)
