"""Reserve the slugs and usernames under which posts, tags and accounts were public.

Create the tables, then the triggers that maintain them for new writes, then fill them from existing rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online, public_content

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
# SQLite's clock has milliseconds. Round up, since times are stored with microseconds.
NOW = {"postgresql": "clock_timestamp()", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now') || '999'"}
WAS_LIVE = "OLD.status = 'published' AND OLD.deleted_at IS NULL AND OLD.published_at <= {now}"
TAG_WAS_LIVE = """
    EXISTS (SELECT 1 FROM post_tags WHERE tag_id = OLD.id AND published_at <= {now})
    OR EXISTS (
        SELECT 1 FROM post_tags JOIN post_slugs ON post_slugs.post_id = post_tags.post_id
        WHERE post_tags.tag_id = OLD.id AND post_slugs.public_at IS NOT NULL
    )
"""
# A plain INSERT, so that another owner of the slug or username is an error.
CLAIM = """
    INSERT INTO {table} ({key}, {owner}) SELECT NEW.{column}, NEW.id WHERE {condition}
    NOT EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{column} AND {owner} = NEW.id);
"""
CLAIM_POST = CLAIM.format(
    table="post_slugs", key="slug", column="slug", owner="post_id", condition="NEW.deleted_at IS NULL AND"
)
CLAIM_TAG = CLAIM.format(table="tag_slugs", key="slug", column="slug", owner="tag_id", condition="")
CLAIM_USER = CLAIM.format(
    table="usernames", key="username_key", column="username_key", owner="user_id", condition=""
)
# Keep the old slug if it was public, otherwise free it.
RELEASE_POST = f"""
    INSERT INTO post_slugs (slug, post_id, public_at) SELECT OLD.slug, OLD.id, OLD.published_at WHERE {WAS_LIVE}
    ON CONFLICT (slug) DO UPDATE SET public_at = excluded.public_at WHERE post_slugs.post_id = excluded.post_id;
    DELETE FROM post_slugs WHERE slug = OLD.slug AND post_id = OLD.id AND public_at IS NULL
    AND (NEW.slug <> OLD.slug OR NEW.deleted_at IS NOT NULL);
"""
RELEASE_TAG = f"DELETE FROM tag_slugs WHERE slug = OLD.slug AND tag_id = OLD.id AND NOT ({TAG_WAS_LIVE});"
# The table with the triggers, the columns whose change fires them, and what an INSERT and an UPDATE do.
TRIGGERS = (
    ("posts", ("slug", "status", "published_at", "deleted_at"), CLAIM_POST, RELEASE_POST + CLAIM_POST),
    ("tags", ("slug",), CLAIM_TAG, RELEASE_TAG + CLAIM_TAG),
    ("users", ("username_key",), CLAIM_USER, CLAIM_USER),
)
TRASHED = "deleted_at IS NOT NULL AND status = 'published' AND published_at <= deleted_at"
# Posts in the trash last: others may have taken their slugs. On PostgreSQL the rows are locked, as in 0002.
FILLS = (
    ("posts", "post_slugs (slug, post_id) SELECT slug, id FROM posts WHERE deleted_at IS NULL"),
    ("posts", f"post_slugs (slug, post_id, public_at) SELECT slug, id, published_at FROM posts WHERE {TRASHED}"),
    ("tags", "tag_slugs (slug, tag_id) SELECT slug, id FROM tags WHERE true"),
    ("users", "usernames (username_key, user_id) SELECT username_key, id FROM users WHERE true"),
)  # fmt: skip


def create_table(
    name: str, key: str, length: int, owner: str, parent: str, *columns: sa.Column[object]
) -> None:
    op.create_table(
        name,
        sa.Column("id", BIG, nullable=False),
        sa.Column(key, sa.String(length), nullable=False),
        sa.Column(owner, BIG, nullable=name == "usernames"),
        *columns,
        sa.ForeignKeyConstraint(
            [owner],
            [f"{parent}.id"],
            name=op.f(f"fk_{name}_{owner}"),
            ondelete="CASCADE",
            onupdate="CASCADE" if parent == "posts" else None,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(key, name=op.f(f"uq_{name}_{key}")),
        if_not_exists=True,
    )
    online.create_index(f"ix_{name}_{owner}", name, [owner])


def create_triggers(table: str, columns: tuple[str, ...], inserted: str, updated: str) -> None:
    name, of = f"{table}_reserve_addresses", ", ".join(columns)
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    if not online.on_postgresql():
        updated = updated.format(now=NOW["sqlite"])
        online.execute(f"CREATE TRIGGER {name}_by_insert AFTER INSERT ON {table} BEGIN {inserted} END")
        online.execute(f"""
            CREATE TRIGGER {name}_by_update AFTER UPDATE OF {of} ON {table}
            WHEN ({old}) IS NOT ({new}) BEGIN {updated} END
        """)
        return
    for event, body in (("insert", inserted), ("update", updated.format(now=NOW["postgresql"]))):
        online.execute(f"""
            CREATE OR REPLACE FUNCTION {name}_by_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {body} RETURN NULL; END $$
        """)
    online.execute(f"""
        CREATE OR REPLACE TRIGGER {name}_by_insert AFTER INSERT ON {table}
        FOR EACH ROW EXECUTE FUNCTION {name}_by_insert()
    """)
    online.execute(f"""
        CREATE OR REPLACE TRIGGER {name}_by_update AFTER UPDATE OF {of} ON {table}
        FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION {name}_by_update()
    """)


def upgrade() -> None:
    create_table("post_slugs", "slug", 100, "post_id", "posts", sa.Column("public_at", TIME))
    create_table("tag_slugs", "slug", 100, "tag_id", "tags")
    create_table("usernames", "username_key", 100, "user_id", "users")
    online.add_column(
        "posts",
        sa.Column("slug_is_automatic", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    for trigger in TRIGGERS:
        create_triggers(*trigger)
    for table, rows in FILLS:
        if online.on_postgresql():
            online.fill(
                table, f"INSERT INTO {rows} AND id BETWEEN :low AND :high FOR SHARE ON CONFLICT DO NOTHING"
            )
        else:
            online.execute(f"INSERT INTO {rows} ON CONFLICT DO NOTHING")
    for table in ("post_slugs", "tag_slugs", "usernames"):
        public_content.create_triggers(table, scope="site")


def downgrade() -> None:
    for table, *_ in TRIGGERS:
        for event in ("insert", "update"):
            name = f"{table}_reserve_addresses_by_{event}"
            on_table = f" ON {table}" if online.on_postgresql() else ""
            online.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
            if online.on_postgresql():
                online.execute(f"DROP FUNCTION IF EXISTS {name}()")
    online.drop_column("posts", "slug_is_automatic")
    for name in ("usernames", "tag_slugs", "post_slugs"):
        op.drop_table(name, if_exists=True)
