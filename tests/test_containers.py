"""Tests of Dockerfile and compose.yaml without Docker: the files of the image suffice to run all its processes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from config import PROJECT, SETTINGS, load
from config_keys import is_weak
from tests.apps import SECRET
from tests.http import ask
from tests.service import launch_in

DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
    if line.strip() and not line.startswith("#")
]
COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))
PAGE = (PROJECT / "docs" / "containers.md").read_text(encoding="utf-8")


def arguments(name):
    """Return the arguments of all instructions with this name."""
    return [text for instruction, text in INSTRUCTIONS if instruction == name]


def environment():
    (text,) = arguments("ENV")
    return dict(pair.split("=", 1) for pair in shlex.split(text))


@pytest.fixture
def image(tmp_path):
    """A folder with what the Dockerfile copies, in which the virtual environment of the tests stands for its own."""
    folder = tmp_path / "image"
    folder.mkdir()
    for copy in arguments("COPY"):
        if not copy.startswith("--from"):
            *sources, target = copy.split()
            for source in sources:
                copy_into(folder, source, target)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def copy_into(folder, source, target):
    if (PROJECT / source).is_dir():
        shutil.copytree(PROJECT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(PROJECT / source, folder / target)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_files_in_the_image_run_the_service_its_commands_and_its_health_check(image, empty_url):
    settings = {
        **dict.fromkeys(SETTINGS, ""),
        "SECRET_KEY": SECRET,
        "DATABASE_URL": empty_url,
        "PYTHONPATH": "",
    }
    for command in (
        COMPOSE["services"]["migrate"]["command"],
        ["flask", "worker", "--once"],
    ):
        done = run_in_image(image, command, settings)
        assert done.returncode == 0, done.stderr
    (command,) = arguments("CMD")
    assert json.loads(command) == ["gunicorn", "wsgi:app"]
    (check,) = arguments("HEALTHCHECK")
    check = json.loads(check.partition("CMD ")[2])
    with launch_in(image, empty_url, APP_ENV="production", SECRET_KEY=SECRET) as service:
        assert ask(service.url, "GET", "/health/ready").json["status"] == "ok"
        port = service.url.rpartition(":")[2]
        assert run_in_image(image, check, {**settings, "PORT": port}).returncode == 0
    assert run_in_image(image, check, {**settings, "PORT": port}).returncode != 0


def run_in_image(folder, command, settings):
    own = {**environment(), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}", **settings}
    given = {**own, "APP_ENV": environment()["APP_ENV"]}
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=120)


def test_the_build_context_contains_what_the_dockerfile_copies_and_nothing_else():
    ignored = [
        line for line in (PROJECT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"
    ]
    copied = {source for copy in arguments("COPY") if copy[0] != "-" for source in copy.split()[:-1]}
    assert ignored == ["*", *(f"!{name}" for name in ignored_but(ignored)), "**/__pycache__"]
    assert set(ignored_but(ignored)) == copied
    assert all((PROJECT / name).exists() for name in copied)


def ignored_but(lines):
    return [line[1:] for line in lines if line.startswith("!")]


def test_the_image_has_two_stages_and_does_not_run_as_root():
    assert arguments("FROM") == ["python:${PYTHON} AS build", "python:${PYTHON}"]
    last = INSTRUCTIONS[max(i for i, one in enumerate(INSTRUCTIONS) if one[0] == "FROM") :]
    assert ("USER", "10001:10001") in last
    assert not [text for name, text in last if name == "RUN" and "pip" in text]


def blog_containers():
    return {name: one for name, one in COMPOSE["services"].items() if one.get("image") == "blog_api"}


def test_compose_runs_the_service_after_the_migrations():
    assert set(blog_containers()) == {"migrate", "service", "worker"}
    assert COMPOSE["services"]["worker"]["command"] == ["flask", "worker"]
    for name in ("service", "worker"):
        waits = COMPOSE["services"][name]["depends_on"]["migrate"]
        assert waits == {"condition": "service_completed_successfully"}
    for one in blog_containers().values():
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]


def test_pictures_are_on_a_volume_that_the_service_can_write_to_and_nginx_can_read():
    folder = f"/srv/blog/{Path(load({})['MEDIA_STORE']).relative_to(PROJECT)}"
    for one in blog_containers().values():
        assert one["volumes"] == [f"media:{folder}"]
    assert f"media:{folder}:ro" in COMPOSE["services"]["nginx"]["volumes"]
    assert "install --directory --owner=blog --group=blog instance/media" in arguments("RUN")
    assert f"root {Path(folder).parent};" in (PROJECT / "deploy" / "nginx-locations.conf").read_text()


def test_the_settings_in_compose_are_valid():
    for one in blog_containers().values():
        given = {
            name: re.sub(r"\$\{\w+:\?[^}]*\}", "secret", value) for name, value in one["environment"].items()
        }
        assert set(given) <= set(SETTINGS)
        settings = load({**given, "SECRET_KEY": SECRET})
        assert settings["DATABASE_URL"].host in COMPOSE["services"]
        assert settings["RATELIMIT_STORAGE_URL"].split("/")[2] == "redis:6379"


def test_only_nginx_publishes_a_port_and_all_images_are_pinned():
    assert [name for name, one in COMPOSE["services"].items() if "ports" in one] == ["nginx"]
    for one in COMPOSE["services"].values():
        assert one["image"] == "blog_api" or re.fullmatch(r"[a-z]+:[0-9][\w.-]*", one["image"])
        assert all(
            (PROJECT / volume.split(":")[0]).is_file()
            for volume in one.get("volumes", [])
            if volume[0] == "."
        )


def test_the_page_creates_secrets_that_the_service_accepts(tmp_path):
    (command,) = re.findall(r"^\(umask .*\)$", PAGE, re.MULTILINE)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    file = tmp_path / ".env"
    assert file.stat().st_mode & 0o077 == 0
    secrets = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert set(secrets) == {"SECRET_KEY", "POSTGRES_PASSWORD"}
    assert not is_weak(secrets["SECRET_KEY"])


def test_all_flask_commands_on_the_page_exist(app):
    named = set(re.findall(r"\bflask ([a-z-]+)", PAGE))
    assert {"create-admin", "cleanup", "worker"} <= named <= set(app.cli.list_commands(None)) | {"db"}
