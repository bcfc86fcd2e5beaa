"""The same request with the same key while the first is still under way, or is tried again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import exc

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, login_required
from blog_api.crud.idempotency import store_reply
from blog_api.database.dialects import is_postgresql
from blog_api.database.session import transaction
from tests.apps import add_blueprint, disconnect, make_app
from tests.keyed import KEY, POST, count_posts, problem


def test_of_many_at_one_moment_one_is_done(app, people, at_once):
    ada = people()
    for round_ in range(3):
        key = {"Idempotency-Key": f"round-{round_}"}
        replies = at_once([(ada, "POST", "/posts", POST, key)] * 12)
        done = [reply for reply in replies if reply.status_code == 201]
        assert len({reply.json["id"] for reply in done}) == 1
        assert Counter("Idempotency-Replayed" in reply.headers for reply in done)[False] == 1
        refused = {problem(reply) for reply in replies if reply.status_code != 201}
        with app.app_context():
            # SQLite lets them wait for each other.
            assert refused <= ({(409, "idempotency-key-in-use")} if is_postgresql() else set())
        assert count_posts(ada) == round_ + 1


@dataclass
class Stage:
    """A view that waits in the middle until it may go on, and then raises what is next in its list."""

    app: Flask
    headers: dict[str, str]
    entered: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    errors: list[Exception] = field(default_factory=list)
    runs: int = 0
    look: Callable[[], object] = lambda: None

    def play(self):
        self.runs += 1
        self.look()
        self.entered.set()
        assert self.may_go_on.wait(10)
        if self.errors:
            raise self.errors.pop(0)

    def send(self):
        return self.app.test_client().post("/staged", headers=self.headers)


@pytest.fixture
def stage(database_url, people):
    """A view on a stage, which somebody asks with a key."""
    stage = Stage(make_app(database_url, DB_POOL_SIZE="5"), people().headers | KEY)
    blueprint = Blueprint("staged", __name__)

    @blueprint.route("/staged", methods=["POST"])
    @login_required
    @blueprint.gives(204)
    def play_stage():
        stage.play()

    add_blueprint(stage.app, blueprint)
    yield stage
    disconnect(stage.app)


def test_while_the_first_is_under_way_the_second_is_refused_or_waits(stage):
    with stage.app.app_context():
        refused = is_postgresql()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(stage.send)
        assert stage.entered.wait(10)
        second = threads.submit(stage.send)
        if refused:
            assert problem(second.result(10)) == (409, "idempotency-key-in-use")
        stage.may_go_on.set()
        assert first.result(10).status_code == 204
        if not refused:
            assert second.result(10).headers["Idempotency-Replayed"] == "true"
    later = stage.send()
    assert (later.status_code, later.data, later.headers["Idempotency-Replayed"]) == (204, b"", "true")
    assert "Content-Type" not in later.headers
    assert stage.runs == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_whoever_claims_a_key_in_the_moment_in_which_another_is_done_does_nothing(stage):
    seen = []
    stage.look = lambda: seen.append(current_user().id)
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(stage.send)
        assert stage.entered.wait(10)
        # As if its statement had begun before this was committed, and claimed the key after that.
        with stage.app.app_context(), transaction():
            assert store_reply(seen[0], KEY["Idempotency-Key"], "0" * 64, 204, [], b"")
        stage.may_go_on.set()
        assert problem(late.result(10)) == (409, "idempotency-key-in-use")
    # The reply that is kept is the one that was there first.
    assert problem(stage.send()) == (422, "idempotency-key-reused")


class Driver(Exception):
    """What psycopg2 raises of a deadlock."""

    pgcode = "40P01"


def test_what_is_tried_again_for_the_database_is_kept_once(stage):
    stage.may_go_on.set()
    stage.errors.append(exc.OperationalError("UPDATE", {}, Driver()))
    assert [stage.send().headers.get("Idempotency-Replayed") for _ in range(2)] == [None, "true"]
    assert stage.runs == 2
