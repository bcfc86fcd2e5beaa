"""Fixtures for importing a folder of Markdown files."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from blog_api.database.session import db, reading
from blog_api.models.imports import ImportedFile
from blog_api.models.posts import Post
from blog_api.models.users import User
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.markdown.sources import read_profiles
from tests.services.helpers import folder_import

FILE = "---\ntitle: {title}\ndate: 2020-05-01\nauthor: ada\ntags: [one, two]\n---\n{content}\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "posts"
    path.mkdir()
    return path


@pytest.fixture
def write(folder):
    """Write a file to the folder, either `whole` or with this title and content."""

    def write_file(name="hello.md", whole=None, *, title="Hello", content="Text."):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = FILE.format(title=title, content=content) if whole is None else whole
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write_file


@pytest.fixture
def run(app, folder):
    """Import a folder and return the report."""

    def run_import(
        path=folder, *, authors=None, name=None, default_author="imported", mapped=None, **options
    ):
        with app.app_context():
            profiles, _ = read_profiles(authors) if authors else ({}, [])
            found = Authors(profiles, mapped or {})
            options["default_author"] = default_author
            return folder_import(app, path, name or path.as_posix(), found, **options).run()

    return run_import


@pytest.fixture
def posts(app):
    """Read all imported posts, including trashed ones, by file name."""

    def read_posts():
        with app.app_context(), reading():
            rows = db.session.execute(
                select(
                    ImportedFile.source,
                    *(Post.id, Post.slug, Post.title, Post.summary, Post.content, Post.status, Post.version),
                    *(Post.published_at, Post.deleted_at, User.username, User.display_name, User.bio),
                )
                .join(Post, Post.id == ImportedFile.post_id)
                .join(User, User.id == Post.author_id)
            )
            return {row.source.rpartition("/")[2]: row for row in rows}

    return read_posts
