"""Tests of problems and of the constraints that cause them."""

from __future__ import annotations

import pytest
from sqlalchemy import exc, text

from blog_api.api.errors import problem_from
from blog_api.database import errors
from blog_api.database.session import db, transaction
from blog_api.faults import MAX_FAULTS
from blog_api.problems import (
    PROBLEMS,
    Conflict,
    Fault,
    InvalidInput,
    NotFound,
    Problem,
    Unavailable,
)

CLASHES = {
    "uq_users_username_key": "INSERT INTO users (username, username_key, display_name, role, is_active) "
    "SELECT username, username_key, display_name, role, is_active FROM users",
    "uq_users_email_key": "INSERT INTO users (username, username_key, email_key, display_name, role, is_active) "
    "SELECT username, 'other', email_key, display_name, role, is_active FROM users",
    "uq_tags_name_key": "INSERT INTO tags (name, name_key, slug) SELECT name, name_key, 'other' FROM tags",
    "uq_tags_slug": "INSERT INTO tags (name, name_key, slug) SELECT name, 'other', slug FROM tags",
    "uq_posts_slug": "INSERT INTO posts (slug, title, author_id) SELECT slug, title, author_id FROM posts",
    "uq_post_slugs_slug": "INSERT INTO post_slugs (slug, post_id) SELECT slug, post_id FROM post_slugs",
    "uq_tag_slugs_slug": "INSERT INTO tag_slugs (slug, tag_id) SELECT slug, tag_id FROM tag_slugs",
    "uq_usernames_username_key": "INSERT INTO usernames (username_key) SELECT username_key FROM usernames",
    "ck_posts_published_title": "UPDATE posts SET title = ' '",
    "ck_posts_published_at_given": "UPDATE posts SET published_at = NULL",
    "ck_users_role": "UPDATE users SET role = 'king'",
}


@pytest.mark.parametrize("name", CLASHES)
def test_violated_constraints_are_identified_on_both_databases(app, people, name):
    people().write(tags=["x"])
    with app.app_context():
        with pytest.raises(exc.IntegrityError) as caught, transaction() as session:
            session.execute(text(CLASHES[name]))
        assert errors.violated_constraint(caught.value) == name
        problem = problem_from(caught.value)
    assert type(problem) is Conflict
    assert [fault.code for fault in problem.faults] == (["taken"] if name.startswith("uq") else [])


def test_every_unique_constraint_maps_to_a_field(app):
    with app.app_context():
        tables = db.metadata.tables.values()
        names = {str(one.name) for table in tables for one in table.constraints}
        names |= {str(one.name) for table in tables for one in table.indexes if one.unique}
    assert {name for name in names if name.startswith("uq_")} == set(errors._CONSTRAINTS)


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_has_a_page(client, name):
    reply = client.get(f"/problems/{name}")
    assert (reply.status_code, reply.mimetype) == (200, "text/html")
    assert PROBLEMS[name].title in reply.text
    assert "None" not in reply.text


def test_all_problem_classes_are_listed():
    # Other modules add reasons for the log to a problem, which then has the same page.
    def below(kind):
        return {kind} | {found for sub in kind.__subclasses__() for found in below(sub)}

    named = {kind for kind in below(Problem) - {Problem} if kind.__module__ == Problem.__module__}
    assert set(PROBLEMS.values()) == named
    assert all(kind.__doc__ and "http" not in kind.__doc__ for kind in named)


def test_the_detail_of_invalid_input_describes_the_first_fault(people):
    ada = people()
    one = ada.post("/posts", json={"title": "x", "slug": ""}).json
    assert one["detail"] == "/slug: This must not be blank."
    two = ada.post("/posts", json={"slug": "", "content": 7}).json
    assert two["detail"].endswith("(And 1 more.)")
    assert len(two["errors"]) == 2
    odd = ada.post("/posts", json={"title": "x", "content": "", "y" * 5000: 1}).json
    assert odd["detail"] == "This field is unknown."
    assert odd["errors"][0]["pointer"] == "/" + "y" * 5000


def test_at_most_a_hundred_faults_are_listed(client):
    problem = InvalidInput(faults=[Fault("This is wrong.", "invalid", f"/{n}") for n in range(1000)])
    shown = problem.as_dict()
    assert [fault["pointer"] for fault in shown["errors"]] == [f"/{n}" for n in range(MAX_FAULTS)]
    assert shown["detail"] == "/0: This is wrong. (And 999 more.)"
    described = client.get("/openapi.json").json["components"]["schemas"]["Problem"]["properties"]["errors"]
    assert described["maxItems"] == MAX_FAULTS == 100


def test_pointers_of_a_part_are_prefixed():
    plain = NotFound("It is gone.")
    assert [fault.pointer for fault in plain.with_prefix("/parts/3", "/data").faults] == ["/parts/3"]
    assert plain.with_prefix("/parts/3", "/data").detail == "It is gone."
    taken = Conflict(faults=[Fault("This slug is taken.", "taken", "/slug")])
    moved = taken.with_prefix("/parts/3", "/data")
    assert (moved.detail, moved.status) == ("/parts/3/data/slug: This slug is taken.", 409)
    assert taken.detail == "/slug: This slug is taken."


def test_the_detail_defaults_to_the_title():
    assert InvalidInput().as_dict()["detail"] == f"{InvalidInput.title}."
    assert Unavailable().headers["Retry-After"].isdigit()
