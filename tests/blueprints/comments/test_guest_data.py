"""`flask cleanup` erases the addresses of guests after 90 days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.blueprints.comments.helpers import comment_as_guest
from tests.cli.helpers import run_command


def test_addresses_of_guests_are_erased_after_90_days(
    app, client, people, open_to_guests, editor, post_id, sql, monkeypatch
):
    ids = [comment_as_guest(client, post_id).json["id"] for _ in range(5)]
    old = datetime.now(UTC) - timedelta(days=90, minutes=1)
    sql("UPDATE comments SET created_at = :old WHERE id <> :young", old=old, young=ids[0])
    before = [editor.get(f"/comments/{one}") for one in ids]
    monkeypatch.setattr("blog_api.services.housekeeping.BATCH", 2)
    assert "Erased the addresses of guests from 4 comments." in run_command(app, "cleanup").output
    kept = sql(
        "SELECT id, guest_name, guest_email, ip FROM comments WHERE guest_email IS NOT NULL OR ip IS NOT NULL"
    )
    assert kept == [(ids[0], "Ann Guest", "ann@guest.example", "127.0.0.1")]
    after = [editor.get(f"/comments/{one}") for one in ids]
    assert [reply.data for reply in after] == [reply.data for reply in before]
    assert "from 0 comments." in run_command(app, "cleanup").output
    events = people("admin").get("/audit?action=guests.erased").json["data"]
    assert [event["detail"] for event in events] == ["4 comments"]
