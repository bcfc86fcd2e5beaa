"""What a database must be like before migrations and commands use it."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest
from sqlalchemy import make_url, text

from blog_api.database.session import transaction
from tests import postgres
from tests.apps import MIGRATIONS, migrate, running_app
from tests.cli.databases.helpers import assert_plain, flask, tables
from tests.cli.helpers import run_command
from tests.service import launch


@pytest.fixture
def database_in(cluster):
    """A function that creates a PostgreSQL database with another encoding."""
    url = make_url(postgres.create_database(cluster, "blog_api_other"))
    name = url.database

    def create(encoding):
        server = url.set(drivername="postgresql", database="postgres")
        with closing(psycopg2.connect(server.render_as_string(hide_password=False))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")
                cursor.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        return url.render_as_string(hide_password=False)

    return create


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
@pytest.mark.parametrize("arguments", [("db", "upgrade"), ("check-db",)], ids=" ".join)
def test_a_database_that_is_not_utf8_is_refused(database_in, encoding, arguments, caplog):
    with running_app(database_in(encoding)) as app:
        result = run_command(app, *arguments)
        assert_plain(result)
        assert f"The database has the encoding {encoding}" in result.stderr + caplog.text
        assert tables(app) == set()


def test_check_db_warns_of_a_locale_that_does_not_fold_case(database_in, empty_url):
    for url, warned in ((database_in("UTF8"), True), (empty_url, False)):
        with running_app(url) as app:
            assert run_command(app, "db", "upgrade").exit_code == 0
            result = run_command(app, "check-db")
        assert (result.exit_code, "the database has the locale C" in result.stderr) == (0, warned)


def set_revision(app, revision):
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_an_upgrade_leaves_a_database_ahead_of_the_code_alone(empty_url, capsys):
    migrate(empty_url)
    with running_app(empty_url) as app:
        set_revision(app, "9999")
        result = run_command(app, "db", "upgrade")
        assert (result.exit_code, "Traceback" in result.output) == (0, False)
        assert "9999, ahead of this release" in result.stderr + capsys.readouterr().err
        assert run_command(app, "check-db").exit_code == 0
        assert run_command(app, "db", "downgrade", "base").exit_code == 1
        assert "posts" in tables(app)


def test_the_service_migrates_on_start_although_the_database_is_ahead(empty_url):
    migrate(empty_url)
    with running_app(empty_url) as app:
        set_revision(app, "9999")
    with launch(empty_url, MIGRATE_ON_START="true") as service:
        assert "ahead of this release" in service.read_output()


def test_tables_without_a_revision_are_reported(empty_url, caplog):
    migrate(empty_url)
    with running_app(empty_url, APP_ENV="development") as app:
        with app.app_context(), transaction() as session:
            session.execute(text("DROP TABLE alembic_version"))
        result = run_command(app, "db", "upgrade")
        assert_plain(result)
        assert "The database has tables (imported_files, post_tags, posts," in result.stderr + caplog.text
        assert "users" in tables(app)
        assert run_command(app, "db", "stamp", app.extensions["revisions"].head).exit_code == 0
        assert run_command(app, "db", "upgrade").exit_code == 0


@pytest.mark.parametrize(
    "arguments", [("check-db",), ("seed",), ("cleanup",), ("import-markdown", MIGRATIONS)], ids=" ".join
)
def test_no_command_but_migrations_creates_the_file_of_a_mistyped_path(tmp_path, arguments):
    path = tmp_path / "blgo.db"
    with running_app(f"sqlite:///{path}") as app:
        result = run_command(app, *arguments)
    assert_plain(
        result, f"unable to open database file {path}. To create it, run flask --app wsgi db upgrade."
    )
    assert list(tmp_path.iterdir()) == []


def test_requests_do_not_create_the_database_file(tmp_path):
    with running_app(f"sqlite:///{tmp_path / 'blgo.db'}") as app:
        assert app.test_client().get("/health/ready").status_code == 503
        assert app.test_client().get("/api/v1/posts").status_code == 503
    assert list(tmp_path.iterdir()) == []


def test_an_upgrade_creates_the_database_file(tmp_path):
    # These characters have a meaning in the URI that opens the file.
    path = tmp_path / "50% blog?#.db"
    url = make_url("sqlite://").set(database=str(path)).render_as_string()
    assert flask(url, "db", "upgrade").returncode == 0
    assert flask(url, "check-db").returncode == 0
    assert path.stat().st_size > 0
    assert {file.name for file in tmp_path.iterdir()} <= {path.name, f"{path.name}-wal", f"{path.name}-shm"}
