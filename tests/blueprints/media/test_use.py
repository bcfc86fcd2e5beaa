"""Tests of the pictures of posts, working copies and accounts."""

from __future__ import annotations

import pytest

from tests.pictures import picture, upload


def image_of(made, **texts):
    """Return the image of a post that shows this upload."""
    names = ("url", "width", "height", "alt", "caption", "variants")
    return {name: made[name] for name in names} | {"media_id": made["id"]} | texts


@pytest.mark.parametrize("method", ["post", "patch", "put", "bulk"])
def test_an_image_is_completed_from_its_upload(people, method):
    author = people("author")
    made = upload(author, picture(700, 350), alt="A cat", caption="Ours")
    body = {"title": "Cats", "content": "x", "image": {"media_id": made["id"], "caption": "Mine"}}
    if method == "post":
        shown = author.post("/posts", json=body).json
    elif method == "bulk":
        operations = {"operations": [{"op": "create", "data": body}]}
        shown = author.post("/posts/bulk", json=operations).json["results"][0]["data"]
    else:
        path = f"/posts/{author.write()['id']}"
        shown = getattr(author, method)(path, json=body).json
    assert shown["image"] == image_of(made, caption="Mine")
    assert author.get(f"/posts/{shown['id']}").json["image"] == shown["image"]


def test_an_image_can_be_sent_back_as_it_was_read(people):
    author = people("author")
    post = author.write(image={"media_id": upload(author)["id"]})
    path = f"/posts/{post['id']}"
    before = author.get(path).headers["ETag"]
    again = author.put(path, json=post)
    assert (again.status_code, again.json["image"]) == (200, post["image"])
    assert again.headers["ETag"] == before


def test_a_merge_patch_changes_one_text_of_an_image(people):
    author = people("author")
    made = upload(author, alt="A cat")
    post = author.write(image={"media_id": made["id"]})
    merge = {"Content-Type": "application/merge-patch+json"}
    changed = author.patch(f"/posts/{post['id']}", json={"image": {"caption": "New"}}, headers=merge)
    assert changed.json["image"] == image_of(made, caption="New")


def test_authors_may_use_only_their_own_uploads_and_editors_all(people):
    ada, bob, editor = people("author"), people("author"), people("editor")
    made = upload(bob)
    refused = ada.post("/posts", json={"title": "x", "image": {"media_id": made["id"]}})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/image/media_id")
    assert editor.write(image={"media_id": made["id"]})["image"]["media_id"] == made["id"]


def test_a_co_author_may_keep_the_picture_of_another(people):
    ada, bob = people("author"), people("author")
    post = ada.write(image={"media_id": upload(ada)["id"]}, co_authors=[bob.id])
    changed = bob.put(f"/posts/{post['id']}", json={**post, "title": "New"})
    assert (changed.status_code, changed.json["image"]) == (200, post["image"])


@pytest.mark.parametrize("fields", [{"alt": "x"}, {}, {"url": None}, {"media_id": "1"}, {"media_id": 99}])
def test_an_image_needs_an_upload_or_a_url(people, fields):
    reply = people("author").post("/posts", json={"title": "x", "image": fields})
    assert reply.status_code == 422
    assert reply.json["errors"][0]["pointer"].startswith("/image/")


def test_a_picture_in_use_cannot_be_deleted(people):
    author = people("author")
    made = upload(author)
    path = f"/media/{made['id']}"
    post = author.write(image={"media_id": made["id"]})
    refused = author.delete(path)
    assert (refused.status_code, str(post["id"]) in refused.json["detail"]) == (409, True)
    author.patch(f"/posts/{post['id']}", json={"image": None, "content": f"![]({made['url']})"})
    assert author.delete(path).status_code == 409
    assert author.delete(f"/posts/{post['id']}").status_code == 204
    assert author.delete(path).status_code == 409
    admin = people("admin")
    assert admin.delete(f"/posts/{post['id']}?force=true").status_code == 204
    assert author.delete(path).status_code == 204


def test_posts_that_the_viewer_may_not_see_are_not_named(people):
    ada, bob, editor = people("author"), people("author"), people("editor")
    made = upload(ada)
    draft = bob.write(status="draft", content=f"![]({made['url']})")
    refused = ada.delete(f"/media/{made['id']}")
    assert (refused.status_code, "may not see" in refused.json["detail"]) == (409, True)
    assert f": {draft['id']}." in editor.delete(f"/media/{made['id']}").json["detail"]


