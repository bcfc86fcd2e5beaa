"""`make login-timing`: check that the timing of failed logins does not reveal why they failed.

Try a wrong password, an unknown account and a disabled account on one connection to the real service, in random order
in each round. The result depends on the ratio of the median CPU times of the worker, which hardly vary with the load of
the machine. The response times are printed, too.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from flask_migrate import upgrade

from bench.databases import open_database
from bench.processes import precise_cpu_ms, process_tree
from bench.sides import BENCH_SETTINGS
from blog_api import create_app
from blog_api.cli import migrations
from blog_api.crud import users
from blog_api.database.session import db, transaction
from blog_api.security.passwords import hash_password
from tests.service import Service, launch

USERNAMES = {"wrong password": "ada", "unknown account": "nobody", "disabled account": "eve"}
MAX_RATIO = 1.05
WARM_UP = 10


class Attempt(NamedTuple):
    """A failed login: response time and CPU time of the worker in milliseconds."""

    time: float
    cpu: float


def main() -> None:
    """Measure on the selected databases. Exit with status 1 if the medians differ too much."""
    parser = argparse.ArgumentParser(prog="login-timing", description=__doc__)
    parser.add_argument("--tries", type=int, default=500, help="failed logins of each kind (default 500)")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), action="append")
    options = parser.parse_args()
    ratios = [compare(kind, options.tries) for kind in options.database or ("postgresql", "sqlite")]
    sys.exit(max(ratios) > MAX_RATIO)


def compare(kind: str, tries: int) -> float:
    """Measure one database, print the results, and return the ratio of the CPU times."""
    with (
        tempfile.TemporaryDirectory(prefix="blog-timing-") as folder,
        open_database(kind, Path(folder)) as database,
    ):
        create_accounts(database.url)
        with launch(database.url, **BENCH_SETTINGS | {"WEB_CONCURRENCY": "1"}) as service:
            found = measure(service, tries)
    medians = {way: Attempt(*map(median, zip(*of_way, strict=True))) for way, of_way in found.items()}
    ratio = Attempt(*(max(values) / min(values) for values in zip(*medians.values(), strict=True)))
    print(f"{database.version}, medians of {tries} tries{'time':>15}{'CPU':>12}")
    for way, middle in medians.items():
        print(f"  {way:<30}{middle.time:12.2f} ms{middle.cpu:9.2f} ms")
    print(f"  {'largest to smallest':<30}{ratio.time:12.3f}{ratio.cpu:12.3f}", flush=True)
    return ratio.cpu


def create_accounts(database_url: str) -> None:
    """Create an active and a disabled account with a password."""
    app = create_app({**BENCH_SETTINGS, "DATABASE_URL": database_url})
    migrations.init_app(app)
    with app.app_context():
        upgrade()
        with transaction():
            for name in (USERNAMES["wrong password"], USERNAMES["disabled account"]):
                user = users.create_user(name, password_hash=hash_password("correct horse battery"))
                user.is_active = name != USERNAMES["disabled account"]
        db.engine.dispose()


def measure(service: Service, tries: int) -> dict[str, list[Attempt]]:
    """Return the attempts of each kind."""
    (worker,) = (pid for pid in process_tree(service.process.pid) if pid != service.process.pid)
    found: dict[str, list[Attempt]] = {way: [] for way in USERNAMES}
    address = urlsplit(service.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    with contextlib.closing(connection):
        for number in range(-WARM_UP, tries):
            for way in random.sample(list(USERNAMES), len(USERNAMES)):
                one = failed_login(connection, worker, USERNAMES[way])
                if number >= 0:
                    found[way].append(one)
    return found


def failed_login(connection: http.client.HTTPConnection, worker: int, name: str) -> Attempt:
    """Measure a login with a wrong password, which must fail."""
    body = json.dumps({"username": name, "password": "not the password"})
    cpu, start = precise_cpu_ms(worker), time.perf_counter()
    connection.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    reply.read()
    taken = (time.perf_counter() - start) * 1000
    if reply.status != 401:
        sys.exit(f"login-timing: a login returned {reply.status}, expected 401")
    return Attempt(taken, precise_cpu_ms(worker) - cpu)


if __name__ == "__main__":
    main()
