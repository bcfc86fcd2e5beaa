"""Access rules as functions and as SQL conditions, which must agree."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from blog_api.database.columns import utcnow
from blog_api.database.session import db, transaction
from blog_api.models.posts import Post, PostAuthor
from blog_api.policies import accounts, viewers
from blog_api.policies import posts as policies
from blog_api.policies.posts import parameters_of
from blog_api.policies.viewers import ROLES, Audience, Viewer, audience_of
from blog_api.problems import Forbidden

OWNER, OTHER = 1, 2


@pytest.mark.parametrize(
    ("role", "editor", "admin", "writes", "drafts", "own", "others"),
    [
        ("reader", False, False, False, False, False, False),
        ("contributor", False, False, True, True, False, False),
        ("author", False, False, True, True, True, False),
        ("editor", True, False, True, True, True, True),
        ("admin", True, True, True, True, True, True),
    ],
)
def test_permissions_of_each_role(role, editor, admin, writes, drafts, own, others):
    viewer = Viewer(OWNER, "x", role, 1)
    assert viewers.is_editor(viewer) is editor
    assert viewers.is_admin(viewer) is admin
    assert policies.can_write_posts(viewer) is writes
    assert policies.can_restore_post(viewer, OWNER) is own
    assert policies.can_restore_post(viewer, OTHER) is others
    for status, may in (("draft", drafts), ("pending", drafts), ("published", own), ("archived", own)):
        assert policies.can_set_status(viewer, status) is may
        assert policies.can_edit_post(viewer, [OTHER, OWNER], status) is may
        assert policies.can_edit_post(viewer, [OTHER], status) is others
        assert policies.can_manage_post(viewer, OWNER, status) is may
        assert policies.can_manage_post(viewer, OTHER, status) is others
    assert accounts.can_see_account(viewer, OWNER) is True
    assert accounts.can_see_account(viewer, OTHER) is admin


@pytest.mark.parametrize("role", ROLES)
def test_co_authors_may_only_remove_themselves(role):
    third, manages = 3, role in ("editor", "admin")
    viewer = Viewer(OTHER, "x", role, 1)
    for before, after, allowed in (
        ([OTHER, third], [third], True),
        ([OTHER], [], True),
        ([OTHER, third], [], manages),
        ([OTHER, third], [third, OTHER], manages),
        ([OTHER], [OTHER, third], manages),
        ([third], [], manages),
        ([], [OTHER], manages),
    ):
        assert policies.can_set_co_authors(viewer, OWNER, "draft", before, after) is allowed


def test_an_anonymous_client_has_no_permissions():
    assert not viewers.is_editor(None)
    assert not viewers.is_admin(None)
    assert not accounts.can_see_account(None, OWNER)


def test_require_raises_forbidden_unless_allowed():
    viewers.require(True, "fine")
    with pytest.raises(Forbidden, match="not so"):
        viewers.require(False, "not so")


def test_each_role_belongs_to_one_audience():
    audiences = [audience_of(None), *(audience_of(Viewer(OWNER, "x", role, 1)) for role in ROLES)]
    members, editors = [Audience.MEMBERS] * 3, [Audience.EDITORS] * 2
    assert audiences == [Audience.EVERYONE, *members, *editors]


def test_the_bind_parameters_are_the_viewer_and_the_current_time():
    assert parameters_of(None)["viewer_id"] is None
    values = parameters_of(Viewer(OWNER, "x", "author", 1))
    assert values["viewer_id"] == OWNER
    assert abs(utcnow() - values["now"]) < timedelta(seconds=5)


@pytest.fixture
def posts(app, people):
    """Create every kind of post for two authors, and return the time that separates past from future."""
    now, hour = utcnow(), timedelta(hours=1)
    authors = [people().id, people().id]
    with app.app_context(), transaction() as session:
        for author in authors:
            for status in ("draft", "pending", "published", "archived"):
                for time in (now - hour, now, now + hour, None):
                    for deleted_at in (None, now):
                        if status == "published" and time is None:
                            continue
                        session.add(
                            Post(
                                title="x",
                                slug=f"{author}-{status}-{time and int(time.timestamp())}-{deleted_at and 1}",
                                author_id=author,
                                author_links=[PostAuthor(user_id=author)],
                                status=status,
                                published_at=time,
                                deleted_at=deleted_at,
                            )
                        )
    return now, authors


def selected(condition, now, viewer=None) -> set[tuple]:
    """Return the posts that a condition selects for a viewer at this time."""
    columns = select(Post.author_id, Post.status, Post.published_at, Post.deleted_at)
    values = {"now": now, "viewer_id": viewer.id if viewer else None}
    return {tuple(row) for row in db.session.execute(columns.where(condition), values)}


def test_live_posts_are_published_not_in_the_future_and_not_trashed(app, posts):
    now, authors = posts
    with app.app_context():
        assert selected(policies.live_posts(), now) == {
            (author, "published", time, None)
            for author in authors
            for time in (now, now - timedelta(hours=1))
        }


def test_only_editors_see_unpublished_posts_of_others_and_nobody_sees_the_trash(app, posts):
    now, (owner, other) = posts
    with app.app_context():
        live = selected(policies.live_posts(), now)
        for viewer in [None, *(Viewer(owner, "x", role, 1) for role in ROLES)]:
            visible = selected(policies.visible_posts(audience_of(viewer)), now, viewer)
            assert live <= visible
            assert all(deleted_at is None for *_, deleted_at in visible)
            hidden = {row for row in visible - live if row[0] == other}
            assert bool(hidden) is viewers.is_editor(viewer)
            for statuses in (
                [],
                ["published"],
                ["draft"],
                ["pending"],
                ["scheduled"],
                ["archived"],
                ["draft", "published"],
                ["all"],
            ):
                listed = selected(policies.listed_posts(audience_of(viewer), statuses), now, viewer)
                assert listed <= visible
                assert statuses not in ([], ["published"]) or listed == live


STATUSES = ["draft", "pending", "scheduled", "archived"]


def test_the_lists_by_status_contain_each_post_of_the_full_list_once(app, posts):
    now, (owner, _) = posts
    with app.app_context():
        for role in ("author", "editor"):
            viewer = Viewer(owner, "x", role, 1)
            parts = [
                selected(policies.listed_posts(audience_of(viewer), [status]), now, viewer)
                for status in STATUSES
            ]
            several = selected(policies.listed_posts(audience_of(viewer), STATUSES), now, viewer)
            assert several == set.union(*parts)
            mine = {
                row for row in selected(policies.live_posts(), now) if role == "editor" or row[0] == owner
            }
            assert set.union(*parts, mine) == selected(
                policies.listed_posts(audience_of(viewer), ["all"]), now, viewer
            )
            assert sum(map(len, [*parts, mine])) == len(set.union(*parts, mine))


@pytest.mark.parametrize("role", ROLES)
def test_the_condition_for_editable_posts_agrees_with_the_function(app, posts, role):
    now, (owner, _) = posts
    viewer = Viewer(owner, "x", role, 1)
    with app.app_context():
        everything = selected(policies.untrashed_posts(), now, viewer)
        editable = selected(policies.editable_posts(viewer), now, viewer)
    assert editable == {row for row in everything if policies.can_edit_post(viewer, [row[0]], row[1])}
