"""The members of posts for sites: rendered HTML, kind, language, image, search engines and metadata."""

import pytest

CONTENT = "# Hello\n\nOne *two* three.\n\n## Ünder\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n"
BAD_URLS = (
    "http://", "//example.com", "https:///a", "https://a b.example", "https://ada@example.com", "https://example.com/é",
    "https://example.com:", "https://example.com:0", "https://example.com:65536/", "https://example.com:99999/",
)  # fmt: skip


def test_the_content_is_rendered_and_counted_when_it_is_written(people):
    ada = people()
    post = ada.write("Hello", content=CONTENT)
    assert post["word_count"] > 5
    assert post["reading_minutes"] == 1
    read = ada.get(f"/posts/{post['id']}?fields=html,toc,word_count").json
    assert "<em>two</em>" in read["html"]
    assert "script" not in read["html"]
    assert "javascript" not in read["html"]
    assert [(entry["level"], entry["text"]) for entry in read["toc"]] == [(1, "Hello"), (2, "Ünder")]
    changed = ada.patch(f"/posts/{post['id']}", json={"content": "Short *text*."}).json
    assert changed["word_count"] == 2
    listed = ada.get("/posts?fields=id,html,toc,word_count").json["data"]
    assert listed == [{"id": post["id"], "html": "<p>Short <em>text</em>.</p>\n", "toc": [], "word_count": 2}]


def test_html_and_toc_are_shown_only_on_request(people, client):
    ada = people()
    post = ada.write("Hello", content=CONTENT)
    for path in (f"/posts/{post['id']}", f"/posts/slug/{post['slug']}"):
        assert not {"html", "toc"} & client.get(f"/api/v1{path}").json.keys()
        assert set(client.get(f"/api/v1{path}?fields=html,id").json) == {"html", "id"}
    assert client.get("/api/v1/posts?fields=html&limit=21").status_code == 422
    assert client.get(f"/api/v1/posts/{post['id']}?fields=excerpt").status_code == 422


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("kind", "page"),
        ("featured", True),
        ("language", "pt-BR"),
        ("meta_title", "For search engines"),
        ("meta_description", "What it is about"),
        ("canonical_url", "https://example.org/first?a=b#c"),
        ("noindex", True),
        ("metadata", {"layout": "wide", "_note": [1, 2.5, None, {"a": "\x00"}]}),
    ],
)
def test_a_member_can_be_created_changed_replaced_and_reset(people, member, value):
    editor = people(role="editor")
    plain = editor.write("Plain")
    created = editor.post("/posts", json={"title": "New", member: value}).json
    changed = editor.patch(f"/posts/{plain['id']}", json={member: value}).json
    assert created[member] == changed[member] == value
    replaced = editor.put(f"/posts/{plain['id']}", json=changed).json
    assert replaced[member] == value
    reset = editor.patch(
        f"/posts/{plain['id']}", json={member: None}, content_type="application/merge-patch+json"
    ).json
    assert reset[member] == plain[member]
    bulk = editor.post(
        "/posts/bulk",
        json={"operations": [{"op": "update", "id": plain["id"], "data": {member: value}}]},
    ).json
    assert bulk["results"][0]["data"][member] == value
    assert editor.put(f"/posts/{plain['id']}", json={"title": "Plain"}).json[member] == plain[member]


def test_an_image_has_text_and_size(people):
    ada = people()
    image = {"url": "https://example.com/a%20cat.jpg", "alt": "A cat"}
    post = ada.write("Hello", image=image)
    assert post["image"] == image | {"caption": "", "width": None, "height": None, "variants": []}
    assert ada.get("/posts").json["data"][0]["image"] == post["image"]
    assert ada.put(f"/posts/{post['id']}", json=post).json["image"] == post["image"]
    assert ada.patch(f"/posts/{post['id']}", json={"image": None}).json["image"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "story"}, "/kind"),
        ({"featured": 1}, "/featured"),
        ({"language": "english language"}, "/language"),
        ({"image": {"alt": "x"}}, "/image/url"),
        ({"image": {"url": "javascript:alert(1)"}}, "/image/url"),
        ({"image": {"url": "/cat.jpg"}}, "/image/url"),
        ({"image": {"url": "https://example.com/x", "width": 0}}, "/image/width"),
        *(({"canonical_url": url}, "/canonical_url") for url in BAD_URLS),
        ({"meta_title": "x" * 201}, "/meta_title"),
        ({"metadata": []}, "/metadata"),
        ({"metadata": {"a": "x" * 16_384}}, "/metadata"),
        ({"html": "<p>"}, "/html"),
        ({"word_count": 1}, "/word_count"),
    ],
)
def test_an_invalid_member_is_rejected_by_name(people, body, pointer):
    reply = people().post("/posts", json={"title": "New", **body})
    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json["errors"]] == [pointer]


def test_language_tags_are_stored_in_the_usual_case_and_filtered_in_any(people, client):
    ada = people()
    ada.write("German", language="DE-at")
    ada.write("None")
    assert [post["language"] for post in client.get("/api/v1/posts?language=de-AT").json["data"]] == ["de-AT"]
    assert client.get("/api/v1/posts?language=de").json["data"] == []
    assert client.get("/api/v1/posts?language=x!").status_code == 422
    assert client.get("/api/v1/posts?language=").status_code == 422
    assert ada.write("Empty", language="")["language"] is None


def test_lists_show_pages_only_on_request(people, client):
    ada = people()
    ada.write("A post", tags=["one"])
    ada.write("A page", kind="page", tags=["one"])

    def titles(query: str) -> list[str]:
        return sorted(post["title"] for post in client.get(f"/api/v1/posts?{query}").json["data"])

    for filters in ("", "&tag=one", f"&author={ada.id}", "&q=a", "&sort=title"):
        assert titles(f"limit=9{filters}") == ["A post"]
        assert titles(f"kind=page{filters}") == ["A page"]
        assert titles(f"kind=all{filters}") == ["A page", "A post"]


def test_featured_posts_can_be_listed(people, client):
    ada = people()
    ada.write("Plain")
    ada.write("Special", featured=True)
    for query, title in (("true", "Special"), ("false", "Plain")):
        found = client.get(f"/api/v1/posts?featured={query}").json["data"]
        assert [post["title"] for post in found] == [title]


def test_metadata_with_an_underscore_is_shown_only_to_those_who_may_edit_the_post(people, client):
    owner, other = people(username="owner"), people(username="other")
    editor, contributor = people(role="editor"), people(username="contributor", role="contributor")
    post = owner.write("Hello", metadata={"layout": "wide", "_secret": "x"})
    path = f"/posts/{post['id']}"
    editor.patch(path, json={"co_authors": [contributor.id]})
    for person, shown in ((owner, True), (editor, True), (other, False), (contributor, False)):
        for query in ("", "?fields=metadata", "?fields=title,metadata"):
            assert ("_secret" in person.get(path + query).json["metadata"]) is shown
        for found in person.get("/posts?fields=metadata").json["data"]:
            assert ("_secret" in found["metadata"], len(found)) == (shown, 1)
    assert client.get(f"/api/v1{path}").json["metadata"] == {"layout": "wide"}
