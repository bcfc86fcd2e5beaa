"""What tests of the import ask about a database and a report."""

from __future__ import annotations

from sqlalchemy import func, select

from blog_api.database.session import db, reading


def count(app, column):
    with app.app_context(), reading():
        return db.session.execute(select(func.count(column))).scalar_one()


def reasons(report):
    return {refusal.path.name: (refusal.line, refusal.reason) for refusal in report.rejected}
