"""Tests of the commands in docs/deployment.md: online backups can be restored."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, make_url, text

from config import PROJECT, SETTINGS
from tests import postgres
from tests.apps import SECRET, migrate, running_app

PAGE = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")
ADA = {"username": "ada", "password": "correct horse battery"}


@pytest.fixture
def run(tmp_path):
    """A function that runs commands as printed, in a folder like that of the project."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    path = os.pathsep.join([str(postgres.find_binaries()), os.environ.get("PATH", os.defpath)])
    own = {**dict.fromkeys(SETTINGS, ""), "APP_ENV": "testing", "SECRET_KEY": SECRET, "PATH": path}

    def shell(commands, *, succeeds=True, **environment):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=tmp_path, env={**os.environ, **own, "PYTHONPATH": str(PROJECT), **environment},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert (done.returncode == 0) is succeeds, done.stdout + done.stderr

    return shell


def commands_of(title):
    """Return the commands to back up and to restore below a heading."""
    below = PAGE.split(f"\n### {title}\n")[1].split("\n##")[0]
    backup, restore = re.findall(r"```sh\n(.*?)```", below, re.DOTALL)
    return backup, restore


@contextlib.contextmanager
def client_of(url):
    """Yield a client of an app on this database."""
    with running_app(url) as app:
        yield app.test_client()


def make_blog(url):
    """Create a blog with one account, and return the headers of its login."""
    with client_of(migrate(url)) as client:
        account = client.post("/api/v1/auth/register", json=ADA | {"email": "ada@example.com"})
        assert account.status_code == 201, account.text
        tokens = client.post("/api/v1/auth/login", json=ADA).json
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def write(client, headers, title):
    body = {"title": title, "content": "", "status": "published", "tags": ["a"]}
    reply = client.post("/api/v1/posts", json=body, headers=headers)
    assert reply.status_code == 201, reply.text


def titles(client):
    return [post["title"] for post in client.get("/api/v1/posts?tag=a").json["data"]]


def check_restored(url, headers):
    """Assert that the state of the backup is restored, and that the blog works."""
    with client_of(url) as client:
        assert titles(client) == ["Before"]
        write(client, headers, "After")
        assert titles(client) == ["After", "Before"]


def test_sqlite_backup_and_restore(run, tmp_path):
    backup, restore = commands_of("SQLite")
    (tmp_path / "instance").mkdir()
    url = f"sqlite:///{tmp_path}/instance/blog.db"
    headers = make_blog(url)
    with client_of(url) as client:
        run(backup)
        write(client, headers, "Before")
        run(backup)
        write(client, headers, "Meanwhile")
        assert (tmp_path / "instance/blog.db-wal").exists()
    (made,) = tmp_path.glob("*.db")
    run(restore, DATABASE_URL=url, BACKUP=made.name)
    check_restored(url, headers)


def test_the_backup_of_a_missing_file_fails(run, tmp_path):
    backup, _ = commands_of("SQLite")
    (tmp_path / "instance").mkdir()
    run(backup, succeeds=False)
    assert list(tmp_path.rglob("*.db")) == []


@pytest.fixture
def server(cluster):
    """A function that returns the URL of a database for PostgreSQL programs. Drops the databases afterwards."""
    engine = create_engine(cluster, isolation_level="AUTOCOMMIT")

    def drop():
        with engine.connect() as connection:
            for name in ("blog_original", "blog_restored"):
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    drop()
    postgres.create_database(cluster, "blog_original")
    plain = make_url(cluster).set(drivername="postgresql")
    yield lambda name: plain.set(database=name).render_as_string(hide_password=False)
    drop()
    engine.dispose()


def test_postgresql_backup_and_restore(run, server, tmp_path):
    backup, restore = commands_of("PostgreSQL")
    url, restored = server("blog_original"), server("blog_restored")
    headers = make_blog(url)
    with client_of(url) as client:
        run(backup, DATABASE_URL=url)
        write(client, headers, "Before")
        run(backup, DATABASE_URL=url)
        write(client, headers, "Meanwhile")
        (made,) = tmp_path.glob("*.dump")
        run(restore, DATABASE_URL=url, RESTORED_URL=restored, BACKUP=made.name)
        check_restored(restored, headers)
        assert titles(client) == ["Meanwhile", "Before"]


def test_all_commands_on_the_page_exist(app):
    named = set(re.findall(r"flask --app wsgi ([a-z-]+)", PAGE))
    assert {"cleanup", "prune-tags"} <= named <= set(app.cli.list_commands(None)) | {"db"}


def test_pictures_can_be_restored_from_a_backup_of_their_folder(run, tmp_path):
    below = PAGE.split("\n### Pictures\n")[1].split("\n### ")[0]
    backup, restore = re.findall(r"^tar .*$", below, re.MULTILINE)
    picture = tmp_path / "instance" / "media" / ("a" * 32) / "320.webp"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"picture")
    run(backup)
    shutil.rmtree(tmp_path / "instance" / "media")
    (archive,) = tmp_path.glob("media-*.tar")
    run(restore, BACKUP=str(archive))
    assert picture.read_bytes() == b"picture"
