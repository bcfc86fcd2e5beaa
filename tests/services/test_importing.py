"""Import Markdown files, once and again."""

from __future__ import annotations

import os

from blog_api.models.posts import Post
from blog_api.models.tags import Tag
from blog_api.services.importing import importer as importing
from tests.services.helpers import count, folder_import, noted


def test_a_file_becomes_a_post_with_its_author_and_tags(run, write, posts, client):
    write()
    assert run().summary == "created 1, updated 0, unchanged 0, refused 0"
    (post,) = client.get("/api/v1/posts").json["data"]
    assert (post["slug"], post["title"], post["published_at"]) == ("hello", "Hello", "2020-05-01T00:00:00Z")
    assert post["author"]["username"] == "ada"
    assert [tag["name"] for tag in post["tags"]] == ["one", "two"]
    assert posts()["hello.md"].content == "Text."


def test_a_second_run_changes_nothing(run, write, posts):
    write()
    run()
    before = posts()
    assert run().summary == "created 0, updated 0, unchanged 1, refused 0"
    assert posts() == before


def test_a_changed_file_updates_its_post_and_keeps_the_slug(run, write, posts):
    write()
    run()
    before = posts()["hello.md"]
    write(title="Goodbye\nslug: another\nsummary: Short", content="Other.")
    assert run().summary == "created 0, updated 1, unchanged 0, refused 0"
    after = posts()["hello.md"]
    assert (after.id, after.slug, after.version) == (before.id, "hello", before.version + 1)
    assert (after.title, after.summary, after.content) == ("Goodbye", "Short", "Other.")


def test_fields_removed_from_a_file_return_to_their_defaults(run, write, posts, client):
    write(whole="---\ntitle: A\ndate: 2020-05-01\nsummary: S\nauthor: ada\ntags: [x]\n---\nText")
    run()
    write(whole="---\ntitle: A\n---\n")
    assert run().updated == 1
    post = posts()["hello.md"]
    assert (post.summary, post.content, post.status) == ("", "", "draft")
    assert post.username == "imported"
    assert client.get("/api/v1/tags").json["data"] == []


def test_a_touched_file_is_unchanged(run, write):
    path = write()
    run()
    os.utime(path, (1, 1))
    assert run().unchanged == 1


def test_duplicate_slugs_get_a_suffix(run, write, posts, people):
    people().write("Hello")
    write("a/hello.md")
    write("b/2021-01-01-hello.md")
    assert run().created == 2
    assert {post.slug for post in posts().values()} == {"hello-2", "hello-3"}


def test_a_new_importer_version_reads_all_files_again(run, write, monkeypatch):
    write("a.md")
    write("b.md")
    run()
    monkeypatch.setattr(importing, "IMPORTER_VERSION", importing.IMPORTER_VERSION + 1)
    assert run().summary == "created 0, updated 2, unchanged 0, refused 0"
    assert run().unchanged == 2


def test_toml_and_file_names_of_jekyll_are_read(run, write, posts):
    write("zola.md", '+++\ntitle = "Zola"\ndate = 2021-02-03\n[taxonomies]\ntags = ["x"]\n+++\nText')
    write("_posts/2019-03-04-jekyll-way.markdown", "---\ntitle: Jekyll\n---\nText")
    write("_drafts/later.md", "---\ntitle: Later\ndate: 2020-01-01\n---\n")
    assert run().created == 3
    found = posts()
    assert found["zola.md"].published_at.isoformat() == "2021-02-03T00:00:00+00:00"
    jekyll = found["2019-03-04-jekyll-way.markdown"]
    assert (jekyll.slug, jekyll.published_at.isoformat()) == ("jekyll-way", "2019-03-04T00:00:00+00:00")
    assert found["later.md"].status == "draft"


def test_a_file_without_a_date_becomes_a_draft_and_is_noted(run, write, posts):
    write(whole="---\ntitle: A\n---\n")
    report = run()
    assert noted(report, "date_missing") == [("hello.md", "no date, so the post is a draft")]
    assert posts()["hello.md"].status == "draft"


