"""Tests of connection URLs as Neon provides them: TLS, pooler host names and suspended computes."""

from __future__ import annotations

import contextlib
import os
import socket
import threading

import pytest
from sqlalchemy import create_engine, make_url, text

from blog_api.database.session import db, reading, transaction
from tests.apps import migrate, running_app
from tests.certificates import self_signed
from tests.cli.helpers import run_command
from tests.pgbouncer import pgbouncer
from tests.postgres import FAST, create_database, server_account, throwaway_cluster
from tests.proxy import proxy
from tests.tools import skip_or_fail

POOLER = "ep-cold-sky-a1b2c3d4-pooler.eu-central-1.aws.neon.tech"
# Like Neon: TLS only, and SCRAM passwords.
ACCESS = """
host all postgres 127.0.0.1/32 trust
hostssl all all 127.0.0.1/32 scram-sha-256
"""


@pytest.fixture(scope="module")
def certificate():
    """A self-signed certificate for the server and the pooler."""
    with self_signed(POOLER, "localhost") as made:
        yield made


@pytest.fixture(scope="module")
def neon(certificate, tmp_path_factory):
    """A database URL as Neon provides it."""
    access = certificate.file.parent / "pg_hba.conf"
    access.write_text(ACCESS)
    os.chown(access, server_account().uid, -1)
    settings = {"ssl": "on", "ssl_cert_file": str(certificate.file), "ssl_key_file": str(certificate.key)}
    with contextlib.ExitStack() as stack:
        try:
            cluster = stack.enter_context(throwaway_cluster({**FAST, **settings, "hba_file": str(access)}))
        except RuntimeError as error:
            if "SSL is not supported" not in str(error):
                raise
            skip_or_fail("this PostgreSQL was built without TLS")
        admin = create_engine(create_database(cluster, "neondb"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE ROLE neondb_owner LOGIN PASSWORD 'npg_hush'"))
            connection.execute(text("ALTER DATABASE neondb OWNER TO neondb_owner"))
        admin.dispose()
        port = make_url(cluster).port
        url = f"postgresql://neondb_owner:npg_hush@127.0.0.1:{port}/neondb?sslmode=require&channel_binding=require"
        yield migrate(url)


@contextlib.contextmanager
def client_of(url, **settings):
    with running_app(url, DB_STATEMENT_TIMEOUT="1500", **settings) as app:
        yield app.test_client()


def is_encrypted(session):
    return session.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar_one()


def test_a_neon_url_works_with_tls_and_channel_binding(neon):
    with client_of(neon) as client, client.application.app_context():
        assert client.get("/api/v1/posts").status_code == 200
        with transaction() as session:
            assert is_encrypted(session)
            assert session.execute(text("SHOW statement_timeout")).scalar_one() == "1500ms"
        result = run_command(client.application, "check-db")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "npg_hush" not in result.output


def test_a_connection_without_tls_fails_with_the_reason(neon):
    with client_of(neon.replace("sslmode=require&channel_binding=require", "sslmode=disable")) as client:
        result = run_command(client.application, "check-db")
    assert result.exit_code == 1
    assert "no encryption" in result.stderr


def test_the_certificate_is_verified_if_the_url_requires_it(neon, certificate):
    strict = neon.replace("sslmode=require", "sslmode=verify-full")
    with client_of(f"{strict}&sslrootcert={certificate.file}") as client:
        assert client.get("/api/v1/posts").status_code == 200
    with self_signed() as other, client_of(f"{strict}&sslrootcert={other.file}") as client:
        result = run_command(client.application, "check-db")
    assert result.exit_code == 1
    assert "certificate verify failed" in result.stderr


def test_a_pooler_is_detected_by_its_host_name(neon, certificate):
    direct = make_url(neon).set(query={"sslmode": "require"}).render_as_string(hide_password=False)
    tls = {
        "client_tls_sslmode": "require", "client_tls_cert_file": certificate.file,
        "client_tls_key_file": certificate.key, "server_tls_sslmode": "require",
    }  # fmt: skip
    with pgbouncer(direct, **tls) as pooled:
        # The certificate and the service check the host name; hostaddr only avoids the DNS lookup.
        query = {"sslmode": "verify-full", "sslrootcert": str(certificate.file), "hostaddr": "127.0.0.1"}
        url = make_url(pooled).set(host=POOLER, query={**query, "channel_binding": "prefer"})
        with client_of(url.render_as_string(hide_password=False)) as client, client.application.app_context():
            assert client.application.config["DATABASE_POOLED"] is True
            assert client.get("/api/v1/posts").status_code == 200
            limit = text("SHOW statement_timeout")
            with transaction() as session:
                assert session.execute(limit).scalar_one() == "1500ms"
            with reading() as session:
                assert session.execute(limit).scalar_one() == "0"


def refuse(way):
    """Refuse connections for a moment."""
    threading.Timer(0.7, way.open).start()


def drop(way):
    """Close the first three connections."""

    def close_connections():
        with socket.create_server(("127.0.0.1", way.port)) as listener:
            for _ in range(3):
                listener.accept()[0].close()
        way.open()

    threading.Thread(target=close_connections).start()


@pytest.mark.parametrize("asleep", [refuse, drop])
def test_a_suspended_compute_is_awaited(neon, asleep):
    url = make_url(neon)
    with proxy(url.port or 0) as way:
        url = url.set(port=way.port)
        with client_of(url.render_as_string(hide_password=False), DB_CONNECT_TIMEOUT="20") as client:
            for _ in range(2):
                way.close()
                with client.application.app_context():
                    db.engine.dispose()
                asleep(way)
                assert client.get("/api/v1/posts").status_code == 200
                assert client.post("/api/v1/auth/logout").status_code == 401
