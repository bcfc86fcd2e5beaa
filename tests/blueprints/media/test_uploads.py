"""Tests of uploading pictures, and of reading, changing and deleting uploads."""

from __future__ import annotations

import hashlib
import io

import pytest

from tests.pictures import picture, send_picture, upload

FORM = "multipart/form-data"


def test_an_upload_is_described_by_its_largest_variant(people):
    author = people("author")
    data = picture(1000, 500)
    reply = send_picture(author, data, name="cat.png", alt=" A cat ", caption="Ours")
    assert reply.status_code == 201
    made = reply.json or {}
    assert reply.headers["Location"] == f"/api/v1/media/{made['id']}"
    sizes = [(one["width"], one["height"], one["content_type"]) for one in made["variants"]]
    assert sizes == [(320, 160, "image/webp"), (640, 320, "image/webp"), (1000, 500, "image/webp")]
    assert {name: made[name] for name in ("url", "width", "height", "content_type")} == made["variants"][-1]
    assert (made["filename"], made["alt"], made["caption"]) == ("cat.png", "A cat", "Ours")
    assert made["sha256"] == hashlib.sha256(data).hexdigest()
    assert made["author"]["id"] == author.id
    read = author.get(f"/media/{made['id']}")
    assert read.json == made
    assert read.headers["ETag"].startswith('"1-')


def test_every_variant_is_served(people, client):
    for variant in upload(people("author"), picture(700, 700))["variants"]:
        reply = client.get(variant["url"])
        assert (reply.status_code, reply.content_type) == (200, "image/webp")
        assert reply.data[8:12] == b"WEBP"


def test_addresses_are_below_the_public_url(make_client, people):
    author = people("author")
    post = author.write(image={"media_id": upload(author)["id"]})
    client = make_client(PUBLIC_URL="https://api.example.com/blog")
    for path in ("media", f"posts/{post['id']}", "posts"):
        shown = client.get(f"/blog/api/v1/{path}", headers=author.headers).text
        assert '"url":"https://api.example.com/blog/media/' in shown
        assert '"url":"/media/' not in shown


def test_equal_files_are_stored_once_but_are_uploads_of_their_own(people, client):
    author, data = people("author"), picture()
    first, second = upload(author, data, alt="One"), upload(author, data, alt="Two")
    assert first["id"] != second["id"]
    assert first["url"] == second["url"]
    assert author.delete(f"/media/{first['id']}").status_code == 204
    assert client.get(second["url"]).status_code == 200
    assert author.delete(f"/media/{second['id']}").status_code == 204
    assert client.get(second["url"]).status_code == 404
    assert upload(author, data)["url"] != second["url"]


def test_a_known_file_is_still_checked_for_its_type(people):
    author, data = people("author"), picture()
    upload(author, data)
    file = (io.BytesIO(data), "x.jpg", "image/jpeg")
    refused = author.post("/media", data={"file": file}, content_type=FORM)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "mislabelled")


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({}, "/file", "required"),
        ({"file": "text"}, "/file", "wrong_type"),
        ({"file": (io.BytesIO(b""), "")}, "/file", "required"),
        ({"file": (io.BytesIO(b"GIF89a"), "x.gif")}, "/file", "unsupported_type"),
        ({"file": (io.BytesIO(b"<svg/>"), "x.svg")}, "/file", "unsupported_type"),
        ({"file": (io.BytesIO(b"\xff\xd8\xff"), "x.jpg")}, "/file", "truncated"),
        ({"file": (io.BytesIO(b"x"), "x.jpg"), "title": "x"}, "/title", "unknown"),
        ({"file": (io.BytesIO(b"x"), "x.jpg"), "alt": "x" * 501}, "/alt", "too_long"),
        ({"file": (io.BytesIO(b"x"), "x.jpg"), "alt": "a\0"}, "/alt", "control_character"),
    ],
)
def test_invalid_forms_name_the_field(people, fields, pointer, code):
    copied = {
        name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    author = people("author")
    reply = author.post("/media", data=copied, content_type=FORM)
    assert reply.status_code == 422, reply.text
    assert (pointer, code) in {(one["pointer"], one["code"]) for one in reply.json["errors"]}
    assert author.get("/media").json["data"] == []


def test_a_form_has_one_file(people):
    files = [(io.BytesIO(picture()), "x.png"), (io.BytesIO(picture()), "y.png")]
    reply = people("author").post("/media", data={"file": files}, content_type=FORM)
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "repeated")


