"""`flask render` renews renderings that are behind, and `flask check-db` counts them."""

import pytest

from blog_api.services.rendering import Renewal
from tests.apps import running_app
from tests.cli.helpers import run_command

CONTENT = "# Title\n\nA [link](/about) and ![a picture](cat.jpg).\n"


@pytest.fixture
def post(people):
    return people().write("Hello", content=CONTENT)


@pytest.fixture
def rendered(client):
    """Return the fields of a post that rendering writes."""
    return lambda post: (
        client.get(f"/api/v1/posts/{post['id']}?fields=html,toc,word_count,reading_minutes").json
    )


def test_posts_of_an_older_release_are_rendered_without_a_new_version(command, client, sql, post, rendered):
    expected = rendered(post)
    sql("DELETE FROM renderings")
    sql("UPDATE posts SET word_count = NULL, reading_minutes = NULL")
    assert rendered(post) == {"html": None, "toc": None, "word_count": None, "reading_minutes": None}
    before = sql("SELECT version, updated_at FROM posts"), sql("SELECT * FROM changes")
    assert "1 posts and 0 comments behind" in command("check-db").output
    assert command("render").output == "Rendered 1 posts and 0 comments.\n"
    assert rendered(post) == expected
    assert (sql("SELECT version, updated_at FROM posts"), sql("SELECT * FROM changes")) == before
    assert "up to date" in command("check-db").output
    assert command("render").output == "Rendered 0 posts and 0 comments.\n"


def test_content_that_was_written_without_the_service_has_no_old_html(command, sql, post, rendered):
    sql("UPDATE posts SET title = 'New'")
    assert rendered(post)["html"]
    sql("UPDATE posts SET content = 'New *content*.'")
    assert rendered(post)["html"] is None
    assert command("render").output == "Rendered 1 posts and 0 comments.\n"
    assert rendered(post)["html"] == "<p>New <em>content</em>.</p>\n"


def test_a_new_base_url_renews_all_links(database_url, command, post, rendered):
    assert 'href="/about"' in rendered(post)["html"]
    for settings, href in (
        ({"PUBLIC_URL": "https://api.example.com/blog"}, "https://api.example.com/about"),
        ({"POST_URL": "https://example.com/posts/{slug}/"}, "https://example.com/about"),
    ):
        with running_app(database_url, **settings) as app:
            assert "1 posts and 0 comments behind" in run_command(app, "check-db").output
            assert run_command(app, "render").output == "Rendered 1 posts and 0 comments.\n"
        assert f'href="{href}"' in rendered(post)["html"]


def test_links_of_people_who_are_not_editors_are_marked(command, sql, people, rendered):
    author, editor = people(username="author"), people(username="editor", role="editor")
    content = {"content": "[x](https://example.org/)"}
    posts = {person.username: person.write(person.username, **content) for person in (author, editor)}
    marked = 'rel="nofollow noopener ugc"'
    assert marked in rendered(posts["author"])["html"]
    assert marked not in rendered(posts["editor"])["html"]
    editor.patch(f"/posts/{posts['editor']['id']}", json={"co_authors": [author.id]})
    assert marked in rendered(posts["editor"])["html"]
    sql("UPDATE users SET role = 'editor'")
    assert command("render").output == "Rendered 2 posts and 0 comments.\n"
    assert all(marked not in rendered(post)["html"] for post in posts.values())


def test_a_renewal_goes_through_all_posts_in_batches(app, people, sql, monkeypatch):
    ada = people()
    for number in range(5):
        ada.write(f"Post {number}")
    sql("UPDATE renderings SET renderer = 0")
    monkeypatch.setattr("blog_api.services.rendering.BATCH", 2)
    renewal, totals = Renewal(), []
    with app.app_context():
        while renewal.run_batch():
            totals.append(renewal.rendered)
    assert totals == [2, 4, 5]


def test_a_renewal_leaves_posts_that_are_being_written_to_their_writers(app, people, sql):
    ada = people()
    ada.write("Hello")
    sql("UPDATE renderings SET renderer = 0, html = 'old'")
    with app.app_context():
        assert Renewal().run_batch()
    assert sql.one("SELECT html FROM renderings") == "<p>Text.</p>\n"


def test_comments_are_rendered_again_without_a_new_version(command, client, sql, people, post):
    ada = people("editor")
    comment = ada.post(f"/posts/{post['id']}/comments", {"content": "*Hi*"}).json
    path = f"/api/v1/posts/{post['id']}/comments"
    sql("UPDATE comments SET renderer = 0, html = 'old'")
    # The second response is cached.
    assert [client.get(path).json["data"][0]["html"] for _ in range(2)] == ["old", "old"]
    assert "0 posts and 1 comments behind" in command("check-db").output
    assert command("render").output == "Rendered 0 posts and 1 comments.\n"
    assert client.get(path).json["data"] == [comment]
    assert ada.get(f"/comments/{comment['id']}").json == comment
    assert "up to date" in command("check-db").output


def test_a_post_that_takes_too_long_does_not_stop_the_others(command, sql, people, rendered, caplog):
    ada = people()
    posts = [ada.write(f"Post {number}") for number in range(3)]
    sql("UPDATE posts SET content = :content WHERE id = :id", content="&" * 500_000, id=posts[1]["id"])
    sql("UPDATE renderings SET renderer = 0, html = 'old'")
    assert "Rendered 2 posts and 0 comments.\n" in command("render").output
    assert f"post {posts[1]['id']} takes too long to render" in caplog.text
    assert [rendered(post)["html"] for post in posts] == ["<p>Text.</p>\n", None, "<p>Text.</p>\n"]
    assert "1 posts and 0 comments behind" in command("check-db").output
