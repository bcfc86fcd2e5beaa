"""What posts and pages of WordPress become."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from blog_api.services.importing.report import Report
from blog_api.services.importing.wordpress.export import Export
from blog_api.services.importing.wordpress.posts import read_post
from blog_api.text.issues import Code, Refused
from tests.services.wordpress.exports import (
    SITE,
    attachment,
    author,
    comment,
    export,
    item,
    read_items,
    read_site,
    term,
)

NO_DATE = "0000-00-00 00:00:00"
NOON = datetime(2020, 1, 31, 12, tzinfo=UTC)


def read(*parts, others=(), zone=UTC, **values):
    """Read a post with these values from an export."""
    text = export(item(1, *parts, **values), *others)
    with read_site(text) as site:
        return read_post(read_items(text)[0], site, zone)


def unread(document):
    return {each.key: each.value for each in document.unread}


@pytest.mark.parametrize(
    ("values", "status", "noted"),
    [
        ({"status": "publish"}, "published", False),
        ({"status": "future"}, "published", False),
        ({"status": "pending"}, "pending", False),
        ({"status": "draft"}, "draft", False),
        ({"status": "private"}, "draft", True),
        ({"status": "of-a-plugin"}, "draft", True),
        ({"status": "publish", "post_password": "secret"}, "draft", True),
        ({"status": "pending", "post_password": "secret"}, "draft", True),
        ({"post_password": "<![CDATA[ ]]>"}, "draft", True),
    ],
)
def test_only_what_everybody_could_read_is_published(values, status, noted):
    document = read(**values)
    assert (document.status, document.deleted_at) == (status, None)
    assert [note.code for note in document.notes] == [Code.HIDDEN] * noted


@pytest.mark.parametrize(
    ("before", "password", "status"),
    [
        ("publish", "", "published"),
        ("private", "", "draft"),
        ("publish", "secret", "draft"),
        (None, "", "draft"),
    ],
)
def test_posts_in_the_trash_stay_there(before, password, status):
    meta = {"_wp_trash_meta_status": before} if before else {}
    document = read(status="trash", post_name="hello__trashed", post_password=password, meta=meta)
    assert (document.status, document.slug) == (status, "hello")
    assert document.deleted_at is not None


@pytest.mark.parametrize(
    ("values", "date"),
    [
        ({}, NOON),
        ({"post_date_gmt": NO_DATE}, datetime(2020, 1, 31, 13, tzinfo=UTC)),
        ({"post_date_gmt": NO_DATE, "post_date": NO_DATE}, None),
        ({"post_date_gmt": NO_DATE, "status": "draft"}, None),
        ({"post_date_gmt": "", "post_date": "soon"}, None),
    ],
)
def test_dates_are_in_utc_and_drafts_have_none(values, date):
    assert read(zone=ZoneInfo("Europe/Paris"), **values).date == date


def test_members_come_from_the_item():
    document = read(post_type="page", is_sticky=1, comment_status="closed", excerpt="A <b>short</b>\none.")
    assert document.members == {"kind": "page", "featured": True, "comments_open": False}
    assert document.summary == "A short one."


def test_categories_tags_and_other_terms_become_tags_once():
    terms = [
        term("News &amp; more", "category"), term("Python"), term("python", "category"), term("Bread", "recipe"),
        term("Aside", "post_format"), term("Deutsch", "language", "de"), term("grace", "author", "cap-grace"),
    ]  # fmt: skip
    document = read(*terms)
    assert document.tags == ("News & more", "Python", "Bread")
    assert document.authors == ("ada", "grace")
    assert unread(document) == {"language": "de"}
    assert [tally.detail for tally in document.tallies] == ["terms of the taxonomy post_format"]


@pytest.mark.parametrize(
    ("values", "aliases"),
    [
        ({}, ("/2020/post-1/",)),
        ({"link": f"{SITE}/%E6%97%A5%E6%9C%AC/", "guid": f"{SITE}/old/"}, ("/%E6%97%A5%E6%9C%AC/", "/old/")),
        ({"link": f"{SITE}/a/b", "meta": {"_wp_old_slug": "c"}}, ("/a/b", "/a/c")),
        ({"link": f"{SITE}/?p=1", "meta": {"_wp_old_slug": "c"}}, ()),
        ({"link": "https://other.example/a/"}, ()),
    ],
)
def test_paths_of_the_blog_become_aliases(values, aliases):
    assert read(**values).aliases == aliases


def test_slugs_are_decoded_and_missing_titles_come_from_the_text():
    document = read(title="", post_name="caf%c3%a9", content="<p>Some <b>text</b> without a title.</p>")
    assert (document.title, document.slug) == ("Some text without a title.", "cafe")
    assert [note.code for note in document.notes] == [Code.TITLE_FROM_NAME]


def test_the_featured_image_and_fields_of_plugins_for_search_engines_are_read():
    meta = {
        "_thumbnail_id": 7, "_yoast_wpseo_title": "%%title%%", "rank_math_title": "Best title",
        "_yoast_wpseo_metadesc": "Described.", "_yoast_wpseo_meta-robots-noindex": 1, "subtitle": "More",
        "_edit_last": 1, "_oembed_1a": "x", "_oembed_2b": "y",
    }  # fmt: skip
    document = read(meta=meta, others=[attachment(7, "2020/cat.jpg", "A cat", "Our cat")])
    assert unread(document) == {
        "image": {"url": f"{SITE}/wp-content/uploads/2020/cat.jpg", "alt": "A cat", "caption": "Our cat"},
        "meta_title": "Best title",
        "meta_description": "Described.",
        "noindex": "true",
        "subtitle": "More",
    }
    assert [tally.detail for tally in document.tallies] == [
        "values of the custom field _edit_last",
        *["values of the custom field _oembed_..."] * 2,
    ]


def test_a_text_that_is_too_large_refuses_its_post_only():
    with pytest.raises(Refused) as refused:
        read(content="x" * 3_000_001)
    assert refused.value.code == Code.ITEM_TOO_LARGE


def test_comments_keep_their_threads_and_states():
    comments = [
        comment(1), comment(2, comment_parent=1, comment_user_id=5), comment(3, comment_approved="spam"),
        comment(4, comment_approved=0), comment(5, comment_approved="trash", comment_parent=2),
        comment(6, comment_parent=5), comment(7, comment_type="pingback"), comment(8, comment_parent=9),
        comment(9, comment_parent=8, comment_author="A &amp; <i>B</i>"), comment(10, ""),
    ]  # fmt: skip
    document = read(*comments, others=[author(5, "grace", "Grace")])
    assert [
        (each.uid, each.parent_uid, each.author, each.name, each.status) for each in document.comments
    ] == [
        ("1", "", "", "Grace", "approved"),
        ("2", "1", "grace", "Grace", "approved"),
        ("3", "", "", "Grace", "spam"),
        ("4", "", "", "Grace", "pending"),
        ("6", "2", "", "Grace", "approved"),
        ("8", "9", "", "Grace", "approved"),
        ("9", "8", "", "A & B", "approved"),
    ]
    assert [tally.code for tally in document.tallies] == [Code.COMMENT_SKIPPED] * 3
    assert "192.0.2.1" not in str(document)
    assert "grace@example.com" not in str(document)


def test_deep_and_long_comments_are_counted():
    replies = [comment(number, comment_parent=number - 1) for number in range(1, 9)]
    document = read(*replies, comment(9, "word " * 3000))
    assert [tally.code for tally in document.tallies] == [Code.COMMENT_SHORTENED, *[Code.COMMENT_MOVED] * 2]
    assert len(document.comments[-1].content) <= 10_000


def test_email_addresses_are_not_names():
    text = export(author(1, "ada@example.com"), item(1, comment(1, comment_author="bob@example.com")))
    with read_site(text) as site:
        (ada,) = site.authors.values()
        (bob,) = read_post(read_items(text)[0], site, UTC).comments
    assert (ada.display_name, bob.name) == ("ada", "bob")


def test_digests_change_only_with_what_is_imported(tmp_path):
    def digest(*parts, **values):
        text = export(item(1, *parts, **values))
        with read_site(text) as site:
            path = tmp_path / "export.xml"
            path.write_text(text)
            (found,) = Export(path, site, "blog", UTC).items(Report())
            return found.digest("")

    same = [digest(), digest(pubDate="now"), digest(meta={"_edit_lock": 1})]
    changed = [digest(title="B"), digest(comment(1)), digest(term("A")), digest(meta={"subtitle": "C"})]
    assert len({*same}) == 1
    assert len({*same, *changed}) == 5
