"""Posts: creating, reading and deleting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

TEXT = {"title": "Hello", "content": "Text."}
PAST, FUTURE = "2020-01-31T12:00:00Z", "2999-01-31T12:00:00Z"
MEMBERS = [
    "id", "slug", "url", "title", "summary", "content", "status", "published_at", "created_at", "updated_at",
    "author", "authors", "tags", "aliases", "kind", "featured", "language", "image", "reading_minutes", "word_count",
    "meta_title", "meta_description", "canonical_url", "noindex", "metadata",
    "comments_open", "comments_close_at", "comment_count", "like_count",
]  # fmt: skip


def fault(reply) -> tuple[int, str, str]:
    """Return the status of a response, and the location and code of its only error."""
    (only,) = reply.json["errors"]
    return reply.status_code, only.get("pointer") or only["parameter"], only["code"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_new_post_is_a_draft_with_all_documented_members(people):
    ada = people(username="Ada")
    reply = ada.post(
        "/posts", json={"title": "  Hello, world ", "content": "  # Hi\n\n", "tags": ["b", " A  c "]}
    )
    post = reply.json
    assert reply.status_code == 201
    assert reply.headers["Location"] == f"/api/v1/posts/{post['id']}"
    assert list(post) == MEMBERS
    assert (post["title"], post["slug"], post["content"]) == ("Hello, world", "hello-world", "  # Hi\n\n")
    assert (post["status"], post["published_at"], post["summary"]) == ("draft", None, "")
    assert post["author"] == {"id": ada.id, "username": "Ada", "display_name": "Ada"}
    assert [(tag["name"], tag["slug"]) for tag in post["tags"]] == [("A c", "a-c"), ("b", "b")]
    assert abs(moment(post["created_at"]) - datetime.now(UTC)) < timedelta(seconds=10)
    assert post["updated_at"] == post["created_at"]


def test_trashing_a_draft_frees_its_numbered_slug(people):
    ada = people()
    ids = [ada.write("Hello", status="draft")["id"] for _ in range(3)]
    ada.delete(f"/posts/{ids[1]}")
    assert ada.write("Hello")["slug"] == "hello-2"


def test_creating_a_post_returns_the_same_as_reading_it(people, client):
    ada = people()
    created = ada.post("/posts", json=TEXT | {"status": "published", "tags": ["x"]})
    by_id = client.get(f"/api/v1/posts/{created.json['id']}")
    by_slug = client.get("/api/v1/posts/slug/hello")
    assert created.json == by_id.json == by_slug.json
    assert created.headers["ETag"] == by_id.headers["ETag"] == by_slug.headers["ETag"]


def test_readers_and_anonymous_clients_cannot_create_posts(people, client):
    assert client.post("/api/v1/posts", json=TEXT).status_code == 401
    assert people("reader").post("/posts", json=TEXT).status_code == 403
    for role in ("author", "editor", "admin"):
        assert people(role).post("/posts", json=TEXT).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"title": None}, "/title", "null"),
        ({"title": 1}, "/title", "wrong_type"),
        ({"title": "x" * 201}, "/title", "too_long"),
        ({"title": "a\nb"}, "/title", "control_character"),
        ({"content": "a\x00b"}, "/content", "control_character"),
        ({"content": "x" * 500_001}, "/content", "too_long"),
        ({"summary": "x" * 2001}, "/summary", "too_long"),
        ({"summary": None}, "/summary", "null"),
        ({"slug": "No Slug"}, "/slug", "malformed"),
        ({"slug": "a--b"}, "/slug", "malformed"),
        ({"slug": "x" * 101}, "/slug", "too_long"),
        ({"status": "trashed"}, "/status", "not_a_choice"),
        ({"published_at": "2026-01-01T00:00:00"}, "/published_at", "malformed"),
        ({"published_at": "2026-02-30T00:00:00Z"}, "/published_at", "malformed"),
        ({"published_at": "0001-01-01T00:00:00+01:00"}, "/published_at", "malformed"),
        ({"published_at": 1767225600}, "/published_at", "malformed"),
        ({"tags": "a,b"}, "/tags", "wrong_type"),
        ({"tags": ["a", "\u200b"]}, "/tags/1", "blank"),
        ({"tags": ["x" * 51]}, "/tags/0", "too_long"),
        ({"tags": [str(n) for n in range(51)]}, "/tags", "too_many"),
        ({"titel": "x"}, "/titel", "unknown"),
        ({"author_id": "7"}, "/author_id", "wrong_type"),
        ({"status": "published", "title": " \u200b\u3000"}, "/title", "blank"),
    ],
)
def test_invalid_input_is_reported_with_its_pointer_on_create_and_update(people, wrong, pointer, code):
    ada = people()
    assert fault(ada.post("/posts", json=TEXT | wrong)) == (422, pointer, code)
    post = ada.write()
    assert fault(ada.patch(f"/posts/{post['id']}", json=wrong)) == (422, pointer, code)
    assert fault(ada.put(f"/posts/{post['id']}", json=TEXT | wrong)) == (422, pointer, code)
    assert ada.get(f"/posts/{post['id']}").json == post
    assert ada.get("/posts?status=all&total=true").json["pagination"]["total"] == 1


def test_the_longest_allowed_values_are_stored_unchanged(people):
    long = {"title": "\U0001f600" * 200, "content": "é" * 500_000, "summary": "字" * 2000, "slug": "x" * 100}
    names = [f"{n:02}" + "ß" * 48 for n in range(50)]
    post = people().write(**long, tags=names)
    assert {name: post[name] for name in long} == long
    assert [tag["name"] for tag in post["tags"]] == names


def test_a_draft_needs_neither_title_nor_content_but_publishing_needs_a_title(people):
    ada = people()
    draft = ada.post("/posts", json={}).json
    assert (draft["title"], draft["content"], draft["status"], draft["slug"]) == ("", "", "draft", "post")
    path = f"/posts/{draft['id']}"
    for body in ({"status": "published"}, {"status": "scheduled", "published_at": "2999-01-01T00:00:00Z"}):
        assert fault(ada.patch(path, json=body)) == (422, "/title", "required")
        assert fault(ada.post("/posts", json=body)) == (422, "/title", "required")
    published = ada.patch(path, json={"status": "published", "title": "Hello"}).json
    assert (published["title"], published["content"], published["slug"]) == ("Hello", "", "hello")
    assert fault(ada.patch(path, json={"title": ""})) == (422, "/title", "blank")
    assert ada.patch(path, json={"title": "", "status": "draft"}).json["title"] == ""
    assert ada.write(content="")["content"] == ""


def test_posts_without_a_title_are_not_published_in_bulk(people):
    ada = people()
    ids = [ada.write(title, status="draft")["id"] for title in ("", "Hello")]
    reply = ada.post("/posts/bulk/update?status=draft", json={"status": "published"})
    assert fault(reply) == (422, "/status", "required")
    assert ada.get(f"/posts?id={ids[0]},{ids[1]}&status=draft&total=true").json["pagination"]["total"] == 2
    reply = ada.post(f"/posts/bulk/update?status=draft&id={ids[1]}", json={"status": "published"})
    assert reply.json["changed"] == 1
    assert [post["title"] for post in ada.get("/posts?status=draft&sort=title").json["data"]] == [""]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Привет, мир", "privet-mir"),
        ("Größe & Maß", "grosse-and-mass"),
        ("C++", "c-plus-plus"),
        ("!!!", "exclamation-mark"),
    ],
)
def test_a_title_in_any_script_or_of_symbols_only_gets_a_slug(people, client, title, slug):
    post = people().write(title)
    assert post["slug"] == slug
    assert client.get(f"/api/v1/posts/slug/{slug}").json["title"] == title


def test_posts_with_the_same_title_get_numbered_slugs(people):
    ada = people()
    slugs = [ada.write("Same")["slug"] for _ in range(24)]
    assert slugs[:3] == ["same", "same-2", "same-3"]
    assert len(set(slugs)) == 24


def test_a_requested_slug_is_used_or_a_conflict(people):
    ada, bob = people(), people()
    assert ada.write(slug="mine")["slug"] == "mine"
    assert fault(bob.post("/posts", json=TEXT | {"slug": "mine"})) == (409, "/slug", "taken")
    post = bob.write("Other")
    assert fault(bob.patch(f"/posts/{post['id']}", json={"slug": "mine"})) == (409, "/slug", "taken")
    assert fault(bob.put(f"/posts/{post['id']}", json=TEXT | {"slug": "mine"})) == (409, "/slug", "taken")
    assert bob.patch(f"/posts/{post['id']}", json={"slug": "other"}).status_code == 200


@pytest.mark.parametrize(
    "slug", ["missing", "%00", "%ff", "%ED%A0%80", "a%00b", "HELLO", "x" * 4000, "a%20b"]
)
def test_an_unknown_slug_of_any_characters_is_not_found(people, client, slug):
    people().write("Hello")
    assert client.get(f"/api/v1/posts/slug/{slug}").status_code == 404


@pytest.mark.parametrize(
    "number", ["0", "01", "-1", "+1", "1.0", "x", "9223372036854775807", "9223372036854775808"]
)
def test_an_unknown_id_of_any_characters_is_not_found(people, number):
    admin = people("admin")
    for reply in (
        admin.get(f"/posts/{number}"),
        admin.patch(f"/posts/{number}", json={}),
        admin.put(f"/posts/{number}", json=TEXT),
        admin.delete(f"/posts/{number}"),
    ):
        assert reply.status_code == 404


def test_a_tag_is_created_once_for_all_spellings_of_its_name(people):
    ada = people()
    first = ada.write(tags=["Open Source", "open  source", "OpenSource"])["tags"]
    assert [tag["name"] for tag in first] == ["Open Source"]
    assert ada.write(tags=["OPEN SOURCE"])["tags"] == first


def test_a_tag_of_characters_that_fold_to_many_letters_is_valid(people):
    # One character that folds to eighteen letters.
    assert people().write(tags=["\ufdfa" * 50])["tags"][0]["name"] == "\ufdfa" * 50


def test_deleting_a_post_hides_it_and_keeps_its_slug(people, client):
    ada = people()
    post = ada.write("Hello", tags=["a"])
    reply = ada.delete(f"/posts/{post['id']}")
    assert (reply.status_code, reply.data) == (204, b"")
    for viewer in (ada, people("admin")):
        assert viewer.get(f"/posts/{post['id']}").status_code == 404
        assert viewer.get("/posts/slug/hello").status_code == 404
        assert viewer.get("/posts?status=all&total=true").json["pagination"]["total"] == 0
        assert viewer.get("/posts?tag=a&total=true").json["pagination"]["total"] == 0
        assert viewer.patch(f"/posts/{post['id']}", json={}).status_code == 404
        assert viewer.delete(f"/posts/{post['id']}").status_code == 404
    assert ada.get("/users/me").json["post_count"] == 0
    assert client.get(f"/api/v1/users/{ada.id}").status_code == 404
    assert ada.write("Hello")["slug"] == "hello-2"
    refused = ada.post("/posts", json=TEXT | {"slug": "hello"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (409, "/slug")
    assert people("admin").delete(f"/posts/{post['id']}?force=true").status_code == 204
    assert ada.write(slug="hello")["slug"] == "hello"


def test_a_null_publication_time_of_a_new_published_post_means_now(people):
    post = people().write("Hello", published_at=None)
    assert post["status"] == "published"
    assert post["published_at"] is not None
