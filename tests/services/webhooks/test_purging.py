"""Purge endpoints get the keys of all cached responses that a change can have changed."""

from __future__ import annotations

import itertools

import pytest

from blog_api.services.webhooks.messages import MAX_KEYS
from tests.databases import on_one_database

LISTS = (
    "/posts", "/posts?limit=1&offset=1", "/posts?limit=1&offset=2&total=true", "/posts?tag=a&limit=1&offset=1",
    "/posts?tag=b&limit=1&total=true", "/posts?tag=c", "/posts?tag=new", "/posts?any_tag=a,b&limit=1",
    "/posts?without_tag=a", "/posts?tag=b&without_tag=a", "/posts?tag=b&q=alpha", "/posts?author=ada&limit=1&offset=1",
    "/posts?author=bob", "/posts?author=bob&tag=b", "/posts?author=nobody", "/posts?q=text", "/posts?fields=id",
    "/posts?has_tags=true", "/tags", "/tags?limit=1&offset=1", "/users?limit=1", "/users/by-username/ada",
    "/tags/slug/a", "/tags/slug/b",
)  # fmt: skip


class Blog:
    """A blog with three posts of two authors, behind a cache that is purged by key."""

    def __init__(self, people, admin, local, work, subscribe, receiver):
        self.ada, self.bob = people(username="ada"), people(username="bob")
        self.admin, self.client, self._work, self._receiver = admin, local, work, receiver
        self.first = self.ada.write("One", tags=["a", "b"])
        self.second = self.ada.write("Two", tags=["a"], co_authors=[self.bob.id])
        self.third = self.bob.write("Three", tags=["b", "Alpha"])
        self.tags = {tag["name"]: tag["id"] for post in (self.first, self.third) for tag in post["tags"]}
        self._webhook = subscribe(receiver, kind="purge")

    def paths(self):
        posts = [post["id"] for post in (self.first, self.second, self.third)]
        yield from (f"/api/v1{path}" for path in LISTS)
        yield from (f"/api/v1/posts/{post_id}" for post_id in posts)
        yield from (f"/api/v1/posts/{posts[0]}{part}" for part in ("/related", "/neighbours", "/comments"))
        yield from (f"/api/v1/tags/{tag_id}" for tag_id in self.tags.values())
        yield from (f"/api/v1/users/{person.id}" for person in (self.ada, self.bob))
        yield from ("/feeds/atom.xml", "/feeds/feed.json?tag=a")

    def read(self):
        """Return the responses that shared caches may keep, by path: the body and the keys."""
        found = {}
        for path in self.paths():
            reply = self.client.get(path)
            assert reply.status_code in (200, 308, 404), (path, reply.text)
            found[path] = (reply.status_code, reply.data, set(reply.headers.get("Surrogate-Key", "").split()))
        return found

    def purge(self):
        """Return the keys of all messages since the last call."""
        self._receiver.received.clear()
        self._work(self._webhook)
        assert set(self._receiver.types) == {"purge"}
        return {key for request in self._receiver.received for key in request.json["data"]["tags"]}


@pytest.fixture
def blog(people, admin, local, work, subscribe, receiver):
    made = Blog(people, admin, local, work, subscribe, receiver)
    work(made._webhook)
    return made


