"""Raise the content version also when only the version of an account changes.

The account version is part of a public ETag, even if only private columns have changed.
"""

from __future__ import annotations

from migrations import online

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAME = "users_raise_content_version_by_version"
# Add a trigger instead of replacing one of 0003, so that there is no gap without a trigger.
POSTGRESQL = f"""
    DROP TRIGGER IF EXISTS {NAME} ON users;
    CREATE CONSTRAINT TRIGGER {NAME} AFTER UPDATE OF version ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_content_version()
"""
SQLITE = f"""
    CREATE TRIGGER {NAME} AFTER UPDATE OF version ON users BEGIN
        INSERT INTO content_version (id, version)
        VALUES (1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
        ON CONFLICT (id) DO UPDATE SET version = max(excluded.version, version + 1);
    END
"""


def upgrade() -> None:
    online.execute(POSTGRESQL if online.on_postgresql() else SQLITE)


def downgrade() -> None:
    online.execute(f"DROP TRIGGER IF EXISTS {NAME}" + (" ON users" if online.on_postgresql() else ""))
