"""Previews: links that show a post to anyone who has the token."""

import hashlib
import logging
import re
from typing import Any

import pytest

from tests.apps import running_app

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def preview(client):
    """A function that creates a preview, and returns its JSON and a function that reads it without a token."""

    def create(person, post_id, **options):
        reply = person.post(f"/posts/{post_id}/previews", json=options)
        assert reply.status_code == 201, reply.text
        made = reply.json
        assert reply.headers["Location"].endswith(f"/api/v1/previews/{made['token']}")
        assert "ETag" not in reply.headers
        return made, lambda **headers: client.get(f"/api/v1/previews/{made['token']}", headers=headers)

    return create


def test_a_preview_shows_a_draft_to_anyone_who_has_the_token(people, preview, sql):
    ada = people()
    post = ada.write(
        "Secret plan", status="draft", content="# One\n\n*Two*", metadata={"a": 1, "_b": 2}, tags=["T"]
    )
    made, read = preview(ada, post["id"])
    assert set(made) == {"id", "url", "token", "expires_at"}
    assert made["url"] == f"/api/v1/previews/{made['token']}"
    reply = read()
    assert reply.status_code == 200
    assert reply.json["title"] == "Secret plan"
    assert "<em>Two</em>" in reply.json["html"]
    assert [entry["text"] for entry in reply.json["toc"]] == ["One"]
    assert reply.json["metadata"] == {"a": 1}
    assert reply.json["tags"] == post["tags"]
    assert sql.one("SELECT digest FROM previews") == hashlib.sha256(made["token"].encode()).hexdigest()
    ada.patch(f"/posts/{post['id']}", json={"title": "Other plan"})
    assert read().json["title"] == "Other plan"


def test_a_preview_is_never_stored_or_indexed(people, preview):
    ada = people()
    _, read = preview(ada, ada.write(status="draft")["id"])
    for accept in (JSON, HTML):
        headers = read(**accept).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "ETag" not in headers
        assert "Accept" in headers["Vary"]


def test_a_browser_gets_a_sandboxed_page(people, preview):
    ada = people()
    post = ada.write("<b>Title</b>", status="draft", content="Text <script>alert(1)</script> **bold**")
    reply = preview(ada, post["id"])[1](**HTML)
    assert reply.content_type == "text/html; charset=utf-8"
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "unsafe" not in policy
    assert "&lt;b&gt;Title&lt;/b&gt;" in reply.text
    assert "<strong>bold</strong>" in reply.text
    assert "<script" not in reply.text


def test_a_preview_can_show_a_revision(people, preview):
    ada = people()
    post = ada.write("First", content="One.", tags=["Old", "Kept"], status="draft")
    ada.patch(f"/posts/{post['id']}", json={"title": "Second", "content": "Two.", "tags": []})
    _, read = preview(ada, post["id"], revision=1)
    shown = read().json
    assert (shown["title"], shown["content"], shown["html"]) == ("First", "One.", "<p>One.</p>\n")
    assert [tag["name"] for tag in shown["tags"]] == ["Kept", "Old"]
    assert ada.post(f"/posts/{post['id']}/previews", json={"revision": 9}).status_code == 404


def test_a_preview_ends(people, preview, sql):
    owner, editor, admin = people(username="owner"), people(role="editor"), people(role="admin")
    post = owner.write(status="draft")
    path = f"/posts/{post['id']}"
    by_editor, deleted, by_owner = (preview(person, post["id"]) for person in (editor, owner, owner))
    assert editor.delete(f"/previews/{deleted[0]['id']}").status_code == 204
    assert deleted[1]().status_code == 404
    admin.patch(f"/users/{editor.id}", json={"role": "author"})
    assert (by_editor[1]().status_code, by_owner[1]().status_code) == (404, 200)
    owner.delete(path)
    assert by_owner[1]().status_code == 404
    owner.post(f"{path}/restore")
    assert by_owner[1]().status_code == 200
    admin.patch(f"/users/{owner.id}", json={"is_active": False})
    assert by_owner[1]().status_code == 404
    admin.patch(f"/users/{owner.id}", json={"is_active": True})
    sql("UPDATE previews SET expires_at = created_at")
    assert by_owner[1]().status_code == 404


def test_a_contributor_loses_the_preview_of_a_published_post(people, preview):
    contributor, editor = people(role="contributor"), people(role="editor")
    post = contributor.write(status="draft")
    _, read = preview(contributor, post["id"])
    assert read().status_code == 200
    editor.patch(f"/posts/{post['id']}", json={"status": "published"})
    assert read().status_code == 404


