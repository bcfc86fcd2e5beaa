"""A blog that is large enough for realistic query plans."""

from __future__ import annotations

from sqlalchemy import text

from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db, transaction
from tests.apps import delete_all_rows

COUNT, AUTHORS = 12_000, 20
TIMES = {
    "postgresql": "timestamptz '2020-01-01T00:00Z' + i * interval '1 minute'",
    "sqlite": "datetime('2020-01-01', i || ' minutes')",
}
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
# Posts are a minute apart. One in three is a draft, one in fifty is in the trash. All have the tag t1, and each of the
# other tags is on one in ninety-eight. A few are featured, pages or in German. tag_names is set from the start, so that
# triggers do not reindex the posts. The
# other tables have as many rows, and none of them is expired.
FILL = """
INSERT INTO users (username, username_key, display_name, role, is_active)
    {numbers} SELECT 'author-' || i, 'author-' || i, 'x', 'author', true FROM n WHERE i < {authors};
INSERT INTO posts (slug, title, author_id, published_at, created_at, updated_at, deleted_at, tag_names,
                   featured, kind, language, status)
    {numbers} SELECT 'slug-' || i, 'Title ' || (i * 7919 % 12000),
        (SELECT id FROM users WHERE username_key = 'author-' || (i % {authors})), {time}, {time}, {time},
        CASE WHEN i % 50 = 0 THEN {time} END, 't1\n' || 't' || (2 + i % 98),
        i % 400 = 1, CASE WHEN i % 401 = 2 THEN 'page' ELSE 'post' END, CASE WHEN i % 399 = 1 THEN 'de' END,
        CASE WHEN i % 3 = 0 THEN 'draft' ELSE 'published' END FROM n;
INSERT INTO post_authors (post_id, user_id, position) SELECT id, author_id, 0 FROM posts;
INSERT INTO tags (name, name_key, slug) {numbers} SELECT 't' || i, 't' || i, 't' || i FROM n WHERE i <= 100;
INSERT INTO post_tags (post_id, tag_id)
    SELECT posts.id, tags.id FROM posts
    JOIN tags ON name = 't1' OR name = 't' || (2 + CAST(substr(posts.slug, 6) AS INTEGER) % 98);
INSERT INTO sessions (user_id, refresh_jti, user_agent, address, expires_at)
    {numbers} SELECT {owner}, 'jti', '', '', '2999-01-01T00:00:00Z' FROM n;
INSERT INTO api_tokens (user_id, name, scopes, digest, expires_at)
    {numbers} SELECT {owner}, 'name', 'read', 'digest-' || i, '2999-01-01T00:00:00Z' FROM n;
INSERT INTO audit_events (action, actor_id, user_id, detail, address, request_id, expires_at)
    {numbers} SELECT CASE WHEN i % 600 = 0 THEN 'role.changed' ELSE 'login.succeeded' END, i % 50,
        i % 50, '', '', '', '2999-01-01T00:00:00Z' FROM n;
INSERT INTO outbox (kind, recipient, state, expires_at)
    {numbers} SELECT 'email_changed', 'ada@example.com', CASE WHEN i % 2000 = 0 THEN 'waiting' ELSE 'sent' END,
        '2999-01-01T00:00:00Z' FROM n
"""


def empty(engine) -> None:
    """Delete all rows quickly."""
    fast = engine.dialect.name == "postgresql"
    with engine.begin() as connection:
        # Do not cascade from each post, which would reindex it.
        connection.execute(text("TRUNCATE users, posts, tags CASCADE" if fast else "DELETE FROM posts"))
    delete_all_rows(engine)


def fill(app, owner: int) -> None:
    """Create all rows, with `owner` as the owner of sessions and tokens."""
    with app.app_context(), transaction() as session:
        time = TIMES["postgresql" if is_postgresql() else "sqlite"]
        for statement in FILL.format(numbers=NUMBERS, time=time, authors=AUTHORS, owner=owner).split(";"):
            session.execute(text(statement), {"count": COUNT} if ":count" in statement else {})
    with app.app_context(), transaction() as session:
        session.execute(text("ANALYZE"))
    with app.app_context(), db.engine.connect() as connection:
        if is_postgresql():
            # As autovacuum does: until then, new rows are only in the pending list of the search index.
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM posts"))
