"""Files of all kinds in the imported folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from blog_api.models.posts import Post
from blog_api.services.importing.markdown.sources import read_profiles
from tests.services.helpers import count, reasons


def test_invalid_profiles_are_reported(tmp_path):
    (tmp_path / "good.md").write_text(f"---\nname: {'n' * 300}\n---\n" + "b" * 3000)
    (tmp_path / "control.md").write_text('---\nname: "a\\u0000b"\n---\n')
    (tmp_path / "nobody.md").write_text("---\nemail: x\n---\n")
    (tmp_path / "bytes.md").write_bytes(b"---\nname: \xff\n---\n")
    (tmp_path / "slug.md").write_text(f"---\nname: A\nslug: {'s' * 501}\n---\n")
    profiles, refused = read_profiles(tmp_path)
    assert [(len(profile.display_name), len(profile.bio)) for profile in profiles.values()] == [(100, 1000)]
    assert [(Path(entry.source).name, entry.line, entry.detail) for entry in refused] == [
        ("bytes.md", 2, "not valid UTF-8"),
        ("control.md", 1, "display_name: This must not contain control characters."),
        ("nobody.md", 1, "name is missing"),
        ("slug.md", 3, "slug has more than 500 characters"),
    ]


def test_an_invalid_website_or_image_of_a_profile_is_left_out_with_a_note(tmp_path):
    (tmp_path / "ada.md").write_text("---\nname: Ada\nwebsite: ada.example\nimage: /me.jpg\n---\n")
    (tmp_path / "bob.md").write_text("---\nname: Bob\nwebsite: [a]\navatar: {src: [b]}\n---\n")
    (tmp_path / "eve.md").write_text("---\nname: Eve\nwebsite: http://eve.example\nimage: [a]\n---\n")
    profiles, entries = read_profiles(tmp_path)
    assert [(found.display_name, found.website, found.image) for found in profiles.values()] == [
        ("Ada", None, None), ("Bob", None, None), ("Eve", "http://eve.example", None)
    ]  # fmt: skip
    assert [
        (entry.level, entry.code, entry.detail.partition(": ")[2].partition(":")[0]) for entry in entries
    ] == [
        ("note", "profile_part_invalid", part)
        for part in ("website", "image/url", "website", "image/url", "image/url")
    ]


@pytest.mark.parametrize(
    ("whole", "line", "reason"),
    [
        (b"---\ntitle: A\n---\n\n\xff\n", 5, "not valid UTF-8"),
        (b"", 1, "no front matter: the file must begin with ---, +++ or {"),
        (b"# Title\n", 1, "no front matter: the file must begin with ---, +++ or {"),
        (b"---\ntitle: A\n", 1, "the front matter is not closed with ---"),
        (b"---\ntitle: A\n---\n" + b"x" * 500_001, 1, "content: This must have at most 500000 characters."),
        (b"---\ntitle: A\n---\n" + b"x" * 3_000_000, 1, "the file has more than 3,000,000 bytes"),
    ],
)  # fmt: skip
def test_an_invalid_file_is_refused_with_line_and_reason(run, write, whole, line, reason):
    write("bad.md", whole)
    write("good.md")
    report = run()
    assert reasons(report) == {"bad.md": (line, reason)}
    assert report.summary == "created 1, updated 0, unchanged 0, refused 1"


def test_control_characters_in_values_that_are_not_shown_do_not_stop_the_import(run, write):
    for number, key in enumerate(("id", "uuid", "uid", "layout", "aliases", "redirect_from")):
        write(f"{number}.md", f'---\ntitle: A\n{key}: "a\\0\\x01b"\n---\n')
    assert run().summary == "created 6, updated 0, unchanged 0, refused 0"


def ignored(report, folder):
    return {Path(entry.source).relative_to(folder).as_posix(): entry.detail for entry in report.entries}


def test_section_pages_are_ignored(run, write, folder):
    write("_index.md")
    write("sub/_index.es.md")
    report = run()
    assert report.summary == "created 0, updated 0, unchanged 0, refused 0, ignored 2"
    assert ignored(report, folder) == dict.fromkeys(
        ["_index.md", "sub/_index.es.md"], "a section page, not a post"
    )


def test_foreign_folders_are_not_entered_and_other_files_are_named(run, write, folder):
    for name in (".git/a.md", "sub/node_modules/a/README.md", ".obsidian/a.md", "sub/a.md", "sub/a.png"):
        write(name)
    write("page.html", "<p>No front matter.</p>")
    (folder / "pipe.html").symlink_to("nothing.html")
    (folder / "linked").symlink_to(folder / "sub", target_is_directory=True)
    report = run()
    assert report.summary == "created 1, updated 0, unchanged 0, refused 0, ignored 7"
    foreign = "not a folder of posts, not entered"
    assert ignored(report, folder) == {
        ".git": foreign,
        ".obsidian": foreign,
        "linked": "a symbolic link to a folder, not entered",
        "page.html": "no front matter, so it is not a post",
        "pipe.html": "not a regular file",
        "sub/a.png": "not a Markdown file",
        "sub/node_modules": foreign,
    }


def test_files_with_other_endings_of_markdown_are_imported(run, write, posts):
    for name in ("a.mdx", "b.mkd", "c.mkdn", "d.text", "e.MDOWN"):
        write(name)
    write("f.text", "No front matter.")
    write("g.mkd", '{"title": "JSON", "date": "2020-01-01"}\nText.')
    assert run().summary == "created 6, updated 0, unchanged 0, refused 0, ignored 1"
    assert posts()["g.mkd"].title == "JSON"


def test_an_empty_folder_imports_nothing(run):
    assert run().summary == "created 0, updated 0, unchanged 0, refused 0"


def test_links_and_special_files_are_refused(run, folder, write):
    write()
    (folder.parent / "secret.md").write_text("---\ntitle: Secret\n---\n")
    (folder / "outside.md").symlink_to("../secret.md")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "up").symlink_to("..", target_is_directory=True)
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    report = run()
    assert report.created == 1
    assert reasons(report) == {
        "outside.md": (1, "a symbolic link, not followed"),
        "loop.md": (1, "a symbolic link, not followed"),
        "pipe.md": (1, "not a regular file"),
    }


def test_a_socket_is_refused(run, folder, monkeypatch):
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.md")
        assert reasons(run()) == {"socket.md": (1, "not a regular file")}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_and_folders_are_refused(run, folder, write):
    write().chmod(0)
    (folder / "closed").mkdir(mode=0)
    assert reasons(run()) == {
        "hello.md": (1, "cannot be read: Permission denied"),
        "closed": (1, "cannot be read: Permission denied"),
    }


def test_a_folder_that_cannot_be_listed_is_refused(run, folder, write, monkeypatch):
    write("closed/hidden.md")
    write("open.md")
    scan = os.scandir

    def scandir(path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = run()
    assert reasons(report) == {"closed": (1, "cannot be read: Permission denied")}
    assert report.created == 1


@pytest.mark.parametrize(
    "name", [b"new\nline.md", b"caf\xe9.md", b"a\x1b[31m.md", b"percent%_\\.md", b"\xf0\x9f\x8e\x89.md"]
)
def test_any_file_name_is_imported_and_recognized_again(run, folder, app, name):
    path = os.fsencode(folder) + b"/" + name
    Path(os.fsdecode(path)).write_text("---\ntitle: A\n---\n")
    assert run().created == 1
    assert run().unchanged == 1
    Path(os.fsdecode(path)).write_text("---\ntitle: B\n---\n")
    assert run().updated == 1
    assert count(app, Post.id) == 1


def test_a_folder_name_that_is_not_utf8_is_recognized_again(run, folder):
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/\xff"))
    odd.mkdir()
    (odd / "a.md").write_text("---\ntitle: A\n---\n")
    assert run(odd).created == 1
    assert run(odd).unchanged == 1


def test_a_path_too_long_for_an_index_is_refused(run, folder):
    deep = folder.joinpath(*(["d" * 240] * 11))
    deep.mkdir(parents=True)
    (deep / "a.md").write_text("---\ntitle: A\n---\n")
    assert reasons(run()) == {"a.md": (1, "the path has more than 2500 bytes")}
