"""Paging of arbitrary SELECTs with read_page."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from blog_api.database.session import reading
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.paging.cursors import Cursor
from blog_api.paging.pages import Listing, PageRequest, read_page

TITLES = ["a", "b", "c", "d", "e"]
SELECTS = {
    "plain": select(Post.title),
    "two chained joins": select(Post.title, User.username)
    .join(PostAuthor, PostAuthor.post_id == Post.id)
    .join(User, User.id == PostAuthor.user_id),
    "joins along relationships": select(Post.title, Tag.name).join(Post.tags).join(Post.author),
    "joins from an association": select(Post.title, Tag.slug)
    .select_from(post_tags)
    .join(Post, Post.id == post_tags.c.post_id)
    .join(Tag, Tag.id == post_tags.c.tag_id),
    "a join in the WHERE clause": select(Post.title, User.id.label("owner")).where(User.id == Post.author_id),
    "a scalar subquery": select(
        Post.title, select(func.count()).where(post_tags.c.post_id == Post.id).scalar_subquery().label("tags")
    ),
}


@pytest.fixture
def titles(app, people):
    ada = people()
    for title in TITLES:
        ada.write(title, tags=["one"])

    def read(rows, **page):
        with app.app_context(), reading():
            found = read_page(Listing(rows, Post.title, Post.id), PageRequest("title", "s", **page), {})
        return [row["title"] for row in found.data], found

    return read


@pytest.mark.parametrize("rows", SELECTS.values(), ids=SELECTS)
def test_any_select_can_be_paged_by_offset_and_cursor_with_a_total(titles, rows):
    shown, first = titles(rows, limit=2, total=True)
    assert (shown, first.total) == (["a", "b"], 5)
    assert titles(rows, limit=2, offset=2)[0] == ["c", "d"]
    cursor = Cursor.decode(first.next_cursor, "s", str)
    assert titles(rows, limit=2, cursor=cursor)[0] == ["c", "d"]
    assert titles(rows, limit=9, offset=5)[0] == []


@pytest.mark.parametrize("rows", SELECTS.values(), ids=SELECTS)
def test_a_row_has_exactly_the_columns_of_its_select(titles, rows):
    _, page = titles(rows, limit=1, offset=1)
    assert list(page.data[0]) == list(rows.selected_columns.keys())
