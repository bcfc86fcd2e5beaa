"""Tests of the settings."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

import config
from config import ENVIRONMENTS, SETTINGS, ConfigError
from tests.apps import configured as load

SECRET = "gYw8kzX2QeVh5uTn9rLb3JmCs7PdAf4KtGxR6oZi1WqNyMjE"

POSTGRES = "postgresql://blog:hunter2@db.internal/blog"

METRICS = ("METRICS_TOKEN", "METRICS_BIND")


@pytest.fixture(autouse=True)
def instance(tmp_path, monkeypatch):
    """Use a temporary instance folder, not that of the developer."""
    folder = tmp_path / "instance"
    monkeypatch.setattr(config, "INSTANCE", folder)
    return folder


def production(**changes: str) -> dict[str, str]:
    return {"APP_ENV": "production", "SECRET_KEY": SECRET, "DATABASE_URL": POSTGRES} | changes


def errors_of(environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(environ)
    return caught.value.errors


def test_development_needs_no_settings(instance):
    settings = load({})
    assert settings["APP_ENV"] == "development"
    assert settings["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{instance}/blog.db"
    assert settings["REGISTRATION_OPEN"] is True
    assert settings["DEFAULT_ROLE"] == "author"
    assert settings["LOG_FORMAT"] == "text"
    urls = {
        f"{name}_URL"
        for name in (
            "DATABASE",
            "DATABASE_REPLICA",
            "RATELIMIT_STORAGE",
            "SMTP",
            "PUBLIC",
            "POST",
            "TAG",
            "AUTHOR",
            "PREVIEW",
        )
    }
    assert all(settings[name] is not None for name in SETTINGS if name not in {*urls, *METRICS})


@pytest.mark.parametrize("app_env", ENVIRONMENTS)
def test_empty_settings_count_as_unset(app_env):
    given = production(APP_ENV=app_env)
    settings, padded = load(given), load(dict.fromkeys(SETTINGS, " ") | given)
    assert padded == settings


def test_development_creates_one_secret_readable_only_by_its_owner(instance):
    first = load({})["SECRET_KEY"]
    assert load({})["SECRET_KEY"] == first
    assert len(first) >= 32
    assert stat.S_IMODE((instance / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in instance.iterdir()] == ["secret_key"]


def test_processes_that_start_concurrently_share_the_secret(instance, monkeypatch):
    first = load({})["SECRET_KEY"]
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert load({})["SECRET_KEY"] == first


def test_a_damaged_secret_file_is_rejected(instance):
    instance.mkdir()
    (instance / "secret_key").write_text("short\n")
    assert "too short" in errors_of({})["SECRET_KEY"]


def test_testing_has_its_own_database_and_saves_no_secret(instance):
    settings = load({"APP_ENV": "testing"})
    assert settings["TESTING"] is True
    assert settings["SQLALCHEMY_DATABASE_URI"].endswith("/testing.db")
    assert not (instance / "secret_key").exists()


def test_production_needs_only_a_database_and_a_secret():
    settings = load(production())
    assert settings["REGISTRATION_OPEN"] is False
    assert settings["DEFAULT_ROLE"] == "reader"
    assert settings["LOG_FORMAT"] == "json"
    assert settings["JWT_SECRET_KEY"] == settings["SECRET_KEY"] == SECRET
    assert settings["TESTING"] is False


def test_production_reports_all_missing_settings():
    assert set(errors_of({"APP_ENV": "production"})) == {"SECRET_KEY", "DATABASE_URL"}


def test_a_mail_server_requires_a_sender_and_page_urls():
    pages = ("PASSWORD_RESET_URL", "EMAIL_CONFIRM_URL")
    server = {"SMTP_URL": "smtp://mail.example.com"}
    assert set(errors_of(production(**server))) == {"MAIL_FROM", *pages}
    complete = dict.fromkeys(pages, "https://blog.example/#token={token}") | {"MAIL_FROM": "a@b.example"}
    assert load(production(**server, **complete))["MAIL_ENABLED"] is True
    assert load(production())["MAIL_ENABLED"] is False
    assert load({"APP_ENV": "testing"})["MAIL_ENABLED"] is True


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SMTP_URL", "smtp://user:hunter2@host?starttls=false"),
        ("SMTP_URL", "smtp://user:h%C3%BCnter2@host"),
        ("SMTP_URL", "mail.example.com"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b.example\nBcc: c@d.example"),
        ("MAIL_FROM", "a@b.example, c@d.example"),
        ("PASSWORD_RESET_URL", "https://blog.example/reset"),
        ("PASSWORD_RESET_URL", "javascript:{token}"),
        ("EMAIL_CONFIRM_URL", "https://blog.example/{token}/{other}"),
    ],
)
def test_invalid_mail_settings_are_reported_without_their_values(name, text):
    with pytest.raises(ConfigError) as caught:
        load({name: text})
    assert list(caught.value.errors) == [name]
    assert text not in str(caught.value)


def test_all_invalid_settings_are_reported_together():
    wrong = {
        "APP_ENV": "staging",
        "HOST": "http://localhost",
        "PORT": "70000",
        "WEB_THREADS": "many",
        "DB_POOL_SIZE": "0",
        "DB_ECHO": "perhaps",
        "DATABASE_URL": "mysql://localhost/blog",
        "CORS_ORIGINS": "https://blog.example/path",
        "DEFAULT_ROLE": "admin",
        "RATELIMIT_LOGIN": "now and then",
        "LOG_LEVEL": "LOUD",
    }
    errors = errors_of(wrong)
    assert set(errors) == set(wrong)
    assert all(name in str(ConfigError(errors)) for name in wrong)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://blog:hunter2@db.internal:port/blog",
        "postgresql://blog:hunter2@db.internal",
        "postgresql+asyncpg://blog:hunter2@db.internal/blog",
        "hunter2",
    ],
)
def test_an_invalid_database_url_is_reported_without_its_password(url):
    with pytest.raises(ConfigError) as caught:
        load(production(DATABASE_URL=url))
    assert list(caught.value.errors) == ["DATABASE_URL"]
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("primary", "replica"),
    [("", POSTGRES), ("sqlite:///blog.db", POSTGRES), (POSTGRES, "sqlite:///blog.db"), (POSTGRES, "hunter2")],
)
def test_a_replica_requires_postgresql(primary, replica):
    with pytest.raises(ConfigError) as caught:
        load({"DATABASE_URL": primary, "DATABASE_REPLICA_URL": replica})
    assert list(caught.value.errors) == ["DATABASE_REPLICA_URL"]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_all_postgresql_schemes_select_psycopg2(scheme):
    url = f"{scheme}://blog:p%40ss@db.internal:5433/blog?sslmode=require"
    expected = "postgresql+psycopg2://blog:p%40ss@db.internal:5433/blog?sslmode=require"
    assert load({"DATABASE_URL": url})["SQLALCHEMY_DATABASE_URI"] == expected


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:blog?mode=memory&uri=true"]
)
def test_an_in_memory_database_is_rejected(url):
    assert "memory" in errors_of({"DATABASE_URL": url})["DATABASE_URL"]


def test_relative_sqlite_paths_start_at_the_project_folder():
    uri = load({"DATABASE_URL": "sqlite:///some/blog.db"})["SQLALCHEMY_DATABASE_URI"]
    assert uri == f"sqlite:///{config.PROJECT}/some/blog.db"
    assert load({"DATABASE_URL": "sqlite:////tmp/b.db"})["SQLALCHEMY_DATABASE_URI"] == "sqlite:////tmp/b.db"


@pytest.mark.parametrize(
    "bind", ["9100", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:x", "http://127.0.0.1:9100", ":"]
)
def test_metrics_bind_requires_an_address_and_a_port(bind):
    assert "METRICS_BIND" in errors_of({"METRICS_BIND": bind})
    assert load({"METRICS_BIND": "[::1]:9100"})["METRICS_BIND"] == "[::1]:9100"


def test_metrics_require_a_different_port():
    assert list(errors_of({"METRICS_BIND": "127.0.0.1:8000"})) == ["METRICS_BIND"]


def test_a_short_metrics_token_is_rejected_without_showing_it():
    with pytest.raises(ConfigError) as caught:
        load({"METRICS_TOKEN": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_cors_origins_are_a_list():
    origins = load({"CORS_ORIGINS": " https://blog.example, http://localhost:3000,"})["CORS_ORIGINS"]
    assert origins == ["https://blog.example", "http://localhost:3000"]
    assert load({"CORS_ORIGINS": "*"})["CORS_ORIGINS"] == ["*"]
    assert "CORS_ORIGINS" in errors_of({"CORS_ORIGINS": "https://.*"})


def test_token_lifetimes_are_settings():
    settings = load({"ACCESS_TOKEN_MINUTES": "5", "REFRESH_TOKEN_DAYS": "7"})
    assert settings["JWT_ACCESS_TOKEN_EXPIRES"] == timedelta(minutes=5)
    assert settings["JWT_REFRESH_TOKEN_EXPIRES"] == timedelta(days=7)
