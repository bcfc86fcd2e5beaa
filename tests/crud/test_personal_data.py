"""Every column about users is part of their data, or is left out for a reason."""

from __future__ import annotations

import re

from sqlalchemy import Column
from sqlalchemy.sql import visitors

from blog_api.crud.personal_data import ACCOUNT, PARTS
from blog_api.database.base import Base
from blog_api.schemas.personal_data import LISTS

# Names of columns about somebody, beside foreign keys to users.
PERSONAL = re.compile(
    r"(^|_)(user|author|actor|editor|follower|owner|creator)_id$|^co_authors$|"
    r"e?mail|address|^ip$|network|user_agent|recipient|username|guest|entity_id"
)
SECRET = re.compile("digest|hash|jti|secret|(?<!api_)token")
# Columns that are not exported. `table.*` stands for all columns of a table.
WITHOUT = {
    "users.username_key": "follows from the username",
    "users.email_key": "follows from the address",
    "users.password_hash": "a secret",
    "users.erased_at": "nobody can log in to an erased account",
    "users.version": "counts changes, for If-Match",
    "usernames.id": "a row number",
    "usernames.user_id": "the account itself",
    "sessions.user_id": "the account itself",
    "sessions.refresh_jti": "a secret",
    "api_tokens.user_id": "the account itself",
    "api_tokens.digest": "a secret",
    "login_addresses.user_id": "the account itself",
    "confirmations.id": "a row number",
    "confirmations.user_id": "the account itself",
    "confirmations.digest": "a secret",
    "confirmations.message_id": "a row number",
    "idempotency_keys.user_id": "the account itself",
    "idempotency_keys.digest": "of a request that the account sent",
    "idempotency_keys.headers": "of a response that the account got, stored for a day",
    "idempotency_keys.body": "of a response that the account got, stored for a day",
    "posts.author_id": "shown as `author`",
    "posts.tag_names": "shown as `tags`",
    "posts.slug_is_automatic": "about the slug",
    "posts.version": "counts changes, for If-Match",
    "posts.announced_at": "about the feed of changes",
    "post_authors.created_at": "a copy of a column of the post",
    "post_authors.published_at": "a copy of a column of the post",
    "revisions.id": "a row number",
    "revisions.editor_id": "the account itself",
    "working_copies.id": "a row number",
    "working_copies.editor_id": "the account itself",
    "working_copies.version": "counts changes, for If-Match",
    "previews.user_id": "the account itself",
    "previews.digest": "a secret",
    "media.file_id": "shown as `url` and `variants`",
    "media_uses.*": "shown as `image` of the account, and in the posts",
    "comments.user_id": "the account itself",
    "comments.depth": "follows from `parent_id`",
    "comments.guest_name": "guests have no account",
    "comments.guest_email": "guests have no account",
    "comments.ip": "guests have no account",
    "comments.renderer": "about the HTML",
    "comments.shown": "follows from `status` and from the replies",
    "comments.version": "counts changes, for If-Match",
    "likes.user_id": "the account itself",
    "follows.follower_id": "the account itself; who follows the account is about these followers",
    "outbox.user_id": "the account itself",
    "outbox.address": "from where somebody asked for a password reset, who need not be the owner of the account",
    "outbox.request_id": "of that request",
    "outbox.webhook_id": "about a webhook",
    "changes.*": "ids of posts, tags, users and comments that have changed, without any content",
    "former_links.*": "the authors that posts had lately, for caches",
    "login_failures.*": "digests of names and networks, counted for some minutes",
}


def exported() -> set[str]:
    """Return the columns in the data, as `table.column`."""
    statements = [ACCOUNT, *(part.listing.rows for part in PARTS.values())]
    return {
        f"{element.table.name}.{element.name}"
        for statement in statements
        for column in statement.selected_columns
        for element in visitors.iterate(column)
        if isinstance(element, Column) and element.table is not None
    }


def personal_columns() -> list[str]:
    """Return all columns of the tables that have a column about users."""
    return [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        if any(map(is_about_users, table.columns))
        for column in table.columns
    ]


def is_about_users(column: Column) -> bool:
    refers = any(key.column.table.name == "users" for key in column.foreign_keys)
    return refers or PERSONAL.search(column.name) is not None


def is_left_out(name: str) -> bool:
    return name in WITHOUT or f"{name.partition('.')[0]}.*" in WITHOUT


def test_every_column_about_users_is_exported_or_left_out_for_a_reason():
    columns = exported()
    missing = [name for name in personal_columns() if name not in columns and not is_left_out(name)]
    assert missing == [], "add these to blog_api/crud/personal_data.py, or to WITHOUT with a reason"


def test_every_reason_is_about_a_column_that_is_left_out():
    columns, tables = personal_columns(), set(Base.metadata.tables)
    for name, reason in WITHOUT.items():
        assert reason
        table, _, column = name.partition(".")
        assert name not in exported(), f"{name} is exported"
        assert table in tables if column == "*" else name in columns, f"there is no {name}"


def test_no_secret_is_exported():
    assert [name for name in exported() if SECRET.search(name.partition(".")[2])] == []


def test_the_schema_names_all_parts_but_those_of_new_tables():
    assert list(PARTS)[: len(LISTS)] == list(LISTS)
    assert set(list(PARTS)[len(LISTS) :]) <= set(Base.metadata.tables)
