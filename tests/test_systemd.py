"""Tests of the systemd units in deploy/ and in the documentation."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

from config import PROJECT, load
from tests.http import ask
from tests.service import launch_on
from tests.tools import require

UNITS = sorted((PROJECT / "deploy").glob("blog*.s*"))


def units():
    """Return the units by name: those in deploy/ and those in docs/deployment.md."""
    page = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```ini\n(.*?)```", page, re.DOTALL)
    printed = re.findall(r"^# (\S+)\n(.*?)(?=^# |\Z)", block, re.DOTALL | re.MULTILINE)
    return {unit.name: unit.read_text(encoding="utf-8") for unit in UNITS} | dict(printed)


def test_systemd_accepts_the_units(tmp_path):
    analyze = require("systemd-analyze")
    programs = str(Path(sys.executable).parent)
    copies = []
    for name, text in units().items():
        copies.append(tmp_path / name)
        copies[-1].write_text(text.replace("/srv/blog/.venv/bin", programs), encoding="utf-8")
    done = subprocess.run([analyze, "verify", *copies], capture_output=True, text=True)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "blog" in line]) == (0, [])


def test_all_service_units_use_the_production_settings():
    programs = {name: text for name, text in units().items() if "\nExecStart=" in text}
    assert set(programs) == {"blog.service", "blog-worker.service", "blog-cleanup.service"}
    for text in programs.values():
        assert {"EnvironmentFile=/etc/blog.env", "Environment=APP_ENV=production"} <= set(text.splitlines())


def test_the_service_can_write_to_the_folder_of_pictures():
    folder = Path(load({})["MEDIA_STORE"]).relative_to(PROJECT)
    assert f"ReadWritePaths=-/srv/blog/{folder}" in units()["blog.service"].splitlines()


def test_requests_wait_in_the_socket_until_the_service_starts(tmp_path):
    url = f"sqlite:///{tmp_path / 'blog.db'}"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with launch_on(listener, url, MIGRATE_ON_START="true") as service:
            assert ask(service.url, "GET", "/health/live").status == 200
        early = socket.create_connection(listener.getsockname(), timeout=30)
        early.sendall(b"GET /health/live HTTP/1.1\r\nHost: blog.example\r\nConnection: close\r\n\r\n")
        with early, launch_on(listener, url):
            assert early.recv(100).startswith(b"HTTP/1.1 200 ")