def test_a_future_date_creates_a_scheduled_post(run, write, client, people, posts):
    write(whole="---\ntitle: A\ndate: 2999-01-01\n---\n")
    run()
    assert client.get("/api/v1/posts").json["data"] == []
    assert people("editor").get(f"/posts/{posts()['hello.md'].id}").json["status"] == "scheduled"


def test_what_is_hidden_or_due_later_is_not_public(run, write, client, people):
    for name, line in {
        "later": "publishDate: 2999-01-01",
        "hidden": "hidden: true",
        "headless": "headless: true",
        "unlisted": "unlisted: true",
        "never": "build: {render: never}",
    }.items():
        write(f"{name}.md", f"---\ntitle: {name}\ndate: 2020-01-01\n{line}\n---\n")
    assert run().created == 5
    assert client.get("/api/v1/posts").json["data"] == []
    all_posts = people("editor").get("/posts?status=all").json["data"]
    statuses = {post["slug"]: post["status"] for post in all_posts}
    assert statuses.pop("later") == "scheduled"
    assert set(statuses.values()) == {"draft"}


def test_dates_in_paths_publish_posts(run, write, posts):
    write("zola.md", '+++\npath = "2020/01/02/a"\ntitle = "A"\n+++\n')
    write("2020-01-02-b.md", "---\ntitle: B\n---\n")
    write("2020/01/02/c.md", "---\ntitle: C\n---\n")
    write("2020-01-02-d/index.md", "---\n---\n")
    assert run().created == 4
    found = {
        post.title: (post.slug, post.status, f"{post.published_at:%Y-%m-%d}") for post in posts().values()
    }
    assert found == {title: (title.lower(), "published", "2020-01-02") for title in "ABCD"}


def test_a_batch_can_have_more_new_tags_than_a_statement_has_parameters(run, write, app):
    for number in range(41):
        tags = ", ".join(f"tag {number}-{n}" for n in range(50))
        write(f"{number}.md", f"---\ntitle: A\ntags: [{tags}]\n---\n")
    assert run().summary == "created 41, updated 0, unchanged 0, refused 0"
    assert count(app, Tag.id) == 2050


def test_folders_with_the_same_paths_do_not_share_posts(run, write, posts, folder, tmp_path, app):
    write()
    run()
    other = tmp_path / "posts-2"
    other.mkdir()
    (other / "hello.md").write_text("---\ntitle: Other\n---\n")
    assert run(other).created == 1
    assert count(app, Post.id) == 2
    assert run().unchanged == 1
    assert run(other).unchanged == 1


def test_a_moved_folder_is_identified_by_its_name(run, write, folder, tmp_path):
    write()
    assert run(name="blog").created == 1
    moved = folder.rename(tmp_path / "moved")
    assert run(moved, name="blog").unchanged == 1
    assert run(moved, name="blo").created == 1


def test_progress_sees_every_file_once(app, folder, write):
    for number in range(3):
        write(f"{number}.md")
    seen = []

    def progress(files):
        for file in files:
            seen.append(file.name)
            yield file

    with app.app_context():
        folder_import(app, folder, "x").run(progress)
    assert seen == ["0.md", "1.md", "2.md"]


def test_the_number_of_statements_does_not_depend_on_the_number_of_new_files(
    run, write, folder, count_queries
):
    counts = []
    for batch, size in enumerate((1, 2, 40)):
        for number in range(size):
            write(f"{batch}/{number}.md", title=f"Title {number}")
        with count_queries() as statements:
            assert run(folder / str(batch)).created == size
        savepoints = sum(statement.startswith(("SAVEPOINT", "RELEASE")) for statement in statements)
        counts.append(len(statements) - savepoints)
    # The first run also creates the author and the tags.
    assert counts[0] > counts[1] == counts[2]
    assert counts[2] <= 18
