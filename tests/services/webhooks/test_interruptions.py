"""What happens to an endpoint while a message is being sent to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.services.webhooks.helpers import deliveries, shown


@pytest.mark.parametrize("status", [204, 500])
def test_an_endpoint_can_be_deleted(subscribe, work, people, admin, receiver, status):
    webhook = subscribe(receiver, "post.published")
    people().write()

    def delete(_request):
        assert admin.delete(f"/webhooks/{webhook['id']}").status_code == 204
        return status

    receiver.answer = delete
    work(webhook)
    assert len(receiver.received) == 1
    assert admin.get("/webhooks").json["data"] == []


@pytest.mark.parametrize(("status", "states"), [(204, ["failed", "delivered"]), (500, ["failed", "failed"])])
def test_an_endpoint_can_be_switched_off(subscribe, work, people, admin, receiver, clock, status, states):
    webhook, author = subscribe(receiver, "post.published"), people()
    for title in ("One", "Two"):
        author.write(title)

    def switch_off(_request):
        # The worker looks at the endpoint again after a second.
        clock.advance(seconds=2)
        assert admin.patch(f"/webhooks/{webhook['id']}", json={"is_active": False}).status_code == 200
        return status

    receiver.answer = switch_off
    work(webhook)
    assert len(receiver.received) == 1
    assert [one["state"] for one in deliveries(admin, webhook)] == states
    assert shown(admin, webhook)["is_active"] is False


def test_a_message_is_not_lost_if_another_worker_has_taken_over(
    subscribe, work, people, admin, receiver, clock, sql
):
    webhook = subscribe(receiver, "post.published")
    people().write()

    def take_over(_request):
        later = datetime.now(UTC) + timedelta(minutes=1)
        sql("UPDATE webhooks SET lease_owner = 'other', lease_until = :until", until=later)
        return 500

    receiver.answer = take_over
    work(webhook)
    assert [one["state"] for one in deliveries(admin, webhook)] == ["pending"]
    assert sql.one("SELECT lease_owner FROM webhooks") == "other"
    receiver.answer = lambda _request: 204
    clock.advance(minutes=2)
    work(webhook)
    assert [one["state"] for one in deliveries(admin, webhook)] == ["delivered"]
