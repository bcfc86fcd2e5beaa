"""`import-markdown` uploads the pictures to which posts refer."""

from __future__ import annotations

import os

import pytest

from tests.cli.pictures.helpers import CAT, NOTHING
from tests.pictures import picture


def test_a_picture_beside_the_file_becomes_an_upload_of_the_owner(run, write, read, uploads, client, store):
    write("content/a b.png", CAT)
    write("content/hello.md", content='![A cat](./a%20b.png "title") `![](a%20b.png)`')
    counts, entries = run()
    assert (counts, entries) == (NOTHING | {"uploaded": 1}, {})
    (upload,) = uploads()
    assert (upload["filename"], upload["alt"], upload["author"]["username"]) == ("a b.png", "A cat", "ada")
    post = read()
    assert post["content"] == f'![A cat]({upload["url"]} "title") `![](a%20b.png)`'
    assert "srcset" in post["html"]
    assert len(list(store.rglob("*.webp"))) == len(upload["variants"])


def test_an_upload_that_a_post_shows_cannot_be_deleted(run, write, uploads, editor):
    write("content/cat.png", CAT)
    write("content/hello.md", content="![](cat.png)")
    write("content/cover.md", matter="cover: dog.png", title="Cover")
    write("content/dog.png", picture())
    run()
    assert [editor.delete(f"/media/{upload['id']}").status_code for upload in uploads()] == [409, 409]


def test_the_image_in_the_front_matter_becomes_an_upload(run, write, read, uploads):
    write("content/hello/cover.jpg", picture(kind="JPEG"))
    matter = 'image: {src: cover.jpg, alt: A cover, width: 5}\nimage_caption: "By Ada"'
    write("content/hello/index.md", matter=matter)
    counts, entries = run()
    assert (counts["uploaded"], entries) == (1, {})
    (upload,) = uploads()
    image = read()["image"]
    expected = {name: upload[name] for name in ("url", "width", "height", "variants")}
    texts = {"alt": "A cover", "caption": "By Ada", "media_id": upload["id"]}
    assert image == expected | texts
    assert (upload["alt"], upload["caption"]) == ("A cover", "")


@pytest.mark.parametrize(
    ("path", "file", "reference"),
    [
        ("content/hello.md", "content/img/a.png", "img/a.png"),
        ("content/posts/hello.md", "content/img/a.png", "../img/a.png"),
        ("content/posts/hello.md", "content/img/a.png", "/img/a.png"),
        ("content/hello.md", "content/hello/a.png", "a.png"),
        ("content/hello.md", "static/img/a.png", "/img/a.png?v=2#top"),
        ("content/hello.md", "static/img/a.png", "img/a.png"),
        ("content/hello.md", "static/a.png", "../static/a.png"),
        ("content/hello.md", "assets/img/größe.png", "/assets/img/gr%C3%B6%C3%9Fe.png"),
        ("content/hello.md", "public/a.png", "/a.png"),
    ],
)
def test_paths_are_resolved_as_by_site_generators(run, write, uploads, read, path, file, reference):
    write(file, CAT)
    write(path, content=f'<img src="{reference}" alt="A cat">', matter=f"image: {reference}")
    counts, entries = run()
    assert counts == NOTHING | {"uploaded": 1}
    # The file is no longer reported as ignored.
    assert entries == {}
    (upload,) = uploads()
    assert (upload["alt"], read()["image"]["url"]) == ("A cat", upload["url"])
    assert read()["content"] == f'<img src="{upload["url"]}" alt="A cat">'


def test_static_folders_can_be_chosen(run, write, uploads, site):
    write("elsewhere/pictures/a.png", CAT)
    write("content/hello.md", content="![](/pictures/a.png) ![](/b.png)")
    write("static/b.png", picture())
    counts, entries = run("--static", str(site / "elsewhere"))
    assert counts == NOTHING | {"uploaded": 1, "skipped": 1}
    assert entries == {
        "picture_missing": "/b.png: there is no such file, so the reference stays as it is",
    }


def test_absolute_urls_stay(run, write, read, uploads):
    content = "![](https://example.com/a.png) ![](//example.com/a.png) <img src=data:image/png;base64,AA>"
    write("content/hello.md", content=content)
    assert run() == (NOTHING, {})
    assert (read()["content"], uploads()) == (content, [])


@pytest.mark.parametrize(
    "reference",
    [
        "../../secret.png",
        "/../../secret.png",
        "%2e%2e/%2e%2e/secret.png",
        "/static/../../secret.png",
        "link.png",
        "secret.png%00",
        "linked/secret.png",
        "content/",
        "pipe.png",
        "folder.png",
    ],
)
def test_nothing_outside_the_folders_is_read(run, write, site, read, uploads, reference):
    (site.parent / "secret.png").write_bytes(CAT)
    (site / "content/link.png").symlink_to(site.parent / "secret.png")
    (site / "content/linked").symlink_to(site.parent)
    os.mkfifo(site / "content" / "pipe.png")
    (site / "content/folder.png").mkdir()
    write("content/hello.md", content=f"![]({reference})", matter=f"cover: '{reference}'")
    counts, entries = run()
    assert counts == NOTHING | {"skipped": 1}
    assert {"picture_outside", "picture_missing", "picture_invalid"} & entries.keys()
    assert "image_not_absolute" in entries
    assert (read()["content"], read()["image"], uploads()) == (f"![]({reference})", None, [])
    assert read()["metadata"] == {"_cover": reference}


def test_invalid_pictures_are_skipped_with_a_note(run, write, read, uploads, app, monkeypatch):
    monkeypatch.setitem(app.config, "MEDIA_MAX_MB", 1)
    write("content/broken.png", CAT[:60])
    write("content/large.png", bytes(2**20 + 1))
    write("content/page.png", b"<html>")
    write("content/cat.png", CAT)
    content = "![](broken.png) ![](large.png) ![](page.png) ![](none.png) ![](cat.png)"
    write("content/hello.md", content=content, matter="cover: broken.png")
    counts, entries = run()
    assert counts == NOTHING | {"uploaded": 1, "skipped": 4}
    assert entries["picture_too_large"].startswith("large.png: it has more than 1,048,576 bytes")
    assert {"picture_invalid", "picture_missing", "image_not_absolute"} <= entries.keys()
    post = read()
    assert (post["image"], post["metadata"]) == (None, {"_cover": "broken.png"})
    assert post["content"] == content.replace("cat.png", uploads()[0]["url"])
    assert len(uploads()) == 1


def test_the_line_of_a_skipped_picture_is_reported(command, write, site, store):
    path = write("content/hello.md", content="Text.\n\n![](a.png)")
    result = command("import-markdown", str(site / "content"))
    detail = "a.png: there is no such file, so the reference stays as it is [picture_missing]"
    assert result.stdout.splitlines() == [
        f"note: {path}:8: {detail}",
        "created 1, updated 0, unchanged 0, refused 0, pictures skipped 1",
    ]
