"""Export a blog: as Markdown files that other programs can read, or as tables of JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from blog_api.crud.exports.batches import BATCH
from blog_api.crud.exports.left_out import count_left_out
from blog_api.crud.exports.posts import count_posts
from blog_api.database.session import snapshot
from blog_api.media.stores import Store
from blog_api.services.exporting import markdown, ndjson, site
from blog_api.services.exporting.folders import Output
from blog_api.services.exporting.posts import Row, exported_posts
from blog_api.services.exporting.report import ExportReport
from blog_api.text.exports.keys import MARKER, Format
from blog_api.text.issues import Code, Note, Refused

_WRITERS = 2
Progress = Callable[[Iterable[Any], int], Iterable[Any]]


@dataclass(slots=True)
class Exporter:
    """One export. `progress` wraps the iteration over the posts, and also receives their number."""

    format: Format
    output: Output
    store: Store
    progress: Progress = lambda posts, _total: posts
    report: ExportReport = field(default_factory=ExportReport)

    def run(self) -> ExportReport:
        """Export everything in one state of the database. Raises Unavailable if the database or the store is down."""
        with snapshot():
            self.output.write(MARKER, [_line({"format": "blog_api", "version": 1, "files": self.format})])
            posts = self.progress(exported_posts(), count_posts())
            if self.format == "markdown":
                self._write_files("authors", markdown.author_files())
                self._write_files("posts", markdown.post_files(post for _, post in posts))
            else:
                self._write_tables(ndjson.tables(posts))
            self._write_tables(site.tables())
            self._write_tables([("pictures", "media.ndjson", self._pictures())])
            for name, number in count_left_out(is_markdown=self.format == "markdown").items():
                self.report.note(name, Note(Code.LEFT_OUT, f"{number} {name}"))
        return self.report

    def _write_files(self, kind: str, files: Iterable[tuple[str, str]]) -> None:
        """Write files in other threads while the next ones are read, because writing mostly waits for the disk."""
        remaining = iter(files)
        writing: list[Future[None]] = []
        with ThreadPoolExecutor(_WRITERS) as pool:
            while batch := list(islice(remaining, BATCH)):
                for written in writing:
                    written.result()
                writing = [pool.submit(self.output.write, name, [text.encode()]) for name, text in batch]
                self.report.exported[kind] += len(batch)
            for written in writing:
                written.result()

    def _write_tables(self, tables: Iterable[tuple[str, str, Iterable[Row]]]) -> None:
        for kind, name, rows in tables:
            self.report.exported[kind] = 0
            self.output.write(name, self._lines(kind, rows))

    def _lines(self, kind: str, rows: Iterable[Row]) -> Iterator[bytes]:
        for row in rows:
            self.report.exported[kind] += 1
            yield _line(row)

    def _pictures(self) -> Iterator[Row]:
        """Write the objects of each picture, and yield its row. Report missing ones."""
        for row in site.pictures():
            for name in site.objects_of(row):
                stored = self.store.read(name)
                if stored is None:
                    self.report.refuse(
                        f"media/{name}", Refused(Code.PICTURE_MISSING, "there is no such file")
                    )
                else:
                    self.output.write(f"media/{name}", stored.chunks)
            yield row


def _line(row: Row) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
