"""Posts: changes by PATCH and PUT, every change of status, and extreme dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

TEXT = {"title": "Hello", "content": "Text."}
PAST, FUTURE = "2020-01-31T12:00:00Z", "2999-01-31T12:00:00Z"
STATES = {
    "draft": {"status": "draft"},
    "scheduled": {"status": "scheduled", "published_at": FUTURE},
    "published": {"status": "published", "published_at": PAST},
    "archived": {"status": "archived", "published_at": PAST},
}


def test_patch_changes_only_the_sent_fields(people):
    ada = people()
    post = ada.write("Hello", summary="Short.", tags=["a", "b"], published_at=PAST)
    for sent in (
        {"title": "Other"},
        {"content": "New."},
        {"summary": ""},
        {"slug": "moved"},
        {"published_at": "2021-01-31T12:00:00.250000Z"},
    ):
        changed = ada.patch(f"/posts/{post['id']}", json=sent).json
        assert changed == post | sent | {"updated_at": changed["updated_at"]}
        post = changed
    tagged = ada.patch(f"/posts/{post['id']}", json={"tags": ["c", "A"]}).json
    assert [tag["name"] for tag in tagged["tags"]] == ["a", "c"]
    assert ada.patch(f"/posts/{post['id']}", json={"tags": []}).json["tags"] == []


def test_changing_the_title_does_not_change_the_slug(people):
    ada = people()
    post = ada.write("Hello")
    assert ada.patch(f"/posts/{post['id']}", json={"title": "Bye"}).json["slug"] == "hello"
    assert ada.put(f"/posts/{post['id']}", json=TEXT | {"title": "Bye again"}).json["slug"] == "hello"


def test_put_resets_omitted_fields_except_slug_and_publication_time(people):
    ada = people()
    post = ada.write("Hello", summary="Short.", tags=["a"], published_at=PAST, slug="mine")
    put = ada.put(f"/posts/{post['id']}", json={"title": "New", "content": ""}).json
    assert (put["title"], put["content"], put["summary"], put["tags"]) == ("New", "", "", [])
    assert (put["status"], put["slug"], put["published_at"]) == ("draft", "mine", PAST)
    assert (put["id"], put["author"], put["created_at"]) == (post["id"], post["author"], post["created_at"])


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_post_can_change_from_every_status_to_every_other(people, client, before, after, method):
    ada = people()
    post = ada.write(**STATES[before])
    assert post["status"] == before
    body = STATES[after] if method == "patch" else TEXT | STATES[after]
    changed = getattr(ada, method)(f"/posts/{post['id']}", json=body).json
    assert changed["status"] == after
    assert ada.get(f"/posts/{post['id']}").json == changed
    assert client.get(f"/api/v1/posts/{post['id']}").status_code == (200 if after == "published" else 404)


def test_publishing_a_draft_with_a_future_time_schedules_it(people, client):
    ada = people()
    post = ada.write(status="draft", published_at=FUTURE)
    published = ada.patch(f"/posts/{post['id']}", json={"status": "published"}).json
    assert (published["status"], published["published_at"]) == ("scheduled", FUTURE)
    assert client.get(f"/api/v1/posts/{post['id']}").status_code == 404


@pytest.mark.parametrize("wanted", [{}, {"published_at": None}])
def test_publishing_without_a_publication_time_publishes_now(people, wanted):
    ada = people()
    post = ada.write(status="draft")
    now = ada.patch(f"/posts/{post['id']}", json={"status": "published"} | wanted).json
    assert now["status"] == "published"
    assert abs(datetime.fromisoformat(now["published_at"]) - datetime.now(UTC)) < timedelta(seconds=10)


def test_put_publishes_a_draft_now_but_keeps_an_existing_publication_time(people):
    ada = people()
    draft, scheduled = ada.write(status="draft"), ada.write(**STATES["scheduled"])
    now = ada.put(f"/posts/{draft['id']}", json=TEXT | {"status": "published"}).json
    assert (now["status"], now["published_at"] is None) == ("published", False)
    still = ada.put(f"/posts/{scheduled['id']}", json=TEXT | {"status": "published"}).json
    assert (still["status"], still["published_at"]) == ("scheduled", FUTURE)


def test_a_republished_post_keeps_its_first_publication_time(people):
    ada = people()
    post = ada.write(**STATES["published"])
    for status in ("draft", "published", "archived", "published"):
        changed = ada.patch(f"/posts/{post['id']}", json={"status": status}).json
        assert (changed["status"], changed["published_at"]) == (status, PAST)


def test_changing_the_publication_time_schedules_or_publishes_a_post(people):
    ada = people()
    post = ada.write(published_at=FUTURE)
    assert post["status"] == "scheduled"
    assert ada.patch(f"/posts/{post['id']}", json={"published_at": PAST}).json["status"] == "published"
    assert ada.patch(f"/posts/{post['id']}", json={"published_at": FUTURE}).json["status"] == "scheduled"
    assert ada.patch(f"/posts/{post['id']}", json={"title": "Still"}).json["status"] == "scheduled"


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        ("draft", {"status": "scheduled"}),
        ("draft", {"status": "scheduled", "published_at": PAST}),
        ("published", {"status": "scheduled"}),
        ("published", {"published_at": None}),
        ("scheduled", {"published_at": None}),
    ],
)
def test_status_and_publication_time_must_be_consistent(people, before, wrong):
    ada = people()
    post = ada.write(**STATES[before], tags=["a"])
    reply = ada.patch(f"/posts/{post['id']}", json=wrong | {"title": "No", "tags": ["b"]})
    assert reply.status_code == 422
    assert [fault["pointer"] for fault in reply.json["errors"]] == ["/published_at"]
    assert ada.get(f"/posts/{post['id']}").json == post
    assert [tag["name"] for tag in people("editor").get("/tags").json["data"]] == ["a"]


def test_the_publication_time_of_a_draft_can_be_set_and_removed(people):
    ada = people()
    post = ada.write(status="draft", published_at=PAST)
    assert (post["status"], post["published_at"]) == ("draft", PAST)
    assert ada.patch(f"/posts/{post['id']}", json={"published_at": None}).json["published_at"] is None


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2020-01-31T12:00:00+05:30", "2020-01-31T06:30:00Z"),
        ("2020-01-31t12:00:00.123456z", "2020-01-31T12:00:00.123456Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_times_keep_microseconds_and_are_shown_in_utc_in_any_server_timezone(
    people, make_client, monkeypatch, sent, shown, zone
):
    monkeypatch.setenv("PGTZ", zone)
    elsewhere, ada = make_client(), people()
    body = TEXT | {"status": "published", "published_at": sent}
    reply = elsewhere.post("/api/v1/posts", json=body, headers=ada.headers)
    assert reply.json["published_at"] == shown
    listed = elsewhere.get("/api/v1/posts?status=all&sort=published_at", headers=ada.headers)
    assert [post["published_at"] for post in listed.json["data"]] == [shown]


def test_only_the_owner_and_editors_can_change_or_delete_a_public_post(people, client):
    ada = people()
    for person, allowed in [
        (people("reader"), False),
        (people("author"), False),
        (people("editor"), True),
        (people("admin"), True),
        (ada, True),
    ]:
        post = ada.write()
        status = 200 if allowed else 403
        assert person.patch(f"/posts/{post['id']}", json={"title": "x"}).status_code == status
        assert person.put(f"/posts/{post['id']}", json=TEXT | {"status": "published"}).status_code == status
        assert person.delete(f"/posts/{post['id']}").status_code == (204 if allowed else 403)
        assert ada.get(f"/posts/{post['id']}").status_code == (404 if allowed else 200)
    path = f"/api/v1/posts/{ada.write()['id']}"
    assert client.patch(path, json={}).status_code == 401
    assert client.put(path, json=TEXT).status_code == 401
    assert client.delete(path).status_code == 401


def test_an_edit_by_an_editor_does_not_change_the_author(people):
    ada, editor = people(), people("editor")
    post = ada.write()
    assert editor.patch(f"/posts/{post['id']}", json={"title": "Better"}).json["author"]["id"] == ada.id
    assert editor.put(f"/posts/{post['id']}", json=TEXT).json["author"]["id"] == ada.id
