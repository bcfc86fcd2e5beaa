"""Tests of the engine options derived from the settings."""

from __future__ import annotations

import pytest

import config
from blog_api.api.lanes import LanePool
from blog_api.database.engine_options import SERVER_TIMEOUTS
from tests.apps import SECRET
from tests.apps import configured as load

POSTGRES = "postgresql://blog:hunter2@db.internal/blog"


@pytest.fixture(autouse=True)
def instance(tmp_path, monkeypatch):
    """Use a temporary instance folder, not that of the developer."""
    monkeypatch.setattr(config, "INSTANCE", tmp_path)


def production(**changes: str) -> dict[str, str]:
    return {"APP_ENV": "production", "SECRET_KEY": SECRET, "DATABASE_URL": POSTGRES} | changes


def options_of(environ: dict[str, str]) -> dict:
    return load(environ)["SQLALCHEMY_ENGINE_OPTIONS"]


@pytest.mark.parametrize("app_env", ["development", "production"])
def test_the_default_pools_fit_into_a_stock_postgresql_while_one_release_replaces_another(app_env):
    settings = load(production(APP_ENV=app_env))
    options = settings["SQLALCHEMY_ENGINE_OPTIONS"]
    each = options["pool_size"] + options["max_overflow"]
    # max_connections = 100, of which three are reserved for superusers. The worker and commands need a few.
    assert 2 * settings["WEB_CONCURRENCY"] * each <= 97 - 10


def test_the_default_pool_has_a_connection_for_each_thread_and_extra_ones_for_uploads_and_streams():
    settings = load(production())
    size = settings["SQLALCHEMY_ENGINE_OPTIONS"]["pool_size"]
    threads = LanePool(settings["WEB_THREADS"], size + settings["DB_MAX_OVERFLOW"])
    # /health/live and pictures need none.
    busy = sum(threads.sizes.values()) - threads.sizes["health"] - threads.sizes["picture"]
    assert busy - threads.sizes["upload"] - threads.sizes["stream"] <= size
    assert busy <= size + settings["DB_MAX_OVERFLOW"]
    threads.shutdown()


def test_testing_uses_one_connection():
    options = options_of({"APP_ENV": "testing"})
    assert (options["pool_size"], options["max_overflow"]) == (1, 0)


def test_the_pool_size_defaults_to_at_least_the_number_of_threads():
    assert options_of({"WEB_THREADS": "16"})["pool_size"] == 16
    assert options_of({"WEB_THREADS": "16", "DB_POOL_SIZE": "3"})["pool_size"] == 3


def test_pool_settings_are_passed_to_the_engine():
    options = options_of(
        {
            "DB_POOL_SIZE": "7",
            "DB_MAX_OVERFLOW": "8",
            "DB_POOL_TIMEOUT": "9",
            "DB_POOL_RECYCLE": "-1",
            "DB_POOL_PRE_PING": "no",
            "DB_ECHO": "on",
            "DB_ECHO_POOL": "1",
            "DB_LOCK_TIMEOUT": "11500",
        }
    )
    assert options == {
        "pool_size": 7,
        "max_overflow": 8,
        "pool_timeout": 9,
        "pool_recycle": -1,
        "echo": True,
        "echo_pool": True,
        "connect_args": {"timeout": 11.5},
        "execution_options": {"on_begin": "BEGIN IMMEDIATE"},
    }


def test_sqlite_without_a_lock_timeout_waits_for_a_day():
    assert options_of({"DB_LOCK_TIMEOUT": "0"})["connect_args"] == {"timeout": 86_400}


def test_postgresql_timeouts_are_connection_options():
    options = options_of(
        production(DB_CONNECT_TIMEOUT="3", DB_STATEMENT_TIMEOUT="2500", DB_LOCK_TIMEOUT="1500")
    )
    arguments = options["connect_args"]
    assert arguments["connect_timeout"] == 3
    assert arguments["options"] == (
        "-c statement_timeout=2500 -c lock_timeout=1500 -c idle_in_transaction_session_timeout=60000 "
        "-c client_connection_check_interval=1000"
    )
    assert arguments["keepalives_idle"] == 30
    assert options["executemany_mode"] == "values_plus_batch"


def test_parameters_in_the_database_url_take_precedence():
    url = f"{POSTGRES}?connect_timeout=4&keepalives_idle=9&options=-c%20search_path%3Dblog"
    arguments = options_of(production(DATABASE_URL=url, DB_STATEMENT_TIMEOUT="2500"))["connect_args"]
    assert not {"connect_timeout", "keepalives_idle"} & set(arguments)
    assert arguments["options"].startswith("-c statement_timeout=2500 ")
    assert arguments["options"].endswith(" -c search_path=blog")


@pytest.mark.parametrize(
    "changes",
    [
        {"DATABASE_POOLED": "true"},
        {"DATABASE_URL": "postgresql://blog@ep-cold-sky-1-pooler.db.internal/blog"},
        {"DATABASE_URL": "postgresql://blog@/blog?host=ep-cold-sky-1-pooler.db.internal"},
        {"DATABASE_URL": "postgresql://blog@db.internal,ep-cold-sky-1-pooler.db.internal:6432/blog"},
        {"DATABASE_URL": "postgresql://blog@/blog?host=a:1&host=ep-cold-sky-1-pooler.db.internal:2"},
    ],
)
def test_behind_a_pooler_each_transaction_sets_the_timeouts(changes):
    settings = load(production(**changes))
    options = settings["SQLALCHEMY_ENGINE_OPTIONS"]
    assert settings["DATABASE_POOLED"] is True
    assert "options" not in options["connect_args"]
    assert options["execution_options"]["on_begin"] == (
        "SET LOCAL statement_timeout = 30000; SET LOCAL lock_timeout = 10000; "
        "SET LOCAL idle_in_transaction_session_timeout = 60000; "
        "SET LOCAL client_connection_check_interval = 1000"
    )


@pytest.mark.parametrize("host", ["db.internal", "pooler.db.internal", "db-1.my-pooler.internal"])
def test_other_host_names_are_not_detected_as_poolers(host):
    settings = load(production(DATABASE_URL=f"postgresql://blog@{host}/blog"))
    assert settings["DATABASE_POOLED"] is False
    assert settings["SQLALCHEMY_ENGINE_OPTIONS"]["execution_options"] == {"on_begin": ""}


def test_a_replica_has_its_own_pool_and_a_shorter_connect_timeout():
    replica = "postgres://blog:hunter2@ep-cold-sky-2-pooler.db.internal/blog?sslmode=require"
    options = load(production(DATABASE_REPLICA_URL=replica, DB_POOL_SIZE="7"))["SQLALCHEMY_BINDS"]["replica"]
    assert options["url"].render_as_string() == replica.replace("postgres:", "postgresql+psycopg2:").replace(
        "hunter2", "***"
    )
    assert options["pool_size"] == 7
    assert options["connect_args"]["connect_timeout"] == 3
    assert options["execution_options"]["on_begin"].startswith("SET LOCAL")
    assert load(production())["SQLALCHEMY_BINDS"] == {}


def test_timeouts_of_0_are_not_set():
    none = dict.fromkeys(SERVER_TIMEOUTS.values(), "0")
    assert "options" not in options_of(production(**none))["connect_args"]
    assert options_of(production(DATABASE_POOLED="true", **none))["execution_options"] == {"on_begin": ""}
