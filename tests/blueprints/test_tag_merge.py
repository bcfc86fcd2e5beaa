"""Merging tags: `POST /tags/{id}/merge`."""

from __future__ import annotations

import pytest


@pytest.fixture
def editor(people):
    return people("editor")


@pytest.fixture
def tags(people):
    """Create posts and return their tags by name. `py` and `python` share one post, and each has others."""
    ada = people()
    written = [
        ada.write("Both", tags=["py", "python", "web"]),
        ada.write("One", tags=["py"]),
        ada.write("Other", tags=["python"]),
        ada.write("Draft", tags=["py"], status="draft"),
        ada.write("None", tags=["web"]),
    ]
    return {tag["name"]: tag for post in written for tag in post["tags"]}


@pytest.fixture
def titles(editor):
    """Return the titles of all posts with the tag of this slug."""
    return lambda slug: [
        post["title"] for post in editor.get(f"/posts?status=all&tag={slug}&sort=title").json["data"]
    ]


def merge(person, tag, into):
    return person.post(f"/tags/{tag['id']}/merge", json={"into": into["id"]})


def test_posts_of_both_tags_have_the_remaining_tag_once(editor, tags, titles):
    merged = merge(editor, tags["py"], tags["python"])
    assert merged.status_code == 200
    assert merged.json == editor.get(f"/tags/{tags['python']['id']}").json
    assert (merged.json["name"], merged.json["post_count"]) == ("python", 3)
    assert titles("python") == ["Both", "Draft", "One", "Other"]
    assert titles("web") == ["Both", "None"]
    assert titles("py") == titles("python")
    assert [tag["name"] for tag in editor.get("/posts/slug/both").json["tags"]] == ["python", "web"]


def test_the_merged_tag_is_deleted(editor, tags, people):
    assert merge(editor, tags["py"], tags["python"]).status_code == 200
    for reply in (
        editor.get(f"/tags/{tags['py']['id']}"),
        merge(editor, tags["py"], tags["python"]),
        editor.delete(f"/tags/{tags['py']['id']}"),
    ):
        assert reply.status_code == 404
    assert [tag["slug"] for tag in editor.get("/tags").json["data"]] == ["python", "web"]
    # Its name is available again, its slug stays reserved.
    assert people().write(tags=["py"])["tags"][0]["slug"] == "py-2"


def test_a_merge_changes_the_etags_of_retagged_posts_only(editor, tags):
    def etags():
        found = editor.get("/posts?status=all&fields=id,title").json["data"]
        return {post["title"]: editor.get(f"/posts/{post['id']}").headers["ETag"] for post in found}

    before = etags()
    merge(editor, tags["py"], tags["python"])
    after = etags()
    assert {title for title in before if before[title] != after[title]} == {"Both", "One", "Draft"}


def test_a_merge_keeps_the_version_of_the_remaining_tag(editor, tags):
    path = f"/tags/{tags['python']['id']}"
    read = editor.get(path).headers["ETag"]
    merge(editor, tags["py"], tags["python"])
    assert editor.patch(path, json={"description": "x"}, headers={"If-Match": read}).status_code == 200


def test_a_tag_without_posts_can_be_merged(editor, tags, titles):
    empty = editor.post("/tags", json={"name": "Empty"}).json
    assert merge(editor, empty, tags["web"]).json["post_count"] == 2
    other = editor.post("/tags", json={"name": "Other"}).json
    assert merge(editor, tags["web"], other).json["post_count"] == 2
    assert titles("other") == ["Both", "None"]


def test_a_merge_takes_the_same_queries_for_any_number_of_posts(people, editor, count_queries):
    for number in (1, 30):
        ada = people()
        one, other = ada.write(tags=[f"one {number}", f"other {number}"])["tags"]
        for _ in range(number):
            ada.write(tags=[f"one {number}"])
        with count_queries() as statements:
            assert merge(editor, one, other).json["post_count"] == 1 + number
        # The viewer and both tags; versions, posts, its slugs, its name, its former names, the tag; the response. One
        # more checks that the viewer can see the merged tag.
        # Three record the changes: of posts that came due, of posts, and of the tag.
        assert len(statements) == 13


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"into": None}, "null"),
        ({"into": "1"}, "wrong_type"),
        ({"into": 0}, "out_of_range"),
        ({"into": 2**63}, "out_of_range"),
        ({"into": 10**9}, "not_a_tag"),
        ({"into": "itself"}, "not_a_tag"),
    ],
)
def test_the_target_must_be_another_existing_tag(editor, tags, titles, body, code):
    tag_id = tags["py"]["id"]
    sent = {"into": tag_id} if body == {"into": "itself"} else body
    reply = editor.post(f"/tags/{tag_id}/merge", json=sent)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/into")
    assert reply.json["errors"][0]["code"] == code
    assert titles("py") == ["Both", "Draft", "One"]


def test_only_editors_can_merge_tags_and_hidden_tags_stay_hidden(people, editor, client, tags):
    hidden = editor.post("/tags", json={"name": "Hidden"}).json
    for role in ("reader", "author"):
        assert merge(people(role), tags["py"], tags["python"]).status_code == 403
        assert merge(people(role), hidden, tags["python"]).status_code == 404
    path = f"/api/v1/tags/{tags['py']['id']}/merge"
    assert client.post(path, json={"into": tags["python"]["id"]}).status_code == 401
    assert merge(people("admin"), tags["py"], tags["python"]).status_code == 200
