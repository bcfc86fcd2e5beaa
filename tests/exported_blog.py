"""A small blog with everything that exports have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.people import Person
from tests.pictures import upload


def fill(people: Callable[..., Person]) -> None:
    """Write the blog over HTTP: posts in all states, pictures, tags, redirects, and what readers add."""
    admin, ada, grace = (
        people(role, name) for role, name in (("admin", "root"), ("author", "ada"), ("reader", "grace"))
    )
    profile = {"display_name": "Ada: L.", "bio": "One.\n\nTwo.\r\n", "website": "https://ada.example.com/"}
    cat = upload(ada, alt="A cat", caption="Mine")
    ada.patch("/users/me", profile | {"image": {"media_id": cat["id"]}})
    upload(admin)
    members = {
        "summary": "Short: yes\u2028no", "tags": ["Open Source", "C, C++"], "co_authors": [admin.id], "featured": True,
        "language": "de", "meta_title": "T", "meta_description": "D", "noindex": True, "comments_open": False,
        "comments_close_at": "2030-01-01T00:00:00Z", "canonical_url": "https://example.com/first", "aliases": ["/old/"],
        "image": {"media_id": cat["id"], "alt": "Mew"},
        "metadata": {"a": 1.5, "A": [None, "007"], "_x": {"y": "\u0007"}},
        "content": f"\n\n![Cat]({cat['url']})\r\n---\n \n", "published_at": "2020-05-01T12:00:00.5Z",
    }  # fmt: skip
    full = admin.write("Everything", **members | {"author_id": ada.id, "co_authors": []})
    admin.patch(f"/posts/{full['id']}", {"slug": "all-of-it", "co_authors": [admin.id]})
    ada.write("About us", kind="page", image={"url": "https://example.com/a.jpg", "width": 3})
    ada.write("null", status="draft", tags=[])
    ada.write("Later", status="scheduled", published_at="2099-01-01T00:00:00Z")
    for text in ("First.", "Second."):
        admin.delete(f"/posts/{ada.write('Gone', content=text, status='draft')['id']}")
    admin.post("/redirects", {"from": "/info.html", "to": "/about-us/"})
    tag = next(tag for tag in admin.get("/tags").json["data"] if tag["name"] == "Open Source")  # type: ignore[index]
    admin.patch(f"/tags/{tag['id']}", {"name": "Free Software", "slug": "free", "description": "Libre."})
    ada.patch(f"/posts/{full['id']}/working-copy", {"title": "Better", "image": None})
    open_post = ada.write("Talk")
    comment = admin.post(f"/posts/{open_post['id']}/comments", {"content": "Well *said*."}).json
    assert comment is not None
    grace.post(f"/posts/{open_post['id']}/comments", {"content": "Thanks.", "parent_id": comment["id"]})
    gone = people("reader", "gone")
    gone.post(f"/posts/{open_post['id']}/comments", {"content": "Bye."})
    gone.delete(f"/users/{gone.id}")
    erased = people("reader", "erased")
    erased.patch("/users/me", {"username": "erased-2"})
    erased.delete(f"/users/{erased.id}?anonymise=true")
    grace.put(f"/posts/{open_post['id']}/like")
    grace.put(f"/users/{ada.id}/follow")
    ada.patch("/users/me", {"username": "ada.l"})


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the content of all files below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_table(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of an export."""
    return [json.loads(line) for line in (folder / f"{name}.ndjson").read_bytes().splitlines()]
