"""Send one request."""

from __future__ import annotations

from blog_api.outgoing.client import Client

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LOCAL = {"127.0.0.1"}


def send(port, *, seconds=10.0, path="/", scheme="http", host="127.0.0.1", trusted=LOCAL, **options):
    with Client(trusted, seconds=seconds, **options) as client:
        return client.send("POST", f"{scheme}://{host}:{port}{path}", {"X-Test": "yes"}, b"{}")
