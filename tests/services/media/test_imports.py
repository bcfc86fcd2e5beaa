"""Tests that pictures of imported posts cannot be deleted."""

from __future__ import annotations

import pytest

from tests.cli.helpers import run_command
from tests.pictures import upload


@pytest.mark.usefixtures("stored")
def test_a_picture_that_an_imported_post_shows_cannot_be_deleted(app, people, tmp_path):
    admin = people("admin")
    shown, other = upload(admin), upload(admin)
    folder = tmp_path / "posts"
    folder.mkdir()
    for number in range(2):
        text = f"---\ntitle: Post {number}\ndate: 2020-01-01\n---\n![A cat]({shown['url']})\n"
        (folder / f"{number}.md").write_text(text)
    (folder / "plain.md").write_text("---\ntitle: Plain\ndate: 2020-01-01\n---\nText.\n")
    assert run_command(app, "import-markdown", str(folder)).exit_code == 0
    posts = admin.get("/posts?fields=id,title").json["data"]
    ids = ", ".join(
        str(post["id"]) for post in sorted(posts, key=lambda post: post["id"]) if post["title"] != "Plain"
    )
    refused = admin.delete(f"/media/{shown['id']}")
    assert refused.status_code == 409
    assert f"Posts use this picture: {ids}." in refused.json["detail"]
    assert admin.delete(f"/media/{other['id']}").status_code == 204
