"""A real PgBouncer in transaction mode, in front of the test server."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, make_url

from tests.postgres import free_port, server_account, start_supervised, wait_until_ready
from tests.tools import require

# Fewer than the clients of any test, so that clients share server connections.
SERVER_CONNECTIONS = 2


@contextmanager
def pgbouncer(url: str, **settings: str | Path) -> Iterator[str]:
    """Run PgBouncer with these settings, and yield the URL of the database through it.

    Skip the test if PgBouncer is missing.
    """
    program = require("pgbouncer")
    account, server = server_account(), make_url(url)
    folder = Path(tempfile.mkdtemp(prefix="blog-pgbouncer-"))
    try:
        port = free_port()
        own = {
            "listen_addr": "127.0.0.1", "listen_port": str(port), "unix_socket_dir": "",
            "auth_type": "any", "pool_mode": "transaction", "default_pool_size": str(SERVER_CONNECTIONS),
            "server_login_retry": "0.2", "query_wait_timeout": "5",
        }  # fmt: skip
        lines = [f"{name} = {value}" for name, value in {**own, **settings}.items()]
        path = folder / "pgbouncer.ini"
        path.write_text("\n".join(["[databases]", f"* = {_target(server)}", "[pgbouncer]", *lines, ""]))
        for one in (folder, path):
            os.chown(one, account.uid, account.gid)
        with (
            tempfile.TemporaryFile("w+") as log,
            start_supervised([program, path], folder, account, log) as supervisor,
        ):
            wait_until_ready(supervisor, port, log)
            yield server.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _target(server: URL) -> str:
    """Return the connection string of PgBouncer, which uses this user for all clients."""
    known = {"host": server.host, "port": server.port, "user": server.username, "password": server.password}
    return " ".join(f"{name}={value}" for name, value in known.items() if value)
