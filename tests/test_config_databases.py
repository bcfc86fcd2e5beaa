"""Tests of DATABASE_URL with several hosts and with parameters, and of misspelt settings."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from config import ConfigError, load, misspelt
from tests.apps import configured


def query_of(url):
    return dict(make_url(configured({"DATABASE_URL": url})["SQLALCHEMY_DATABASE_URI"]).query)


@pytest.mark.parametrize(
    ("hosts", "names", "ports"),
    [
        ("db1,db2", "db1,db2", ","),
        ("db1:5433,db2", "db1,db2", "5433,"),
        ("10.0.0.1:1,[::1]:2,db3:3", "10.0.0.1,::1,db3", "1,2,3"),
    ],
)
def test_several_hosts_are_written_as_for_libpq(hosts, names, ports):
    assert query_of(f"postgresql://ada:a,b@{hosts}/blog") == {"host": names, "port": ports}
    query = query_of(f"postgres://{hosts}/blog?sslmode=require&target_session_attrs=read-write")
    expected = {"host": names, "port": ports, "sslmode": "require", "target_session_attrs": "read-write"}
    assert query == expected


def test_a_comma_in_the_password_does_not_separate_hosts():
    assert query_of("postgresql://ada:a,b@db/blog") == {}


@pytest.mark.parametrize("hosts", ["db1:x,db2", "db1:5432:5433,db2", "[::1,db2"])
def test_malformed_hosts_are_rejected(hosts):
    with pytest.raises(ConfigError) as caught:
        load({"DATABASE_URL": f"postgresql://ada:hunter2@{hosts}/blog"})
    assert list(caught.value.errors) == ["DATABASE_URL"]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("parameter", ["search_path=hunter2", "hunter2=x", "schema=x", "a%20b=x"])
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_REPLICA_URL"])
def test_unknown_parameters_are_rejected_with_a_hint(name, parameter):
    url = "postgresql://ada@db/blog"
    with pytest.raises(ConfigError) as caught:
        load({"DATABASE_URL": url, name: f"{url}?{parameter}"})
    assert list(caught.value.errors) == [name]
    assert "search_path, as ?options=-csearch_path%3Dblog" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_parameters_of_libpq_are_accepted():
    query = "options=-csearch_path%3Dblog&sslmode=require&application_name=blog&channel_binding=prefer"
    assert set(query_of(f"postgresql://ada@db/blog?{query}")) == {
        "options", "sslmode", "application_name", "channel_binding",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DATABSE_URL", "DATABASE_URL"),
        ("SECRETKEY", "SECRET_KEY"),
        ("MAIL_FORM", "MAIL_FROM"),
        ("RATE_LIMIT_LOGIN", "RATELIMIT_LOGIN"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("WEB_CONCURENCY", "WEB_CONCURRENCY"),
    ],
)
def test_a_misspelt_setting_is_recognised(name, meant):
    assert misspelt({name: "x", "PATH": "/bin"}) == {name: meant}


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "HOSTNAME", "TEST_DATABASE_URL", "DATABASE_PUBLIC_URL", "DATABASE_USER", "PORT"]
)
def test_other_variables_are_not_mistaken_for_settings(name):
    assert misspelt({name: "x"}) == {}


def test_an_empty_variable_is_not_mistaken_for_a_setting():
    assert misspelt({"DATABSE_URL": " "}) == {}
