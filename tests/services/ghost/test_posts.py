"""Posts and pages in exports of Ghost become documents, whatever its version."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from blog_api.crud.imported_tags import TagDetails
from blog_api.text.issues import Refused
from tests.services.ghost.exports import DATE, ID, VERSIONS, of_posts, post, user
from tests.services.ghost.helpers import read, values

GATED = '<!--kg-gated-block:begin {} memberSegment:"status:free" -->'


def card(visibility):
    """Return the columns of a post that has no HTML, but a card with this visibility."""
    html = {"type": "html", "html": "<p>A</p>", "visibility": visibility}
    return {"html": None, "lexical": json.dumps({"root": {"children": [html]}})}


@pytest.mark.parametrize("version", VERSIONS)
def test_all_versions_are_read(tmp_path, version):
    (first, second), site, _ = read(tmp_path, VERSIONS[version])
    assert (first.title, first.slug, first.content, first.status) == (
        "Post 1",
        "post-1",
        "Text 1.",
        "published",
    )
    assert (first.date, first.aliases) == (datetime(2020, 5, 1, 12, 30, tzinfo=UTC), ("/post-1/",))
    assert first.members == {"kind": "post", "featured": True}
    assert (second.content, second.members) == ("Text 2.", {"kind": "page", "featured": False})
    assert (first.tags, site.tag_details["news"]) == (("News",), TagDetails("all-news", "What is new."))
    has_several_authors = version not in ("0.11", "1")
    assert first.authors == (("ada", "bob") if has_several_authors else ("ada",))
    assert (site.profiles["ada"].display_name, site.profiles["ada"].email) == (
        "Ada Lovelace",
        "ada@example.com",
    )
    found = values(first)
    assert (found["feature_image"], found["meta_title"]) == ("https://pictures.example/cat.png", "For search")
    assert version == "0.11" or (found["internal_tags"], found["og_title"]) == (["#draft-2"], "Shared")
    assert found.get("feature_image_alt") == ("A cat" if version in ("3", "4", "5", "6") else None)


@pytest.mark.parametrize(
    ("columns", "status", "reason"),
    [
        ({"status": "scheduled", "published_at": "2099-01-01T00:00:00.000Z"}, "published", ""),
        ({"status": "draft", "published_at": None}, "draft", ""),
        ({"status": "sent"}, "draft", "it was only sent as a newsletter"),
        ({"visibility": "members"}, "draft", "only some readers may see it (members)"),
        ({"visibility": "paid"}, "draft", "only some readers may see it (paid)"),
        ({"visibility": "product:gold"}, "draft", "only some readers may see it (product:gold)"),
        ({"visibility": None}, "published", ""),
        ({"visibility": 3}, "draft", "only some readers may see it (3)"),
        ({"html": f"<p>A</p>{GATED.format('nonMember:true')}B"}, "published", ""),
        (
            {"html": f"<p>A</p>{GATED.format('nonMember:false')}B"},
            "draft",
            "only some readers may see parts of it",
        ),
        (card({"web": {"nonMember": True}}), "published", ""),
        (card({"web": {"nonMember": False}}), "draft", "only some readers may see parts of it"),
        (card({"showOnWeb": False}), "draft", "only some readers may see parts of it"),
        ({"status": "secret"}, "draft", "its status is secret"),
        ({"html": None, "plaintext": " "}, "draft", "it is empty"),
    ],
)
def test_only_what_everybody_could_read_is_published(tmp_path, columns, status, reason):
    (document,), _, _ = read(tmp_path, of_posts(post(**columns)))
    notes = [note.detail for note in document.notes if note.code == "hidden"]
    assert (document.status, notes) == (status, [f"{reason}, so the post is a draft"] if reason else [])


def test_posts_that_were_only_sent_by_mail_are_drafts(tmp_path):
    meta = [{"post_id": ID.format(1), "email_only": True}]
    (document,), _, _ = read(tmp_path, of_posts(post(), posts_meta=meta))
    assert document.status == "draft"


def test_everything_else_becomes_metadata(tmp_path):
    meta = {
        "post_id": ID.format(1),
        "og_image": "__GHOST_URL__/a.png",
        "twitter_title": "T",
        "feature_image_caption": "A",
    }
    columns = {"codeinjection_head": "<style>", "visibility": "paid", "canonical_url": "__GHOST_URL__/b/"}
    (document,), _, _ = read(tmp_path, of_posts(post(**columns), posts_meta=[meta]), "https://blog.example/")
    assert values(document) == {
        "canonical_url": "https://blog.example/b/",
        "codeinjection_head": "<style>",
        "twitter_title": "T",
        "open_graph_image": "https://blog.example/a.png",
        "visibility": "paid",
    }


def test_old_permalinks_and_folders_become_aliases(tmp_path):
    settings = [{"key": "permalinks", "value": "/:year/:month/:day/:slug/"}]
    posts = (post(), post(2, type="page"), post(3, published_at=None), post(4, slug="a b/ü"))
    documents, _, _ = read(tmp_path, of_posts(*posts, settings=settings), "https://blog.example/site/")
    assert [document.aliases for document in documents] == [
        ("/site/2020/05/01/post-1/",),
        ("/site/post-2/",),
        ("/site/post-3/",),
        ("/site/2020/05/01/a%20b/%C3%BC/",),
    ]


def test_incomplete_exports_are_read(tmp_path):
    rows = [
        post(title=" ", author_id="gone"),
        post(2, created_at="soon"),
        {"id": ID.format(3), "slug": "x"},
        None,
    ]
    export = {"data": {"posts": rows, "posts_tags": [{"post_id": ID.format(1), "tag_id": "gone"}]}}
    documents, _, _ = read(tmp_path, export)
    assert [(each.title, each.authors, each.tags) for each in documents] == [
        ("post-1", (), ()), ("Post 2", (), ()), ("", (), ()),
    ]  # fmt: skip
    assert [note.code for note in documents[0].notes] == ["title_from_name", "author_missing"]
    assert (documents[1].created_at, documents[2].status) == (None, "draft")


def test_an_invalid_date_refuses_the_post(tmp_path):
    with pytest.raises(Refused, match="published_at is not a valid date: soon"):
        read(tmp_path, of_posts(post(published_at="soon")))


def test_profiles_are_complete_and_roles_are_opt_in(tmp_path):
    person = user(
        bio="Writes.", website="https://ada.example", profile_image="__GHOST_URL__/content/images/a b.png"
    )
    roles = {
        "roles": [{"id": "1", "name": "Administrator"}],
        "roles_users": [{"id": "1", "role_id": "1", "user_id": ID.format("a")}],
    }
    export = of_posts(post(), users=[person, user("x", "bob", email="bob", website="nonsense")], **roles)
    _, site, report = read(tmp_path, export, "https://blog.example", with_roles=True)
    ada, bob = site.profiles["ada"], site.profiles["bob"]
    assert (ada.bio, ada.website, ada.role) == ("Writes.", "https://ada.example", "admin")
    assert ada.image is not None
    assert ada.image["url"] == "https://blog.example/content/images/a%20b.png"
    assert (bob.email, bob.website, bob.role) == ("", None, "")
    assert [entry.code for entry in report.entries] == ["profile_part_invalid"]
    _, site, _ = read(tmp_path, export)
    assert site.profiles["ada"].role == ""


def test_dates_of_creation_and_change_are_kept(tmp_path):
    (document,), _, _ = read(tmp_path, of_posts(post(updated_at="2021-01-02 03:04:05")))
    assert document.created_at == datetime.fromisoformat(DATE)
    assert document.updated_at == datetime(2021, 1, 2, 3, 4, 5, tzinfo=UTC)
