"""docs/access.md says who may do what: its table is what the service answers, route by route and role by role."""

from __future__ import annotations

import pytest

from tests.access import COMMENTS, DENIED, POSTS, ROLES, table
from tests.access_page import PAGE, SETTINGS, outcomes, scene_of
from tests.databases import on_one_database

ROWS = outcomes()


# The tests below compare what each role sees on both databases.
@on_one_database
def test_the_access_table_in_the_docs_is_up_to_date(app, make_client):
    site = make_client(**SETTINGS).application
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    assert lines == table(site, scene_of(site)), (
        "run `make pages`, and read in `git diff docs/access.md` who may do what now"
    )


# What each role gets to see of an object, by its path and kind.
READS = {(name.split()[1], kind): cells for name, kind, *cells in ROWS if name.startswith("`GET")}


# An account without a published post, which nobody sees without a token.
WITHOUT_POSTS = {
    ("`GET /api/v1/users/{user_id}`", "another's"),
    ("`GET /api/v1/users/by-username/{username}`", "another's"),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_writing_an_object_is_404_if_and_only_if_reading_it_is(row):
    name, kind, nobody, *cells = row
    hidden = kind in (POSTS[1], COMMENTS[1], "on no post") or (name, kind) in WITHOUT_POSTS
    assert nobody in ("401", "yes", "–") or hidden
    # A preview is read by its token and deleted by its id.
    # A draft has no working copy to read, and its editors get 409 when they save one.
    is_other = "/previews/" in name or ("PATCH" in name and "/working-copy" in name and kind == POSTS[1])
    reads = None if is_other else READS.get((name.split()[1], kind))
    if reads is None or not kind:
        return
    for cell, read in zip(cells[: len(ROLES) - 1], reads[1 : len(ROLES)], strict=True):
        assert (cell == "404") == (read == "404")


def test_a_higher_role_is_never_allowed_less(app):
    for name, kind, *cells, reading, writing in ROWS:
        asked = cells[1:] if cells[0] == "–" else cells
        allowed = [cell == "yes" for cell in asked if cell != "–"]
        assert allowed == sorted(allowed), (name, kind)
        assert set(cells) <= {"yes", "–", *DENIED}
        assert len(cells) == len(ROLES)
        # A token may do nothing that its author may not.
        assert cells[ROLES.index("author")] == "yes" or "yes" not in (reading, writing)
        assert writing == "yes" or reading != "yes"
