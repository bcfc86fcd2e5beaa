"""`python -m bench.sitemap`: download the sitemap of a large blog, and measure the memory of the worker.

The posts have little content, because the sitemap does not read it. Print how long the downloads take, and the memory
of the only worker before them and at its peak (VmHWM).
"""

from __future__ import annotations

import argparse
import contextlib
import re
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine, text

from bench.databases import open_database
from bench.load import BenchError
from bench.processes import peak_mb, process_tree
from bench.sides import PRESENT, Side, blog_api
from tests.apps import migrate

SITE = {
    "TAG_URL": "https://example.com/topics/{slug}/",
    "AUTHOR_URL": "https://example.com/authors/{slug}/",
    "WEB_CONCURRENCY": "1",
}
# How much the peak can exceed the memory before, in megabytes: that of a batch, and what libraries allocate once.
MAX_GROWTH_MB = 8
MAX_URLS = 50_000
# The triggers would run for each row.
STATEMENTS = """
SET session_replication_role = replica;
INSERT INTO users (id, username, username_key, display_name, role, is_active)
SELECT n, 'author-' || n, 'author-' || n, 'Author ' || n, 'author', true FROM generate_series(1, {posts} / 100) n;
INSERT INTO tags (id, name, name_key, slug)
SELECT n, 'topic-' || n, 'topic-' || n, 'topic-' || n FROM generate_series(1, 1000) n;
INSERT INTO posts (id, slug, title, content, status, published_at, author_id, created_at, updated_at)
SELECT n, 'post-' || n, 'Post ' || n, 'Text.', 'published', moment, 1 + n % ({posts} / 100), moment, moment
FROM (SELECT n, timestamptz '2015-01-01' + n * interval '5 minutes' AS moment FROM generate_series(1, {posts}) n) drawn;
INSERT INTO post_authors (post_id, user_id, position, created_at, published_at)
SELECT id, author_id, 0, created_at, published_at FROM posts;
INSERT INTO post_tags (post_id, tag_id, published_at)
SELECT id, 1 + id % 1000, published_at FROM posts;
SET session_replication_role = origin;
"""


def main() -> None:
    """Create the blog, download its sitemap and print the figures."""
    parser = argparse.ArgumentParser(prog="bench.sitemap", description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000, help="number of posts (default 1000000)")
    posts = parser.parse_args().posts
    with tempfile.TemporaryDirectory() as folder, open_database("postgresql", Path(folder)) as database:
        begun = time.monotonic()
        fill(migrate(database.url), posts)
        print(f"{posts:,} posts, {database.version}, created in {time.monotonic() - begun:.0f} s\n")
        with blog_api(database.url, PRESENT, **SITE) as side:
            report(side, posts + posts // 100 + 1000)


def fill(url: str, posts: int) -> None:
    """Write published posts, each with an author and a tag, to an empty database."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in STATEMENTS.format(posts=posts).strip().split(";\n"):
                connection.execute(text(statement.rstrip(";")))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    finally:
        engine.dispose()


def report(side: Side, expected: int) -> None:
    """Download the sitemap with all its parts, and print the figures beside their limits. Raises BenchError."""
    (worker,) = [pid for pid in process_tree(side.pid) if pid != side.pid]
    # Load what the first requests need.
    for path in ("/feeds/atom.xml", "/sitemaps/tags-1.xml"):
        download(side.url, path)
    before, begun = peak_mb(worker), time.monotonic()
    index = [urlsplit(url).path for url in download(side.url, "/sitemap.xml")]
    first = time.monotonic() - begun
    counts = [len(download(side.url, path)) for path in index]
    seconds = time.monotonic() - begun
    if sum(counts) != expected or max(counts) > MAX_URLS or min(counts) == 0:
        raise BenchError(f"expected {expected} URLs, got {counts}")
    print("| figure | measured | at most |\n|---|--:|--:|")
    print(f"| URLs in {len(counts)} sitemaps | {sum(counts):,} | {MAX_URLS:,} in each |")
    print(f"| index, s | {first:.2f} | |")
    print(f"| all sitemaps, s | {seconds:.1f} | |")
    print(f"| peak memory of the worker before, MB | {before:.1f} | |")
    print(f"| peak memory of the worker after, MB | {peak_mb(worker):.1f} | {before + MAX_GROWTH_MB:.1f} |")


def download(url: str, path: str) -> list[str]:
    """Return the URLs in a sitemap or an index. Raises BenchError unless it is complete."""
    with contextlib.closing(HTTPConnection(url.removeprefix("http://"), timeout=120)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
    if response.status != 200 or not re.search(r"</\w+>\s*\Z", body):
        raise BenchError(f"{path} returned {response.status}: {body[-300:]}")
    return re.findall("<loc>(.+?)</loc>", body)


if __name__ == "__main__":
    main()
