"""Query the database and the report in tests of the import."""

from __future__ import annotations

from sqlalchemy import func, select

from blog_api.database.session import db, reading


def count(app, column):
    with app.app_context(), reading():
        return db.session.execute(select(func.count(column))).scalar_one()


def reasons(report):
    return {issue.path.name: (issue.line, issue.reason) for issue in report.rejected}
