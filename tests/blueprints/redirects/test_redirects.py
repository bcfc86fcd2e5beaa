"""Tests of redirects: aliases of posts, former addresses, and those that editors add."""

from __future__ import annotations

import pytest

from blog_api.database.session import db
from tests.blueprints.redirects.helpers import REDIRECTS, SITE, pairs, write
from tests.statements import recorded_statements


def test_redirects_lead_from_aliases_and_former_addresses(people, editor, site):
    author = people(username="Ada")
    post = write(author, "Hello", tags=["Flask"])
    tag = post["tags"][0]
    editor.patch(f"/posts/{post['id']}", json={"aliases": ["/old/hello.html"]})
    assert pairs(site) == [("/old/hello.html", "https://example.com/2020/hello/", "alias")]
    author.patch(f"/posts/{post['id']}", json={"slug": "bye"})
    author.patch(f"/posts/{post['id']}", json={"published_at": "2021-05-01T00:00:00Z"})
    editor.patch(f"/tags/{tag['id']}", json={"slug": "python"})
    people("admin").patch(f"/users/{author.id}", json={"username": "ada-l"})
    assert pairs(site) == [
        ("/old/hello.html", "https://example.com/2021/bye/", "alias"),
        ("/2020/hello/", "https://example.com/2021/bye/", "former"),
        ("/2020/bye/", "https://example.com/2021/bye/", "former"),
        ("/topics/flask/", "https://example.com/topics/python/", "former"),
        ("/%40ada", "https://example.com/@ada-l", "former"),
    ]
    for path in ("/old/hello.html", "/2020/hello/", "/2020/bye", "/2021/bye/"):
        found = site.get("/api/v1/resolve", query_string={"path": path}).json
        expected = {"type": "post", "id": post["id"], "slug": "bye", "url": "https://example.com/2021/bye/"}
        assert found == expected, path
    for path in ("/topics/flask/", "/topics/python"):
        found = site.get("/api/v1/resolve", query_string={"path": path}).json
        assert (found["type"], found["slug"]) == ("tag", "python")
    for path in ("/@Ada", "/@ada-l", "/%40ADA"):
        found = site.get("/api/v1/resolve", query_string={"path": path}).json
        url = "https://example.com/@ada-l"
        assert found == {"type": "user", "id": author.id, "slug": "ada-l", "url": url}


def test_redirects_to_hidden_posts_are_hidden(people, editor, site):
    author = people()
    draft = author.write("Draft", status="draft")
    gone = write(author, "Gone")
    author.patch(f"/posts/{gone['id']}", json={"slug": "away"})
    author.patch(f"/posts/{gone['id']}", json={"status": "archived"})
    for post, path in ((draft, "/a"), (gone, "/b")):
        assert editor.patch(f"/posts/{post['id']}", json={"aliases": [path]}).status_code == 200
    manual = editor.post("/redirects", json={"from": "/c", "to": "/2020/away/"})
    assert manual.status_code == 201
    assert pairs(site) == []
    assert pairs(site, headers=people().headers) == []
    for path in ("/a", "/b", "/c", "/2020/gone/", "/2020/away/"):
        assert site.get(f"/api/v1/resolve?path={path}").status_code == 404
    assert site.get(manual.headers["Location"]).status_code == 404
    assert site.get(f"{REDIRECTS}?format=netlify").text == ""
    for viewer in (author, editor):
        found = pairs(site, headers=viewer.headers)
        assert found == [
            ("/a", None, "alias"),
            ("/b", "https://example.com/2020/away/", "alias"),
            ("/c", "/2020/away/", "redirect"),
            ("/2020/gone/", "https://example.com/2020/away/", "former"),
        ]
        reply = site.get("/api/v1/resolve?path=/c", headers=viewer.headers)
        assert reply.json["id"] == gone["id"]
    author.patch(f"/posts/{gone['id']}", json={"status": "published"})
    assert [path for path, *_ in pairs(site)] == ["/b", "/c", "/2020/gone/"]


