"""Create the tables for users, posts, tags, login sessions and imported files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NOW = sa.text("CURRENT_TIMESTAMP")


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


LIVE = _where("status = 'published' AND deleted_at IS NULL")
KEPT = _where("deleted_at IS NULL")


def _refuse_existing_tables() -> None:
    """Raise CommandError if there are tables, but no revision in `alembic_version`."""
    wanted = {"users", "posts", "tags", "post_tags", "sessions", "imported_files"}
    if existing := wanted & set(sa.inspect(op.get_bind()).get_table_names()):
        raise CommandError(
            f"The database has tables ({', '.join(sorted(existing))}), but alembic_version names no revision. Use an "
            "empty database, or restore alembic_version from a backup. If you know which revision the tables are at, "
            "run flask --app wsgi db stamp REVISION."
        )


def upgrade() -> None:
    _refuse_existing_tables()
    op.create_table(
        "tags",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=900).with_variant(sa.String(length=900, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("updated_at", TIME, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(trim(name)) > 0", name=op.f("ck_tags_name_not_blank")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name_key", name=op.f("uq_tags_name_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_tags_slug")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "users",
        sa.Column("id", BIG, nullable=False),
        sa.Column("username", sa.String(length=50), nullable=False),
        sa.Column("username_key", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=508), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("display_name", sa.String(length=100), nullable=False),
        sa.Column("bio", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("updated_at", TIME, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("role IN ('reader', 'author', 'editor', 'admin')", name=op.f("ck_users_role")),
        sa.CheckConstraint("length(trim(username)) > 0", name=op.f("ck_users_username_not_blank")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        sa.UniqueConstraint("username_key", name=op.f("uq_users_username_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "posts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column(
            "title",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(length=10), server_default="draft", nullable=False),
        sa.Column("published_at", TIME, nullable=True),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("updated_at", TIME, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status <> 'published' OR published_at IS NOT NULL", name=op.f("ck_posts_published_at_given")
        ),
        sa.CheckConstraint("status IN ('draft', 'published', 'archived')", name=op.f("ck_posts_status")),
        sa.CheckConstraint("length(trim(title)) > 0", name=op.f("ck_posts_title_not_blank")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_posts_author_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_posts_by_author", "posts", ["author_id", sa.text("created_at DESC"), sa.text("id DESC")]
    )
    op.create_index(
        "ix_posts_by_created_at", "posts", [sa.text("created_at DESC"), sa.text("id DESC")], **KEPT
    )
    op.create_index("ix_posts_live", "posts", [sa.text("published_at DESC"), sa.text("id DESC")], **LIVE)
    op.create_index(
        "ix_posts_live_by_author",
        "posts",
        ["author_id", sa.text("published_at DESC"), sa.text("id DESC")],
        **LIVE,
    )
    op.create_index("ix_posts_live_by_title", "posts", ["title", "id"], **LIVE)
    op.create_index(
        "ix_posts_live_by_updated_at", "posts", [sa.text("updated_at DESC"), sa.text("id DESC")], **LIVE
    )
    op.create_index("uq_posts_slug", "posts", ["slug"], unique=True, **KEPT)
    op.create_table(
        "sessions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("refresh_jti", sa.String(length=36), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("last_used_at", TIME, server_default=NOW, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "imported_files",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("imported_at", TIME, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_imported_files_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_imported_files")),
    )
    op.create_index("ix_imported_files_post_id", "imported_files", ["post_id"])
    op.create_table(
        "post_tags",
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("tag_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_tags_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_post_tags_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "tag_id", name=op.f("pk_post_tags")),
    )
    op.create_index("ix_post_tags_tag_id", "post_tags", ["tag_id", "post_id"])


def downgrade() -> None:
    for table in ("post_tags", "imported_files", "sessions", "posts", "users", "tags"):
        op.drop_table(table)
