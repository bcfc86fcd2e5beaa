"""Tests of working copies that several requests change at once."""

from __future__ import annotations

from tests.blueprints.history.helpers import revisions_of


def test_first_saves_at_once_give_one_copy(concurrently, ada, people, post, copy, sql):
    editor = people("editor")
    replies = concurrently(
        [(ada, "PATCH", copy, {"content": "Mine."}), (editor, "PATCH", copy, {"summary": "Theirs."})]
    )
    assert [reply.status_code for reply in replies] == [200, 200]
    read = ada.get(copy).json
    assert (read["content"], read["summary"]) == ("Mine.", "Theirs.")
    assert sql.one("SELECT count(*) FROM working_copies") == 1
    assert sorted(one["number"] for one in revisions_of(ada, post["id"])) == [1, 2, 3]


def test_of_saves_at_once_with_if_match_one_succeeds(concurrently, ada, copy):
    etag = {"If-Match": ada.patch(copy, json={"content": "One."}).headers["ETag"]}
    replies = concurrently([(ada, "PATCH", copy, {"content": str(n)}, etag) for n in range(3)])
    assert sorted(reply.status_code for reply in replies) == [200, 412, 412]


def test_publishing_and_changing_the_post_at_once_loses_nothing(concurrently, ada, path, copy):
    etag = ada.patch(copy, json={"content": "Mine."}).headers["ETag"]
    stale = {"If-Match": ada.get(path).headers["ETag"]}
    replies = concurrently(
        [
            (ada, "POST", f"{copy}/publish?merge=true", None, {"If-Match": etag}),
            (ada, "PATCH", f"{path}?merge=true", {"summary": "Theirs."}, stale),
        ]
    )
    assert [reply.status_code for reply in replies] == [200, 200]
    read = ada.get(path).json
    assert (read["content"], read["summary"]) == ("Mine.", "Theirs.")
