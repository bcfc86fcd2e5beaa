"""Queries of tags, without HTTP: what posts, commands and services stand on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from blog_api.crud import tags as crud
from blog_api.database.session import db, reading, transaction
from blog_api.models import Tag


def stored(app) -> list[tuple[str, str]]:
    with app.app_context(), reading() as session:
        rows = session.execute(select(Tag.name, Tag.slug).order_by(Tag.id))
        return [(row.name, row.slug) for row in rows]


def test_tags_are_made_once_and_found_again_in_any_spelling(app):
    with app.app_context(), transaction():
        first = crud.get_or_create_tag_ids(["Open Source", "C", "open source"])
        assert crud.get_or_create_tag_ids(["OPENSOURCE", "c"]) == first
        assert crud.get_or_create_tag_ids([]) == []
    assert sorted(stored(app)) == [("C", "c"), ("Open Source", "open-source")]


def test_the_ids_are_sorted_and_each_is_there_once(app):
    with app.app_context(), transaction():
        ids = crud.get_or_create_tag_ids([f"Tag {n}" for n in range(60)] + ["tag 1", "TAG 2"])
    assert ids == sorted(set(ids))
    assert len(ids) == 60


def test_the_first_spelling_names_the_tag(app):
    with app.app_context(), transaction():
        crud.get_or_create_tag_ids(["open source", "Open Source"])
    assert stored(app) == [("open source", "open-source")]


def test_many_names_of_one_slug_in_one_request_and_in_several_get_slugs_of_their_own(app):
    spellings = [f"A{sign * n}" for sign in ("-", "_", ".", "!") for n in range(1, 9)]
    with app.app_context():
        with transaction():
            crud.get_or_create_tag_ids(spellings[:16])
        with transaction():
            crud.get_or_create_tag_ids(spellings)
    slugs = [slug for _, slug in stored(app)]
    assert len(slugs) == len(set(slugs)) == len(spellings)


def test_a_made_tag_is_refused_where_its_name_or_the_slug_asked_for_is_taken(app):
    with app.app_context():
        with transaction():
            crud.create_tag("Python", slug="py")
        for wrong in ({"name": "PYTHON"}, {"name": "Other", "slug": "py"}):
            with pytest.raises(IntegrityError), transaction():
                crud.create_tag(**wrong)
        with transaction():
            crud.create_tag("py")
    assert stored(app) == [("Python", "py"), ("py", "py-2")]


def test_no_tag_is_left_of_a_post_that_was_refused(app, people):
    ada = people()
    ada.write(slug="mine")
    refused = ada.post("/posts", json={"title": "x", "content": "", "slug": "mine", "tags": ["Orphan"]})
    assert refused.status_code == 409
    with app.app_context(), reading():
        assert db.session.execute(select(func.count()).select_from(Tag)).scalar_one() == 0
