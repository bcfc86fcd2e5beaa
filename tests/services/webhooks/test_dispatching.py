"""Send to several endpoints at once."""

from __future__ import annotations

import logging

import pytest

from blog_api.problems import Unavailable
from blog_api.services.changes import number_changes
from blog_api.services.webhooks import messages, sending
from blog_api.services.webhooks.dispatching import Dispatcher
from tests.cli.helpers import run_command
from tests.services.webhooks.helpers import deliveries


def test_the_worker_can_send_once(subscribe, people, admin, receiver, local):
    webhook, author = subscribe(receiver, "post.published"), people()
    post = author.write()
    assert run_command(local.application, "worker", "--once").exit_code == 0
    assert [request.json["data"]["id"] for request in receiver.received] == [post["id"]]
    assert [one["state"] for one in deliveries(admin, webhook)] == ["delivered"]
    run_command(local.application, "worker", "--once")
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("error", "level"), [(KeyError("x"), logging.ERROR), (Unavailable(), logging.WARNING)]
)
def test_an_error_of_ours_delays_only_one_endpoint(
    subscribe, people, receiver, local, monkeypatch, caplog, error, level
):
    compose = messages.compose_messages

    def fail_for_purges(kind, changes):
        if kind == "purge":
            raise error
        return compose(kind, changes)

    monkeypatch.setattr(sending, "compose_messages", fail_for_purges)
    subscribe(receiver, "post.published", kind="purge")
    subscribe(receiver, "post.published")
    people().write()
    app = local.application
    with app.app_context():
        number_changes()
        dispatcher = Dispatcher(app.app_context, {"127.0.0.1"})
        assert dispatcher.start_due()[0]
        dispatcher.join()
        assert receiver.types == ["post.published"]
        assert [record.levelno for record in caplog.records if "sending to a webhook" in record.message] == [
            level
        ]
        # The other one is tried again after a pause.
        assert dispatcher.start_due() == (False, None)
        dispatcher.stop()
