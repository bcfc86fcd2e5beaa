"""Import items as posts. A second import updates only posts whose items have changed.

The new posts of a batch are inserted together; one by one, an import takes twice the CPU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blog_api.auth import audit
from blog_api.crud import imports as crud
from blog_api.crud.imported_tags import TagDetails
from blog_api.crud.restores.slugs import add_former_slugs
from blog_api.database.session import reading, transaction
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.candidates import Candidate, tags_of, with_current_tags, with_free_aliases
from blog_api.services.importing.checking import display_names, read_post
from blog_api.services.importing.comments import save_comments
from blog_api.services.importing.digests import NO_PICTURES
from blog_api.services.importing.items import Item
from blog_api.services.importing.limits import fit
from blog_api.services.importing.members import tally_metadata
from blog_api.services.importing.pictures import PostPictureStore
from blog_api.services.importing.reimporting import describe_status, is_to_update
from blog_api.services.importing.report import Report
from blog_api.services.importing.saving import save_posts
from blog_api.services.importing.tags import create_missing_tags
from blog_api.text.issues import Code, Note, Refused

# Increment it when the same item would produce a different post, so that all items are read again.
IMPORTER_VERSION = 9
BATCH = 200
# An index entry of PostgreSQL is limited to about 2,700 bytes.
MAX_SOURCE = 2500


@dataclass(slots=True)
class Importer:
    """One import. `place` is the file or folder that it reads.

    `options` is everything else on which posts depend, such as the time zone of dates. `overwrite` replaces posts even
    if they were edited in the blog. `moved` has the records that belong to items under another source than before, and
    `tags` the details of tags to create, by folded name.
    """

    place: Path
    default_author: str
    authors: Authors
    pictures: PostPictureStore
    dry_run: bool = False
    overwrite: bool = False
    options: str = ""
    report: Report = field(default_factory=Report)
    tags: Mapping[str, TagDetails] = field(default_factory=dict)
    moved: dict[str, crud.KnownFile] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _claimed_aliases: dict[str, str] = field(default_factory=dict)

    @property
    def digest_options(self) -> str:
        """Everything that posts depend on, besides their items."""
        return f"{IMPORTER_VERSION} {self.options} {sorted(self.authors.mapped.items()) or ''}"

    def run(self, items: Iterable[Item]) -> Report:
        """Import the items, in one transaction per batch.

        After an error, `report` covers what was done until then. If `items` raises Refused, imports the items before
        it first.
        """
        try:
            for batch in _batches(items):
                self._import(batch)
        finally:
            for note in self.authors.notes.values():
                self.report.note(self.place, note)
        return self.report

    def record(self, name: str) -> None:
        """Record the import, which is identified by `name`, in the audit log, unless it has changed nothing."""
        if not self.dry_run and (self.report.created or self.report.updated):
            with transaction():
                audit.record("posts.imported", user_id=None, detail=f"{self.report.summary}: {name}")

    def _import(self, items: Sequence[Item]) -> None:
        with reading():
            known = crud.find_imported_files([item.source for item in items]) | self.moved
        candidates = [read for item in items if (read := self._read(item, known.get(item.source)))]
        # Before the transaction of the batch, because storing pictures is slow.
        candidates = [ready for read in candidates for ready in self._save_pictures(read)]
        if not self.dry_run:
            # The database knows those of earlier batches.
            self._claimed_aliases.clear()
        candidates = with_free_aliases(candidates, self._claimed_aliases)
        if self.dry_run:
            with reading():
                self.authors.check({name for candidate in candidates for name in candidate.authors})
            for candidate in candidates:
                self._count(candidate, candidate.post_id, len(candidate.document.comments))
        elif candidates:
            candidates = with_current_tags(candidates)
            create_missing_tags(tags_of(candidates), self.tags)
            self._save(candidates)

    def _save(self, candidates: Sequence[Candidate]) -> None:
        with transaction():
            saved = list(save_posts(candidates, self.authors, self.report))
            crud.add_file_records(record for candidate, record in saved if candidate.known is None)
            crud.update_file_records(record for candidate, record in saved if candidate.known is not None)
            posts = {record.post_id: candidate for candidate, record in saved}
            add_former_slugs({post_id: each.document.former_slugs for post_id, each in posts.items()})
            comments = save_comments(posts, self.authors, self.report)
        for candidate, record in saved:
            self._count(candidate, record.post_id, comments[record.post_id])

    def _read(self, item: Item, known: crud.KnownFile | None) -> Candidate | None:
        """Return the item as a candidate if it is new or changed and is a valid post."""
        try:
            if len(item.source.encode()) > MAX_SOURCE:
                raise Refused(Code.PATH_TOO_LONG, f"the path has more than {MAX_SOURCE} bytes")
            if item.source in self._seen:
                raise Refused(Code.DUPLICATED, "an earlier entry has the same id")
            self._seen.add(item.source)
            return self._read_new(item, known)
        except Refused as error:
            self.report.refuse(item.place, error, known.post_id if known else None, line=item.line)
        return None

    def _read_new(self, item: Item, known: crud.KnownFile | None) -> Candidate | None:
        if known and known.is_purged:
            self.report.purged += 1
            return None
        digest = item.digest(self.digest_options)
        if known and known.digest == digest + NO_PICTURES and not self.overwrite:
            self.report.unchanged += 1
            return None
        document = fit(item.read())
        pictures = self.pictures.find(document, item.place)
        digest += pictures.digest
        is_same = known is not None and digest == known.digest
        if is_same and not self.overwrite:
            self.report.unchanged += 1
            return None
        authors = display_names(document.authors or (self.default_author,))
        data, notes = read_post(document, pictures)
        candidate = Candidate(item, digest, known, document, authors, data, notes, pictures)
        if is_to_update(candidate, self.report, is_same=is_same, overwrite=self.overwrite):
            return candidate
        return None

    def _save_pictures(self, candidate: Candidate) -> Iterator[Candidate]:
        """Yield the candidate with its pictures stored as uploads, unless that makes the post invalid."""
        try:
            yield self.pictures.save(candidate, self.authors, self.report)
        except Refused as error:
            self.report.refuse(candidate.place, error, candidate.post_id, line=candidate.item.line)

    def _count(self, candidate: Candidate, post_id: int | None, comments: int) -> None:
        if candidate.known is None:
            self.report.created += 1
        else:
            self.report.updated += 1
        self.report.comments += comments
        document = candidate.document
        notes = [*describe_status(candidate.data, candidate.known), *candidate.notes]
        if document.date is None and document.status == "published":
            notes.append(Note(Code.DATE_MISSING, "no date, so the post is a draft"))
        for note in notes:
            self.report.note(candidate.place, note, post_id, line=candidate.item.line)
        keys = tally_metadata(document.unread, candidate.data["custom"])
        for tally in (*document.tallies, *keys):
            self.report.tally(candidate.place, tally, line=candidate.item.line)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield the items in batches. If the items end with an error, raise it after the last batch."""
    batch: list[Item] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except Refused:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
