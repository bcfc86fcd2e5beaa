"""How gunicorn serves `wsgi:app`: processes, threads, limits. Addresses and numbers are settings."""

import gc
import itertools
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

# gunicorn reads this file before it puts the project's folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from config import ConfigError, environment, load

try:
    settings = load(environment())
except ConfigError as error:
    sys.exit(str(error))

host = f"[{settings['HOST']}]" if ":" in settings["HOST"] else settings["HOST"]
bind = [f"{host}:{settings['PORT']}"]
if settings["METRICS_BIND"]:
    bind.append(settings["METRICS_BIND"])

worker_class = "blog_api.api.worker.Worker"
workers = settings["WEB_CONCURRENCY"]
threads = settings["WEB_THREADS"]
# A worker that leaks is replaced before it matters, and not all at the same time.
max_requests = 20_000
max_requests_jitter = 2_000
# The heartbeat is a file: on a slow disk it would look like a stuck worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 # nosec B108


def metrics_folder():
    """Where the processes of this master keep what they count. HUP keeps it, a master that USR2 starts has another."""
    mine = f"blog-metrics-{os.getpid()}-"
    current = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    return (
        current if Path(current).name.startswith(mine) else tempfile.mkdtemp(prefix=mine, dir=worker_tmp_dir)
    )


if settings["METRICS_TOKEN"] or settings["METRICS_BIND"]:
    # Before the app is imported: prometheus_client looks for it then.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder()

timeout = 30
# Who is asked to stop lets every request come to its end.
graceful_timeout = max(30, settings["REQUEST_DEADLINE"] + 5)
keepalive = 5

# Above the limits of the service (api/parsing.py), which answers with a problem; past these gunicorn answers by
# itself, with a page of HTML and without a request id.
limit_request_line = 8190
limit_request_fields = 200
limit_request_field_size = 16_380

# Nobody is believed for the address of another machine (gunicorn believes 127.0.0.1): TRUSTED_PROXIES says how many
# proxies are, and the service looks at what these say.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers = {}

# A second instance would take the socket of the first.
control_socket_disable = True
# The service logs its own requests.
accesslog = None
errorlog = "-"
loglevel = settings["LOG_LEVEL"].lower()


def redact_request(record):
    """Let gunicorn log what is wrong with a malformed request, but not what it says: there may be a token in it."""
    if str(record.msg).startswith("Invalid request from "):
        record.msg = ": ".join(record.msg.split(": ")[:2])
    elif str(record.msg).startswith("Error handling request ") and record.args:
        record.args = tuple(str(argument).partition("?")[0] for argument in record.args)
    return True


logging.getLogger("gunicorn.error").addFilter(redact_request)

# One import for all workers: a quick start, and memory that they share.
preload_app = True


if settings["MIGRATE_ON_START"]:
    # Not without need: to import it takes a ninth more.
    from flask_migrate import upgrade

    from blog_api.cli import migrations


def on_starting(server):
    """Migrate first, if the settings say so: in the process that has the app loaded, and before it listens."""
    if settings["MIGRATE_ON_START"]:
        app = server.app.wsgi()
        migrations.init_app(app)
        with app.app_context():
            upgrade()
        dispose_engines(app, close=True)


def pre_fork(server, worker):
    """Give the worker the lowest free slot, which names its metric files (blog_api/monitoring/metrics.py)."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(slot for slot in itertools.count(1) if slot not in taken)


def post_fork(server, worker):
    """Take the slot; forget connections made before the fork, without closing them under the process that owns them."""
    app = worker.app.wsgi()
    if metrics := app.extensions.get("metrics"):
        metrics.use_slot(worker.slot)
    dispose_engines(app, close=False)


def child_exit(server, worker):
    """Leave the slot of a worker that has ended to the next one."""
    if metrics := server.app.wsgi().extensions.get("metrics"):
        metrics.free_slot(worker.slot)


def on_exit(server):
    """Remove what was counted."""
    if settings["METRICS_TOKEN"] or settings["METRICS_BIND"]:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def dispose_engines(app, close):
    """Empty the pools of `app`; `close` says whether their connections are closed too, or only forgotten."""
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose(close=close)


def when_ready(server):
    """Say where everything is, and leave what was made so far out of all later garbage collections.

    A collection writes into every object that it looks at. In a worker that would copy each page of memory which it
    has shared with this process since the fork.
    """
    gc.freeze()
    for name, path in (("API", "/api/v1"), ("docs", "/docs"), ("health", "/health/ready")):
        print(f"{name:<8}http://{bind[0]}{path}", flush=True)
