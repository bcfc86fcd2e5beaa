"""Endpoints that fail: back-off, Retry-After, switching off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blog_api.services.changes import number_changes
from blog_api.services.outbox import send_due
from blog_api.services.webhooks.outcomes import (
    DELAYS,
    MAX_RETRY_AFTER,
    MIN_RETRY_AFTER,
    parse_retry_after,
)
from tests.services.webhooks.helpers import deliveries, shown


def test_a_failing_endpoint_gets_the_same_message_again_with_growing_delays(
    subscribe, work, people, admin, receiver, clock
):
    webhook = subscribe(receiver, "post.published")
    ada = people()
    ids = [ada.write(title)["id"] for title in ("One", "Two")]
    receiver.answer = lambda _request: 500
    work(webhook)
    state = shown(admin, webhook)
    assert (state["failing_since"] is not None, state["last_error"]) == (
        True,
        "The response had the status 500.",
    )
    for delay in DELAYS[:4]:
        before = len(receiver.received)
        clock.advance(seconds=delay.total_seconds() * 0.99)
        work(webhook)
        assert len(receiver.received) == before
        clock.advance(seconds=delay.total_seconds() * 0.12)
        work(webhook)
        assert len(receiver.received) == before + 1
    assert len({request.message_id for request in receiver.received}) == 1
    second, first = deliveries(admin, webhook)
    assert (first["state"], first["attempts"], first["status_code"]) == ("pending", 5, 500)
    assert (second["state"], second["attempts"]) == ("pending", 0)
    receiver.answer = lambda _request: 204
    clock.advance(days=1)
    work(webhook)
    assert [request.json["data"]["id"] for request in receiver.received[-2:]] == ids
    assert {one["state"] for one in deliveries(admin, webhook)} == {"delivered"}
    state = shown(admin, webhook)
    assert (state["failing_since"], state["last_error"]) == (None, "")


def test_an_endpoint_that_fails_for_three_days_is_switched_off(
    subscribe, work, people, admin, receiver, clock, local, monkeypatch
):
    mails: list = []
    monkeypatch.setattr("blog_api.services.outbox.deliver", mails.append)
    webhook = subscribe(receiver, "post.published")
    author = people()
    people("admin", username="other")
    author.write()
    receiver.answer = lambda _request: 503
    started = clock.now
    for _ in range(40):
        work(webhook)
        if not shown(admin, webhook)["is_active"]:
            break
        clock.advance(hours=2)
    assert timedelta(days=3) <= clock.now - started <= timedelta(days=3, hours=2)
    (failed,) = deliveries(admin, webhook)
    assert (failed["state"], failed["error"]) == ("failed", "The response had the status 503.")
    assert failed["attempts"] == len(receiver.received) > len(DELAYS)
    assert admin.get("/audit?action=webhook.disabled").json["data"][0]["detail"] == f"webhook {webhook['id']}"
    with local.application.app_context():
        assert send_due() == {"sent": 2}
    assert {mail.recipient for mail in mails} == {f"{admin.username}@example.com", "other@example.com"}
    assert receiver.url in mails[0].text
    assert "status 503" in mails[0].text
    # It is not tried any more, and goes on at the end of the feed.
    author.write("Missed")
    work(webhook)
    receiver.answer = lambda _request: 200
    receiver.received.clear()
    assert admin.patch(f"/webhooks/{webhook['id']}", json={"is_active": True}).json["failing_since"] is None
    new = author.write("New")
    work(webhook)
    assert receiver.received[-1].json["data"]["id"] == new["id"]
    assert len(receiver.received) == 1


def test_a_failure_after_a_recovery_counts_as_the_first(subscribe, work, people, admin, receiver, clock):
    webhook = subscribe(receiver, "post.published")
    ada = people()
    first = ada.write("One")["id"]
    receiver.answer = lambda _request: 500
    work(webhook)
    ada.write("Two")
    receiver.answer = lambda request: 204 if request.json["data"]["id"] == first else 500
    clock.advance(days=4)
    work(webhook)
    assert len(receiver.received) == 3
    assert shown(admin, webhook)["is_active"]
    clock.advance(seconds=DELAYS[0].total_seconds() * 1.1)
    work(webhook)
    assert len(receiver.received) == 4


def test_an_endpoint_that_is_gone_is_switched_off_at_once(subscribe, work, people, admin, receiver):
    webhook = subscribe(receiver, "post.published")
    people().write()
    receiver.answer = lambda _request: 410
    work(webhook)
    assert shown(admin, webhook)["is_active"] is False
    assert len(receiver.received) == 1


def test_a_worker_that_has_lost_its_lease_leaves_the_message_to_the_other_one(
    subscribe, work, people, admin, receiver, sql
):
    def take_over(_request):
        sql("UPDATE webhooks SET lease_owner = 'another worker'")
        return 500

    webhook = subscribe(receiver, "post.published")
    people().write()
    receiver.answer = take_over
    work(webhook)
    (delivery,) = deliveries(admin, webhook)
    assert (delivery["state"], delivery["attempts"], delivery["status_code"]) == ("pending", 1, 500)
    assert shown(admin, webhook)["failing_since"] is None


@pytest.mark.parametrize("status", [200, 202, 299])
def test_every_2xx_counts_as_delivered(subscribe, work, people, admin, receiver, status):
    webhook = subscribe(receiver, "post.published")
    people().write()
    receiver.answer = lambda _request: status
    work(webhook)
    (one,) = deliveries(admin, webhook)
    assert (one["state"], one["status_code"], one["error"]) == ("delivered", status, "")
    assert one["duration"] >= 0
    assert one["attempted_at"] is not None


@pytest.mark.parametrize("status", [301, 308, 400, 404])
def test_every_other_status_is_a_failure(subscribe, work, people, admin, receiver, status):
    webhook = subscribe(receiver, "post.published")
    people().write()
    receiver.answer = lambda _request: (status, {"Location": receiver.url})
    work(webhook)
    assert [one["state"] for one in deliveries(admin, webhook)] == ["pending"]
    assert len(receiver.received) == 1


def test_retry_after_delays_the_next_attempt(subscribe, work, people, receiver, clock):
    webhook = subscribe(receiver, "post.published")
    people().write()
    receiver.answer = lambda _request: (429, {"Retry-After": "600"})
    work(webhook)
    clock.advance(seconds=590)
    work(webhook)
    assert len(receiver.received) == 1
    clock.advance(seconds=20)
    work(webhook)
    assert len(receiver.received) == 2


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        ("60", timedelta(seconds=60)),
        ("0", MIN_RETRY_AFTER),
        ("9" * 5000, MAX_RETRY_AFTER),
        ("Mon, 30 Nov 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 30 Nov 2020 12:10:00 GMT", MIN_RETRY_AFTER),
        ("Mon, 30 Nov 2026 12:10:00", None),
        (f"Mon, 30 Nov {'9' * 20} 12:10:00 GMT", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_retry_after_is_bounded(value, delay):
    assert parse_retry_after(value, datetime(2026, 11, 30, 12, tzinfo=UTC)) == delay


def test_the_backlog_of_endpoints_is_measured(subscribe, work, people, admin, receiver, sql, local):
    def waiting():
        found = local.get("/health/ready", headers=admin.headers).json["webhooks"]
        return [
            (found[state]["messages"], found[state]["oldest_seconds"]) for state in ("waiting", "failing")
        ]

    working, failing = subscribe(receiver, "post.published"), subscribe(receiver, "post.published")
    assert waiting() == [(0, 0), (0, 0)]
    author = people()
    author.write("One")
    receiver.answer = lambda _request: 500
    work(failing)
    author.write("Two")
    with local.application.app_context():
        number_changes()
    sql("UPDATE changes SET at = :at", at=datetime.now(UTC) - timedelta(minutes=1))
    (ready, seconds), (stuck, _) = waiting()
    assert (ready, stuck) == (2, 2)
    assert 60 <= seconds < 70
    assert working["is_active"]
