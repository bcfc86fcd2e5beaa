"""Tags: creating, changing, deleting and listing."""

from __future__ import annotations

import pytest

MEMBERS = {"id", "name", "slug", "description", "post_count"}


def names(reply) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [tag["name"] for tag in reply.json["data"]]


def fault(reply) -> tuple[int, str, str]:
    """Return the status of a response, and the location and code of its only error."""
    (only,) = reply.json["errors"]
    return reply.status_code, only.get("pointer") or only["parameter"], only["code"]


@pytest.fixture
def editor(people):
    return people("editor")


@pytest.fixture
def create_tag(editor):
    """Create a tag and return it as the API shows it."""

    def create(name: str, **fields):
        reply = editor.post("/tags", json={"name": name} | fields)
        assert reply.status_code == 201, reply.text
        return reply.json

    return create


def test_an_editor_can_create_a_tag(editor):
    reply = editor.post("/tags", json={"name": "  Open   Source ", "description": "Free.\n"})
    tag = reply.json
    assert reply.status_code == 201
    assert tag == {
        "id": tag["id"],
        "name": "Open Source",
        "slug": "open-source",
        "description": "Free.",
        "post_count": 0,
    }
    assert reply.headers["Location"] == f"/api/v1/tags/{tag['id']}"
    again = editor.get(f"/tags/{tag['id']}")
    assert (again.json, again.headers["ETag"]) == (tag, reply.headers["ETag"])


def test_only_editors_can_change_tags(people, client, create_tag):
    tag = create_tag("Python")
    people().write(tags=["Python"])
    for role, allowed in [("reader", False), ("author", False), ("editor", True), ("admin", True)]:
        person = people(role)
        assert person.post("/tags", json={"name": f"of {role}"}).status_code == (201 if allowed else 403)
        changed = person.patch(f"/tags/{tag['id']}", json={"description": role})
        assert changed.status_code == (200 if allowed else 403)
        assert person.delete(f"/tags/{tag['id']}").status_code == (204 if allowed else 403)
        if allowed:
            people().write(tags=["Python"])
            (tag,) = client.get("/api/v1/tags").json["data"]
    assert client.post("/api/v1/tags", json={"name": "x"}).status_code == 401
    assert client.patch(f"/api/v1/tags/{tag['id']}", json={}).status_code == 401
    assert client.delete(f"/api/v1/tags/{tag['id']}").status_code == 401


def test_a_hidden_tag_is_indistinguishable_from_a_missing_one(people, create_tag):
    hidden, author = create_tag("Secret"), people()
    for tag_id in (hidden["id"], 10**9, 2**63 - 1, 2**63):
        for reply in (
            author.get(f"/tags/{tag_id}"),
            author.patch(f"/tags/{tag_id}", json={}),
            author.delete(f"/tags/{tag_id}"),
        ):
            assert reply.status_code == 404


def test_c_and_c_plus_plus_and_c_sharp_are_three_tags_with_three_slugs(people, client):
    written = people().write(tags=["C", "C++", "C#"])
    assert [(tag["name"], tag["slug"]) for tag in written["tags"]] == [
        ("C", "c"),
        ("C#", "c-sharp"),
        ("C++", "c-plus-plus"),
    ]
    for slug in ("c", "c-sharp", "c-plus-plus"):
        assert len(client.get(f"/api/v1/posts?tag={slug}").json["data"]) == 1


@pytest.mark.parametrize(
    "same", ["open source", "OPEN SOURCE", "OpenSource", " open   source ", "ｏｐｅｎ source"]
)
def test_names_that_differ_in_case_spacing_or_width_are_one_tag(editor, create_tag, same):
    tag = create_tag("Open Source")
    assert fault(editor.post("/tags", json={"name": same})) == (409, "/name", "taken")
    other = create_tag("Other")
    assert fault(editor.patch(f"/tags/{other['id']}", json={"name": same})) == (409, "/name", "taken")
    assert editor.patch(f"/tags/{tag['id']}", json={"name": same}).json["name"] == " ".join(same.split())


@pytest.mark.parametrize(
    ("name", "slug"), [("Größe", "grosse"), ("数据", "shu-ju"), ("!!!", "exclamation-mark")]
)
def test_a_name_in_any_script_or_of_symbols_gets_a_slug(create_tag, name, slug):
    assert create_tag(name)["slug"] == slug


def test_derived_slugs_are_numbered_and_a_requested_slug_is_used_or_a_conflict(editor, create_tag):
    assert [create_tag(name)["slug"] for name in ("Über", "Uber", "U ber!")] == ["uber", "uber-2", "u-ber"]
    assert create_tag("Free", slug="mine")["slug"] == "mine"
    assert fault(editor.post("/tags", json={"name": "New", "slug": "mine"})) == (409, "/slug", "taken")
    other = create_tag("Other")
    assert fault(editor.patch(f"/tags/{other['id']}", json={"slug": "mine"})) == (409, "/slug", "taken")


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"name": ""}, "/name", "blank"),
        ({"name": "\u200b"}, "/name", "blank"),
        ({"name": "x" * 51}, "/name", "too_long"),
        ({"name": None}, "/name", "null"),
        ({"name": "a\tb"}, "/name", "control_character"),
        ({"slug": "A"}, "/slug", "malformed"),
        ({"description": "x" * 501}, "/description", "too_long"),
        ({"description": 1}, "/description", "wrong_type"),
        ({"post_count": 1}, "/post_count", "unknown"),
        ({"nmae": "x"}, "/nmae", "unknown"),
    ],
)
def test_invalid_input_is_reported_with_its_pointer(editor, create_tag, wrong, pointer, code):
    tag = create_tag("Python")
    assert fault(editor.post("/tags", json={"name": "New"} | wrong)) == (422, pointer, code)
    assert fault(editor.patch(f"/tags/{tag['id']}", json=wrong)) == (422, pointer, code)
    assert editor.get(f"/tags/{tag['id']}").json == tag


