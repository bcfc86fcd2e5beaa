"""Add the role contributor, and the status of posts that wait for review."""

from __future__ import annotations

from migrations import online

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ROLE = "ck_users_role"
ROLES_BEFORE = "role IN ('reader', 'author', 'editor', 'admin')"
ROLES = "role IN ('reader', 'contributor', 'author', 'editor', 'admin')"
STATUS = "ck_posts_status"
STATUSES_BEFORE = "status IN ('draft', 'published', 'archived')"
STATUSES = "status IN ('draft', 'pending', 'published', 'archived')"
# PostgreSQL does not change the type of a column that a trigger names.
TRIGGER = "users_raise_content_version_by_update"
CREATE_TRIGGER = f"""
    CREATE CONSTRAINT TRIGGER {TRIGGER} AFTER UPDATE OF username, display_name, bio, role, is_active ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_content_version()
"""


def upgrade() -> None:
    online.drop_check(ROLE, "users", ROLES_BEFORE)
    online.drop_check(STATUS, "posts", STATUSES_BEFORE)
    online.add_check(STATUS, "posts", STATUSES)
    online.add_check(ROLE, "users", ROLES)
    _set_role_length(10, 20)


def downgrade() -> None:
    # The earlier code knows neither, and would let contributors publish as authors.
    _update("UPDATE users SET role = 'reader' WHERE role = 'contributor'")
    _update("UPDATE posts SET status = 'draft' WHERE status = 'pending'")
    online.drop_check(STATUS, "posts", STATUSES)
    online.drop_check(ROLE, "users", ROLES)
    online.add_check(STATUS, "posts", STATUSES_BEFORE)
    online.add_check(ROLE, "users", ROLES_BEFORE)
    _set_role_length(20, 10)


def _update(statement: str) -> None:
    # PostgreSQL cannot alter a table while deferred triggers are pending on it.
    online.execute(f"{statement}; SET CONSTRAINTS ALL IMMEDIATE" if online.on_postgresql() else statement)


def _set_role_length(before: int, after: int) -> None:
    if not online.on_postgresql():
        online.set_length_on_sqlite("users", "role", before, after)
        return
    online.execute(f"""
        DROP TRIGGER IF EXISTS {TRIGGER} ON users;
        ALTER TABLE users ALTER COLUMN role TYPE VARCHAR({after});
        {CREATE_TRIGGER}
    """)
