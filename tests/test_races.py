"""Tests of concurrent writes in real threads with their own connections."""

from __future__ import annotations

import random

from tests.apps import statuses

THREADS = 16


def test_concurrent_posts_with_the_same_title_and_tag_get_unique_slugs_and_one_tag(
    people, client, concurrently
):
    ada = people()
    body = {"title": "Same", "content": "", "status": "published", "tags": ["Brand new"]}
    replies = concurrently([(ada, "POST", "/posts", body)] * THREADS)
    assert statuses(replies) == {201: THREADS}
    assert len({reply.json["slug"] for reply in replies}) == THREADS
    (tag,) = client.get("/api/v1/tags").json["data"]
    assert (tag["slug"], tag["post_count"]) == ("brand-new", THREADS)


def test_concurrent_posts_create_each_new_tag_once(people, client, concurrently):
    shuffle, names = random.Random(3), [f"Tag {n}" for n in range(12)]
    people = [people() for _ in range(3)]
    requests = []
    for number in range(THREADS):
        tags = shuffle.sample(names, len(names))
        body = {"title": f"Post {number}", "content": "", "status": "published", "tags": tags}
        requests.append((people[number % 3], "POST", "/posts", body))
    assert statuses(concurrently(requests)) == {201: THREADS}
    counts = [tag["post_count"] for tag in client.get("/api/v1/tags").json["data"]]
    assert counts == [THREADS] * len(names)


def test_only_one_concurrent_post_gets_a_requested_slug(people, concurrently):
    ada = people()
    replies = concurrently([(ada, "POST", "/posts", {"title": "x", "content": "", "slug": "mine"})] * 10)
    assert statuses(replies) == {201: 1, 409: 9}


def test_concurrent_changes_are_never_lost_silently(people, concurrently):
    ada = people()
    path = f"/posts/{ada.write('Hello', tags=['a'])['id']}"
    changes: list[dict] = [
        {"title": "New"},
        {"summary": "New."},
        {"content": "New."},
        {"tags": ["b"]},
        {"tags": ["c", "d"]},
    ]
    replies = concurrently([(ada, "PATCH", path, change) for change in changes])
    done = [change for change, reply in zip(changes, replies, strict=True) if reply.status_code == 200]
    assert done
    assert set(statuses(replies)) <= {200, 409}
    refused = {reply.json["type"] for reply in replies if reply.status_code == 409}
    assert refused <= {"/problems/edit-conflict"}
    after = ada.get(path)
    assert after.headers["ETag"].startswith(f'"{1 + len(done)}-')
    for change in done:
        for name, value in change.items():
            if name != "tags":
                assert after.json[name] == value
    tags = [change["tags"] for change in done if "tags" in change] or [["a"]]
    assert [tag["name"] for tag in after.json["tags"]] in tags


def test_only_one_change_with_the_same_if_match_succeeds(people, concurrently):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    read = {"If-Match": ada.get(path).headers["ETag"]}
    replies = concurrently([(ada, "PATCH", path, {"title": f"Title {n}"}, read) for n in range(8)])
    assert statuses(replies) == {200: 1, 412: 7}
    (winner,) = (reply for reply in replies if reply.status_code == 200)
    assert ada.get(path).json == winner.json


def test_concurrent_deletes_succeed_once(people, concurrently):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    replies = concurrently([(ada, "DELETE", path, None)] * 8)
    assert statuses(replies)[204] == 1
    assert set(statuses(replies)) <= {204, 404, 409}


def test_concurrent_restores_of_the_same_slug_get_unique_slugs(people, concurrently):
    ada = people()
    ids = []
    for _ in range(12):
        ids.append(ada.write("Same", status="draft")["id"])
        assert ada.delete(f"/posts/{ids[-1]}").status_code == 204
    replies = concurrently([(ada, "POST", f"/posts/{post_id}/restore", None) for post_id in ids])
    assert statuses(replies) == {200: 12}
    assert len({reply.json["slug"] for reply in replies}) == 12
    assert sum(reply.json["slug_changed"] for reply in replies) == 11


def test_concurrent_restores_succeed_once(people, concurrently):
    ada = people()
    post = ada.write(status="draft")
    ada.delete(f"/posts/{post['id']}")
    ada.write()
    replies = concurrently([(ada, "POST", f"/posts/{post['id']}/restore", None)] * 10)
    assert statuses(replies) == {200: 1, 404: 9}
    assert ada.get(f"/posts/{post['id']}").json["slug"] == "hello-2"


def test_posts_can_be_created_while_their_tag_is_deleted(people, concurrently):
    ada, editor = people(), people("editor")
    for _ in range(4):
        tag = ada.write(tags=["x", "y"])["tags"][0]
        body = {"title": "Post", "content": "", "tags": ["y", "x"]}
        requests = [(ada, "POST", "/posts", body)] * 8 + [(editor, "DELETE", f"/tags/{tag['id']}", None)]
        *written, deleted = concurrently(requests)
        assert (statuses(written), deleted.status_code) == ({201: 8}, 204)


def test_concurrent_tags_share_a_name_only_once_and_get_unique_slugs(people, concurrently):
    editor = people("editor")
    same = concurrently([(editor, "POST", "/tags", {"name": "Python"})] * 8)
    assert statuses(same) == {201: 1, 409: 7}
    alike = concurrently(
        [(editor, "POST", "/tags", {"name": name}) for name in ("Über", "Uber", "Übér", "Ubér")]
    )
    assert statuses(alike) == {201: 4}
    assert {reply.json["slug"] for reply in alike} == {"uber", "uber-2", "uber-3", "uber-4"}


def test_merging_tags_while_posts_are_created_loses_no_tag(people, client, concurrently):
    ada, editor = people(), people("editor")
    for turn in range(4):
        one, other = ada.write(tags=[f"one {turn}", f"other {turn}"])["tags"]
        body = {"title": "Post", "content": "", "status": "published", "tags": [other["name"]]}
        *written, merged = concurrently(
            [(ada, "POST", "/posts", body)] * 8
            + [(editor, "POST", f"/tags/{other['id']}/merge", {"into": one["id"]})]
        )
        assert (statuses(written), merged.status_code) == ({201: 8}, 200)
        # A post created after the merge has created the tag again.
        counts = {tag["name"]: tag["post_count"] for tag in client.get("/api/v1/tags?limit=100").json["data"]}
        assert counts[one["name"]] + counts.get(other["name"], 0) == 9


def test_two_tags_merged_into_each_other_leave_one(people, concurrently):
    ada, editor = people(), people("editor")
    for turn in range(4):
        one, other = ada.write(tags=[f"one {turn}", f"other {turn}"])["tags"]
        replies = concurrently(
            [
                (editor, "POST", f"/tags/{one['id']}/merge", {"into": other["id"]}),
                (editor, "POST", f"/tags/{other['id']}/merge", {"into": one["id"]}),
            ]
        )
        assert sorted(statuses(replies)) in ([200, 404], [200, 422])
        (left,) = (tag for tag in (one, other) if editor.get(f"/tags/{tag['id']}").status_code == 200)
        assert editor.get(f"/tags/{left['id']}").json["post_count"] == 1