def test_a_working_copy_keeps_its_picture(people):
    author = people("author")
    made = upload(author)
    post = author.write()
    copy = f"/posts/{post['id']}/working-copy"
    saved = author.patch(copy, json={"image": {"media_id": made["id"]}})
    assert saved.json["image"] == image_of(made)
    refused = author.delete(f"/media/{made['id']}")
    assert (refused.status_code, f": {post['id']}." in refused.json["detail"]) == (409, True)
    assert author.post(f"{copy}/publish").json["image"] == image_of(made)
    assert author.delete(f"/media/{made['id']}").status_code == 409


def test_a_discarded_working_copy_releases_its_picture(people):
    author = people("author")
    made = upload(author)
    copy = f"/posts/{author.write()['id']}/working-copy"
    author.patch(copy, json={"content": f"![]({made['url']})"})
    assert author.delete(f"/media/{made['id']}").status_code == 409
    assert author.delete(copy).status_code == 204
    assert author.delete(f"/media/{made['id']}").status_code == 204


def test_an_account_keeps_its_picture(people):
    author = people("author")
    made = upload(author)
    assert author.patch("/users/me", json={"image": {"media_id": made["id"]}}).json["image"] == image_of(made)
    assert author.delete(f"/media/{made['id']}").status_code == 409
    author.patch("/users/me", json={"image": None})
    assert author.delete(f"/media/{made['id']}").status_code == 204


def test_a_restored_revision_lacks_a_deleted_picture(people):
    author = people("author")
    made = upload(author)
    path = f"/posts/{author.write(image={'media_id': made['id']})['id']}"
    author.patch(path, json={"image": None})
    assert author.delete(f"/media/{made['id']}").status_code == 204
    restored = author.post(f"{path}/revisions/1/restore")
    assert (restored.status_code, restored.json["image"]) == (200, None)


def test_pictures_in_the_content_have_all_sizes_in_the_html(people, client):
    author = people("author")
    made = upload(author, picture(700, 350))
    post = author.write(content=f"![A cat]({made['url']})")
    html = client.get(f"/api/v1/posts/{post['id']}?fields=html").json["html"]
    sizes = ", ".join(f"{one['url']} {one['width']}w" for one in made["variants"])
    assert f'srcset="{sizes}"' in html
    assert 'width="700" height="350"' in html
    assert 'loading="lazy"' in html


def test_posts_without_pictures_take_no_statements_for_them(people, count_queries):
    author = people("author")
    with count_queries() as statements:
        author.write(content="No picture.")
    assert not [one for one in statements if "media" in one]


def test_an_upload_of_a_post_takes_the_same_number_of_queries_for_any_number_of_pictures(
    people, count_queries
):
    author = people("author")
    urls = [upload(author)["url"] for _ in range(4)]
    author.write(content=f"![]({urls[0]})")
    with count_queries() as one:
        author.write(content=f"![]({urls[0]})")
    with count_queries() as four:
        author.write(content="".join(f"![]({url})" for url in urls))
    assert len(one) == len(four)


def test_diffs_and_conflicts_show_pictures_below_the_public_url(people, make_client):
    author, client = people("author"), make_client(PUBLIC_URL="https://api.example.com/blog")
    made = upload(author)
    path = f"/posts/{author.write(image={'media_id': made['id']})['id']}"
    stale = {"If-Match": author.get(path).headers["ETag"], **author.headers}
    author.patch(path, json={"image": {"media_id": made["id"], "caption": "Ours"}})
    diff = client.get(f"/api/v1{path}/revisions/2/diff", headers=author.headers).json["image"]
    body = {"image": {"media_id": made["id"], "caption": "Mine"}}
    conflict = client.patch(f"/api/v1{path}", json=body, headers=stale).json["conflict"]["image"]
    url = f"https://api.example.com/blog{made['url']}"
    for image in (diff["before"], diff["after"], conflict["base"], conflict["theirs"]):
        assert (image["url"], image["variants"][-1]["url"]) == (url, url)
    assert conflict["yours"] == {"media_id": made["id"], "caption": "Mine"}
