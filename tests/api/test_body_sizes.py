"""Body sizes: the limit, Content-Length that does not match, and chunked bodies."""

from __future__ import annotations

import io

from blog_api.api.parsing import MAX_BODY

JSON = "application/json"
POST = b'{"title": "x", "content": ""}'


def padded(size):
    """A valid post padded to `size` bytes."""
    return POST + b" " * (size - len(POST))


def test_a_body_at_the_limit_is_accepted_and_one_byte_more_is_413(people):
    ada = people()
    first, reply = (
        ada.request("POST", "/posts", data=padded(MAX_BODY + more), content_type=JSON) for more in (0, 1)
    )
    assert first.status_code == 201
    assert (reply.status_code, reply.json["type"]) == (413, "/problems/content-too-large")


class Chunks(io.RawIOBase):
    """A stream that returns the body in chunks, as a WSGI server does for a chunked request."""

    def __init__(self, body, piece=65_536):
        self.body, self.piece = io.BytesIO(body), piece

    def readable(self):
        return True

    def read(self, size=-1):
        return self.body.read(self.piece if size < 0 else min(size, self.piece))

    def readinto(self, buffer):
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def chunked(body, **options):
    return {
        "environ_overrides": {
            "wsgi.input": Chunks(body, **options),
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        }
    }


def test_a_chunked_body_has_the_same_limit(people):
    ada = people()
    for size, status in ((100, 201), (MAX_BODY, 201), (MAX_BODY + 1, 413), (3 * MAX_BODY, 413)):
        reply = ada.request("POST", "/posts", content_type=JSON, **chunked(padded(size)))
        assert (size, reply.status_code) == (size, status), reply.text
    reply = ada.request("POST", "/posts", content_type=JSON, **chunked(POST, piece=3))
    assert reply.status_code == 201


def test_a_body_shorter_than_its_content_length_is_400(people):
    options = {"input_stream": io.BytesIO(POST), "environ_overrides": {"CONTENT_LENGTH": str(len(POST) + 5)}}
    reply = people().request("POST", "/posts", content_type=JSON, **options)
    assert (reply.status_code, reply.json["type"]) == (400, "/problems/bad-request")


def test_a_body_is_read_up_to_its_content_length(people):
    options = {
        "input_stream": io.BytesIO(POST + b"more"),
        "environ_overrides": {"CONTENT_LENGTH": str(len(POST))},
    }
    assert people().request("POST", "/posts", content_type=JSON, **options).status_code == 201
