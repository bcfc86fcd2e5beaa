"""Tests of a database URL with a schema of its own, on two hosts of which one does not answer."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.apps import make_app
from tests.cli.databases.helpers import assert_plain
from tests.cli.helpers import run_command
from tests.postgres import create_database, free_port

SCHEMAS = "SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_name = 'posts'"


@pytest.fixture
def admin(cluster):
    """An engine on a new database."""
    engine = create_engine(create_database(cluster, "blog_api_schema"), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def app(admin):
    """An app whose tables belong into the schema `blog`. Its first host refuses connections."""
    url = make_url(admin.url)
    hosts = f"127.0.0.1:{free_port()},127.0.0.1:{url.port}"
    return make_app(f"postgresql://{url.username}@{hosts}/{url.database}?options=-csearch_path%3Dblog")


def test_the_tables_are_created_in_the_first_schema_of_the_search_path(admin, app, caplog):
    assert_plain(run_command(app, "db", "upgrade"))
    assert "No schema in the search_path (blog) exists. Create it first: CREATE SCHEMA" in caplog.text
    with admin.connect() as connection:
        connection.execute(text("CREATE SCHEMA blog"))
    for arguments in (("db", "upgrade"), ("db", "check"), ("check-db",)):
        assert run_command(app, *arguments).exit_code == 0, arguments
    with admin.connect() as connection:
        assert connection.execute(text(SCHEMAS)).scalars().all() == ["blog"]
    assert app.test_client().get("/api/v1/posts").json["data"] == []
    assert run_command(app, "db", "downgrade", "base").exit_code == 0