def test_previews_are_listed_without_their_tokens(people, preview, sql):
    ada, other = people(), people()
    post = ada.write(status="draft")
    made = [preview(ada, post["id"], expires_in=60)[0] for _ in range(3)]
    sql("UPDATE previews SET expires_at = created_at WHERE id = :id", id=made[0]["id"])
    path = f"/posts/{post['id']}/previews"
    listed = ada.get(path).json["data"]
    assert [item["id"] for item in listed] == [made[2]["id"], made[1]["id"]]
    assert set(listed[0]) == {"id", "revision", "author", "created_at", "expires_at"}
    assert ada.get(f"{path}?limit=1").json["pagination"]["next_cursor"]
    assert other.get(path).status_code == 404
    assert other.delete(f"/previews/{made[1]['id']}").status_code == 404
    assert other.post(path, json={}).status_code == 404


def test_only_those_who_may_edit_a_public_post_may_preview_it(people, client):
    owner, other, reader = people(), people(), people(role="reader")
    path = f"/posts/{owner.write()['id']}/previews"
    assert [person.post(path, json={}).status_code for person in (owner, other, reader)] == [201, 403, 403]
    assert client.post(f"/api/v1{path}", json={}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [{"expires_in": 59}, {"expires_in": 90 * 86400 + 1}, {"expires_in": "1"}, {"revision": 0}, {"x": 1}],
)
def test_invalid_previews_are_rejected(people, body):
    ada = people()
    reply = ada.post(f"/posts/{ada.write()['id']}/previews", json=body)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, f"/{next(iter(body))}")


def test_a_preview_takes_no_idempotency_key_and_no_dry_run(people):
    ada = people()
    path = f"/posts/{ada.write()['id']}/previews"
    replies = [ada.post(path, json={}, headers={"Idempotency-Key": "k"}).json["token"] for _ in range(2)]
    assert replies[0] != replies[1]
    assert ada.post(f"{path}?dry_run=true", json={}).status_code == 422


def test_a_post_has_a_limited_number_of_previews(people, monkeypatch):
    monkeypatch.setattr("blog_api.crud.previews.MAX_PREVIEWS", 2)
    ada = people()
    path = f"/posts/{ada.write()['id']}/previews"
    assert [ada.post(path, json={}).status_code for _ in range(3)] == [201, 201, 409]


def test_the_token_is_in_no_log_and_no_problem(people, preview, caplog, client):
    ada = people()
    made, read = preview(ada, ada.write(status="draft")["id"])
    with caplog.at_level(logging.DEBUG):
        read()
        ada.delete(f"/previews/{made['id']}")
        problem = read()
    assert problem.json["instance"] == "/api/v1/previews/..."
    path = f"/api/v1/previews/{made['token']}"
    for other in (client.post(path), client.get(f"{path}/"), client.get(f"{path}/x")):
        assert other.status_code in (404, 405)
        assert made["token"] not in other.text
    assert made["token"] not in caplog.text + problem.text
    assert made["token"] not in str([record.__dict__ for record in caplog.records])


def test_previews_change_nothing_that_the_public_reads(people, preview, client):
    ada = people()
    post = ada.write("Draft", status="draft")
    before = client.get("/api/v1/posts").headers["ETag"]
    preview(ada, post["id"])[1]()
    assert client.get("/api/v1/posts").headers["ETag"] == before
    assert client.get("/api/v1/posts?q=draft").json["data"] == []


def test_the_url_of_a_preview_is_that_of_the_site(database_url, people):
    reply: Any
    ada = people()
    post = ada.write(status="draft")
    settings = {
        "PREVIEW_URL": "https://example.com/preview/{token}",
        "PUBLIC_URL": "https://api.example.com/x",
    }
    with running_app(database_url, **settings) as app:
        reply = app.test_client().post(f"/api/v1/posts/{post['id']}/previews", json={}, headers=ada.headers)
        assert reply.json["url"] == f"https://example.com/preview/{reply.json['token']}"
    settings.pop("PREVIEW_URL")
    with running_app(database_url, **settings) as app:
        reply = app.test_client().post(f"/api/v1/posts/{post['id']}/previews", json={}, headers=ada.headers)
        assert re.fullmatch(r"https://api\.example\.com/x/api/v1/previews/[\w-]{43}", reply.json["url"])
