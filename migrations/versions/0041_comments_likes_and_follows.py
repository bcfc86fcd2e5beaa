"""Add comments, likes and follows, and count the activity of readers per post."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
CONTENT_TABLES = ("posts", "revisions", "working_copies")
KIND = "ck_outbox_kind"
KINDS_BEFORE = (
    "kind IN ('password_reset', 'email_change', 'email_change_asked', 'email_changed', 'invitation')"
)
KINDS = (
    "kind IN ('password_reset', 'email_change', 'email_change_asked', 'email_changed', 'invitation', "
    "'comment', 'reply', 'webhook_disabled')"
)
SHOWN = {True: "shown", False: "shown = 1"}
HELD = "status IN ('pending', 'spam')"
WITH_GUEST_DATA = "guest_email IS NOT NULL OR ip IS NOT NULL"


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, TIME, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False)


def _post_id(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["post_id"], ["posts.id"], name=op.f(f"fk_{table}_post_id"), ondelete="CASCADE", onupdate="CASCADE"
    )


def _user_id(table: str, column: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["users.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )


def upgrade() -> None:
    for table in CONTENT_TABLES:
        online.add_column(
            table, sa.Column("comments_open", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        online.add_column(table, sa.Column("comments_close_at", TIME))
    online.add_column(
        "users", sa.Column("comment_mail", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    # Of comments. Without a foreign key, as the other columns.
    online.add_column("changes", sa.Column("post_id", BIG))
    _create_comments()
    _create_reactions()
    online.add_column("outbox", sa.Column("comment_id", BIG))
    online.drop_check(KIND, "outbox", KINDS_BEFORE)
    online.add_check(KIND, "outbox", KINDS)


def _create_comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("parent_id", BIG),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        sa.Column("user_id", BIG),
        sa.Column("guest_name", sa.String(100)),
        sa.Column("guest_email", sa.String(254)),
        sa.Column("ip", sa.String(45)),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'spam', 'deleted')", name=op.f("ck_comments_status")
        ),
        sa.CheckConstraint("depth BETWEEN 0 AND 5", name=op.f("ck_comments_depth")),
        _post_id("comments"),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["comments.id"], name=op.f("fk_comments_parent_id"), ondelete="CASCADE"
        ),
        _user_id("comments", "user_id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    shown = sa.text(SHOWN[online.on_postgresql()])
    held, guests = sa.text(HELD), sa.text(WITH_GUEST_DATA)
    online.create_index(
        "ix_comments_thread",
        "comments",
        ["post_id", "created_at", "id"],
        postgresql_where=shown,
        sqlite_where=shown,
    )
    online.create_index("ix_comments_post_id", "comments", ["post_id"])
    online.create_index("ix_comments_parent_id", "comments", ["parent_id"])
    online.create_index("ix_comments_user_id", "comments", ["user_id", "id"])
    online.create_index(
        "ix_comments_held", "comments", ["status", "id"], postgresql_where=held, sqlite_where=held
    )
    online.create_index(
        "ix_comments_guest_data", "comments", ["created_at"], postgresql_where=guests, sqlite_where=guests
    )


def _create_reactions() -> None:
    op.create_table(
        "post_activity",
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("comments >= 0", name=op.f("ck_post_activity_comments")),
        sa.CheckConstraint("likes >= 0", name=op.f("ck_post_activity_likes")),
        _post_id("post_activity"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_activity")),
        if_not_exists=True,
    )
    op.create_table(
        "likes",
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        _time("created_at"),
        _post_id("likes"),
        _user_id("likes", "user_id"),
        sa.PrimaryKeyConstraint("post_id", "user_id", name=op.f("pk_likes")),
        if_not_exists=True,
    )
    online.create_index("ix_likes_user_id", "likes", ["user_id", "post_id"])
    op.create_table(
        "follows",
        sa.Column("follower_id", BIG, nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        _time("created_at"),
        _user_id("follows", "follower_id"),
        _user_id("follows", "author_id"),
        sa.PrimaryKeyConstraint("follower_id", "author_id", name=op.f("pk_follows")),
        if_not_exists=True,
    )
    online.create_index("ix_follows_author_id", "follows", ["author_id"])


def downgrade() -> None:
    online.drop_check(KIND, "outbox", KINDS)
    # The earlier code does not support these messages.
    online.execute("DELETE FROM outbox WHERE kind IN ('comment', 'reply', 'webhook_disabled')")
    online.add_check(KIND, "outbox", KINDS_BEFORE)
    online.drop_column("outbox", "comment_id")
    for table in ("follows", "likes", "post_activity", "comments"):
        op.drop_table(table, if_exists=True)
    online.execute("DELETE FROM changes WHERE type LIKE 'comment.%'")
    online.drop_column("changes", "post_id")
    online.drop_column("users", "comment_mail")
    for table in CONTENT_TABLES:
        online.drop_column(table, "comments_close_at")
        online.drop_column(table, "comments_open")
