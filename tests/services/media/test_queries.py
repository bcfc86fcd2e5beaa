"""Tests of the number of statements that uploads and deletions take."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from blog_api.database.session import db
from tests.pictures import picture, upload

pytestmark = pytest.mark.usefixtures("stored")


def test_uploads_and_deletions_take_the_same_number_of_statements_at_any_size(people, count_queries):
    ada, data = people(), picture()
    counts = []
    for number in (1, 20):
        media = [upload(ada, data) for _ in range(number)]
        with count_queries() as of_an_equal_file:
            media.append(upload(ada, data))
        with count_queries() as of_a_new_file:
            media.append(upload(ada))
        with count_queries() as of_one_deletion:
            ada.delete(f"/media/{media.pop()['id']}")
        counts.append([len(of_an_equal_file), len(of_a_new_file), len(of_one_deletion)])
        for one in media:
            assert ada.delete(f"/media/{one['id']}").status_code == 204
    assert counts[0] == counts[1]


def test_nothing_can_fail_after_the_commit_of_an_upload(app, people, count_queries):
    ada, statements_at_commits = people(), []
    with app.app_context():
        engine = db.engine

    def note(_connection):
        statements_at_commits.append(len(statements))

    event.listen(engine, "commit", note)
    try:
        with count_queries() as statements:
            upload(ada)
    finally:
        event.remove(engine, "commit", note)
    assert statements_at_commits[-1] == len(statements)
