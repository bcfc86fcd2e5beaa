"""A real nginx with the configuration in deploy/nginx.conf, in front of a service."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from config import PROJECT
from tests.certificates import Certificate, self_signed
from tests.postgres import SECONDS_TO_START, free_port, server_account, start_supervised
from tests.tools import require

DEPLOY = PROJECT / "deploy"
# The file that the configurations include, and where operators install it.
SHARED, INSTALLED = "nginx-locations.conf", "/etc/nginx/blog-locations.conf"
# The folder above that of the pictures.
INSTANCE = "/srv/blog/instance"
MODULES = Path("/usr/lib/nginx/modules")
# The main configuration around that of the site. nginx writes only to a temporary folder.
AROUND = """
{modules}
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """The URLs of nginx, with and without TLS."""

    url: str
    plain_url: str


@contextmanager
def nginx(service: str, shared: str | None = None, modules: str = "") -> Iterator[Nginx]:
    """Run nginx with deploy/nginx.conf in front of the service at this URL.

    `shared` replaces the file that it includes. Skip the test if nginx or openssl is missing.
    """
    plain, secure = free_port(), free_port()
    shared = shared or (DEPLOY / SHARED).read_text(encoding="utf-8")
    with (
        self_signed("blog.example") as certificate,
        serving(
            _site(certificate, plain, secure, urlsplit(service).netloc), secure, modules, **{SHARED: shared}
        ),
    ):
        yield Nginx(f"https://127.0.0.1:{secure}", f"http://127.0.0.1:{plain}")


@contextmanager
def nginx_in_container(service: str) -> Iterator[str]:
    """Run nginx with deploy/nginx-container.conf in front of the service at this URL, and yield the URL of nginx."""
    port = free_port()
    changes = {
        "server service:8000": f"server {urlsplit(service).netloc}",
        "listen 80;": f"listen 127.0.0.1:{port};",
        INSTALLED: SHARED,
    }
    site = _changed((DEPLOY / "nginx-container.conf").read_text(encoding="utf-8"), changes)
    with serving(site, port, **{SHARED: (DEPLOY / SHARED).read_text(encoding="utf-8")}):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving(site: str, port: int, modules: str = "", **files: str) -> Iterator[None]:
    """Run nginx with the configuration `site`, which listens on `port` and can include `files`. Skip without nginx.

    `modules` are the directives that load modules.
    """
    program, account = require("nginx"), server_account()
    folder = Path(tempfile.mkdtemp(prefix="blog-nginx-"))
    written = {**files, "nginx.conf": AROUND.format(folder=folder, modules=modules), "site.conf": site}
    try:
        for name, text in written.items():
            (folder / name).write_text(text, encoding="utf-8")
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.uid, account.gid)
        command: list[str | Path] = [program, "-p", folder, "-c", folder / "nginx.conf"]
        with (
            tempfile.TemporaryFile("w+") as log,
            start_supervised(command, folder, account, log) as supervisor,
        ):
            wait_until_listening(supervisor, port, log)
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _site(certificate: Certificate, plain: int, secure: int, service: str) -> str:
    """Return the configuration with the changes that an operator makes, and with free ports."""
    changes = {
        INSTALLED: SHARED,
        "127.0.0.1:8000": service,
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
        "/etc/ssl/blog.crt": str(certificate.file),
        "/etc/ssl/blog.key": str(certificate.key),
    }
    return _changed((DEPLOY / "nginx.conf").read_text(encoding="utf-8"), changes)


def _changed(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def wait_until_listening(supervisor: subprocess.Popen[bytes], port: int, log: IO[str]) -> None:
    """Wait until the port accepts connections. Raises RuntimeError with the log if nginx exits or takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if supervisor.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                raise RuntimeError(f"the server does not listen: {log.read()}") from error
            time.sleep(0.02)
        else:
            return
