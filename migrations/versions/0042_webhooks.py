"""Add webhooks, their deliveries, and the former tags and authors of posts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
PENDING = sa.text("state = 'pending'")
# Each table of links, with the kind and the column of what a post is linked to.
LINKS = (("post_tags", "tag", "tag_id"), ("post_authors", "user", "user_id"))
# Keep them for longer than messages wait for an endpoint that fails.
DAYS = 30
REMEMBER = """
    INSERT INTO former_links (post_id, kind, entity_id, expires_at)
    SELECT OLD.post_id, '{kind}', OLD.{column}, {expires_at}
    WHERE EXISTS (SELECT 1 FROM webhooks WHERE kind = 'purge' AND is_active)
    ON CONFLICT (post_id, kind, entity_id) DO UPDATE SET expires_at = excluded.expires_at
"""
ON_POSTGRESQL = """
    CREATE OR REPLACE FUNCTION {table}_remember() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {remember};
        RETURN NULL;
    END $$
"""


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, TIME, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(5), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.String(80), nullable=False),
        sa.Column("old_secret", sa.String(80)),
        sa.Column("old_secret_until", TIME),
        sa.Column("failing_since", TIME),
        sa.Column("last_error", sa.String(200), server_default="", nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("lease_owner", sa.String(32)),
        sa.Column("lease_until", TIME),
        _time("created_at"),
        _time("updated_at"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('event', 'purge')", name=op.f("ck_webhooks_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    _create_deliveries()
    online.add_column("outbox", sa.Column("webhook_id", BIG))
    _create_former_links()


def _create_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", BIG, nullable=False),
        sa.Column("webhook_id", BIG, nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("is_ordered", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(9), server_default="pending", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("status_code", sa.SmallInteger()),
        sa.Column("error", sa.String(200), server_default="", nullable=False),
        sa.Column("duration", sa.Integer()),
        sa.Column("attempted_at", TIME),
        sa.Column("claimed_until", TIME),
        _time("created_at"),
        sa.Column("expires_at", TIME),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_state")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    online.create_index("ix_webhook_deliveries_webhook_id", "webhook_deliveries", ["webhook_id", "id"])
    online.create_index(
        "ix_webhook_deliveries_pending",
        "webhook_deliveries",
        ["webhook_id", "is_ordered", "id"],
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )
    online.create_index("ix_webhook_deliveries_expires_at", "webhook_deliveries", ["expires_at"])


def _create_former_links() -> None:
    op.create_table(
        "former_links",
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("kind", sa.String(4), nullable=False),
        sa.Column("entity_id", BIG, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('tag', 'user')", name=op.f("ck_former_links_kind")),
        sa.PrimaryKeyConstraint("post_id", "kind", "entity_id", name=op.f("pk_former_links")),
        if_not_exists=True,
    )
    online.create_index("ix_former_links_expires_at", "former_links", ["expires_at"])
    for table, kind, column in LINKS:
        if online.on_postgresql():
            remember = REMEMBER.format(
                kind=kind, column=column, expires_at=f"statement_timestamp() + INTERVAL '{DAYS} days'"
            )
            online.execute(ON_POSTGRESQL.format(table=table, remember=remember))
            online.execute(f"""
                CREATE OR REPLACE TRIGGER {table}_remember AFTER DELETE OR UPDATE OF {column} ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_remember()
            """)
            continue
        remember = REMEMBER.format(kind=kind, column=column, expires_at=f"datetime('now', '+{DAYS} days')")
        for suffix, event in (("delete", "DELETE"), ("update", f"UPDATE OF {column}")):
            online.execute(
                f"CREATE TRIGGER {table}_remember_by_{suffix} AFTER {event} ON {table} BEGIN {remember}; END"
            )


def downgrade() -> None:
    for table, _, _ in LINKS:
        if online.on_postgresql():
            online.execute(f"DROP TRIGGER IF EXISTS {table}_remember ON {table}")
            online.execute(f"DROP FUNCTION IF EXISTS {table}_remember")
            continue
        for suffix in ("delete", "update"):
            online.execute(f"DROP TRIGGER IF EXISTS {table}_remember_by_{suffix}")
    op.drop_table("former_links", if_exists=True)
    online.drop_column("outbox", "webhook_id")
    for table in ("webhook_deliveries", "webhooks"):
        op.drop_table(table, if_exists=True)
