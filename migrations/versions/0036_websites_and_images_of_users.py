"""Add the website and the image of users."""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

NAME = "users_raise_content_version_by_profile"
# Add a trigger instead of replacing another one, so that there is no gap without a trigger.
POSTGRESQL = f"""
    DROP TRIGGER IF EXISTS {NAME} ON users;
    CREATE CONSTRAINT TRIGGER {NAME} AFTER UPDATE OF website, image ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_content_version()
"""
SQLITE = f"""
    CREATE TRIGGER {NAME} AFTER UPDATE OF website, image ON users BEGIN
        INSERT INTO content_version (id, version)
        VALUES (1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
        ON CONFLICT (id) DO UPDATE SET version = max(excluded.version, version + 1);
    END
"""


def upgrade() -> None:
    online.add_column("users", sa.Column("website", sa.String(1000)))
    online.add_column("users", sa.Column("image", sa.Text()))
    online.execute(POSTGRESQL if online.on_postgresql() else SQLITE)


def downgrade() -> None:
    online.execute(f"DROP TRIGGER IF EXISTS {NAME}" + (" ON users" if online.on_postgresql() else ""))
    online.drop_column("users", "image")
    online.drop_column("users", "website")
