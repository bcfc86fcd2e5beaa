"""`flask import-ghost`."""

from __future__ import annotations

import json

import pytest

from blog_api.media.stores import open_store
from tests.pictures import picture
from tests.services.ghost.exports import DATE, ID, VERSIONS, of_posts, post, user

URL = "https://blog.example"


@pytest.fixture
def run(app, command, monkeypatch, tmp_path):
    """Import an export. Return the result, and the counts and entries of the report."""
    monkeypatch.setitem(app.extensions, "media_store", open_store(str(tmp_path / "store")))

    def run_import(export, *options):
        path, report = tmp_path / "ghost.json", tmp_path / "report.json"
        path.write_text(export if isinstance(export, str) else json.dumps(export))
        result = command("import-ghost", str(path), "--report", str(report), *options)
        return result, json.loads(report.read_text())

    return run_import


def codes(report):
    return [(entry["code"], entry["source"].rpartition("/")[2]) for entry in report["entries"]]


def test_posts_are_imported_once(run, people, client):
    export = VERSIONS["6"]
    result, report = run(export, "--dry-run")
    assert (result.exit_code, report["counts"]["created"]) == (0, 2)
    assert client.get("/api/v1/posts?kind=all").json["data"] == []
    result, report = run(export, "--roles")
    assert result.exit_code == 0
    assert codes(report) == [("left_out", "ghost.json"), *[("key_unread", "ghost.json#post-1")] * 2]
    (found,) = client.get("/api/v1/posts").json["data"]
    read = people("editor").get(f"/posts/{found['id']}").json
    assert [author["username"] for author in read["authors"]] == ["ada", "bob"]
    assert [(tag["name"], tag["slug"]) for tag in read["tags"]] == [("News", "all-news")]
    assert (read["published_at"], read["created_at"]) == ("2020-05-01T12:30:00Z", "2020-05-01T12:30:00Z")
    assert (read["meta_title"], read["featured"], read["aliases"]) == ("For search", True, ["/post-1/"])
    assert read["metadata"] == {"_internal_tags": ["#draft-2"], "_og_title": "Shared"}
    assert (read["image"]["url"], read["image"]["alt"]) == ("https://pictures.example/cat.png", "A cat")
    assert client.get(f"/api/v1/tags/{read['tags'][0]['id']}").json["description"] == "What is new."
    _, report = run(export)
    assert (report["counts"]["unchanged"], report["counts"]["updated"]) == (2, 0)


def test_pictures_are_uploaded_and_links_become_paths(run, people, client, tmp_path):
    images = tmp_path / "ghost" / "content" / "images" / "2020"
    images.mkdir(parents=True)
    (images / "a b.png").write_bytes(picture())
    html = (
        f'<p><img src="{URL}/content/images/size/w600/2020/a%20b.png" alt="A">'
        f'<img src="{URL}/content/images/gone.png">'
        f'<a href="{URL}/post-2/">next</a></p>'
    )
    export = of_posts(post(html=html, feature_image="__GHOST_URL__/content/images/2020/a%20b.png"), post(2))
    result, report = run(export, "--url", URL, "--media", str(tmp_path / "ghost"))
    assert (result.exit_code, codes(report)) == (0, [("picture_missing", "ghost.json#post-1")])
    assert [report["counts"][f"pictures_{name}"] for name in ("uploaded", "reused", "skipped")] == [1, 1, 1]
    first = next(each for each in client.get("/api/v1/posts").json["data"] if each["title"] == "Post 1")
    read = people("editor").get(f"/posts/{first['id']}").json
    assert f"({read['image']['url']})" in read["content"]
    assert read["content"].startswith("![A](/media/")
    assert read["content"].endswith(f"![]({'/content/images/gone.png'})[next](/post-2/)")


def test_redirects_are_added_once(run, tmp_path, people):
    redirects = tmp_path / "redirects.yaml"
    redirects.write_text(
        "301:\n  /old/: /new/\n  ^/a-b\\/?$: https://blog.example/c/\n  ^/tag/(.*)$: /topic/$1\n302:\n  /self/: /self\n"
    )
    options = ("--url", URL, "--redirects", str(redirects))
    for _ in range(2):
        _, report = run(of_posts(post()), *options)
        assert codes(report) == [
            ("redirect_skipped", "redirects.yaml"),
            ("redirect_skipped", "redirects.yaml"),
            ("redirect_added", "redirects.yaml"),
        ]
    found = people("editor").get("/redirects").json["data"]
    given = {each["from"]: each["to"] for each in found if each["source"] == "redirect"}
    assert given == {"/old/": "/new/", "/a-b/": "/c/"}
    redirects.write_text('[{"from": "/older/", "to": "/new/", "permanent": true}]')
    _, report = run(of_posts(post()), *options)
    assert codes(report) == [("redirect_added", "redirects.yaml")]
    bomb = "a: &a [x, x]\n301: {/a/: [*a, *a]}"
    for text in ("nonsense", "[1]", '[{"from": "/a"}]', "301: [1]", bomb):
        redirects.write_text(text)
        result, report = run(of_posts(post()), *options)
        assert (result.exit_code, codes(report)) == (1, [("not_an_export", "ghost.json")])


def test_authors_can_be_existing_accounts(run, people, client):
    eve = people("editor", username="eve")
    _, report = run(of_posts(post(), users=[user(ID.format("a"), "eve")]), "--map-author", "Eve Lovelace=eve")
    assert [entry["code"] for entry in report["entries"]] == ["author_mapped"]
    (found,) = client.get("/api/v1/posts").json["data"]
    assert found["author"]["id"] == eve.id


def test_bad_posts_are_refused_and_named(run):
    export = of_posts(
        post(), post(published_at=DATE), post(2, published_at="soon"), {"title": "A"}, {"id": "\0"}
    )
    result, report = run(export, "--strict")
    refused = [(code, place) for code, place in codes(report) if code != "hidden"]
    assert (result.exit_code, report["counts"]["created"]) == (1, 1)
    assert refused == [
        ("duplicated", "ghost.json#post-1"),
        ("date_invalid", "ghost.json#post-2"),
        ("post_invalid", "ghost.json#"),
        ("duplicated", "ghost.json#"),
    ]


@pytest.mark.parametrize(("text", "code"), [("{", "json_invalid"), ("{}", "not_an_export")])
def test_other_files_are_refused(run, text, code):
    result, report = run(text)
    assert (result.exit_code, codes(report)) == (1, [(code, "ghost.json")])


def test_an_invalid_url_is_a_usage_error(command, tmp_path):
    (tmp_path / "ghost.json").write_text("{}")
    result = command("import-ghost", str(tmp_path / "ghost.json"), "--url", "blog.example")
    assert (result.exit_code, "is not a URL" in result.stderr) == (2, True)


def test_posts_follow_a_newer_export(run, client):
    run(of_posts(post(), post(2)))
    _, report = run(of_posts(post(html="<p>New.</p>"), post(2), post(3)))
    assert [report["counts"][name] for name in ("created", "updated", "unchanged")] == [1, 1, 1]
    texts = {
        each["title"]: each["content"]
        for each in client.get("/api/v1/posts?fields=title,content").json["data"]
    }
    assert (texts["Post 1"], ID.format(1)[-1]) == ("New.", "1")
