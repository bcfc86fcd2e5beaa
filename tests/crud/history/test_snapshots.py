"""Tests that snapshots keep everything that can be written."""

from __future__ import annotations

from sqlalchemy import inspect

from blog_api.crud.history.snapshots import ATTRIBUTES, SNAPSHOT, members_of
from blog_api.models.post_content import Snapshot
from blog_api.models.revisions import Revision
from blog_api.schemas.post_writes import DEFAULTS, PostWrite


def test_a_snapshot_has_all_members_that_can_be_written():
    assert set(ATTRIBUTES) == set(PostWrite().fields)


def test_an_empty_post_has_the_defaults_of_the_members():
    assert {name: members_of(None)[name] for name in DEFAULTS} == DEFAULTS


def test_a_revision_has_a_column_for_each_attribute():
    columns = {column.key for column in inspect(Revision).column_attrs}
    own = {"id", "post_id", "number", "version", "created_at", "editor_id", "live", "changed"}
    assert columns - own == set(SNAPSHOT)
    assert issubclass(Revision, Snapshot)
