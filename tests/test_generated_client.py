"""Tests of a client generated from the OpenAPI document."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.apps import make_app
from tests.databases import on_one_database
from tests.service import serve
from tests.tools import require

PACKAGE = "generated_blog_client"
Load = Callable[[str], ModuleType]


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """A function that imports a module of the client, which was generated without warnings."""
    folder = tmp_path_factory.mktemp("client")
    app = make_app(f"sqlite:///{folder / 'empty.db'}")
    (folder / "openapi.json").write_bytes(app.test_client().get("/openapi.json").data)
    command = [require("openapi-python-client"), "generate", "--fail-on-warning", "--meta", "none"]
    command += ["--path", "openapi.json", "--output-path", PACKAGE]
    # The generator formats its output with ruff from PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    options = {"env": os.environ | {"PATH": path}, "capture_output": True, "text": True}
    done = subprocess.run(command, cwd=folder, timeout=120, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    assert "arning" not in done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    sys.path.remove(str(folder))


@pytest.fixture
def url(app: object, database_url: str) -> Iterator[str]:
    """The URL of the service, on a database that is emptied afterwards."""
    with serve(database_url) as address:
        yield address


@on_one_database
def test_a_generated_client_can_register_log_in_write_and_read(url, load):
    models = load("models")
    with load("client").Client(base_url=url, raise_on_unexpected_status=True) as anonymous:
        account = models.Registration(
            username="ada", email="ada@example.com", password="correct horse battery"
        )
        assert load("api.auth.register").sync(client=anonymous, body=account).username == "ada"
        login = models.Login(username="ada@example.com", password="correct horse battery")
        token = load("api.auth.log_in").sync(client=anonymous, body=login).access_token
        with load("client").AuthenticatedClient(
            base_url=url, token=token, raise_on_unexpected_status=True
        ) as ada:
            written = write_a_post(load, models, ada)
            change_it(load, models, ada, written.id)
        read_it(load, models, anonymous, written)


def write_a_post(load: Load, models: ModuleType, ada: Any) -> Any:
    tags = ["Open Source", "C++", "日本語"]
    wanted = models.PostWrite(
        title="Grüße, world", content="# Hello", status=models.PostWriteStatus.PUBLISHED, tags=tags
    )
    written = load("api.posts.create_post").sync(client=ada, body=wanted)
    assert sorted(tag.name for tag in written.tags) == sorted(tags)
    return written


def change_it(load: Load, models: ModuleType, ada: Any, post_id: int) -> None:
    update_post = load("api.posts.update_post")
    change = models.PostPatch(summary="A greeting.")
    current = load("api.posts.read_post").sync_detailed(post_id=post_id, client=ada).headers["ETag"]
    assert (
        update_post.sync(post_id=post_id, client=ada, body=change, if_match=current).summary == "A greeting."
    )
    stale = update_post.sync(post_id=post_id, client=ada, body=change, if_match=current)
    assert isinstance(stale, models.Problem)
    assert stale.status == 412


def read_it(load: Load, models: ModuleType, anonymous: Any, written: Any) -> None:
    read = load("api.posts.read_post_by_slug").sync(client=anonymous, slug=written.slug)
    assert (read.id, read.title, read.summary, read.tags) == (
        written.id,
        written.title,
        "A greeting.",
        written.tags,
    )
    list_posts = load("api.posts.list_posts")
    only_id = [models.ListPostsFieldsItem.ID]
    for filters in (
        {"tag": ["open-source", "c-plus-plus"]},
        {"any_tag": ["nothing", "c-plus-plus"], "fields": only_id},
    ):
        assert [post.id for post in list_posts.sync(client=anonymous, **filters).data] == [written.id]
    assert list_posts.sync(client=anonymous, tag=["nothing"]).data == []