@pytest.mark.parametrize("body", [b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="alt"\r\n\r\nA'])
def test_malformed_forms_are_rejected(people, body):
    reply = people("author").post("/media", data=body, content_type=f"{FORM}; boundary=x")
    assert reply.status_code == 400


def test_a_form_without_a_boundary_is_rejected(people):
    assert people("author").post("/media", data=b"x", content_type=FORM).status_code == 400


def test_only_forms_are_accepted(people):
    reply = people("author").post("/media", json={"file": "x"})
    assert reply.status_code == 415
    assert FORM in reply.json["detail"]


def test_files_over_the_limit_are_rejected(make_client, people):
    client = make_client(MEDIA_MAX_MB="1")
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
    body = head + b"x" * (1024 * 1024 + 1) + b"\r\n--x--\r\n"
    headers = people("author").headers
    reply = client.post("/api/v1/media", data=body, headers=headers, content_type=f"{FORM}; boundary=x")
    assert reply.status_code == 413
    assert "1 MB" in reply.json["detail"]


@pytest.mark.parametrize("role", ["reader", "contributor"])
def test_readers_and_contributors_may_not_upload(people, role):
    assert send_picture(people(role)).status_code == 403


def test_authors_see_their_own_uploads_and_editors_all(people):
    ada, bob, editor = people("author"), people("author"), people("editor")
    own, other = upload(ada), upload(bob)
    assert [one["id"] for one in ada.get("/media").json["data"]] == [own["id"]]
    assert ada.get(f"/media/{other['id']}").status_code == 404
    assert [one["id"] for one in editor.get("/media").json["data"]] == [other["id"], own["id"]]
    found = editor.get(f"/media?author_id={bob.id}&sha256={other['sha256']}").json["data"]
    assert [one["id"] for one in found] == [other["id"]]
    page = editor.get("/media?limit=1").json
    rest = editor.get(f"/media?limit=1&cursor={page['pagination']['next_cursor']}").json
    assert [one["id"] for one in page["data"] + rest["data"]] == [other["id"], own["id"]]


def test_texts_can_be_changed_but_nothing_else(people):
    author = people("author")
    made = upload(author, alt="Old", caption="Kept")
    path = f"/media/{made['id']}"
    changed = author.patch(path, json={"alt": "New"}, headers={"If-Match": '"1"'})
    assert (changed.json["alt"], changed.json["caption"]) == ("New", "Kept")
    assert author.patch(path, json={"alt": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    refused = author.patch(path, json={"url": "https://example.com/"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/url")


def test_a_stale_deletion_is_refused(people):
    author = people("author")
    path = f"/media/{upload(author)['id']}"
    author.patch(path, json={"alt": "New"})
    assert author.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert author.delete(path, headers={"If-Match": '"2"'}).status_code == 204
    assert author.delete(path).status_code == 404


def test_an_upload_of_a_deleted_account_stays_for_editors(people):
    author, editor, admin = people("author"), people("editor"), people("admin")
    made = upload(author)
    assert admin.delete(f"/users/{author.id}").status_code in (200, 204)
    assert editor.get(f"/media/{made['id']}").status_code == 200


def test_lists_take_the_same_number_of_queries_at_any_size(people, count_queries):
    author = people("author")
    upload(author)
    author.get("/media")
    with count_queries() as few:
        author.get("/media")
    for _ in range(5):
        upload(author)
    with count_queries() as many:
        assert len(author.get("/media").json["data"]) == 6
    assert len(many) == len(few) <= 2
