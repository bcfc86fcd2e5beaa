"""A real Varnish with deploy/varnish.vcl in front of a service."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from config import PROJECT
from tests.nginx import wait_until_listening
from tests.postgres import free_port, server_account, start_supervised
from tests.tools import require


@contextmanager
def varnish(service: str) -> Iterator[str]:
    """Run Varnish in front of the service at this URL, and yield its URL. Skip the test if Varnish is missing."""
    program, account = require("varnishd"), server_account()
    address = urlsplit(service)
    vcl = (PROJECT / "deploy" / "varnish.vcl").read_text(encoding="utf-8")
    for old, new in (
        ('"127.0.0.1";\n    .port', f'"{address.hostname}";\n    .port'),
        ("8000", str(address.port)),
    ):
        assert vcl.count(old) == 1, old
        vcl = vcl.replace(old, new)
    folder, port = Path(tempfile.mkdtemp(prefix="blog-varnish-")), free_port()
    (folder / "blog.vcl").write_text(vcl, encoding="utf-8")
    for path in (folder, folder / "blog.vcl"):
        os.chown(path, account.uid, account.gid)
    command: list[str | Path] = [
        program, "-F", "-n", folder / "work", "-f", folder / "blog.vcl", "-a", f"127.0.0.1:{port}",
        "-s", "malloc,16m", "-j", "none", "-p", "thread_pool_min=5",
    ]  # fmt: skip
    try:
        with (
            tempfile.TemporaryFile("w+") as log,
            start_supervised(command, folder, account, log) as supervisor,
        ):
            wait_until_listening(supervisor, port, log)
            yield f"http://127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
