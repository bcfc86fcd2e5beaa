"""`python -m bench.wordpress`: import an export of WordPress that is made up, and measure the time and the memory.

Write an export of 10,000 posts with 50,000 comments, run `flask import-wordpress` on it, and print the seconds and the
peak memory of the command. With `--megabytes 1000`, the posts also have data of plugins, so that the export is as large
as that; the memory must not depend on it.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from bench.databases import open_database
from bench.load import BenchError
from tests.apps import migrate

COMMENTS = 5
# For 10,000 posts.
MAX_SECONDS, MAX_MB = 60, 200
_SITE = "https://blog.example"
_WORDS = """
    the of and a to in is you that it he was for on are as with his they I at be this have from or one had by word but
    not what all were we when your can said there use an each which she do how their if will up other about out many
    """.split()  # noqa: SIM905
_HEAD = f"""<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>Blog</title><link>{_SITE}</link><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>{_SITE}</wp:base_site_url><wp:base_blog_url>{_SITE}</wp:base_blog_url>
"""


def main() -> None:
    """Write the export, import it, and print the figures."""
    parser = argparse.ArgumentParser(prog="bench.wordpress", description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=0, help="size of the export (default: as it comes)")
    parser.add_argument(
        "--database", choices=("postgresql", "sqlite"), nargs="+", default=["postgresql", "sqlite"]
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder, "export.xml")
        write_export(export, options.posts, options.megabytes * 1_000_000 // options.posts)
        print(
            f"{options.posts:,} posts, {COMMENTS * options.posts:,} comments, {export.stat().st_size / 1e6:,.0f} MB"
        )
        print("| database | seconds | CPU seconds | peak memory, MB | result |\n|---|--:|--:|--:|---|")
        for kind in options.database:
            with open_database(kind, Path(folder)) as database:
                migrate(database.url)
                print(f"| {database.version} | {import_file(database.url, export)} |", flush=True)
    print(f"\nAt most {MAX_SECONDS} s for 10,000 posts, and {MAX_MB} MB.")


def write_export(file: Path, posts: int, plugin_bytes: int) -> None:
    """Write an export with as many bytes of plugins in each post. The same numbers give the same file."""
    with file.open("w", encoding="utf-8") as stream:
        stream.write(_HEAD)
        for number in range(1, 51):
            stream.write(
                f"<wp:author><wp:author_id>{number}</wp:author_id><wp:author_login>author{number}</wp:author_login>"
            )
            stream.write(f"<wp:author_display_name>Author {number}</wp:author_display_name></wp:author>\n")
        for number in range(1, posts + 1):
            stream.writelines(_item(number, posts, plugin_bytes))
        stream.write("</channel></rss>\n")


def _item(number: int, posts: int, plugin_bytes: int) -> Iterator[str]:
    # Predictable on purpose.
    source = random.Random(number)
    title = _text(source, 6).title()
    date = f"{2005 + number % 18}-{number % 12 + 1:02}-{number % 28 + 1:02} 10:00:00"
    yield f"<item><title>{title}</title><link>{_SITE}/{date[:4]}/post-{number}/</link>"
    yield f"<dc:creator>author{number % 50 + 1}</dc:creator><guid>{_SITE}/?p={number}</guid>"
    yield f"<content:encoded><![CDATA[{_content(source, number, posts)}]]></content:encoded>"
    yield f"<excerpt:encoded></excerpt:encoded><wp:post_id>{number}</wp:post_id>"
    yield f"<wp:post_date>{date}</wp:post_date><wp:post_date_gmt>{date}</wp:post_date_gmt>"
    yield f"<wp:comment_status>open</wp:comment_status><wp:post_name>post-{number}</wp:post_name>"
    yield "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:is_sticky>0</wp:is_sticky>"
    for tag in range(3):
        name = f"Topic {(number * (tag + 1)) % 200}"
        yield f'<category domain="post_tag" nicename="{name.lower().replace(" ", "-")}">{name}</category>'
    if plugin_bytes:
        value = "x" * plugin_bytes
        yield "<wp:postmeta><wp:meta_key>_plugin_data</wp:meta_key>"
        yield f"<wp:meta_value>{value}</wp:meta_value></wp:postmeta>"
    for reply in range(COMMENTS):
        yield from _comment(
            source, number * COMMENTS + reply, parent=number * COMMENTS if reply == COMMENTS - 1 else 0
        )
    yield "</item>\n"
    if number % 2 == 0:
        url = f"{_SITE}/wp-content/uploads/2020/{number}.jpg"
        yield f"<item><title>Picture</title><wp:post_id>{posts + number}</wp:post_id><wp:status>inherit</wp:status>"
        yield f"<wp:post_type>attachment</wp:post_type><wp:attachment_url>{url}</wp:attachment_url></item>\n"


def _content(source: random.Random, number: int, posts: int) -> str:
    """Return about 3 kB, every second time with the marks of the block editor."""
    link = f'<a href="{_SITE}/{2005 + (number % posts + 1) % 18}/post-{number % posts + 1}/">another post</a>'
    url = f"{_SITE}/wp-content/uploads/2020/{number}-300x200.jpg"
    image = f'<img src="{url}" alt="A picture" class="wp-image-{number}">'
    paragraphs = [f"{_text(source, 80)}, <em>{_text(source, 5)}</em> &amp; {link}." for _ in range(7)]
    if number % 2:
        return "\n\n".join([*paragraphs, image, "<ul>\n<li>One</li>\n<li>Two</li>\n</ul>"])
    marked = [f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->" for text in paragraphs]
    heading = "<!-- wp:heading -->\n<h2>A heading</h2>\n<!-- /wp:heading -->"
    return "\n\n".join([heading, *marked, f"<!-- wp:image -->\n<figure>{image}</figure>\n<!-- /wp:image -->"])


def _comment(source: random.Random, number: int, parent: int) -> Iterator[str]:
    text = f"{_text(source, 30)}.\n{_text(source, 10)}"
    if number % 5 == 0:
        text += ' See <a href="https://other.example/a_b">this & that</a>.'
    yield f"<wp:comment><wp:comment_id>{number}</wp:comment_id>"
    yield f"<wp:comment_author>Reader {number % 999}</wp:comment_author>"
    yield "<wp:comment_author_email>reader@example.com</wp:comment_author_email>"
    yield "<wp:comment_date_gmt>2024-01-01 12:00:00</wp:comment_date_gmt>"
    yield f"<wp:comment_content>{escape(text)}</wp:comment_content><wp:comment_approved>1</wp:comment_approved>"
    yield f"<wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"


def _text(source: random.Random, words: int) -> str:
    return " ".join(source.choices(_WORDS, k=words))


def import_file(url: str, export: Path) -> str:
    """Run the command in a process of its own, and return the figures. Raises BenchError if it fails."""
    log = export.with_suffix(".log")
    environment = {**os.environ, "APP_ENV": "testing", "DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    environment["MEDIA_STORE"] = str(export.parent / "media")
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "import-wordpress", str(export)]
    begun = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    output = log.read_text()
    if process.returncode:
        raise BenchError(f"the import failed: {output[-500:]}")
    result = output.strip().splitlines()[-1]
    return f"{seconds:.1f} | {usage.ru_utime + usage.ru_stime:.1f} | {usage.ru_maxrss / 1024:.0f} | {result}"


if __name__ == "__main__":
    main()
