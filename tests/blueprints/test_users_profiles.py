"""The website and the image of a user."""

from __future__ import annotations

import pytest

from tests.blueprints.changes.helpers import number
from tests.databases import on_one_database

WEBSITE = "https://ada.example/about?x=1#me"
IMAGE = {"url": "https://ada.example/me.jpg", "alt": "Ada", "caption": "In 1840", "width": 400, "height": 300}
# What is stored of an image that is only a URL.
BARE = {"url": "http://a.example/", "alt": "", "caption": "", "width": None, "height": None}
PROFILE = {"website": WEBSITE, "image": IMAGE}


def shown(reply):
    assert reply.status_code == 200, reply.text
    image = reply.json["image"]
    return {
        "website": reply.json["website"],
        "image": image and {name: value for name, value in image.items() if name in IMAGE},
    }


def fault(reply):
    assert reply.status_code == 422, reply.text
    (found,) = reply.json["errors"]
    return found["pointer"], found["code"]


def test_a_profile_has_a_website_and_an_image_that_everyone_sees(people, client):
    ada, bob = people(), people("reader")
    ada.write()
    assert shown(ada.get("/users/me")) == {"website": None, "image": None}
    assert shown(ada.patch("/users/me", PROFILE)) == PROFILE
    paths = (f"/users/{ada.id}", f"/users/by-username/{ada.username}")
    for reply in [client.get(f"/api/v1{path}") for path in paths] + [bob.get(path) for path in paths]:
        assert shown(reply) == PROFILE
        assert reply.json["image"]["variants"] == []
    (listed,) = client.get("/api/v1/users").json["data"]
    assert (listed["website"], listed["image"]["url"]) == (WEBSITE, IMAGE["url"])
    assert set(client.get("/api/v1/posts").json["data"][0]["author"]) == {"id", "username", "display_name"}
    assert shown(bob.patch("/users/me", {"image": {"url": BARE["url"]}})) == {"website": None, "image": BARE}


def test_an_image_can_be_sent_as_it_was_read(people):
    ada = people()
    image = ada.patch("/users/me", PROFILE).json["image"]
    before = ada.get("/users/me").headers["ETag"]
    assert ada.patch("/users/me", {"image": image}).json["image"] == image
    assert ada.get("/users/me").headers["ETag"] == before


@pytest.mark.parametrize("content_type", ["application/json", "application/merge-patch+json"])
def test_null_removes_them(people, content_type):
    ada = people()
    ada.patch("/users/me", PROFILE)
    headers = {"Content-Type": content_type}
    assert shown(ada.patch("/users/me", {"website": None}, headers=headers)) == PROFILE | {"website": None}
    assert shown(ada.patch("/users/me", {"image": None}, headers=headers)) == {"website": None, "image": None}


def test_a_merge_patch_merges_the_image(people):
    ada = people()
    ada.patch("/users/me", PROFILE)
    headers = {"Content-Type": "application/merge-patch+json"}
    changed = ada.patch("/users/me", {"image": {"alt": "Countess", "caption": None}}, headers=headers)
    assert shown(changed)["image"] == IMAGE | {"alt": "Countess", "caption": ""}
    assert fault(ada.patch("/users/me", {"image": {"url": None}}, headers=headers)) == (
        "/image/url",
        "required",
    )
    assert shown(ada.get("/users/me")) == shown(changed)


@on_one_database
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"website": "ada.example"}, ("/website", "malformed")),
        ({"website": "ftp://ada.example"}, ("/website", "malformed")),
        ({"website": "javascript:alert(1)"}, ("/website", "malformed")),
        ({"website": "https://"}, ("/website", "malformed")),
        ({"website": 'https://a.example/"><script>'}, ("/website", "malformed")),
        ({"website": "https://a.example/" + "a" * 983}, ("/website", "too_long")),
        ({"website": 1}, ("/website", "wrong_type")),
        ({"image": "https://a.example/me.jpg"}, ("/image", "wrong_type")),
        ({"image": {"alt": "Ada"}}, ("/image/url", "required")),
        ({"image": {"url": "/me.jpg"}}, ("/image/url", "malformed")),
        ({"image": {**BARE, "width": 0}}, ("/image/width", "out_of_range")),
        ({"image": {**BARE, "alt": "a" * 501}}, ("/image/alt", "too_long")),
        ({"image": {**BARE, "size": 1}}, ("/image/size", "unknown")),
    ],
    ids=str,
)
def test_invalid_values_are_rejected(people, body, expected):
    admin, ada = people("admin"), people()
    assert fault(ada.patch("/users/me", body)) == expected
    assert fault(admin.patch(f"/users/{ada.id}", body)) == expected
    assert shown(ada.get("/users/me")) == {"website": None, "image": None}


def test_a_website_of_maximum_length_is_accepted(people):
    website = "https://a.example/" + "a" * 982
    assert people().patch("/users/me", {"website": website}).json["website"] == website


def test_an_admin_can_change_the_profile_of_another_account(people):
    admin, ada = people("admin"), people()
    assert shown(admin.patch(f"/users/{ada.id}", PROFILE)) == PROFILE
    assert people("editor").patch(f"/users/{ada.id}", PROFILE).status_code == 403


@pytest.mark.parametrize("change", [{"website": WEBSITE}, {"image": IMAGE}], ids=["website", "image"])
def test_a_change_is_in_the_feed_and_invalidates_cached_responses(app, people, client, change):
    ada = people()
    ada.write()
    path = f"/api/v1/users/{ada.id}"
    number(app)
    cursor = client.get("/api/v1/changes").json["pagination"]["next_cursor"]
    # The second one comes from the cache.
    before = [client.get(path).headers["ETag"] for _ in range(2)]
    ada.patch("/users/me", change)
    assert client.get(path).headers["ETag"] not in before
    number(app)
    (entry,) = client.get(f"/api/v1/changes?cursor={cursor}").json["data"]
    assert (entry["type"], entry["id"]) == ("user.updated", ada.id)


@pytest.mark.parametrize(
    "statement", ["UPDATE users SET website = 'http://a.example/'", "UPDATE users SET image = NULL"]
)
def test_a_direct_update_invalidates_cached_responses(people, client, sql, statement):
    ada = people()
    ada.write()
    ada.patch("/users/me", {"image": IMAGE})
    path = f"/api/v1/users/{ada.id}"
    # The second one comes from the cache.
    before = [client.get(path).json for _ in range(2)]
    sql(statement)
    assert before[0] == before[1] != client.get(path).json
