"""The requests of the load, half of them writes, and the ledger of acknowledged and applied writes."""

from __future__ import annotations

import io
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PIL import Image
from sqlalchemy import Engine, text

from faults.load import Outcome, Request

POSTS = 2000
AUTHORS = 20
# Update posts in turn, so that no two updates of the same post overlap.
_UPDATED = itertools.cycle(range(1, POSTS + 1))
# Published posts of the blog, to save working copies of.
LIVE = range(20, POSTS + 1, 20)
_EDITED, _COMMENTED = itertools.cycle(LIVE), itertools.cycle(LIVE)
# Each published post (bench/data.py) is liked once, so that a like can be recognised by its post.
_LIKED = itertools.cycle(number for number in range(1, POSTS + 1) if number % 20 != 7 and number % 50 != 3)
# One in so many writes saves a working copy, and one in so many reads shows a preview.
EVERY = 5
# One in so many writes uploads a picture.
UPLOAD_EVERY = 20
# One write in ten comments on a post, and one in ten likes one: those whose number ends with this digit.
COMMENT, LIKE = 3, 7
BOUNDARY = "boundary-of-the-form"
FORM = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="alt"\r\n\r\n%b\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="picture.png"\r\n\r\n%b\r\n'
    f"--{BOUNDARY}--\r\n"
).encode()

# Triggers that record every title that a committed transaction has written, even if the post changed later.
_NOTES = {
    "postgresql": [
        "CREATE TABLE applied_writes (title text NOT NULL, made boolean NOT NULL)",
        """CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO applied_writes VALUES (NEW.title, TG_OP = 'INSERT' AND TG_TABLE_NAME = 'posts');
            RETURN NULL;
        END $$""",
        "CREATE TRIGGER note_insert AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION note_write()",
        "CREATE TRIGGER note_update AFTER UPDATE OF title ON posts FOR EACH ROW EXECUTE FUNCTION note_write()",
        """CREATE TRIGGER note_copy AFTER INSERT OR UPDATE OF title ON working_copies
            FOR EACH ROW EXECUTE FUNCTION note_write()""",
        """CREATE FUNCTION note_upload() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO applied_writes VALUES (NEW.alt, false);
            RETURN NULL;
        END $$""",
        "CREATE TRIGGER note_upload AFTER INSERT ON media FOR EACH ROW EXECUTE FUNCTION note_upload()",
        """CREATE FUNCTION note_comment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO applied_writes VALUES (NEW.content, true);
            RETURN NULL;
        END $$""",
        "CREATE TRIGGER note_comment AFTER INSERT ON comments FOR EACH ROW EXECUTE FUNCTION note_comment()",
        """CREATE FUNCTION note_like() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO applied_writes VALUES ('Like ' || NEW.post_id, false);
            RETURN NULL;
        END $$""",
        "CREATE TRIGGER note_like AFTER INSERT ON likes FOR EACH ROW EXECUTE FUNCTION note_like()",
    ],
    "sqlite": [
        "CREATE TABLE applied_writes (title text NOT NULL, made boolean NOT NULL)",
        """CREATE TRIGGER note_insert AFTER INSERT ON posts
            BEGIN INSERT INTO applied_writes VALUES (NEW.title, true); END""",
        """CREATE TRIGGER note_update AFTER UPDATE OF title ON posts
            BEGIN INSERT INTO applied_writes VALUES (NEW.title, false); END""",
        """CREATE TRIGGER note_new_copy AFTER INSERT ON working_copies
            BEGIN INSERT INTO applied_writes VALUES (NEW.title, false); END""",
        """CREATE TRIGGER note_copy AFTER UPDATE OF title ON working_copies
            BEGIN INSERT INTO applied_writes VALUES (NEW.title, false); END""",
        """CREATE TRIGGER note_upload AFTER INSERT ON media
            BEGIN INSERT INTO applied_writes VALUES (NEW.alt, false); END""",
        """CREATE TRIGGER note_comment AFTER INSERT ON comments
            BEGIN INSERT INTO applied_writes VALUES (NEW.content, true); END""",
        """CREATE TRIGGER note_like AFTER INSERT ON likes
            BEGIN INSERT INTO applied_writes VALUES ('Like ' || NEW.post_id, false); END""",
    ],
}

_MISCOUNTED = """
    SELECT count(*) FROM posts LEFT JOIN post_activity AS activity ON activity.post_id = posts.id
    WHERE coalesce(activity.likes, 0) <> (SELECT count(*) FROM likes WHERE likes.post_id = posts.id)
    OR coalesce(activity.comments, 0)
        <> (SELECT count(*) FROM comments WHERE comments.post_id = posts.id AND comments.status = 'approved')
"""


def prepare(engine: Engine) -> None:
    """Create the triggers that record writes, and make the first author an admin."""
    with engine.begin() as connection:
        for statement in _NOTES[engine.dialect.name]:
            connection.execute(text(statement))
        connection.execute(text("UPDATE users SET role = 'admin' WHERE id = 1"))


