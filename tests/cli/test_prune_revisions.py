"""The command `prune-revisions`."""

from __future__ import annotations

import pytest

from blog_api.services import housekeeping
from tests.cli.helpers import run_command


@pytest.fixture
def prune(app):
    return lambda *options: run_command(app, "prune-revisions", *options).output


@pytest.fixture
def numbers(sql):
    """Return the numbers of the revisions of a post that are left, in order."""
    query = "SELECT number FROM revisions WHERE post_id = :post_id ORDER BY number"
    return lambda post: [row[0] for row in sql(query, post_id=post["id"])]


def write(person, saves):
    post = person.write("Hello", content="0")
    for n in range(1, saves):
        person.patch(f"/posts/{post['id']}", json={"content": str(n)})
    return post


def test_the_newest_revisions_are_kept(people, prune, numbers, sql, monkeypatch):
    monkeypatch.setattr(housekeeping, "POSTS", 1)
    ada = people()
    many, few = write(ada, 5), write(ada, 2)
    assert prune("--keep", "3") == "Deleted 2 revisions.\n"
    assert (numbers(many), numbers(few)) == ([3, 4, 5], [1, 2])
    assert prune("--keep", "3") == "Deleted 0 revisions.\n"
    assert prune() == "Deleted 0 revisions.\n"
    ada.patch(f"/posts/{many['id']}", json={"content": "New."})
    assert numbers(many) == [3, 4, 5, 6]
    assert sql.one("SELECT detail FROM audit_events WHERE action = 'revisions.pruned'") == "2 revisions"


def test_what_a_working_copy_began_from_is_kept(people, prune, numbers):
    ada = people()
    post = write(ada, 2)
    path, copy = f"/posts/{post['id']}", f"/posts/{post['id']}/working-copy"
    etag = ada.patch(copy, json={"content": "Mine."}).headers["ETag"]
    for n in range(3):
        ada.patch(path, json={"content": f"Theirs {n}."})
    assert prune("--keep", "1") == "Deleted 4 revisions.\n"
    assert numbers(post) == [2, 6]
    reply = ada.post(f"{copy}/publish", headers={"If-Match": etag})
    assert reply.json["conflict"]["content"]["base"] == "1"


def test_the_newest_revision_of_the_post_itself_is_kept(people, prune, numbers):
    ada, editor = people(), people("editor")
    post = write(ada, 2)
    copy = f"/posts/{post['id']}/working-copy"
    for person in (ada, editor, ada):
        person.patch(copy, json={"content": f"By {person.id}"})
    assert prune("--keep", "1") == "Deleted 3 revisions.\n"
    assert numbers(post) == [2, 5]


def test_the_number_to_keep_is_at_least_one(app):
    assert run_command(app, "prune-revisions", "--keep", "0").exit_code == 2
