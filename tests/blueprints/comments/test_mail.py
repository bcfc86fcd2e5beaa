"""Mail about comments, and the link that ends it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from blog_api.services import outbox
from tests.blueprints.comments.helpers import comment, comment_as_guest
from tests.smtp import receive

PUBLIC_URL = "https://blog.example/blog"
SETTINGS = {"PUBLIC_URL": PUBLIC_URL, "POST_URL": "https://blog.example/{slug}/", "COMMENTS": "everyone"}


@pytest.fixture
def mailing(make_client):
    """A client of a service that mails, and a function that returns the messages it has sent since the last call."""
    with receive() as mailbox:
        client = make_client(
            SMTP_URL=f"smtp://127.0.0.1:{mailbox.port}?starttls=false",
            MAIL_FROM="blog@blog.example",
            PASSWORD_RESET_URL="https://blog.example/{token}",
            EMAIL_CONFIRM_URL="https://blog.example/{token}",
            COMMENTS_MODERATION="none",
            **SETTINGS,
        )

        def sent():
            with client.application.app_context():
                outbox.send_due()
            messages, mailbox.taken = mailbox.taken, []
            return {recipients[0].partition("@")[0]: message for _, recipients, message in messages}

        yield client, sent


@pytest.fixture
def client(mailing):
    return mailing[0]


@pytest.fixture
def sent(mailing):
    return mailing[1]


@pytest.fixture
def at(client):
    """Let a person use the service that mails."""
    return lambda person: replace(person, client=client)


def test_a_comment_is_mailed_to_the_authors_of_the_post(at, ada, people, post_id, sent):
    bob, carl = people(username="bob"), at(people("reader", username="carl"))
    ada.patch(f"/posts/{post_id}", {"co_authors": [bob.id], "title": "Grüße"})
    comment(carl, post_id, "First line.\n\nBcc: nobody@example.com")
    messages = sent()
    assert set(messages) == {"ada", "bob"}
    message = messages["ada"]
    assert message["Subject"] == "New comment on Grüße"
    text = message.get_content()
    assert 'carl has commented on your post "Grüße":' in text
    assert "> First line.\n> \n> Bcc: nobody@example.com" in text.replace("\r\n", "\n")
    assert "https://blog.example/hello/" in text
    assert sent() == {}


def test_a_reply_is_mailed_to_the_member_once(at, ada, people, post_id, sent):
    carl, dora = at(people("reader", username="carl")), at(people("reader", username="dora"))
    first = comment(carl, post_id)["id"]
    sent()
    second = comment(dora, post_id, parent_id=first)["id"]
    messages = sent()
    assert {name: message["Subject"].partition(" on ")[0] for name, message in messages.items()} == {
        "ada": "New comment",
        "carl": "Reply to your comment",
    }
    own = comment(at(ada), post_id, parent_id=second)["id"]
    assert set(sent()) == {"dora"}
    comment(at(ada), post_id, parent_id=own)
    assert sent() == {}


def test_mail_is_sent_when_a_comment_becomes_public(client, at, editor, post_id, sent):
    written = comment_as_guest(client, post_id).json["id"]
    assert sent() == {}
    for status in ("approved", "spam", "approved"):
        at(editor).patch(f"/comments/{written}", {"status": status})
    messages = sent()
    assert set(messages) == {"ada"}
    assert "Ann Guest has commented" in messages["ada"].get_content()
    assert "guest.example" not in messages["ada"].as_string()
    others = [comment_as_guest(client, post_id).json["id"] for _ in range(2)]
    at(editor).post("/comments/moderate", {"ids": others, "status": "approved"})
    assert set(sent()) == {"ada"}


@pytest.mark.parametrize(
    "end",
    [
        lambda ada, editor, post_id, comment_id: editor.delete(f"/comments/{comment_id}"),
        lambda ada, editor, post_id, comment_id: editor.patch(f"/comments/{comment_id}", {"status": "spam"}),
        lambda ada, editor, post_id, comment_id: ada.patch(f"/posts/{post_id}", {"status": "draft"}),
        lambda ada, editor, post_id, comment_id: ada.delete(f"/posts/{post_id}"),
        lambda ada, editor, post_id, comment_id: ada.patch("/users/me", {"comment_mail": False}),
    ],
    ids=["deleted", "spam", "draft", "trashed", "unwanted"],
)
def test_obsolete_mail_is_not_sent(at, ada, editor, reader, post_id, sent, end):
    written = comment(at(reader), post_id)["id"]
    assert end(ada, editor, post_id, written).status_code < 300
    assert sent() == {}


def test_mail_needs_a_public_url(make_client, ada, reader, post_id, sql):
    client = make_client(COMMENTS_MODERATION="none")
    assert comment(replace(reader, client=client), post_id)["status"] == "approved"
    assert sql.one("SELECT count(*) FROM outbox") == 0


def test_one_click_ends_mail_about_comments(client, at, ada, reader, post_id, sent):
    comment(at(reader), post_id)
    message = sent()["ada"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = message["List-Unsubscribe"].strip("<>")
    assert url.startswith(f"{PUBLIC_URL}/unsubscribe/")
    assert url in message.get_content()
    path = urlsplit(url).path
    page = client.get(path)
    assert (page.status_code, "<form" in page.text, page.headers["Cache-Control"]) == (200, True, "no-store")
    assert ada.get("/users/me").json["comment_mail"] is True
    before = ada.get("/users/me").headers["ETag"]
    reply = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert (reply.status_code, "<form" in reply.text) == (200, False)
    assert ada.get("/users/me").json["comment_mail"] is False
    assert ada.get("/users/me").headers["ETag"] != before
    assert client.post(path).status_code == 200
    comment(at(reader), post_id)
    assert sent() == {}
    assert ada.patch("/users/me", {"comment_mail": True}).json["comment_mail"] is True
    comment(at(reader), post_id)
    assert set(sent()) == {"ada"}


@pytest.mark.parametrize("token", ["1_x", "1", "x", "{id}_{other}", "0{id}_{own}", "{id}_{own}x"])
def test_a_link_that_the_service_has_not_signed_is_not_found(client, at, ada, reader, post_id, sent, token):
    comment(at(reader), post_id)
    own = sent()["ada"]["List-Unsubscribe"].strip("<>").rpartition("_")[2]
    token = token.format(id=ada.id, own=own, other=own[::-1])
    for method in ("GET", "POST"):
        assert client.open(f"/unsubscribe/{token}", method=method).status_code == 404
    assert ada.get("/users/me").json["comment_mail"] is True


def test_links_work_after_the_key_is_rotated(client, at, ada, reader, post_id, sent, make_client):
    comment(at(reader), post_id)
    path = urlsplit(sent()["ada"]["List-Unsubscribe"].strip("<>")).path
    key = client.application.config["SECRET_KEY"]
    rotated = make_client(SECRET_KEY="another key of the service, long", SECRET_KEYS_ACCEPTED=key, **SETTINGS)
    assert rotated.post(path).status_code == 200
    assert (
        make_client(SECRET_KEY="another key of the service, long", **SETTINGS).post(path).status_code == 404
    )


def test_comment_mail_is_private(client, ada, reader):
    assert "comment_mail" not in reader.get(f"/users/{ada.id}").json