def test_a_patch_changes_only_the_sent_members_and_keeps_the_slug(people, editor, create_tag):
    tag = create_tag("Pyton", description="Snakes.")
    post = people().write(tags=["pyton"])
    renamed = editor.patch(f"/tags/{tag['id']}", json={"name": "Python"}).json
    assert renamed == tag | {"name": "Python", "post_count": 1}
    assert [found["name"] for found in editor.get(f"/posts/{post['id']}").json["tags"]] == ["Python"]
    assert people().write(tags=["PYTHON"])["tags"][0]["id"] == tag["id"]
    assert people().write(tags=["pyton"])["tags"][0]["id"] != tag["id"]
    assert editor.patch(f"/tags/{tag['id']}", json={"slug": "py", "description": ""}).json["slug"] == "py"


def test_if_match_guards_a_tag_but_a_new_post_count_does_not_change_its_version(
    people, client, editor, create_tag
):
    tag = create_tag("Python")
    path = f"/tags/{tag['id']}"
    before = editor.get(path).headers["ETag"]
    people().write(tags=["Python"])
    counted = client.get(f"/api/v1{path}", headers={"If-None-Match": before})
    assert (counted.status_code, counted.json["post_count"]) == (200, 1)
    assert client.get(f"/api/v1{path}", headers={"If-None-Match": counted.headers["ETag"]}).status_code == 304
    assert (
        editor.patch(path, json={}, headers={"If-Match": before}).headers["ETag"] == counted.headers["ETag"]
    )
    assert editor.patch(path, json={"description": "x"}, headers={"If-Match": before}).status_code == 200
    assert editor.patch(path, json={"description": "y"}, headers={"If-Match": before}).status_code == 412
    assert editor.delete(path, headers={"If-Match": before}).status_code == 412
    assert editor.delete(path, headers={"If-Match": "*"}).status_code == 204


def test_a_deleted_tag_is_removed_from_its_posts_and_can_be_created_again(people, client, editor):
    ada = people()
    post = ada.write(tags=["a", "b"])
    tag = post["tags"][0]
    assert editor.delete(f"/tags/{tag['id']}").status_code == 204
    assert editor.delete(f"/tags/{tag['id']}").status_code == 404
    assert [left["name"] for left in client.get(f"/api/v1/posts/{post['id']}").json["tags"]] == ["b"]
    assert client.get("/api/v1/posts?tag=a").json["data"] == []
    recreated = ada.write(tags=["a"])["tags"][0]
    assert (recreated["slug"], recreated["id"] == tag["id"]) == ("a", False)


@pytest.fixture
def counted(people):
    """Create tags c, b and a with one, three and three published posts, and one tag with none."""
    ada = people()
    for tags in (["a", "b", "c"], ["a", "b"], ["a", "b"]):
        ada.write(tags=tags)
    ada.write(tags=["c", "none"], status="draft")


@pytest.mark.parametrize(
    ("query", "public", "all_of_them"),
    [
        ("", "abc", "abcn"),
        ("sort=name", "abc", "abcn"),
        ("sort=-name", "cba", "ncba"),
        ("sort=-post_count", "bac", "bacn"),
        ("sort=post_count", "cab", "ncab"),
    ],
)
def test_tags_can_be_sorted_by_name_or_count_and_paged_both_ways(
    counted, client, editor, query, public, all_of_them
):
    for get, expected in ((lambda path: client.get(f"/api/v1{path}"), public), (editor.get, all_of_them)):
        assert "".join(name[0] for name in names(get(f"/tags?{query}"))) == expected
        seen, cursor, back = "", "", ""
        while True:
            page = get(f"/tags?{query}&limit=1&total=true{cursor}").json
            assert page["pagination"]["total"] == len(expected)
            assert set(page["data"][0]) == MEMBERS
            seen += page["data"][0]["name"][0]
            if not page["pagination"]["next_cursor"]:
                break
            cursor = f"&cursor={page['pagination']['next_cursor']}"
        while page["pagination"]["prev_cursor"]:
            page = get(f"/tags?{query}&limit=1&cursor={page['pagination']['prev_cursor']}").json
            back += page["data"][0]["name"][0]
        assert (seen, back) == (expected, expected[-2::-1])


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("sort=slug", "sort", "not_a_choice"),
        ("limit=0", "limit", "out_of_range"),
        ("cursor=x", "cursor", "bad_cursor"),
        ("nmae=x", "nmae", "unknown"),
        ("sort=name&sort=name", "sort", "repeated"),
    ],
)
def test_an_invalid_parameter_is_reported_by_name(client, query, parameter, code):
    assert fault(client.get(f"/api/v1/tags?{query}")) == (422, parameter, code)