def test_an_alias_that_is_the_present_address_does_not_loop(editor, site):
    write(editor, "Hello", aliases=["/2020/hello/", "/old"])
    assert [path for path, *_ in pairs(site)] == ["/old"]


def test_a_service_that_does_not_know_the_site_shows_aliases_only(editor, client):
    post = write(editor, "Hello", aliases=["/old"])
    editor.patch(f"/posts/{post['id']}", json={"slug": "bye"})
    assert pairs(client) == [("/old", None, "alias")]
    found = client.get("/api/v1/resolve?path=/old/").json
    assert found == {"type": "post", "id": post["id"], "slug": "bye", "url": None}
    assert client.get("/api/v1/resolve?path=/bye/").status_code == 404


def test_editors_add_and_delete_redirects(people, editor, site):
    reply = editor.post("/redirects", json={"from": "/info.html", "to": "/about/?lang=de#top"})
    assert reply.status_code == 201
    assert reply.json == {
        "id": reply.json["id"], "from": "/info.html", "to": "/about/?lang=de#top", "source": "redirect"
    }  # fmt: skip
    assert reply.headers["Location"].endswith(f"/redirects/{reply.json['id']}")
    for _ in range(3):
        assert site.get(REDIRECTS).json["data"] == [reply.json]
        assert site.get(reply.headers["Location"]).json == reply.json
    author = people()
    assert author.post("/redirects", json={"from": "/x", "to": "/y"}).status_code == 403
    assert author.delete(f"/redirects/{reply.json['id']}").status_code == 403
    stale = {"If-Match": '"2-abc"'}
    assert editor.request("DELETE", f"/redirects/{reply.json['id']}", headers=stale).status_code == 412
    assert editor.delete(f"/redirects/{reply.json['id']}").status_code == 204
    assert editor.delete(f"/redirects/{reply.json['id']}").status_code == 404
    assert site.get(REDIRECTS).json["data"] == []


def test_aliases_are_not_deleted_as_redirects(editor, client, sql):
    post = write(editor, "Hello", aliases=["/a"])
    alias_id = sql.one("SELECT id FROM redirects")
    assert client.get(f"{REDIRECTS}/{alias_id}").status_code == 404
    assert editor.delete(f"/redirects/{alias_id}").status_code == 404
    assert client.get(f"/api/v1/posts/{post['id']}").json["aliases"] == ["/a"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"from": "/a", "to": "javascript:alert(1)"}, "/to"),
        ({"from": "/a", "to": "//evil.example/"}, "/to"),
        ({"from": "/a", "to": "https://"}, "/to"),
        ({"from": "/a", "to": "https://example.com\\@evil.example/"}, "/to"),
        ({"from": "/a", "to": "https://user@evil.example/"}, "/to"),
        ({"from": "/a", "to": '/b";return 500;"'}, "/to"),
        ({"from": "/a", "to": "/b c"}, "/to"),
        ({"from": "/a", "to": "/a/"}, "/to"),
        ({"from": "/a", "to": "https://example.com/a"}, "/to"),
        ({"from": "/a", "to": "/a?b"}, "/to"),
        ({"from": "/a", "to": "/b/../a"}, "/to"),
        ({"from": "/a", "to": "https://other.example/%2e/"}, "/to"),
        ({"from": "/a", "to": "https://other.example:99999/"}, "/to"),
        ({"from": "a", "to": "/b"}, "/from"),
        ({"to": "/b"}, "/from"),
        ({"from": "/a"}, "/to"),
        ({"from": "/a", "to": "/b", "status": 302}, "/status"),
    ],
)
def test_an_invalid_redirect_names_the_field(app, people, make_client, body, pointer):
    client = make_client(**SITE)
    reply = client.post(REDIRECTS, json=body, headers=people("editor").headers)
    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json["errors"]] == [pointer]


