"""PATCH with application/merge-patch+json."""

from __future__ import annotations

import json

import pytest

MERGE_PATCH = "application/merge-patch+json"


def merge(person, path, **fields):
    """Send a merge patch."""
    return person.request("PATCH", path, data=json.dumps(fields), content_type=MERGE_PATCH)


def test_a_merge_patch_changes_the_sent_fields_and_resets_those_that_are_null(people):
    ada, bob = people(), people()
    post = ada.write("Hello", summary="Short.", tags=["a", "b"], co_authors=[bob.id])
    path = f"/posts/{post['id']}"
    assert merge(ada, path, title="Bye").json == ada.get(path).json
    changed = merge(ada, path, summary=None, tags=None, content=None, co_authors=None, title="Gone").json
    assert (changed["summary"], changed["tags"], changed["content"]) == ("", [], "")
    assert ([author["id"] for author in changed["authors"]], changed["title"]) == ([ada.id], "Gone")
    emptied = merge(ada, path, title=None, status=None, published_at=None).json
    assert (emptied["title"], emptied["status"], emptied["published_at"]) == ("", "draft", None)


def test_null_resets_nothing_where_there_is_no_default_or_in_plain_json(people):
    editor = people("editor")
    path = f"/posts/{editor.write()['id']}"
    for reply in (
        merge(editor, path, slug=None),
        merge(editor, path, tags=[None]),
        editor.patch(path, json={"summary": None}),
        merge(editor, "/users/me", display_name=None),
    ):
        assert (reply.status_code, [fault["code"] for fault in reply.json["errors"]]) == (422, ["null"])
    for body in ("[]", "null", '"x"'):
        reply = editor.request("PATCH", path, data=body, content_type=MERGE_PATCH)
        assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "wrong_type")


def test_tags_and_accounts_accept_merge_patches(people):
    admin = people("admin")
    tag = admin.post("/tags", json={"name": "News", "description": "What is new."}).json
    assert merge(admin, f"/tags/{tag['id']}", name="Old").json["description"] == "What is new."
    assert merge(admin, f"/tags/{tag['id']}", description=None).json["description"] == ""
    admin.patch("/users/me", json={"bio": "Writes."})
    assert merge(admin, "/users/me", bio=None).json["bio"] == ""
    assert merge(admin, f"/users/{people().id}", bio=None).json["bio"] == ""


@pytest.mark.parametrize("method", ["OPTIONS", "GET", "PATCH", "PUT"])
def test_accept_patch_names_both_media_types(people, method):
    ada = people()
    reply = ada.request(method, f"/posts/{ada.write()['id']}", data="{}", content_type="text/plain")
    assert reply.headers["Accept-Patch"] == f"{MERGE_PATCH}, application/json"
    assert reply.status_code == (415 if method.startswith("P") else 200)


def test_resources_without_patch_send_no_accept_patch(people, client):
    ada = people()
    for reply in (client.get("/api/v1/posts"), client.options("/api/v1/posts"), ada.get("/stats")):
        assert "Accept-Patch" not in reply.headers


def test_only_patch_accepts_a_merge_patch(people):
    ada = people()
    post = ada.write()
    for method, path in (("POST", "/posts"), ("PUT", f"/posts/{post['id']}")):
        reply = ada.request(method, path, data="{}", content_type=MERGE_PATCH)
        assert (reply.status_code, reply.json["detail"].count("merge-patch")) == (415, 0)


def test_the_document_names_the_media_types(client):
    """As a header only: some generated clients send no Content-Type for a body of several media types."""
    document = client.get("/openapi.json").json
    patches = [item["patch"] for item in document["paths"].values() if "patch" in item]
    assert patches
    for operation in patches:
        assert set(operation["requestBody"]["content"]) == {"application/json"}
        assert "Accept-Patch" in operation["responses"]["200"]["headers"]
    assert MERGE_PATCH in document["components"]["headers"]["Accept-Patch"]["example"]


def test_a_merge_patch_merges_the_objects_of_a_post(people):
    ada = people()
    image = {"url": "https://example.com/a.png", "alt": "A", "caption": "C"}
    post = ada.write("Hello", metadata={"a": {"b": 1, "c": 2}, "d": [1]}, image=image)

    def patch(**changes):
        return ada.patch(f"/posts/{post['id']}", json=changes, content_type=MERGE_PATCH)

    changed = patch(
        metadata={"a": {"b": None, "e": 3}, "d": {"f": None}}, image={"alt": "B", "caption": None}
    )
    assert changed.json["metadata"] == {"a": {"c": 2, "e": 3}, "d": {}}
    assert changed.json["image"] == image | {
        "alt": "B", "caption": "", "width": None, "height": None, "variants": [],
    }  # fmt: skip
    for body, pointer in (
        ({"image": {"url": None}}, "/image/url"),
        ({"image": {"url": "x"}}, "/image/url"),
        ({"image": {"colour": "red"}}, "/image/colour"),
        ({"metadata": {"x": "y" * 16_370}}, "/metadata"),
        ({"metadata": []}, "/metadata"),
    ):
        reply = patch(**body)
        assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, pointer)
    assert ada.get(f"/posts/{post['id']}").json["metadata"] == {"a": {"c": 2, "e": 3}, "d": {}}
    assert patch(image=None, metadata=None).json["image"] is None
    assert (
        patch(image={"url": "https://example.com/b.png"}).json["image"]["url"] == "https://example.com/b.png"
    )


def test_plain_json_replaces_the_objects_of_a_post(people):
    ada = people()
    post = ada.write("Hello", metadata={"a": 1, "b": 2})
    assert ada.patch(f"/posts/{post['id']}", json={"metadata": {"c": None}}).json["metadata"] == {"c": None}
