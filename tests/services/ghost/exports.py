"""Exports of all versions of Ghost, with the columns that their schemas have."""

from __future__ import annotations

from typing import Any

ID = "5951f5fca366002ebd5dbef{}"
DATE = "2020-05-01T12:30:00.000Z"


def post(number: int = 1, /, **columns: Any) -> dict[str, Any]:
    """Return a row of posts, as far as all versions have the same columns."""
    return {
        "id": ID.format(number),
        "uuid": f"8c414ae2-dce6-4b0f-8ee6-5c403fa2ae8{number}",
        "title": f"Post {number}",
        "slug": f"post-{number}",
        "html": f"<p>Text {number}.</p>",
        "plaintext": f"Text {number}.",
        "feature_image": None,
        "featured": 0,
        "status": "published",
        "locale": None,
        "visibility": "public",
        "created_at": DATE,
        "updated_at": DATE,
        "published_at": DATE,
        "custom_excerpt": None,
        "codeinjection_head": None,
        "codeinjection_foot": None,
        "custom_template": None,
        **columns,
    }


def user(key: str = ID.format("a"), slug: str = "ada", /, **columns: Any) -> dict[str, Any]:
    return {
        "id": key,
        "name": f"{slug.title()} Lovelace",
        "slug": slug,
        "password": "$2a$10$secret",
        "email": f"{slug}@example.com",
        "profile_image": None,
        "bio": None,
        "website": None,
        "status": "active",
        **columns,
    }


def export(version: str, **tables: Any) -> dict[str, Any]:
    """Return an export as Ghost writes it."""
    return {"db": [{"meta": {"exported_on": 1504269105806, "version": version}, "data": tables}]}


def of_posts(*posts: dict[str, Any], **tables: Any) -> dict[str, Any]:
    """Return an export of a current version with these posts by one author."""
    authors = [
        {"post_id": each["id"], "author_id": ID.format("a"), "sort_order": 0}
        for each in posts
        if "id" in each
    ]
    return export("6.1.0", **{"posts": list(posts), "users": [user()], "posts_authors": authors, **tables})


_TAGS = [
    {
        "id": ID.format("b"),
        "name": "News",
        "slug": "all-news",
        "description": "What is new.",
        "visibility": "public",
    },
    {
        "id": ID.format("c"),
        "name": "#draft-2",
        "slug": "hash-draft-2",
        "description": None,
        "visibility": "internal",
    },
]
_POSTS_TAGS = [
    {"id": "1", "post_id": ID.format(1), "tag_id": ID.format("c"), "sort_order": 1},
    {"id": "2", "post_id": ID.format(1), "tag_id": ID.format("b"), "sort_order": 0},
]
_TAGGED = {"tags": _TAGS, "posts_tags": _POSTS_TAGS}
_AUTHORS = [
    {"id": "1", "post_id": ID.format(1), "author_id": ID.format("d"), "sort_order": 1},
    {"id": "2", "post_id": ID.format(1), "author_id": ID.format("a"), "sort_order": 0},
    {"id": "3", "post_id": ID.format(2), "author_id": ID.format("a"), "sort_order": 0},
]
_WRITTEN = {"posts_authors": _AUTHORS, "users": [user(), user(ID.format("d"), "bob")]}
_META = {
    "meta_title": "For search",
    "meta_description": "Found.",
    "og_title": "Shared",
    "twitter_title": None,
}
_META_ROWS = [
    {"id": "1", "post_id": ID.format(1), "email_only": False, **_META, "feature_image_alt": "A cat"}
]
_LEXICAL = '{"root": {"type": "root", "children": []}}'
_IMAGE = {"feature_image": "https://pictures.example/cat.png"}

# Of each version: a post with everything, and a page.
VERSIONS = {
    "0.11": {
        "meta": {"exported_on": 1388318311015, "version": "003"},
        "data": {
            "posts": [
                {
                    "id": 1, "title": "Post 1", "slug": "post-1", "markdown": "Text 1.", "html": "<p>Text 1.</p>",
                    "image": "https://pictures.example/cat.png", "featured": 1, "page": 0, "status": "published",
                    "language": "en_US", "meta_title": "For search", "meta_description": "Found.", "author_id": 1,
                    "created_at": 1588336200000, "updated_at": 1588336200000, "published_at": 1588336200000,
                },
                {
                    "id": 2, "title": "Post 2", "slug": "post-2", "markdown": "Text 2.", "html": None, "page": 1,
                    "status": "published", "author_id": 1, "published_at": 1588336200000,
                },
            ],
            "users": [{"id": 1, "name": "Ada Lovelace", "slug": "ada", "email": "ada@example.com", "image": None}],
            "tags": [{"id": 1, "name": "News", "slug": "all-news", "description": "What is new."}],
            "posts_tags": [{"id": 1, "post_id": 1, "tag_id": 1}],
        },
    },
    "1": export(
        "1.8.1",
        posts=[
            post(**_IMAGE, **_META, featured=1, amp="1", page=0, author_id=ID.format("a"), mobiledoc=None),
            post(2, page=1, author_id=ID.format("a")),
        ],
        users=[user()],
        **_TAGGED,
    ),
    "2": export(
        "2.37.0",
        posts=[
            post(**_IMAGE, **_META, featured=True, page=False, author_id=ID.format("a"), canonical_url=None),
            post(2, page=True, author_id=ID.format("a")),
        ],
        **_TAGGED,
        **_WRITTEN,
    ),
    "3": export(
        "3.42.0",
        posts=[
            post(**_IMAGE, featured=1, type="post", author_id=ID.format("a"), send_email_when_published=0),
            post(2, type="page", author_id=ID.format("a")),
        ],
        posts_meta=_META_ROWS,
        **_TAGGED,
        **_WRITTEN,
    ),
    "4": export(
        "4.48.0",
        posts=[
            post(**_IMAGE, featured=1, type="post", email_recipient_filter="none", mobiledoc="{}"),
            post(2, type="page"),
        ],
        posts_meta=_META_ROWS,
        **_TAGGED,
        **_WRITTEN,
    ),
    "5": export(
        "5.80.0",
        posts=[
            post(**_IMAGE, featured=1, type="post", mobiledoc=None, lexical=_LEXICAL, newsletter_id=None),
            post(2, type="page"),
        ],
        posts_meta=_META_ROWS,
        members=[{"id": "1", "email": "reader@example.com"}],
        **_TAGGED,
        **_WRITTEN,
    ),
    "6": export(
        "6.1.0",
        posts=[
            post(**_IMAGE, featured=True, type="post", lexical=_LEXICAL, show_title_and_feature_image=True),
            post(2, type="page", show_title_and_feature_image=False),
        ],
        posts_meta=_META_ROWS,
        members=[{"id": "1", "email": "reader@example.com"}],
        **_TAGGED,
        **_WRITTEN,
    ),
}  # fmt: skip
