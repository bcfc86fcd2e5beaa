"""Query the database and the report in tests of the import."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from blog_api.database.session import db, reading


def count(app, column):
    with app.app_context(), reading():
        return db.session.execute(select(func.count(column))).scalar_one()


def reasons(report):
    refused = [entry for entry in report.entries if entry.level == "refused"]
    return {Path(entry.source).name: (entry.line, entry.detail) for entry in refused}


def noted(report, code):
    """Return the file names and details of the notes with this code."""
    return [(Path(entry.source).name, entry.detail) for entry in report.entries if entry.code == code]
