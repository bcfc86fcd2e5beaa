"""gunicorn configuration for `wsgi:app`. Addresses and worker counts come from the settings."""

import gc
import itertools
import os
import shutil
import sys
import tempfile
from pathlib import Path

# gunicorn reads this file before it adds the project to sys.path.
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
# Restart workers before a memory leak matters, and not all at the same time.
max_requests = 20_000
max_requests_jitter = 2_000
# The heartbeat is a file. On a slow disk, a healthy worker would look stuck.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 # nosec B108


def metrics_folder():
    """Return the metrics directory of this master. It survives HUP; a new master (USR2) creates its own."""
    mine = f"blog-metrics-{os.getpid()}-"
    current = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    return (
        current if Path(current).name.startswith(mine) else tempfile.mkdtemp(prefix=mine, dir=worker_tmp_dir)
    )


if settings["METRICS_TOKEN"] or settings["METRICS_BIND"]:
    # Set this before the app is imported, because prometheus_client reads it at import time.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder()

timeout = 30
# Let a stopping worker finish all requests.
graceful_timeout = max(30, settings["REQUEST_DEADLINE"] + 5)
keepalive = 5

# These exceed the limits of the service (api/request_head.py), so that its errors say what it allows.
limit_request_line = 8190
limit_request_fields = 200
limit_request_field_size = 16_380

# Do not let gunicorn trust forwarded headers (by default it trusts 127.0.0.1). The service handles them itself, by
# TRUSTED_PROXIES.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers = {}

# A second instance would take over the control socket of the first.
control_socket_disable = True
# The service logs its own requests.
accesslog = None
errorlog = "-"
loglevel = settings["LOG_LEVEL"].lower()
if settings["LOG_FORMAT"] == "json":
    logger_class = "blog_api.api.server_log.JsonLogger"

# Import the app once: workers start faster and share memory.
preload_app = True


if settings["MIGRATE_ON_START"]:
    # Import these only if needed: they take about 10% of the import time.
    from flask_migrate import upgrade

    from blog_api.cli import migrations


def on_starting(server):
    """With MIGRATE_ON_START, upgrade the database in the master before it listens."""
    if settings["MIGRATE_ON_START"]:
        app = server.app.wsgi()
        migrations.init_app(app)
        with app.app_context():
            upgrade()
        dispose_engines(app, close=True)


def pre_fork(server, worker):
    """Assign the lowest free slot to the worker. Slots name the metric files (blog_api/monitoring/metrics.py)."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(slot for slot in itertools.count(1) if slot not in taken)


def post_fork(server, worker):
    """Use the slot, and discard database connections inherited from the master without closing them."""
    # The service handles the path prefix itself (api/addresses.py). gunicorn would fail on paths without it.
    os.environ.pop("SCRIPT_NAME", None)
    app = worker.app.wsgi()
    if metrics := app.extensions.get("metrics"):
        metrics.use_slot(worker.slot)
    dispose_engines(app, close=False)


def child_exit(server, worker):
    """Free the slot of a worker that has exited."""
    if metrics := server.app.wsgi().extensions.get("metrics"):
        metrics.free_slot(worker.slot)


def on_exit(server):
    """Remove the metrics directory."""
    if settings["METRICS_TOKEN"] or settings["METRICS_BIND"]:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def dispose_engines(app, close):
    """Dispose the connection pools of `app`. Without `close`, their connections are discarded but stay open."""
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose(close=close)


def when_ready(server):
    """Print the URLs of the service, and exclude all existing objects from garbage collection.

    The garbage collector writes to every object that it visits. In a worker, each memory page shared with the master
    would be copied.
    """
    gc.freeze()
    for name, path in (("API", "/api/v1"), ("docs", "/docs"), ("health", "/health/ready")):
        url = f"http://{bind[0]}{path}"
        if settings["LOG_FORMAT"] == "json":
            server.log.info("%s at %s", name, url)
        else:
            print(f"{name:<8}{url}", flush=True)
