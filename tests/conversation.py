"""Send the requests that a page of the documentation shows, and compare the responses with those on the page."""

from __future__ import annotations

import json
import re

from config import PROJECT
from tests.pictures import picture

# Headers and members that differ each time. Requests repeat them as they were received.
CHANGING = {
    "ETag",
    "id",
    "media_id",
    "parent_id",
    "post_id",
    "ids",
    "token",
    "url",
    "expires_at",
    "created_at",
    "updated_at",
    "published_at",
}


def messages(page):
    """Return the requests and responses on a page in docs/, in pairs."""
    text = (PROJECT / "docs" / page).read_text("utf-8")
    blocks = re.findall(r"```http\n(.*?)```", text, re.DOTALL)
    return list(zip(blocks[::2], blocks[1::2], strict=True))


class Conversation:
    """Sends requests, and remembers what the service has sent in place of the values on the page."""

    def __init__(self, client, received):
        self.client, self.received = client, received

    def filled(self, text):
        """Return a text with the values that the service has sent."""
        for shown, received in self.received.items():
            text = re.sub(rf"(?<!\w){re.escape(str(shown))}(?!\w)", str(received), text)
        return text

    def send(self, block):
        head, _, body = self.filled(block).partition("\n\n")
        (method, path), headers = (
            head.split("\n")[0].split(),
            dict(re.findall("^(.+?): (.+)$", head, re.MULTILINE)),
        )
        if headers.get("Content-Type", "").startswith("multipart/form-data"):
            sent = {"data": form(body)}
        else:
            sent = {"json": json.loads(body) if body else None}
        return self.client.open(path, method=method, headers=headers, **sent)

    def compare(self, block, reply):
        head, _, body = block.partition("\n\n")
        assert head.split()[1] == str(reply.status_code), (block, reply.text)
        if body:
            self.match("", json.loads(body), reply.json)
        for name, value in re.findall("^(.+?): (.+)$", head, re.MULTILINE):
            self.match(name, self.filled(value) if name == "Location" else value, reply.headers[name])

    def match(self, name, shown, received):
        """Compare a value with the one on the page, which leaves out members of objects."""
        if name in CHANGING and shown is not None:
            assert self.received.setdefault(shown, received) == received, name
        elif isinstance(shown, dict):
            assert shown.keys() <= received.keys(), (shown, received)
            for key, value in shown.items():
                self.match(key, value, received[key])
        elif isinstance(shown, list):
            assert len(shown) == len(received), (shown, received)
            for one, other in zip(shown, received, strict=True):
                self.match(name, one, other)
        else:
            assert shown == received, (name, received)


def form(body):
    """Return a form with a picture in place of FILE."""
    return body.replace("\n", "\r\n").encode().replace(b"FILE", picture(1000, 667, "JPEG"))
