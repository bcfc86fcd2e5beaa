"""Tests of redirects from and to paths at which the site shows something."""

from __future__ import annotations

import pytest

from tests.blueprints.redirects.helpers import REDIRECTS, pairs, write


def test_a_redirect_does_not_hide_what_the_site_now_shows(editor, site):
    first, second = write(editor, "First"), write(editor, "Second")
    for post, path in ((first, "/2020/second/"), (second, "/2020/first")):
        assert editor.patch(f"/posts/{post['id']}", json={"aliases": [path]}).status_code == 200
    assert editor.post("/redirects", json={"from": "/2020/third/", "to": "/about/"}).status_code == 201
    third = write(editor, "Third")
    assert pairs(site) == []
    assert site.get(f"{REDIRECTS}?format=nginx").text == ""
    for post in (first, second, third):
        path = f"/2020/{post['slug']}/"
        assert site.get("/api/v1/resolve", query_string={"path": path}).json["id"] == post["id"]
    editor.delete(f"/posts/{third['id']}")
    assert pairs(site) == [("/2020/third/", "/about/", "redirect")]


@pytest.mark.parametrize(
    "target",
    [
        "/2020/secret/?lang=de",
        "/2020//secret#top",
        "/2020/%73ecret",
        "https://EXAMPLE.com/2020/secret/",
        "http://example.com:80/2020/secret?a",
        "https://example.com:443/2020/secret/",
        "/topics/hidden/",
        "/@hidden",
    ],
)
def test_a_redirect_is_hidden_with_its_target_however_that_is_written(people, editor, site, target):
    people(username="hidden").write("Secret", status="draft", tags=["Hidden"])
    made = editor.post("/redirects", json={"from": "/leak", "to": target})
    assert made.status_code == 201
    assert site.get(REDIRECTS).json["data"] == []
    assert site.get(made.headers["Location"]).status_code == 404
    assert pairs(site, headers=editor.headers) == [("/leak", target, "redirect")]


def test_concurrent_redirects_do_not_lead_to_each_other(editor, concurrently, client):
    for number in range(8):
        there, back = f"/there/{number}", f"/back/{number}"
        replies = concurrently(
            [
                (editor, "POST", "/redirects", {"from": start, "to": end})
                for start, end in ((there, back), (back, there))
            ]
        )
        assert sorted(reply.status_code for reply in replies) == [201, 409]
    assert client.get(f"{REDIRECTS}?total=true").json["pagination"]["total"] == 8
