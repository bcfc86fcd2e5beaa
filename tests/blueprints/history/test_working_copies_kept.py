"""Tests of what happens between a save and its publication: nothing is lost, and nothing leaks."""

from __future__ import annotations

import pytest


@pytest.fixture
def editor(people):
    return people("editor")


@pytest.fixture
def ada(people):
    return people("author", "ada")


@pytest.fixture
def post(ada):
    return ada.write("Hello", content="Base.", tags=["Python", "Flask"])


@pytest.fixture
def path(post):
    return f"/posts/{post['id']}"


@pytest.fixture
def copy(ada, path):
    address = f"{path}/working-copy"
    assert (
        ada.patch(address, json={"content": "Mine.", "tags": ["Python", "Flask", "New"]}).status_code == 200
    )
    return address


def merge(person, copy):
    etag = person.get(copy).headers["ETag"]
    return person.post(f"{copy}/publish?merge=true", headers={"If-Match": etag})


def names(post):
    return [tag["name"] for tag in post["tags"]]


def test_only_those_who_may_edit_see_a_copy(client, people, ada, editor, path, copy):
    bob, contributor = people("author"), people("contributor")
    ada.patch(path, json={"co_authors": [contributor.id]})
    for method, where in (("GET", copy), ("PATCH", copy), ("DELETE", copy), ("POST", f"{copy}/publish")):
        json: dict[str, str] | None = {} if method == "PATCH" else None
        assert client.open(f"/api/v1{where}", method=method, json=json).status_code == 401
        assert bob.request(method, where, json=json).status_code == 403
        assert contributor.request(method, where, json=json).status_code == 403
    assert editor.get(copy).json["content"] == "Mine."


def test_the_copy_of_a_trashed_post_waits_for_its_return(people, ada, editor, path, copy):
    bob = people("author")
    ada.delete(path)
    assert bob.get(copy).status_code == 404
    for person in (ada, editor):
        assert person.get(copy).json["content"] == "Mine."
    assert ada.patch(copy, json={"content": "x"}).status_code == 404
    assert ada.post(f"{copy}/publish").status_code == 404
    ada.post(f"{path}/restore")
    assert ada.post(f"{copy}/publish").status_code == 409
    assert merge(ada, copy).json["content"] == "Mine."


@pytest.mark.parametrize("status", ["draft", "archived", "pending"])
def test_the_copy_of_an_unpublished_post_waits_for_its_return(people, ada, path, copy, status):
    ada.patch(path, json={"status": status})
    assert people("author").get(copy).status_code == 404
    assert ada.get(copy).json["content"] == "Mine."
    assert ada.patch(copy, json={"content": "x"}).status_code == 409
    assert merge(ada, copy).status_code == 409
    assert ada.get(path).json["status"] == status
    ada.patch(path, json={"status": "published"})
    assert merge(ada, copy).json["content"] == "Mine."


def test_a_copy_of_an_unpublished_post_can_be_discarded(ada, path, copy):
    ada.patch(path, json={"status": "draft"})
    assert ada.delete(copy).status_code == 204


def test_purging_a_post_removes_its_copy(people, path, copy, sql):
    assert people("admin").delete(f"{path}?force=true").status_code == 204
    assert sql.one("SELECT count(*) FROM working_copies") == 0


def test_an_author_who_loses_the_role_no_longer_publishes(people, ada, editor, path, copy):
    admin = people("admin")
    for role, status in (("contributor", 403), ("reader", 403)):
        admin.patch(f"/users/{ada.id}", json={"role": role})
        assert ada.get(copy).status_code == status
        assert ada.patch(copy, json={"content": "x"}).status_code == status
        assert ada.post(f"{copy}/publish").status_code == status
    assert editor.post(f"{copy}/publish").json["content"] == "Mine."


def test_members_that_only_editors_set_are_published_by_editors(ada, editor, path, copy):
    assert ada.patch(copy, json={"aliases": ["/old/"]}).status_code == 403
    assert ada.patch(copy, json={"author_id": editor.id}).status_code == 403
    assert editor.patch(copy, json={"aliases": ["/old/"]}).status_code == 200
    assert ada.post(f"{copy}/publish").status_code == 403
    published = editor.post(f"{copy}/publish").json
    assert (published["aliases"], published["content"]) == (["/old/"], "Mine.")


def test_the_copy_of_a_deactivated_author_is_published_by_others(people, ada, editor, copy):
    people("admin").patch(f"/users/{ada.id}", json={"is_active": False})
    assert ada.get(copy).status_code == 401
    assert editor.post(f"{copy}/publish").json["content"] == "Mine."


def test_a_copy_outlives_the_account_that_saved_it(people, ada, editor, copy):
    admin = people("admin")
    assert admin.delete(f"/users/{ada.id}?reassign_to={editor.id}").status_code == 204
    read = editor.get(copy).json
    assert (read["author"], read["author_id"]) == (None, ada.id)
    assert editor.post(f"{copy}/publish").status_code == 409
    published = merge(editor, copy).json
    assert (published["author"]["id"], published["content"]) == (editor.id, "Mine.")


def test_co_authors_whose_accounts_are_deleted_meanwhile_are_left_out(people, ada, copy):
    admin, bob, carol = people("admin"), people("author"), people("author")
    ada.patch(copy, json={"co_authors": [bob.id, carol.id]})
    assert admin.delete(f"/users/{bob.id}").status_code == 204
    published = ada.post(f"{copy}/publish").json
    assert [author["id"] for author in published["authors"]] == [ada.id, carol.id]


def test_a_renamed_tag_keeps_its_new_name(ada, editor, post, copy):
    ids = {tag["name"]: tag["id"] for tag in post["tags"]}
    editor.patch(f"/tags/{ids['Python']}", json={"name": "Python 4"})
    assert names(ada.post(f"{copy}/publish").json) == ["Flask", "New", "Python 4"]


def test_a_merged_tag_stays_merged(ada, editor, post, copy):
    ids = {tag["name"]: tag["id"] for tag in post["tags"]}
    editor.post(f"/tags/{ids['Python']}/merge", json={"into": ids["Flask"]})
    assert names(merge(ada, copy).json) == ["Flask", "New"]


def test_a_deleted_tag_does_not_come_back_by_itself(ada, editor, post, path):
    copy = f"{path}/working-copy"
    ada.patch(copy, json={"content": "Mine."})
    editor.delete(f"/tags/{post['tags'][0]['id']}")
    published = merge(ada, copy).json
    assert (published["content"], len(published["tags"])) == ("Mine.", 1)


def test_a_slug_that_is_taken_meanwhile_is_a_conflict_that_keeps_the_copy(ada, copy):
    ada.patch(copy, json={"slug": "wanted"})
    ada.write("Other", slug="wanted")
    reply = ada.post(f"{copy}/publish")
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (409, "/slug")
    ada.patch(copy, json={"slug": "free"})
    assert ada.post(f"{copy}/publish").json["slug"] == "free"


def test_a_copy_can_end_the_publication(ada, path, copy):
    ada.patch(copy, json={"status": "archived"})
    assert ada.get(path).json["status"] == "published"
    assert ada.post(f"{copy}/publish").json["status"] == "archived"


def test_anonymising_an_account_keeps_its_copies(people, ada, editor, copy):
    assert people("admin").delete(f"/users/{ada.id}?anonymise=true").status_code == 204
    assert editor.get(copy).json["author"]["display_name"] == "Deleted user"
    assert editor.post(f"{copy}/publish").json["content"] == "Mine."
