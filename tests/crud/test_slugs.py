"""Find a free slug under concurrent requests."""

from __future__ import annotations

import pytest

from blog_api.crud.slugs import MAX_NUMBER, POST_SLUG_CONSTRAINTS, use_free_slug
from blog_api.database.session import transaction
from blog_api.models.addresses import PostSlug
from blog_api.models.posts import Post
from blog_api.problems import Conflict


def test_losing_the_race_for_every_slug_is_a_conflict(app, people):
    ada = people()
    tried: list[str] = []

    def make(slug):
        tried.append(slug)
        return Post(slug="taken", title="Hello", author_id=ada.id)

    ada.write(slug="taken")
    with app.app_context(), transaction(), pytest.raises(Conflict) as raised:
        use_free_slug(make, "hello", PostSlug.slug, POST_SLUG_CONSTRAINTS)
    assert [fault.pointer for fault in raised.value.faults] == ["/slug"]
    assert set(tried) == {"hello"}
    assert len(tried) > MAX_NUMBER
