"""Commands are audited, without an actor and an address."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from blog_api.crud import outbox
from blog_api.database.columns import utcnow
from blog_api.database.session import transaction
from blog_api.models.outbox import OutboxMessage
from blog_api.models.sessions import LoginSession


@pytest.fixture
def events(people):
    """Read the audit events of commands as (action, detail), oldest first."""
    admin = people("admin")

    def read():
        rows = admin.get("/audit?sort=created_at&limit=100").json["data"]
        assert {(row["actor_id"], row["address"], row["request_id"]) for row in rows} <= {(None, "", "")}
        return [(row["action"], row["detail"]) for row in rows]

    return read


def test_deletions_are_audited_unless_nothing_was_deleted(command, people, events):
    ada = people()
    post = ada.write(tags=["Gone"])
    ada.patch(f"/posts/{post['id']}", json={"tags": []})
    ada.delete(f"/posts/{post['id']}")
    for _ in range(2):
        for name in ("purge-trash", "prune-tags"):
            assert command(name, "--older-than", "0m").exit_code == 0
    assert events() == [("trash.purged", "1 posts"), ("tags.pruned", "1 tags")]


def test_an_import_is_audited_with_its_counts(command, events, tmp_path):
    (tmp_path / "hello.md").write_text("---\ntitle: Hello\nauthor: ada\n---\nText.\n")
    for _ in range(2):
        command("import-markdown", str(tmp_path), "--name", "news", "--dry-run")
        assert command("import-markdown", str(tmp_path), "--name", "news").exit_code == 0
    assert events() == [("posts.imported", "created 1, updated 0, unchanged 0, refused 0: news")]


def test_seed_cleanup_and_outbox_retry_are_audited(app, command, people, events):
    ada = people()
    with app.app_context(), transaction() as session:
        session.execute(
            update(LoginSession).where(LoginSession.user_id == ada.id).values(expires_at=utcnow())
        )
        outbox.add_message("password_reset", "ada@example.com")
        session.execute(update(OutboxMessage).values(state="failed"))
    for _ in range(2):
        for name in (
            ("seed", "--users", "1", "--posts", "2", "--tags", "3"),
            ("cleanup",),
            ("outbox", "--retry"),
        ):
            assert command(*name).exit_code == 0
    seed_event = ("posts.seeded", "1 users, 2 posts, up to 3 tags")
    expected = [seed_event, ("expired.removed", "sessions 1"), ("mail.retried", "1 messages"), seed_event]
    assert [event for event in events() if event[0] != "login.succeeded"] == expected


def test_account_commands_are_audited(command, people, events):
    people(username="ada")
    command("create-user", "--username", "bob", "--email", "bob@example.com", "--password", "of the operator")
    command("set-password", "ada", "--password", "of the operator")
    command("set-email", "ada", "--email", "new@example.com")
    command("disable-user", "ada")
    command("revoke-tokens", "ada")
    assert [action for action, _ in events()] == [
        "account.created",
        "password.changed",
        "email.changed",
        "account.disabled",
        "session.ended",
        "api_token.revoked",
    ]
