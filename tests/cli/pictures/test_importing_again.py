"""Tests of repeated imports, which upload only new pictures."""

from __future__ import annotations

from blog_api.crud import imports as crud
from blog_api.problems import Unavailable
from blog_api.services.importing import importer
from tests.cli.pictures.helpers import CAT, NOTHING
from tests.pictures import picture


def test_an_unchanged_file_uploads_nothing(run, write, uploads, read):
    write("content/cat.png", CAT)
    write("content/hello.md", content="![](cat.png)", matter="cover: cat.png")
    run()
    before = (read(), uploads())
    assert run() == (NOTHING, {})
    assert (read(), uploads()) == before


def test_each_author_has_one_upload_of_a_picture(run, write, uploads):
    for number in range(3):
        write(f"content/{number}/cat.png", CAT)
        write(f"content/{number}/index.md", title=f"Post {number}", content="![](cat.png)")
    assert run()[0] == NOTHING | {"uploaded": 1, "reused": 2}
    write("content/0/index.md", content="![A cat](cat.png) More.")
    assert run()[0] == NOTHING | {"reused": 1}
    (upload,) = uploads()
    assert upload["alt"] == "A cat"
    path = write("content/other.md", title="Other", content="![](0/cat.png)")
    path.write_text(path.read_text().replace("ada", "grace"))
    assert run()[0] == NOTHING | {"uploaded": 1}
    assert [upload["author"]["username"] for upload in uploads()] == ["ada", "grace"]
    assert len({upload["url"] for upload in uploads()}) == 1


def test_a_post_with_a_new_owner_gets_an_upload_of_the_new_owner(run, write, uploads, read):
    write("content/cat.png", CAT)
    path = write("content/hello.md", matter="image: cat.png")
    run()
    path.write_text(path.read_text().replace("ada", "grace"))
    counts, entries = run()
    assert (counts["uploaded"], entries) == (1, {})
    assert read()["image"]["media_id"] == uploads()[1]["id"]
    assert read()["author"]["username"] == "grace"


def test_a_changed_picture_is_uploaded_even_if_the_file_is_the_same(run, write, uploads, read):
    write("content/cat.png", CAT)
    write("content/hello.md", content="![](cat.png) ![](later.png)")
    run()
    write("content/cat.png", picture())
    assert run()[0] == NOTHING | {"uploaded": 1, "skipped": 1}
    assert uploads()[1]["url"] in read()["content"]
    write("content/later.png", picture())
    assert run()[0] == NOTHING | {"uploaded": 1, "reused": 1}
    assert uploads()[2]["url"] in read()["content"]


def test_a_folder_that_was_renamed_keeps_its_post(run, write, site, read):
    write("content/hello/cat.png", CAT)
    write("content/hello/index.md", content="![](cat.png)")
    run()
    before = read()
    (site / "content/hello").rename(site / "content/new")
    counts, entries = run()
    assert "file_renamed" in entries
    assert counts == NOTHING | {"reused": 1}
    assert (read()["id"], read()["content"]) == (before["id"], before["content"])


def test_an_edited_post_and_a_refused_file_upload_nothing(run, write, uploads, read, editor):
    write("content/cat.png", CAT)
    write("content/hello.md")
    run()
    editor.patch(f"/posts/{read()['id']}", {"title": "Edited"})
    write("content/hello.md", content="![](cat.png)")
    write("content/invalid.md", content="![](cat.png)" + "x" * 500_000)
    counts, entries = run()
    assert (counts, entries.keys()) == (NOTHING, {"edited_in_blog", "post_invalid"})
    assert uploads() == []
    assert run("--overwrite")[0] == NOTHING | {"uploaded": 1}


def test_a_dry_run_says_what_would_be_uploaded(run, write, uploads, store):
    write("content/cat.png", CAT)
    write("content/broken.png", CAT[:60])
    for number in range(2):
        content = "![](cat.png) ![](broken.png) ![](none.png)"
        write(f"content/{number}.md", title=f"Post {number}", content=content, matter="cover: cat.png")
    expected = run("--dry-run")
    assert expected[0] == {"uploaded": 1, "reused": 1, "skipped": 4}
    assert (uploads(), list(store.rglob("*.webp"))) == ([], [])
    assert run() == expected
    write("content/0.md", content="![](cat.png)")
    assert run("--dry-run")[0] == NOTHING | {"reused": 1}


def test_an_import_that_stops_can_be_repeated(run, command, site, write, uploads, monkeypatch, read):
    write("content/cat.png", CAT)
    write("content/dog.png", picture())
    write("content/a.md", title="A", content="![](cat.png)")
    write("content/hello.md", content="![](dog.png)")
    monkeypatch.setattr(importer, "BATCH", 1)
    save = crud.add_file_records
    with monkeypatch.context() as patched:

        def interrupt(records):
            records = list(records)
            if uploads_done := [record for record in records if record.source.endswith("hello.md")]:
                raise Unavailable(f"Stopped before {uploads_done[0].source}.")
            save(records)

        patched.setattr(crud, "add_file_records", interrupt)
        assert command("import-markdown", str(site / "content")).exit_code == 1
    assert len(uploads()) == 2
    assert run()[0] == NOTHING | {"reused": 1}
    assert uploads()[1]["url"] in read()["content"]


def test_an_import_stops_if_the_store_is_down(run, command, site, write, store, uploads, app, monkeypatch):
    write("content/cat.png", CAT)
    write("content/hello.md", content="![](cat.png)")

    def fail(*_):
        raise Unavailable("The store is down.")

    with monkeypatch.context() as patched:
        patched.setattr(app.extensions["media_store"], "put", fail)
        result = command("import-markdown", str(site / "content"))
    assert (result.exit_code, uploads()) == (1, [])
    assert "The store is down. [import_stopped]" in result.stdout
    assert run()[0] == NOTHING | {"uploaded": 1}
