"""The commands that rename, merge and delete tags."""

from __future__ import annotations

import threading

import pytest

from blog_api.database.session import transaction
from blog_api.models.tags import Tag
from tests.cli.helpers import run_command


@pytest.fixture
def admin(people):
    return people("admin")


@pytest.fixture
def tags(people):
    """The tags of two posts by slug. One of the posts has both."""
    ada = people()
    written = [ada.write("Both", tags=["Py", "Python"]), ada.write("One", tags=["Py"])]
    return {tag["slug"]: tag for post in written for tag in post["tags"]}


@pytest.fixture
def state(admin):
    """Read all tags with their post counts, and the audit events about tags."""

    def read():
        events = admin.get("/audit?sort=created_at").json["data"]
        audited = [(row["action"], row["detail"]) for row in events if row["action"].startswith("tag.")]
        return {tag["name"]: tag["post_count"] for tag in admin.get("/tags").json["data"]}, audited

    return read


def test_rename_tag_reindexes_its_posts(command, tags, state, client):
    assert command("rename-tag", "py", " Snakes ").output == "Renamed Py to Snakes.\n"
    assert state() == ({"Snakes": 2, "Python": 1}, [("tag.renamed", "Py to Snakes")])
    assert len(client.get("/api/v1/posts?q=snakes").json["data"]) == 2
    assert client.get("/api/v1/posts?tag=py&total=true").json["pagination"]["total"] == 2


def test_merge_tags_moves_posts(command, tags, state):
    assert command("merge-tags", "py", "python").output == "Merged py into python.\n"
    assert state() == ({"Python": 2}, [("tag.merged", "py into python")])


def test_delete_tag_removes_it_from_posts(command, tags, state, client):
    assert command("delete-tag", "py").output == "Deleted py.\n"
    assert state() == ({"Python": 1}, [("tag.deleted", "py")])
    assert client.get("/api/v1/posts?total=true").json["pagination"]["total"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rename-tag", "no", "Name"), "There is no tag with the slug no."),
        (("merge-tags", "py", "no"), "There is no tag with the slug no."),
        (("merge-tags", "py", "py"), "A tag cannot be merged into itself."),
        (("delete-tag", "no"), "There is no tag with the slug no."),
        (("rename-tag", "py", "python"), "A tag with this name already exists."),
        (("rename-tag", "py", ""), "name: "),
    ],
)
def test_invalid_tag_commands_print_an_error_and_change_nothing(command, tags, state, arguments, message):
    result = command(*arguments)
    assert (result.exit_code, message in result.stderr) == (1, True)
    assert state() == ({"Py": 2, "Python": 1}, [])


def test_tag_commands_have_no_statement_timeout(make_client, app, tags, state):
    """Another transaction locks the tag for longer than DB_STATEMENT_TIMEOUT."""
    held, done = threading.Event(), threading.Event()

    def lock_tag():
        with app.app_context(), transaction() as session:
            session.get(Tag, tags["py"]["id"], with_for_update=True)
            held.set()
            done.wait(1)

    thread = threading.Thread(target=lock_tag)
    thread.start()
    held.wait()
    result = run_command(make_client(DB_STATEMENT_TIMEOUT="300").application, "delete-tag", "py")
    done.set()
    thread.join()
    assert (result.exit_code, result.output) == (0, "Deleted py.\n")
