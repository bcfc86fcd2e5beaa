"""Getting a slug that is free, while others take them."""

from __future__ import annotations

import pytest

from blog_api.crud.slugs import MAX_NUMBER, use_free_slug
from blog_api.database.session import transaction
from blog_api.models import Post
from blog_api.problems import Conflict


def test_who_comes_too_late_for_every_slug_is_told_that_it_is_taken(app, people):
    ada = people()
    tried: list[str] = []

    def make(slug):
        tried.append(slug)
        return Post(slug="taken", title="Hello", author_id=ada.id)

    ada.write(slug="taken")
    with app.app_context(), transaction(), pytest.raises(Conflict) as raised:
        use_free_slug(make, "hello", Post.slug, "uq_posts_slug")
    assert [fault.pointer for fault in raised.value.faults] == ["/slug"]
    assert set(tried) == {"hello"}
    assert len(tried) > MAX_NUMBER
