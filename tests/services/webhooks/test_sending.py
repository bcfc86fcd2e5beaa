"""Send messages to a real receiver: signatures, order, tests and repeated messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from blog_api.services.changes import number_changes
from blog_api.services.webhooks.sending import (
    Sender,
)
from tests.services.webhooks.helpers import deliveries, shown


def test_changes_arrive_in_order_and_signed(subscribe, work, people, admin, receiver):
    webhook = subscribe(receiver)
    ada = people()
    post = ada.write(tags=["a"])
    ada.patch(f"/posts/{post['id']}", json={"title": "New"})
    ada.patch(f"/posts/{post['id']}", json={"status": "draft"})
    work(webhook)
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    feed = admin.get(f"/changes?since={an_hour_ago}").json["data"]
    assert len(feed) > 3
    sent = [request.json for request in receiver.received]
    assert [message["type"] for message in sent] == [change["type"] for change in feed]
    assert [message["timestamp"] for message in sent] == [change["at"] for change in feed]
    # The post and its tag are not public any more.
    assert [message["data"] for message in sent] == feed
    verifier = Webhook(webhook["secret"])
    for request in receiver.received:
        assert verifier.verify(request.body, request.headers) == request.json
        assert request.headers["content-type"] == "application/json"
    forged = receiver.received[0].body + b" "
    with pytest.raises(WebhookVerificationError):
        verifier.verify(forged, receiver.received[0].headers)
    assert len({request.message_id for request in receiver.received}) == len(feed)
    work(webhook)
    assert len(receiver.received) == len(feed)


def test_a_message_says_where_a_public_object_is(subscribe, work, people, receiver):
    webhook = subscribe(receiver, "post.*", "tag.*")
    ada = people()
    post = ada.write("Hello", tags=["C++"])
    ada.write("Secret", status="draft", tags=["hidden"])
    work(webhook)
    data = {request.json["type"]: request.json["data"] for request in receiver.received[:2]}
    assert (data["post.published"]["slug"], data["post.published"]["url"]) == (
        "hello",
        "https://blog.example/hello",
    )
    assert (data["tag.created"]["slug"], data["tag.created"]["url"]) == (post["tags"][0]["slug"], None)
    hidden = receiver.received[-1].json
    assert hidden["type"] == "tag.created"
    assert not {"slug", "url"} & set(hidden["data"])


def test_an_endpoint_gets_only_its_events_and_only_from_its_creation_on(subscribe, work, people, receiver):
    ada = people()
    ada.write("Before")
    first, second = subscribe(receiver, "post.published"), subscribe(receiver, "tag.*")
    # Not numbered before the endpoints were created.
    ada.write("After", tags=["a"])
    work(first)
    assert receiver.types == ["post.published", "post.published"]
    work(second)
    assert receiver.types[2:] == ["tag.created"]


def test_both_secrets_sign_for_a_day_after_a_rotation(subscribe, work, people, admin, receiver, clock):
    webhook = subscribe(receiver, "post.*")
    rotated = admin.post(f"/webhooks/{webhook['id']}/rotate-secret").json
    ada = people()
    for hours, signatures in ((23, 2), (2, 1)):
        clock.advance(hours=hours)
        ada.write()
        work(webhook)
        request = receiver.received[-1]
        # The library checks the time, which is that of the clock.
        now = datetime.now(UTC)
        headers = request.headers | {"webhook-timestamp": str(int(now.timestamp()))}
        assert len(request.headers["webhook-signature"].split()) == signatures
        signed = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        for secret, is_valid in ((rotated["secret"], True), (webhook["secret"], signatures == 2)):
            headers = dict(request.headers)
            signature = Webhook(secret).sign(headers["webhook-id"], signed, request.body.decode())
            assert (signature in headers["webhook-signature"].split()) == is_valid


def test_tests_and_repeated_messages_wait_for_no_others(subscribe, work, people, admin, receiver, clock):
    webhook = subscribe(receiver, "post.published")
    author = people()
    author.write()
    work(webhook)
    (first,) = deliveries(admin, webhook)
    receiver.answer = lambda request: 200 if request.json["type"] == "webhook.test" else 500
    author.write("Stuck")
    work(webhook)
    receiver.received.clear()
    tested = admin.post(f"/webhooks/{webhook['id']}/test").json
    again = admin.post(f"/webhooks/deliveries/{first['id']}/retry").json
    assert (again["message_id"], again["state"]) == (first["message_id"], "pending")
    assert again["id"] != first["id"]
    work(webhook)
    assert receiver.types == ["webhook.test", "post.published"]
    assert receiver.received[1].message_id == first["message_id"]
    states = {one["id"]: (one["state"], one["attempts"]) for one in deliveries(admin, webhook)}
    assert (states[tested["id"]], states[again["id"]]) == (("delivered", 1), ("failed", 1))
    assert list(states.values()).count(("pending", 1)) == 1


def test_retrying_a_waiting_message_sends_it_now(subscribe, work, people, admin, receiver):
    webhook = subscribe(receiver, "post.published")
    people().write()
    receiver.answer = lambda _request: 500
    work(webhook)
    receiver.answer = lambda _request: 200
    work(webhook)
    assert len(receiver.received) == 1
    (waiting,) = deliveries(admin, webhook)
    assert admin.post(f"/webhooks/deliveries/{waiting['id']}/retry").json["id"] == waiting["id"]
    work(webhook)
    assert [one["state"] for one in deliveries(admin, webhook)] == ["delivered"]


def test_an_inactive_endpoint_gets_only_tests(subscribe, work, people, admin, receiver):
    webhook = subscribe(receiver, is_active=False)
    people().write()
    work(webhook)
    assert not receiver.received
    admin.post(f"/webhooks/{webhook['id']}/test")
    work(webhook)
    assert receiver.types == ["webhook.test"]


def test_switching_an_endpoint_off_fails_its_waiting_messages(
    subscribe, work, people, admin, receiver, clock
):
    webhook = subscribe(receiver, "post.published")
    people().write()
    receiver.answer = lambda _request: 500
    work(webhook)
    admin.patch(f"/webhooks/{webhook['id']}", json={"is_active": False})
    assert [one["state"] for one in deliveries(admin, webhook)] == ["failed"]
    admin.patch(f"/webhooks/{webhook['id']}", json={"is_active": True})
    clock.advance(days=1)
    work(webhook)
    assert len(receiver.received) == 1


def test_a_host_that_is_no_longer_allowed_fails(subscribe, people, admin, receiver, local, clock):
    webhook = subscribe(receiver, "post.published")
    people().write()
    with local.application.app_context():
        number_changes()
        Sender(clock=clock).send_ordered(webhook["id"])
    assert shown(admin, webhook)["last_error"] == "This must begin with https://."
    assert not receiver.received


def test_an_endpoint_continues_after_changes_that_were_deleted_meanwhile(
    subscribe, work, people, receiver, sql, caplog, local
):
    webhook = subscribe(receiver, "post.published")
    author = people()
    ids = [author.write(title)["id"] for title in ("One", "Two", "Three")]
    with local.application.app_context():
        number_changes()
    end = sql.one(
        "SELECT max(position) FROM changes WHERE entity_id = :id AND type = 'post.published'", id=ids[1]
    )
    sql("DELETE FROM changes WHERE position <= :end", end=end)
    sql("UPDATE change_feed SET deleted_position = :end", end=end)
    work(webhook)
    assert [request.json["data"]["id"] for request in receiver.received] == ids[2:]
    assert "changes were deleted before a webhook got them" in caplog.text
