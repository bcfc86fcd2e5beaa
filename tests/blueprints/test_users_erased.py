"""An erased account stays erased: nobody can log in to it or change it."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from tests.cli.helpers import run_command


@pytest.fixture
def admin(people):
    return people("admin")


@pytest.fixture
def erased(people, admin):
    """The id of an erased account with a published post."""
    ada = people(username="ada")
    ada.write("Old post")
    assert admin.delete(f"/users/{ada.id}?anonymise=true").status_code == 204
    return ada.id


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": True},
        {"email": "thief@example.com"},
        {"username": "ada"},
        {"role": "admin"},
        {"display_name": "Ada"},
        {"is_active": True, "email": "thief@example.com", "role": "author"},
    ],
)
def test_an_admin_cannot_change_an_erased_account(admin, erased, change):
    before = admin.get(f"/users/{erased}").json
    reply = admin.patch(f"/users/{erased}", json=change)
    assert (reply.status_code, reply.json["type"]) == (409, "/problems/conflict")
    assert "erased" in reply.json["detail"]
    assert admin.get(f"/users/{erased}").json == before


def test_erasing_an_account_again_changes_nothing(admin, erased):
    before = admin.get(f"/users/{erased}").json
    assert admin.delete(f"/users/{erased}?anonymise=true").status_code == 204
    assert admin.get(f"/users/{erased}").json == before


def test_an_erased_account_can_be_deleted_with_its_posts_reassigned(admin, erased):
    assert admin.delete(f"/users/{erased}").status_code == 409
    assert admin.delete(f"/users/{erased}?reassign_to={admin.id}").status_code == 204
    assert admin.get(f"/users/{erased}").status_code == 404


@pytest.mark.parametrize(
    "command",
    [
        ("set-password", "--password", "correct horse battery"),
        ("set-email", "--email", "thief@example.com"),
        ("disable-user",),
        ("revoke-tokens",),
    ],
)
def test_commands_refuse_an_erased_account(app, admin, erased, command):
    name, *options = command
    username = admin.get(f"/users/{erased}").json["username"]
    result = run_command(app, name, username, *options)
    assert result.exit_code == 1
    assert "erased" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET email = 'a@b.example' WHERE id = :id",
        "UPDATE users SET password_hash = 'x' WHERE id = :id",
        "UPDATE users SET is_active = true WHERE id = :id",
    ],
)
def test_the_database_refuses_to_bring_an_account_back(erased, sql, statement):
    with pytest.raises(IntegrityError):
        sql(statement, id=erased)


def test_the_previews_of_an_erased_account_are_deleted(people, sql):
    ada = people()
    post = ada.write("Hello")
    assert ada.post(f"/posts/{post['id']}/previews", json={}).status_code == 201
    assert people("admin").delete(f"/users/{ada.id}?anonymise=true").status_code == 204
    assert sql.one("SELECT count(*) FROM previews") == 0
