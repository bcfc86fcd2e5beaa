"""Authors of imported posts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from blog_api.database.session import db, reading
from blog_api.models.users import User
from blog_api.services.importing.authors import Authors, usual_role
from blog_api.services.importing.checking import username_for
from blog_api.services.importing.profiles import valid_email
from blog_api.text.documents import Profile
from tests.services.helpers import count, folder_import, noted


def test_the_first_of_several_authors_is_the_owner(run, write, posts, app):
    write(whole="---\ntitle: A\nauthors: [Grace Hopper, ada]\n---\n")
    run()
    assert posts()["hello.md"].username == "grace-hopper"
    assert posts()["hello.md"].display_name == "Grace Hopper"
    assert count(app, User.id) == 2


def test_other_authors_become_co_authors_in_the_order_of_the_file(run, write, client):
    def names():
        (post,) = client.get("/api/v1/posts").json["data"]
        return [author["username"] for author in post["authors"]]

    text = "---\ntitle: A\ndate: 2020-01-01\nauthors: [{}]\n---\n"
    for authors, expected in (
        ("c, a, b", ["author-c", "author-a", "author-b"]),
        ("c, b, a", ["author-c", "author-b", "author-a"]),
        ("a, b, c", ["author-a", "author-b", "author-c"]),
        ("b, New Name", ["author-b", "new-name"]),
        ("ada, Ada, ada", ["ada"]),
    ):
        write(whole=text.format(authors))
        report = run()
        assert (report.counts["refused"], names()) == (0, expected)
        assert run().unchanged == 1


def test_surplus_authors_are_left_out_with_a_note(run, write):
    write(whole=f"---\ntitle: A\nauthors: [{', '.join(f'a{n}' for n in range(52))}]\n---\n")
    report = run()
    detail = "author: a post has at most 51 authors, so these are left out: a51"
    assert (report.created, noted(report, "value_shortened")) == (1, [("hello.md", detail)])


def test_profiles_provide_display_names_and_bios(run, write, posts, tmp_path):
    authors = tmp_path / "authors"
    authors.mkdir()
    (authors / "ada.md").write_text("---\ndisplay_name: Ada Lovelace\nslug: Ada\nbio: Wrote notes.\n---\n")
    (authors / "_index.md").write_text("---\ntitle: Authors\n---\n")
    write()
    run(authors=authors)
    post = posts()["hello.md"]
    assert (post.username, post.display_name, post.bio) == ("ada", "Ada Lovelace", "Wrote notes.")


@pytest.mark.parametrize(
    ("lines", "website", "image"),
    [
        (
            "website: https://ada.example/\nimage: https://ada.example/me.jpg",
            "https://ada.example/",
            {"url": "https://ada.example/me.jpg", "alt": ""},
        ),
        (
            "url: https://ada.example/\navatar:\n  src: https://ada.example/me.jpg\n  alt: Ada",
            "https://ada.example/",
            {"url": "https://ada.example/me.jpg", "alt": "Ada"},
        ),
        ("url: /authors/ada/\nimage:", None, None),
    ],
    ids=["urls", "objects", "own path"],
)
def test_profiles_provide_websites_and_images(run, write, people, tmp_path, lines, website, image):
    (tmp_path / "authors").mkdir()
    (tmp_path / "authors" / "ada.md").write_text(f"---\nname: Ada Lovelace\n{lines}\n---\n")
    write()
    run(authors=tmp_path / "authors")
    user = people().get("/users/by-username/ada").json
    assert user["website"] == website
    assert (user["image"] and {name: user["image"][name] for name in image}) == image


def test_profiles_can_be_in_a_folder_per_author_as_in_hugo(run, write, posts, tmp_path):
    (tmp_path / "authors" / "ada").mkdir(parents=True)
    (tmp_path / "authors" / "ada" / "_index.md").write_text("---\ndisplay_name: Ada Lovelace\n---\n")
    (tmp_path / "authors" / "_index.md").write_text("---\ntitle: Authors\n---\n")
    write()
    run(authors=tmp_path / "authors")
    assert posts()["hello.md"].display_name == "Ada Lovelace"


def test_imported_authors_cannot_log_in(run, write, client, app):
    write()
    run()
    with app.app_context(), reading():
        user = db.session.execute(select(User.__table__)).one()
    assert (user.email, user.password_hash, user.role) == (None, None, "author")
    for password in ("", "None", "password"):
        reply = client.post("/api/v1/auth/login", json={"username": "ada", "password": password})
        assert reply.status_code in (401, 422)


def test_a_name_in_a_file_does_not_stand_for_an_existing_account(run, write, posts, people):
    people("admin", username="ADA")
    people("author", username="ada-2")
    people("author", username="imported")
    write()
    write("other.md", "---\ntitle: A\n---\n")
    for _ in range(2):
        run()
        write("again.md")
    found = {name: post.username for name, post in posts().items()}
    assert found == {"hello.md": "ada-3", "again.md": "ada-3", "other.md": "imported-2"}


def test_an_account_that_an_import_created_keeps_its_name_when_it_can_log_in(run, write, posts, sql):
    write()
    run()
    sql("UPDATE users SET email = 'ada@example.com', email_key = 'ada@example.com' RETURNING id")
    write("other.md")
    run()
    assert {post.username for post in posts().values()} == {"ada"}


def test_the_operator_maps_names_to_accounts(run, write, posts, people):
    root = people("admin", username="root")
    write(whole="---\ntitle: A\nauthors: [Ada  Lovelace, joan]\n---\n")
    run(mapped={"ada lovelace": root.id})
    assert posts()["hello.md"].username == "root"


def test_names_with_the_same_username_are_one_author(run, write, app):
    for number, name in enumerate(("José García", "jose-garcia", "Jose  Garcia", "JOSÉ GARCÍA")):
        write(f"{number}.md", f"---\ntitle: A\nauthor: {name}\n---\n")
    assert run().created == 4
    assert count(app, User.id) == 1


@pytest.mark.parametrize(
    "name", ["X", "李明", "42", "***", "a" * 300, "Ада Лавлейс", "!", "ab", "\u200d-\u200d"]
)
def test_every_author_name_produces_a_valid_username(run, write, posts, name):
    write(whole=f"---\ntitle: A\nauthor: '{name}'\n---\n")
    assert run().created == 1
    assert 3 <= len(posts()["hello.md"].username) <= 50
    assert posts()["hello.md"].username == username_for(name)


def test_files_without_an_author_get_the_default_author(run, write, posts):
    write(whole="---\ntitle: A\n---\n")
    run(default_author="The Editors")
    assert (posts()["hello.md"].username, posts()["hello.md"].display_name) == ("the-editors", "The Editors")


def test_accounts_get_free_addresses_and_given_roles(app, folder, write, people):
    people(username="eve")
    write(whole="---\ntitle: A\nauthors: [ada, bob, eve-2]\n---\n")
    profiles = {
        "ada": Profile("ada", "Ada", "", email="ada@example.com", role="editor"),
        "eve-2": Profile("eve-2", "Eve", "", email="EVE@example.com"),
    }
    with app.app_context():
        folder_import(app, folder, "posts", Authors(profiles, role=usual_role("reader"))).run()
        with reading():
            found = select(User.username, User.email, User.role).where(User.imported).order_by(User.username)
            rows = [tuple(row) for row in db.session.execute(found)]
    assert rows == [("ada", "ada@example.com", "editor"), ("bob", None, "reader"), ("eve-2", None, "reader")]


def test_imported_accounts_are_at_most_authors():
    assert [usual_role(role) for role in ("contributor", "author", "editor")] == [
        "contributor",
        "author",
        "author",
    ]


def test_invalid_addresses_are_left_out():
    assert [valid_email(address) for address in ("ada@example.com", "ada", "")] == ["ada@example.com", "", ""]


def test_bylines_are_split_and_handles_are_usernames(run, write, client, sql):
    for number, author in enumerate(
        ("Ann Lee (@annlee) and Bob Ray <bob@example.org>", "cyd@example.org", "A & B Group")
    ):
        write(f"{number}.md", f"---\ntitle: A\ndate: 2020-01-0{number + 1}\nauthor: '{author}'\n---\n")
    report = run()
    found = [post["authors"] for post in client.get("/api/v1/posts?sort=published_at").json["data"]]
    assert [[(author["username"], author["display_name"]) for author in authors] for authors in found] == [
        [("annlee", "Ann Lee"), ("bob-ray", "Bob Ray")],
        [("imported", "imported")],
        [("a-and-b-group", "A & B Group")],
    ]
    entries = [(entry.line, entry.code, entry.detail) for entry in report.sorted_entries]
    assert entries == [
        (4, "value_skipped", "author: an address is not a name, so it is left out"),
        (4, "byline_split", "split into several authors: Ann Lee (@annlee); Bob Ray"),
    ]
    assert not list(sql("SELECT email FROM users WHERE email IS NOT NULL"))


def test_a_profile_or_a_mapping_with_the_whole_name_wins(run, write, posts, people, tmp_path):
    (tmp_path / "authors").mkdir()
    (tmp_path / "authors" / "a.md").write_text("---\nslug: Ann Lee and Bob Ray\nname: The Lees\n---\n")
    root = people("admin", username="root")
    write("a.md", "---\ntitle: A\nauthor: Ann Lee and Bob Ray\n---\n")
    write("b.md", "---\ntitle: A\nauthor: Cyd Poe & Ann Lee\n---\n")
    write("c.md", "---\ntitle: A\nauthor: Cyd Poe (@cyd)\n---\n")
    run(authors=tmp_path / "authors", mapped={"cyd poe & ann lee": root.id, "cyd poe": root.id})
    assert [post.display_name for _, post in sorted(posts().items())] == ["The Lees", "root", "root"]
