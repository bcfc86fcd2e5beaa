"""Recognise files that were renamed since the last import, and withdraw the posts of those that are gone."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from blog_api.crud import imports as crud
from blog_api.database.session import reading, transaction
from blog_api.services.importing.digests import digest_of_file
from blog_api.services.importing.items import Item
from blog_api.services.importing.report import Report
from blog_api.text.issues import Code, Note, Refused

BATCH = 200
# What to do with the posts of files that are gone.
Gone = Literal["keep", "draft", "trash"]
_RESULTS = {"draft": "is now a draft", "trash": "is now in the trash"}


class NewFile(NamedTuple):
    """A file without an import record: its digest, and its id and content if it is a post."""

    source: str
    digest: str
    uid: str
    content: str


def find_gone(
    folder: Path, name: str, sources: Container[str], known: Mapping[str, crud.KnownFile]
) -> dict[str, crud.KnownFile]:
    """Return the imported files that are not among `sources` and do not exist."""
    missing = (source for source in known if source not in sources)
    return {
        source: known[source]
        for source in missing
        if not os.path.lexists(folder / source.removeprefix(f"{name}/"))
    }


def follow_renames(
    new: Iterable[Item], gone: dict[str, crud.KnownFile], options: str, report: Report, *, dry_run: bool
) -> dict[str, crud.KnownFile]:
    """Remove renamed files from `gone`, and return their records by their new sources. Adds to the report.

    `options` are those of the digests.
    """
    if not gone:
        return {}
    places: dict[str, Path] = {}

    def read_new() -> Iterator[NewFile]:
        for item in new:
            places[item.source] = item.place
            yield _read_new_file(item, options)

    renamed = find_renamed(read_new(), gone)
    if not dry_run:
        with transaction():
            crud.rename_files(renamed)
    moved: dict[str, crud.KnownFile] = {}
    for old, source in renamed.items():
        # Read the file again, even if it has not changed: its path can contain the date.
        moved[source] = gone.pop(old)._replace(digest="")
        note = Note(Code.FILE_RENAMED, f"renamed, it was {old}")
        report.note(places[source], note, moved[source].post_id)
    return moved


def _read_new_file(item: Item, options: str) -> NewFile:
    digest = uid = content = ""
    with contextlib.suppress(Refused):
        digest = item.digest(options)
        document = item.read()
        uid, content = document.uid, document.content
    return NewFile(item.source, digest, uid, content)


def find_renamed(new: Iterable[NewFile], gone: Mapping[str, crud.KnownFile]) -> dict[str, str]:
    """Map the old sources of renamed files to the new ones.

    A file was renamed if exactly one that is gone has its bytes, its id, or its content.
    """
    with reading():
        contents = crud.read_contents(known.post_id for known in gone.values())
    sources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source, known in gone.items():
        sources["digest", digest_of_file(known.digest)].add(source)
        sources["uid", known.uid or ""].add(source)
        sources["content", contents.get(known.post_id, "")].add(source)
    renamed: dict[str, str] = {}
    for file in new:
        for key in (("digest", file.digest), ("uid", file.uid), ("content", file.content)):
            found = sources[key] - renamed.keys() if key[1] else set()
            if len(found) == 1:
                renamed[found.pop()] = file.source
                break
    return renamed


def withdraw(
    folder: Path, name: str, gone: Mapping[str, crud.KnownFile], how: Gone, report: Report, *, dry_run: bool
) -> None:
    """Keep, unpublish or trash the posts of files that are gone. Adds to the report.

    Posts that were edited in the blog stay.
    """
    todo: list[tuple[str, crud.KnownFile]] = []
    for source, known in sorted(gone.items()):
        if known.is_purged or known.is_trashed:
            continue
        result = f"stays {known.status}"
        if known.is_edited:
            result += ", because it was edited in the blog"
        elif how != "keep" and not (how == "draft" and known.status == "draft"):
            todo.append((source, known))
            continue
        _report_gone(folder / source.removeprefix(f"{name}/"), known, result, report)
    for start in range(0, len(todo), BATCH):
        batch = todo[start : start + BATCH]
        if not dry_run:
            with transaction():
                for source, known in batch:
                    crud.withdraw_post(source, known, to_trash=how == "trash")
        for source, known in batch:
            _report_gone(folder / source.removeprefix(f"{name}/"), known, _RESULTS[how], report)


def _report_gone(path: Path, known: crud.KnownFile, result: str, report: Report) -> None:
    report.note(path, Note(Code.FILE_GONE, f"the file is gone; its post {result}"), known.post_id)
