"""Queries for tags, called without HTTP."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from blog_api.crud import tags as crud
from blog_api.database.session import db, reading, transaction
from blog_api.models.tags import Tag


def stored(app) -> list[tuple[str, str]]:
    with app.app_context(), reading() as session:
        rows = session.execute(select(Tag.name, Tag.slug).order_by(Tag.id))
        return [(row.name, row.slug) for row in rows]


def test_tags_are_created_once_and_found_in_any_spelling(app):
    with app.app_context(), transaction():
        first = crud.get_or_create_tag_ids(["Open Source", "C", "open source"])
        assert crud.get_or_create_tag_ids(["OPENSOURCE", "c"]) == first
        assert crud.get_or_create_tag_ids([]) == []
    assert sorted(stored(app)) == [("C", "c"), ("Open Source", "open-source")]


def test_ids_are_sorted_and_unique(app):
    with app.app_context(), transaction():
        ids = crud.get_or_create_tag_ids([f"Tag {n}" for n in range(60)] + ["tag 1", "TAG 2"])
    assert ids == sorted(set(ids))
    assert len(ids) == 60


def test_the_first_spelling_becomes_the_name_of_the_tag(app):
    with app.app_context(), transaction():
        crud.get_or_create_tag_ids(["open source", "Open Source"])
    assert stored(app) == [("open source", "open-source")]


def test_names_with_the_same_slug_get_distinct_slugs(app):
    spellings = [f"A{sign * n}" for sign in ("-", "_", ".", "!") for n in range(1, 9)]
    with app.app_context():
        with transaction():
            crud.get_or_create_tag_ids(spellings[:16])
        with transaction():
            crud.get_or_create_tag_ids(spellings)
    slugs = [slug for _, slug in stored(app)]
    assert len(slugs) == len(set(slugs)) == len(spellings)


def test_creating_a_tag_with_a_taken_name_or_slug_is_an_integrity_error(app):
    with app.app_context():
        with transaction():
            crud.create_tag("Python", slug="py")
        for taken in ({"name": "PYTHON"}, {"name": "Other", "slug": "py"}):
            with pytest.raises(IntegrityError), transaction():
                crud.create_tag(**taken)
        with transaction():
            crud.create_tag("py")
    assert stored(app) == [("Python", "py"), ("py", "py-2")]


def test_a_rejected_post_leaves_no_new_tags(app, people):
    ada = people()
    ada.write(slug="mine")
    response = ada.post("/posts", json={"title": "x", "content": "", "slug": "mine", "tags": ["Orphan"]})
    assert response.status_code == 409
    with app.app_context(), reading():
        assert db.session.execute(select(func.count()).select_from(Tag)).scalar_one() == 0
