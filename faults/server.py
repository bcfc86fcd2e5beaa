"""A temporary PostgreSQL server that can be stopped and started while in use."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psycopg2

from bench.databases import POSTGRESQL
from tests.postgres import (
    Account,
    find_binaries,
    free_port,
    init_cluster,
    runnable,
    server_folder,
    start_supervised,
    wait_until_ready,
)
from tests.tools import skip_or_fail

SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
# Size of the small disk in megabytes.
DISK = 400


class Server:
    """A cluster on one port. It stops when this process ends, for whatever reason."""

    def __init__(self, binaries: Path, folder: Path, account: Account, log: IO[str]) -> None:
        self.folder, self.port = folder, free_port()
        self._binaries, self._account, self._log = binaries, account, log
        self._supervisor: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The PID of the postmaster, from its PID file."""
        return int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        own = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        options = [f"--{name}={value}" for name, value in {**POSTGRESQL, **own}.items()]
        # The supervisor removes its folder on exit, but the data must stay for the next start.
        scratch = Path(tempfile.mkdtemp(dir=self.folder))
        command: list[str | Path] = [self._binaries / "postgres", "-D", self.data, *options]
        self._supervisor = start_supervised(command, scratch, self._account, self._log)
        wait_until_ready(self._supervisor, self.port, self._log)

    def stop(self, mode: str) -> None:
        """Stop the server like `pg_ctl stop -m MODE`, and wait for it to exit."""
        assert self._supervisor is not None
        if self._supervisor.poll() is None:
            os.kill(self.pid, SIGNALS[mode])
        with self._supervisor:
            self._supervisor.wait()

    def restart_if_stopped(self) -> None:
        """Start the server again if it has stopped, as an administrator would."""
        assert self._supervisor is not None
        if self._supervisor.poll() is not None:
            self.stop("fast")
            self.start()

    @contextlib.contextmanager
    def cursor(self, database: str = "faults") -> Iterator[Any]:
        """Open a connection in autocommit mode, and yield a cursor."""
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=database)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            yield cursor


@contextlib.contextmanager
def open_server(*, small_disk: bool = False) -> Iterator[Server]:
    """Run a temporary server, with `small_disk` on its own disk of DISK megabytes."""
    with contextlib.ExitStack() as stack:
        folder, account = stack.enter_context(server_folder())
        binaries = runnable(find_binaries(), folder, account)
        if small_disk:
            stack.enter_context(_small_disk(folder / "data", account))
        init_cluster(binaries, folder / "data", account)
        log = stack.enter_context(tempfile.TemporaryFile("w+"))
        server = Server(binaries, folder, account, log)
        server.start()
        stack.callback(server.stop, "immediate")
        yield server


@contextlib.contextmanager
def _small_disk(folder: Path, account: Account) -> Iterator[None]:
    if os.geteuid() != 0:
        skip_or_fail("mounting a small disk requires root")
    folder.mkdir()
    options = f"size={DISK}m,uid={account.uid},gid={account.gid},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
