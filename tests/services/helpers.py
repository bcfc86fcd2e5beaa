"""Query the database and the report in tests of the import."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from blog_api.database.session import db, reading
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.importer import Importer
from blog_api.services.importing.markdown.folder import MarkdownFolder, Settings
from blog_api.services.importing.markdown.picture_files import PictureFolders, find_static_folders
from blog_api.services.importing.pictures import Pictures


def pictures_of(app, folder, *, dry_run=False):
    """Return the pictures of an import of this folder, as the command looks for them."""
    folders = PictureFolders(folder, find_static_folders(folder), max_bytes=2**20)
    return Pictures(folders, app.extensions["media_store"], 2**20, dry_run=dry_run)


def folder_import(app, folder, name, authors=None, *, timezone="UTC", gone="keep", **options):
    """Return an import of this folder, as the command sets it up."""
    pictures = pictures_of(app, folder, dry_run=options.get("dry_run", False))
    default_author = options.pop("default_author", "imported")
    importer = Importer(folder, default_author, authors or Authors(), pictures, **options)
    return MarkdownFolder(folder, name, importer, Settings(timezone), gone)


def count(app, column):
    with app.app_context(), reading():
        return db.session.execute(select(func.count(column))).scalar_one()


def reasons(report):
    refused = [entry for entry in report.entries if entry.level == "refused"]
    return {Path(entry.source).name: (entry.line, entry.detail) for entry in refused}


def noted(report, code):
    """Return the file names and details of the notes with this code."""
    return [(Path(entry.source).name, entry.detail) for entry in report.sorted_entries if entry.code == code]
