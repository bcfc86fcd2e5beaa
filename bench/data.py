"""The blog that is measured: the same posts on every run, made by SQL that PostgreSQL and SQLite both read."""

from __future__ import annotations

import random
from dataclasses import dataclass

from flask_migrate import upgrade
from sqlalchemy import Connection, create_engine, inspect, text

from blog_api import create_app
from blog_api.cli import migrations
from blog_api.database.session import db
from blog_api.security.passwords import hash_password

PASSWORD = "a password for the benchmark"  # noqa: S105 - of all authors, in a database that is thrown away
FIRST = "0001"
TOPICS = 999
PARAGRAPHS = 1000
FIRST_DAY, LAST_DAY = 1_420_070_400, 1_735_689_600  # 2015 to 2024, in seconds
WORDS = (  # noqa: SIM905
    "about after again airport answer because between bicycle building careful city cloud coffee colour country "
    "decide different early evening every family few field forest from garden great happen house idea important in "
    "island journey keep kitchen know language learn letter library light little long market measure morning mountain "
    "music never night nothing number of often old open other paper people picture place question quiet river road "
    "season second simple small station still story street summer teacher the thing through time together town train "
    "travel under very village walk water weather week where window winter with without wonder word work world year"
).split()


@dataclass(frozen=True, slots=True)
class Blog:
    """How many there are of everything. One author in a hundred posts; three tags on each post."""

    posts: int

    @property
    def authors(self) -> int:
        return max(self.posts // 100, 10)

    @property
    def rare_step(self) -> int:
        """One post in this many has the tag `rare`; one in three has the tag `big`."""
        return min(1000, self.posts // 40)

    @property
    def deep_page(self) -> int:
        """The number of a page far down the list: 2,000 from 100,000 posts on."""
        return min(2000, self.posts // 50)

    def is_public(self, number: int) -> bool:
        """Whether the post of this id is published: one in twenty is a draft, one in fifty in the archive."""
        return number % 20 != 7 and number % 50 != 3


def _pick(factor: int, size: int) -> str:
    """An expression below `size` that depends on n alone, and looks like chance where `factor` is large."""
    return f"(n * {factor} % 2147483647 % {size})"


# The rest of each statement reads the numbers from 1 to :rows.
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)"
USERS = """
INSERT INTO users (id, username, username_key, email, email_key, display_name, role, is_active)
{numbers}
SELECT n, 'author-' || n, 'author-' || n, n || '@example.com', n || '@example.com', 'Author ' || n, 'author', true
FROM numbers"""
TAGS = """
INSERT INTO tags (id, name, name_key, slug)
{numbers}, named(n, name) AS (
    SELECT n, CASE n WHEN 1 THEN 'big' WHEN 2 THEN 'rare' ELSE 'topic-' || (n - 2) END FROM numbers)
SELECT n, name, name, name FROM named"""
POSTS = """
INSERT INTO posts (id, slug, title, summary, content, status, published_at, author_id, created_at, updated_at)
{numbers}, drawn AS (
    SELECT n, {moment} AS moment, 1 + {author} AS author, {first} AS a, {second} AS b, {third} AS c, {fourth} AS d,
        CASE WHEN n % 20 = 7 THEN 'draft' WHEN n % 50 = 3 THEN 'archived' ELSE 'published' END AS status
    FROM numbers)
SELECT n, 'post-' || n, one.title || ' ' || n, two.title || ', ' || three.title || '.',
    one.body || '\n\n' || two.body || '\n\n' || three.body || '\n\n' || four.body,
    status, CASE WHEN status = 'draft' THEN NULL ELSE moment END, author, moment, moment
FROM drawn JOIN paragraphs one ON one.id = a JOIN paragraphs two ON two.id = b
JOIN paragraphs three ON three.id = c JOIN paragraphs four ON four.id = d
ORDER BY n"""
# Each third of the topics serves one of the three tags of a post, so that no post gets one twice.
POST_TAGS = """
INSERT INTO post_tags (post_id, tag_id)
{numbers}
SELECT n, CASE WHEN n % 3 = 0 THEN 1 ELSE 3 + 3 * {first} END FROM numbers
UNION ALL SELECT n, CASE WHEN n % {rare_step} = {rare_step} / 2 THEN 2 ELSE 4 + 3 * {second} END FROM numbers
UNION ALL SELECT n, 5 + 3 * {third} FROM numbers"""


def fill(url: str, blog: Blog) -> None:
    """Write the blog into the database at `url`, unless one is there, with the project's own migrations.

    Into the tables of the first migration: the later ones work out all at once what they add, such as what search
    looks into, where their triggers would do so post by post.
    """
    engine = create_engine(url)
    try:
        if inspect(engine).has_table("posts"):
            return
        _upgrade(url, FIRST)
        with engine.begin() as connection:
            _write(connection, blog)
        _upgrade(url, "head")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for command in ("VACUUM", "ANALYZE"):
                connection.execute(text(command))
    finally:
        engine.dispose()


def _upgrade(url: str, revision: str) -> None:
    app = create_app({"APP_ENV": "testing", "DATABASE_URL": url})
    migrations.init_app(app)
    with app.app_context():
        upgrade(revision=revision)
        db.engine.dispose()


def _write(connection: Connection, blog: Blog) -> None:
    chance = random.Random(3)
    paragraphs = [
        {"id": number, "title": _phrase(chance, 3, 6), "body": _phrase(chance, 60, 180) + "."}
        for number in range(PARAGRAPHS)
    ]
    connection.execute(
        text("CREATE TEMPORARY TABLE paragraphs (id integer PRIMARY KEY, title text, body text)")
    )
    connection.execute(text("INSERT INTO paragraphs VALUES (:id, :title, :body)"), paragraphs)
    postgresql = connection.dialect.name == "postgresql"
    for statement, rows in _statements(
        blog, "to_timestamp({})" if postgresql else "datetime({}, 'unixepoch')"
    ):
        connection.execute(text(statement), {"rows": rows})
    connection.execute(text("UPDATE users SET password_hash = :hash"), {"hash": hash_password(PASSWORD)})
    if postgresql:
        for table in ("users", "tags", "posts"):
            last = f"(SELECT max(id) FROM {table})"  # noqa: S608 - names of the line above
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})"))


def _phrase(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(least, most))).capitalize()


def _statements(blog: Blog, as_time: str) -> list[tuple[str, int]]:
    """What fills each table, and for how many numbers. `as_time` makes a time of seconds."""
    step = (LAST_DAY - FIRST_DAY) // blog.posts
    moment = as_time.format(f"{FIRST_DAY} + n * {step} + {_pick(1_343_714_438, 400_000)}")
    factors = {"first": 1_103_515_245, "second": 742_938_285, "third": 950_706_376, "fourth": 1_226_874_159}
    drawn = {name: _pick(factor, PARAGRAPHS) for name, factor in factors.items()}
    topics = {name: _pick(factor, TOPICS // 3) for name, factor in factors.items()}
    author = _pick(62_089_911, blog.authors)
    return [
        (USERS.format(numbers=NUMBERS), blog.authors),
        (TAGS.format(numbers=NUMBERS), TOPICS + 2),
        (POSTS.format(numbers=NUMBERS, moment=moment, author=author, **drawn), blog.posts),
        (POST_TAGS.format(numbers=NUMBERS, rare_step=blog.rare_step, **topics), blog.posts),
    ]