def make_requests(token: str, preview: str) -> Iterator[Request]:
    """Yield an endless sequence of alternating writes and reads. `preview` is the token of a preview to read."""
    known = {"Authorization": f"Bearer {token}"}
    for number in itertools.count():
        if number % 2 == 0:
            yield _make_write(number // 2, known)
        elif number // 2 % EVERY == 0:
            yield Request("GET", f"/api/v1/previews/{preview}")
        else:
            yield _make_read(number // 2, known)


def _make_write(number: int, known: dict[str, str]) -> Request:
    mark = f"Write {number}"
    if number % UPLOAD_EVERY == 1:
        headers = {**known, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return Request("POST", "/api/v1/media", headers, FORM % (mark.encode(), _picture(number)), mark)
    if number % EVERY == 0:
        body = json.dumps({"title": mark}).encode()
        return Request("PATCH", f"/api/v1/posts/{next(_EDITED)}/working-copy", known, body, mark)
    if number % 10 == LIKE:
        liked = next(_LIKED)
        return Request("PUT", f"/api/v1/posts/{liked}/like", known, mark=f"Like {liked}")
    headers = {**known, "Idempotency-Key": f"write-{number}"}
    if number % 10 == COMMENT:
        body = json.dumps({"content": mark}).encode()
        return Request("POST", f"/api/v1/posts/{next(_COMMENTED)}/comments", headers, body, mark)
    if number % 2:
        body = json.dumps({"title": mark}).encode()
        return Request("PATCH", f"/api/v1/posts/{next(_UPDATED)}", known, body, mark)
    post = {"title": mark, "content": "Some words. " * 40, "status": "published", "tags": ["big", "topic-7"]}
    return Request("POST", "/api/v1/posts", headers, json.dumps(post).encode(), mark)


def _picture(number: int) -> bytes:
    """Return a small picture. Every third one is equal to an earlier one."""
    file = io.BytesIO()
    color = number // UPLOAD_EVERY * 2 // 3
    Image.new("RGB", (64, 48), f"#{color:06x}").save(file, "PNG")
    return file.getvalue()


def _make_read(number: int, known: dict[str, str]) -> Request:
    target = (
        "/api/v1/posts?limit=20",
        f"/api/v1/posts/{1 + number % POSTS}",
        f"/api/v1/posts?limit=10&author=author-{1 + number % AUTHORS}",
        f"/api/v1/posts/slug/post-{1 + number % POSTS}",
    )[number % 4]
    return Request("GET", target, known if number % 8 < 4 else {})


@dataclass(frozen=True, slots=True)
class Applied:
    """Writes in the database: how often each mark was written, and how many posts or comments were created with it."""

    written: Counter[str]
    created: Counter[str]


def read_applied(engine: Engine) -> Applied:
    """Return all committed writes."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT title, made FROM applied_writes")).all()
    return Applied(Counter(title for title, _ in rows), Counter(title for title, made in rows if made))


def count_miscounted(engine: Engine) -> int:
    """Count the posts whose counts of comments and likes differ from their comments and likes."""
    with engine.connect() as connection:
        return int(connection.execute(text(_MISCOUNTED)).scalar_one())


@dataclass(frozen=True, slots=True)
class Ledger:
    """The outcomes of the writes by response: acknowledged, refused or unknown."""

    acknowledged: list[Outcome]
    refused: list[Outcome]
    unknown: list[Outcome]

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Ledger:
        """Return the ledger of the writes in `outcomes`."""
        writes = [outcome for outcome in outcomes if outcome.request.mark]
        good = [write for write in writes if write.is_good]
        unknown = [write for write in writes if _is_unknown(write)]
        return cls(good, [write for write in writes if not (write.is_good or _is_unknown(write))], unknown)

    def lost(self, applied: Applied) -> list[Outcome]:
        """Return acknowledged writes that are not in the database."""
        return [write for write in self.acknowledged if not applied.written[write.request.mark]]

    def refused_yet_applied(self, applied: Applied) -> list[Outcome]:
        """Return refused writes that are in the database."""
        return [write for write in self.refused if applied.written[write.request.mark]]

    def pictures(self) -> list[Request]:
        """Return requests for the files of all acknowledged uploads."""
        uploads = (
            json.loads(write.reply.body)
            for write in self.acknowledged
            if write.request.is_upload and write.reply
        )
        return [Request("GET", variant["url"]) for upload in uploads for variant in upload["variants"]]

    def to_retry(self) -> list[Request]:
        """Return the unacknowledged new posts and comments, which clients retry with the same key."""
        return [write.request for write in (*self.refused, *self.unknown) if write.request.has_key]


def _is_unknown(write: Outcome) -> bool:
    """Return whether the outcome is unknown: no response, or a response that COMMIT was interrupted."""
    return write.reply is None or b"/problems/outcome-unknown" in write.reply.body
