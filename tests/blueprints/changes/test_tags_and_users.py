"""What the feed of changes lists of tags and users."""

from __future__ import annotations


def test_a_tag_is_created_renamed_merged_and_deleted(people, follow):
    follower, editor = follow(), people("editor")
    post = editor.write(tags=["one", "two"])
    one, two = (tag["id"] for tag in post["tags"])
    assert follower.types() == [("tag.created", one), ("tag.created", two), ("post.published", post["id"])]
    editor.patch(f"/tags/{one}", {"name": "Three"})
    # The post is not listed.
    assert follower.types() == [("tag.updated", one)]
    editor.post(f"/tags/{one}/merge", {"into": two})
    assert follower.types() == [("post.updated", post["id"]), ("tag.merged", one)]
    editor.delete(f"/tags/{two}")
    assert sorted(follower.types()) == [("post.updated", post["id"]), ("tag.deleted", two)]


def test_a_rename_does_not_change_the_posts(people, follow, client):
    editor = people("editor")
    post = editor.write(tags=["one"])
    stamp = post["updated_at"]
    editor.patch(f"/tags/{post['tags'][0]['id']}", {"name": "Other"})
    editor.patch("/users/me", {"display_name": "Other"})
    assert client.get(f"/api/v1/posts/{post['id']}").json["updated_at"] == stamp


def test_users_with_a_published_post_are_public(people, follow):
    admin, ada, bob = people("admin"), people(), people()
    everyone, editors = follow(), follow(admin)
    ada.write()
    bob.write(status="draft")
    everyone.read()
    for person in (ada, bob):
        assert person.patch("/users/me", {"display_name": "New"}).status_code == 200
        assert person.patch("/users/me", {"email": f"new-{person.id}@example.com"}).status_code == 200
    assert everyone.types() == [("user.updated", ada.id)]
    assert editors.types("user") == [("user.updated", ada.id), ("user.updated", bob.id)]


def test_users_with_a_public_comment_are_public(people, follow):
    """Sites that show the comment also show the name of its author."""
    admin, shown, held, hidden = people("admin"), *(people("reader") for _ in range(3))
    ada = people()
    public, private = ada.write()["id"], ada.write()["id"]
    ids = [
        person.post(f"/posts/{post}/comments", {"content": "x"}).json["id"]
        for person, post in ((shown, public), (hidden, private), (held, public))
    ]
    assert admin.post("/comments/moderate", {"ids": ids[:2], "status": "approved"}).status_code == 200
    assert ada.patch(f"/posts/{private}", {"status": "draft"}).status_code == 200
    everyone = follow()
    for person in (shown, held, hidden):
        assert person.patch("/users/me", {"display_name": "New"}).status_code == 200
    assert everyone.types() == [("user.updated", shown.id)]
    for person in (shown, held, hidden):
        assert admin.delete(f"/users/{person.id}").status_code == 204
    assert everyone.types() == [("user.deleted", shown.id)]


def test_a_deleted_user_was_public_if_their_posts_were(people, follow):
    admin, ada, bob, reader = people("admin"), people(), people(), people("reader")
    post = ada.write()
    follower = follow()
    assert admin.delete(f"/users/{ada.id}?reassign_to={bob.id}").status_code == 204
    assert admin.delete(f"/users/{reader.id}").status_code == 204
    assert sorted(follower.types()) == sorted(
        [("user.updated", ada.id), ("post.updated", post["id"]), ("user.deleted", ada.id)]
    )


def test_an_anonymised_user_is_updated(people, follow):
    admin, ada = people("admin"), people()
    ada.write()
    follower = follow()
    assert admin.delete(f"/users/{ada.id}?anonymise=true").status_code == 204
    assert follower.types() == [("user.updated", ada.id)]
