"""Add a content version, so that one cheap query tells whether anything has changed.

Triggers maintain it, so that it covers every change, including manual ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The public columns of accounts. The others change at every login.
PUBLIC = "username, display_name, bio, role, is_active"
TABLES = ("posts", "tags", "post_tags", "users")

# Deferred, so that each transaction locks the row once, and only while it commits. The version is a timestamp, because
# a counter in a database restored from a backup would reuse numbers for different content.
POSTGRESQL = (
    """
    CREATE FUNCTION raise_content_version() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        this text := pg_current_xact_id()::text;
    BEGIN
        IF current_setting('blog_api.raised_in', true) IS DISTINCT FROM this THEN
            INSERT INTO content_version AS kept (id, version)
            VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
            ON CONFLICT (id) DO UPDATE SET version = greatest(excluded.version, kept.version + 1);
            PERFORM set_config('blog_api.raised_in', this, true);
        END IF;
        RETURN NULL;
    END $$
    """,
    *(
        f"""
        CREATE CONSTRAINT TRIGGER {table}_raise_content_version
        AFTER INSERT OR DELETE{"" if table == "users" else " OR UPDATE"} ON {table}
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_content_version()
        """
        for table in TABLES
    ),
    f"""
    CREATE CONSTRAINT TRIGGER users_raise_content_version_by_update AFTER UPDATE OF {PUBLIC} ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_content_version()
    """,
    *(
        f"""
        CREATE TRIGGER {table}_raise_content_version_by_truncate AFTER TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION raise_content_version()
        """
        for table in TABLES
    ),
)
SQLITE_RAISE = """
    INSERT INTO content_version (id, version)
    VALUES (1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
    ON CONFLICT (id) DO UPDATE SET version = max(excluded.version, version + 1)
"""
SQLITE_EVENTS = [
    (f"{table}_raise_content_version_by_{event}", f"{event} ON {table}")
    for table in TABLES
    for event in ("insert", "delete", *(("update",) if table != "users" else ()))
] + [("users_raise_content_version_by_update", f"UPDATE OF {PUBLIC} ON users")]


def upgrade() -> None:
    op.create_table(
        "content_version",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_content_version_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_version")),
    )
    op.execute("INSERT INTO content_version (id, version) VALUES (1, 1)")
    if _on_postgresql():
        for statement in POSTGRESQL:
            op.execute(statement)
    else:
        for name, event in SQLITE_EVENTS:
            op.execute(f"CREATE TRIGGER {name} AFTER {event} BEGIN {SQLITE_RAISE}; END")


def downgrade() -> None:
    if _on_postgresql():
        op.execute("DROP FUNCTION raise_content_version CASCADE")
    else:
        for name, _ in SQLITE_EVENTS:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("content_version")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