# In an order in which each changes public responses.
WRITES = {
    "publish": lambda blog: blog.ada.write("Four", tags=["b", "new"]),
    "publish a draft": lambda blog: blog.bob.patch(
        f"/posts/{blog.bob.write('Five', status='draft', tags=['c'])['id']}", json={"status": "published"}
    ),
    "change a title": lambda blog: blog.ada.patch(f"/posts/{blog.first['id']}", json={"title": "Zwei"}),
    "remove a co-author": lambda blog: blog.ada.patch(f"/posts/{blog.second['id']}", json={"co_authors": []}),
    "change the tags": lambda blog: blog.ada.patch(f"/posts/{blog.first['id']}", json={"tags": ["b", "c"]}),
    "change the owner": lambda blog: blog.admin.patch(f"/posts/{blog.first['id']}", json={"author_id": blog.bob.id}),
    "comment": lambda blog: blog.bob.post(f"/posts/{blog.first['id']}/comments", json={"content": "Well said."}),
    "rename a searched tag": lambda blog: blog.admin.patch(f"/tags/{blog.tags['Alpha']}", json={"name": "Omega"}),
    "remove all tags": lambda blog: blog.bob.patch(f"/posts/{blog.third['id']}", json={"tags": []}),
    "unpublish, and change tags": lambda blog: blog.admin.patch(
        f"/posts/{blog.second['id']}", json={"status": "archived", "tags": ["c"]}
    ),
    "publish again": lambda blog: blog.admin.patch(
        f"/posts/{blog.second['id']}", json={"status": "published", "tags": ["a"]}
    ),
    "trash": lambda blog: blog.bob.delete(f"/posts/{blog.first['id']}"),
    "restore": lambda blog: blog.bob.post(f"/posts/{blog.first['id']}/restore"),
    "change many": lambda blog: blog.admin.post("/posts/bulk", json={"mode": "atomic", "operations": [
        {"op": "update", "id": blog.first["id"], "data": {"tags": ["a"]}},
        {"op": "update", "id": blog.second["id"], "data": {"tags": ["b"]}},
        {"op": "delete", "id": blog.third["id"]},
    ]}),
    "rename a tag": lambda blog: blog.admin.patch(f"/tags/{blog.tags['a']}", json={"name": "O", "slug": "o"}),
    "merge tags": lambda blog: blog.admin.post(f"/tags/{blog.tags['a']}/merge", json={"into": blog.tags["b"]}),
    "delete a tag": lambda blog: blog.admin.delete(f"/tags/{blog.tags['b']}"),
    "delete permanently": lambda blog: blog.admin.delete(f"/posts/{blog.second['id']}?force=true"),
    "rename a user": lambda blog: blog.ada.patch("/users/me", json={"display_name": "Countess"}),
    "change a username": lambda blog: blog.admin.patch(f"/users/{blog.bob.id}", json={"username": "nobody"}),
    "delete a user": lambda blog: blog.admin.delete(f"/users/{blog.bob.id}?reassign_to={blog.ada.id}"),
}  # fmt: skip


# The triggers, which differ, are tested below.
@on_one_database
def test_the_purged_keys_cover_every_cached_response_that_changed(blog):
    after = blog.read()
    for name, write in WRITES.items():
        before = after
        # A post as JSON, or a response.
        assert getattr(write(blog), "status_code", 201) < 300, name
        purged = blog.purge()
        after = blog.read()
        changed = {path for path in before if before[path][:2] != after[path][:2]}
        assert changed, name
        stale = {path: keys for path in changed if (keys := before[path][2]) and not keys & purged}
        assert not stale, (name, purged)


def test_many_keys_are_split_into_several_messages(blog, people, receiver):
    for number in range(3):
        blog.ada.write(f"Post {number}", tags=[f"tag {number} {n}" for n in range(45)])
    blog.purge()
    sizes = [len(request.json["data"]["tags"]) for request in receiver.received]
    # Changes that wait together share messages: a key is named once.
    assert max(sizes) <= MAX_KEYS
    assert sum(sizes) == len(
        set(itertools.chain(*(request.json["data"]["tags"] for request in receiver.received)))
    )
    assert sum(sizes) > 3 * 45
    assert len(sizes) == -(-sum(sizes) // MAX_KEYS)


def test_removed_tags_are_only_remembered_for_purge_endpoints(people, admin, subscribe, receiver, sql):
    subscribe(receiver, kind="event")
    subscribe(receiver, kind="purge", is_active=False)
    ada = people()
    post = ada.write(tags=["a", "b"])
    ada.patch(f"/posts/{post['id']}", json={"tags": []})
    assert sql("SELECT * FROM former_links") == []
    subscribe(receiver, kind="purge")
    ada.patch(f"/posts/{post['id']}", json={"tags": ["a"]})
    ada.patch(f"/posts/{post['id']}", json={"tags": ["b"]})
    assert [tuple(row)[:2] for row in sql("SELECT post_id, kind FROM former_links")] == [(post["id"], "tag")]
