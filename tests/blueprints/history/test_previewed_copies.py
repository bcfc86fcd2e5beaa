"""Tests of previews of working copies."""

from __future__ import annotations

import pytest


@pytest.fixture
def shown(client, ada, path):
    """A function that shows the preview of the post without a token."""
    token = ada.post(f"{path}/previews", json={}).json["token"]
    return lambda: client.get(f"/api/v1/previews/{token}").json


def test_a_preview_shows_the_working_copy(ada, post, path, copy, shown):
    assert shown()["content"] == "Base."
    ada.patch(copy, json={"content": "*Mine.*", "slug": "mine", "tags": ["Python", "New"]})
    read = shown()
    assert (read["content"], read["html"].strip(), read["slug"]) == (
        "*Mine.*",
        "<p><em>Mine.</em></p>",
        "mine",
    )
    assert [tag["name"] for tag in read["tags"]] == ["New", "Python"]
    assert [tag["id"] for tag in read["tags"]] == [None, post["tags"][0]["id"]]
    ada.delete(copy)
    assert shown()["content"] == "Base."


def test_keys_for_those_who_may_edit_are_not_in_the_preview_of_a_copy(ada, copy, shown):
    ada.patch(copy, json={"metadata": {"_private": 1, "public": 2}})
    assert shown()["metadata"] == {"public": 2}


def test_a_preview_of_a_post_that_is_not_live_shows_the_post(ada, path, copy, shown):
    ada.patch(copy, json={"content": "Mine."})
    ada.patch(path, json={"status": "draft", "content": "Draft."})
    assert shown()["content"] == "Draft."
    ada.patch(path, json={"status": "published"})
    assert shown()["content"] == "Mine."
