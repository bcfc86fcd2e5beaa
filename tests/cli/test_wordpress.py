"""`flask import-wordpress`, from the file to the API, on both databases."""

from __future__ import annotations

import json

import pytest

from tests.pictures import picture
from tests.services.wordpress.exports import SITE, attachment, author, comment, export, item, term

PICTURE = f"{SITE}/wp-content/uploads/2020/cat-300x200.png"


@pytest.fixture
def run(command, tmp_path):
    """Import an export, and return the exit status, the counts, and the codes and lines of the entries."""

    def run_import(text, *options):
        file, report = tmp_path / "export.xml", tmp_path / "report.json"
        file.write_text(text)
        result = command("import-wordpress", str(file), "--report", str(report), *options)
        written = json.loads(report.read_text())
        counts = {name: number for name, number in written["counts"].items() if number}
        return result.exit_code, counts, {entry["code"]: entry["line"] for entry in written["entries"]}

    return run_import


def test_an_export_becomes_posts_with_everything_around_them(run, people, client, tmp_path):
    (tmp_path / "uploads" / "2020").mkdir(parents=True)
    (tmp_path / "uploads" / "2020" / "cat.png").write_bytes(picture())
    posts = [
        item(1, term("Python", nicename="py"), comment(1), comment(2, comment_parent=1, comment_user_id=2),
             comment(3, comment_approved=0), title="Hello", creator="ada", is_sticky=1, meta={"_thumbnail_id": 9},
             content=f'<a href="{SITE}/?p=2">Two</a>\n\n<img src="{PICTURE}" alt="A cat">'),
        item(2, post_type="page", link=f"{SITE}/about/team/", post_password="", creator="grace"),
        item(3, status="private", creator="grace"),
        item(4, post_password="secret", creator="grace"),
        item(5, status="trash", post_name="old__trashed", creator="grace"),
        item(6, post_type="nav_menu_item"),
        attachment(9, "2020/cat.png", "Our cat", "Caption"),
    ]  # fmt: skip
    head = [author(1, "ada", "Ada L.", "ada@example.com"), author(2, "grace", "Grace", "grace@example.com")]
    head.append(
        "<wp:tag><wp:tag_slug>py</wp:tag_slug><wp:tag_name>Python</wp:tag_name>"
        "<wp:tag_description>Snakes</wp:tag_description></wp:tag>"
    )
    options = ["--media", str(tmp_path / "uploads")]
    code, counts, entries = run(export(*head, *posts), *options)
    assert (code, counts) == (0, {"created": 5, "comments": 3, "pictures_uploaded": 1, "pictures_reused": 1})
    assert {"hidden", "left_out"} <= entries.keys()

    listed = client.get(
        "/api/v1/posts?kind=all&fields=slug,kind,featured,image,author,tags,content,aliases"
    ).json["data"]
    assert {post["slug"] for post in listed} == {"post-1", "post-2"}
    hello = client.get("/api/v1/posts/slug/post-1").json
    assert (hello["featured"], hello["author"]["display_name"]) == (True, "Ada L.")
    assert (hello["image"]["alt"], hello["image"]["caption"]) == ("Our cat", "Caption")
    assert hello["content"].startswith("[Two](/about/team/)\n\n![A cat](/media/")
    assert client.get("/api/v1/tags/slug/py").json["description"] == "Snakes"
    assert client.get("/api/v1/resolve?path=/2020/post-1/").json["id"] == hello["id"]
    thread = client.get(f"/api/v1/posts/{hello['id']}/comments").json["data"]
    assert [(each["author"]["username"], each["depth"]) for each in thread] == [(None, 0), ("grace", 1)]

    admin = people("admin")
    statuses = {post["slug"]: post["status"] for post in admin.get("/posts?status=all&kind=all").json["data"]}
    assert statuses == {"post-1": "published", "post-2": "published", "post-3": "draft", "post-4": "draft"}
    users = {user["username"]: user for user in admin.get("/users?limit=100").json["data"]}
    assert {users[name]["role"] for name in ("ada", "grace")} == {"author"}

    # A newer export adds what is new, and changes nothing else.
    posts[2] = item(3, comment(7), status="private", creator="grace")
    assert run(export(*head, *posts, item(8, creator="grace")), *options)[1] == {
        "created": 1, "updated": 1, "unchanged": 4, "comments": 1,
    }  # fmt: skip


def test_a_broken_export_is_imported_up_to_the_error(run, client):
    text = export(item(1), item(2)).replace("<title>Post 2", "<title>Post 2 &")
    assert run(text, "--dry-run") == (1, {"created": 1, "refused": 1}, {"xml_invalid": 12})
    assert run(text) == (1, {"created": 1, "refused": 1}, {"xml_invalid": 12})
    assert [post["slug"] for post in client.get("/api/v1/posts").json["data"]] == ["post-1"]
    assert run(export(item(1), item(2)))[:2] == (0, {"created": 1, "unchanged": 1})


def test_roles_come_from_a_file_only(run, people, tmp_path):
    roles = tmp_path / "roles.csv"
    roles.write_text('user_login,roles\nada,"editor,author"\ngrace,subscriber\n')
    text = export(author(1, "ada"), item(1), item(2, creator="grace"))
    assert run(text, "--roles", str(roles))[0] == 0
    users = people("admin").get("/users?limit=100").json["data"]
    assert {"ada": "editor", "grace": "reader"}.items() <= {
        user["username"]: user["role"] for user in users
    }.items()


@pytest.mark.parametrize(
    "options", [["--media", "nowhere"], ["--allow-host", "blog.example"], ["--roles", "export.xml"]]
)
def test_wrong_options_are_refused(command, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.xml").write_text(export())
    result = command("import-wordpress", "export.xml", *options)
    assert result.exit_code == 2
    assert options[0] in result.stderr
