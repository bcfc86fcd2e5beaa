"""Add media: stored pictures, uploads, and where they are used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
READY, UNFINISHED = (
    {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
    for condition in ("state = 'ready'", "state <> 'ready'")
)
ONE_USER = (
    "CASE WHEN post_id IS NULL THEN 0 ELSE 1 END + CASE WHEN working_copy_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN user_id IS NULL THEN 0 ELSE 1 END = 1"
)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, TIME, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False)


def _reference(table: str, column: str, target: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), **options)


def upgrade() -> None:
    op.create_table(
        "media_files",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("variants", sa.Text(), nullable=False),
        _time("created_at"),
        sa.CheckConstraint("state IN ('pending', 'ready', 'deleting')", name=op.f("ck_media_files_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_table(
        "media",
        sa.Column("id", BIG, nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("author_id", BIG),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("alt", sa.String(500), nullable=False),
        sa.Column("caption", sa.String(1000), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _time("created_at"),
        _time("updated_at"),
        _reference("media", "file_id", "media_files"),
        _reference("media", "author_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_table(
        "media_uses",
        sa.Column("id", BIG, nullable=False),
        sa.Column("post_id", BIG),
        sa.Column("working_copy_id", BIG),
        sa.Column("user_id", BIG),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("media_id", BIG),
        sa.CheckConstraint(ONE_USER, name=op.f("ck_media_uses_one_user")),
        _reference("media_uses", "post_id", "posts", ondelete="CASCADE", onupdate="CASCADE"),
        _reference("media_uses", "working_copy_id", "working_copies", ondelete="CASCADE"),
        _reference("media_uses", "user_id", "users", ondelete="CASCADE"),
        _reference("media_uses", "file_id", "media_files"),
        _reference("media_uses", "media_id", "media"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_uses")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    _create_indexes()


def _create_indexes() -> None:
    online.create_index("ix_media_files_key", "media_files", ["key"], unique=True)
    online.create_index("ix_media_files_ready", "media_files", ["sha256"], unique=True, **READY)
    online.create_index("ix_media_files_unfinished", "media_files", ["created_at"], **UNFINISHED)
    online.create_index("ix_media_file_id", "media", ["file_id"])
    online.create_index("ix_media_author_id", "media", ["author_id", "id"])
    for column in ("post_id", "working_copy_id", "user_id", "file_id", "media_id"):
        online.create_index(f"ix_media_uses_{column}", "media_uses", [column])


def downgrade() -> None:
    for table in ("media_uses", "media", "media_files"):
        op.drop_table(table, if_exists=True)
