"""Create the triggers that invalidate cached responses when public content changes.

Revisions name the table, columns and scope explicitly, so that later changes of the models do not affect them. A test
compares the triggers of a migrated database with the declarations in the models.
"""

from __future__ import annotations

from typing import Literal

from migrations import online

_RAISE_ON_SQLITE = """
    INSERT INTO content_version (id, version)
    VALUES (1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
    ON CONFLICT (id) DO UPDATE SET version = max(excluded.version, version + 1)
"""


def create_triggers(table: str, columns: tuple[str, ...] = (), *, scope: Literal["site"]) -> None:
    """Invalidate the responses of `scope` when a row is inserted or deleted, or one of `columns` (or any) is updated.

    This replaces earlier triggers of the table. Call it last in a revision: PostgreSQL cannot alter a table while
    deferred triggers are pending on it.
    """
    assert scope == "site"
    events = {"insert": "INSERT", "delete": "DELETE", "update": "UPDATE"}
    if columns:
        events["update"] += f" OF {', '.join(columns)}"
    if online.on_postgresql():
        name = f"{table}_raise_content_version"
        online.execute(f"""
            DROP TRIGGER IF EXISTS {name} ON {table};
            CREATE CONSTRAINT TRIGGER {name} AFTER {" OR ".join(events.values())} ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_content_version()
        """)
        online.execute(f"""
            CREATE OR REPLACE TRIGGER {name}_by_truncate AFTER TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION raise_content_version()
        """)
        return
    for suffix, event in events.items():
        name = f"{table}_raise_content_version_by_{suffix}"
        online.execute(f"DROP TRIGGER IF EXISTS {name}")
        online.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {_RAISE_ON_SQLITE}; END")