def test_chains_and_taken_paths_are_conflicts(people, editor, site):
    post = write(editor, "Hello", aliases=["/old"])
    assert editor.post("/redirects", json={"from": "/a", "to": "/b"}).status_code == 201
    headers = editor.headers
    for body, pointer in (
        ({"from": "/a", "to": "/c"}, "/from"),
        ({"from": "/old", "to": "/c"}, "/from"),
        ({"from": "/b", "to": "/c"}, "/from"),
        ({"from": "/c", "to": "/a/"}, "/to"),
        ({"from": "/c", "to": "https://example.com/a?x#y"}, "/to"),
        ({"from": "/2020/hello", "to": "/c"}, "/from"),
    ):
        reply = site.post(REDIRECTS, json=body, headers=headers)
        assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (409, pointer), body
    reply = editor.patch(f"/posts/{post['id']}", json={"aliases": ["/a"]})
    assert reply.status_code == 409


@pytest.mark.parametrize("path", ["", "old", "//a", "/%ff", "/a/../b"])
def test_a_path_that_is_none_cannot_be_resolved(client, path):
    reply = client.get("/api/v1/resolve", query_string={"path": path})
    assert reply.status_code == 422
    assert reply.json["errors"][0]["parameter"] == "path"


def test_pages_of_redirects_are_complete(editor, site):
    for number in range(7):
        post = write(editor, f"Post {number}", aliases=[f"/alias/{number}"])
        editor.patch(f"/posts/{post['id']}", json={"slug": f"new-{number}"})
        editor.post("/redirects", json={"from": f"/manual/{number}", "to": "/"})
    everything = [found["from"] for found in site.get(f"{REDIRECTS}?limit=100").json["data"]]
    assert len(everything) == len(set(everything)) == 21
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        reply = site.get(f"{REDIRECTS}?limit=4{cursor and f'&cursor={cursor}'}").json
        found += [entry["from"] for entry in reply["data"]]
        cursor = reply["pagination"]["next_cursor"]
    assert found == everything
    assert [entry["from"] for entry in site.get(f"{REDIRECTS}?limit=4&offset=9").json["data"]] == everything[
        9:13
    ]
    assert site.get(f"{REDIRECTS}?total=true").json["pagination"]["total"] == 21


def test_the_number_of_queries_is_constant(editor, site):
    with site.application.app_context():
        engine = db.engine
    counts: list[int] = []
    for number in (1, 30):
        for item in range(number):
            write(editor, f"{number} {item}", aliases=[f"/{number}/{item}"])
            editor.post("/redirects", json={"from": f"/m/{number}/{item}", "to": f"/2020/{number}-{item}/"})
        with recorded_statements(engine) as statements:
            reply = site.get(f"{REDIRECTS}?limit=100", headers=editor.headers)
        assert len(reply.json["data"]) == 2 * number + len(counts) * 2
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_files_for_web_servers(people, editor, site):
    post = write(editor, "Hello", aliases=["/A", "/%C3%B6/%22%5C", "/a"])
    editor.patch(f"/posts/{post['id']}", json={"slug": "bye"})
    editor.post("/redirects", json={"from": "/b", "to": "https://other.example/$x"})
    netlify = site.get(f"{REDIRECTS}?format=netlify")
    assert netlify.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert netlify.text.splitlines() == [
        "/%C3%B6/%22%5C https://example.com/2020/bye/ 301",
        "/A https://example.com/2020/bye/ 301",
        "/a https://example.com/2020/bye/ 301",
        "/b https://other.example/$x 301",
        "/2020/hello/ https://example.com/2020/bye/ 301",
    ]
    assert site.get(f"{REDIRECTS}?format=nginx").text.splitlines() == [
        r'"/ö/\"\\" "https://example.com/2020/bye/";',
        '"/A" "https://example.com/2020/bye/";',
        '"/b" "https://other.example/%24x";',
        '"/2020/hello/" "https://example.com/2020/bye/";',
    ]
    assert site.get(f"{REDIRECTS}?format=apache").status_code == 422
