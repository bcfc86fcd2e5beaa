"""Save a batch of posts. New ones are inserted together, unless the database rejects one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from blog_api.crud.imports import FileRecord, get_imported_post
from blog_api.crud.media.images import complete_image
from blog_api.crud.posts import bulk
from blog_api.crud.posts import write as crud
from blog_api.crud.posts.trash import restore_post
from blog_api.database.session import db
from blog_api.problems import Problem
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.candidates import Candidate
from blog_api.services.importing.checking import refusal_by_database
from blog_api.services.importing.report import Report
from blog_api.text.issues import Refused


def save_posts(
    candidates: Sequence[Candidate], authors: Authors, report: Report
) -> Iterator[tuple[Candidate, FileRecord]]:
    """Create or update the posts in the current transaction. Yield the saved candidates and their import records."""
    created = _create_posts([candidate for candidate in candidates if candidate.known is None], authors)
    for candidate in candidates:
        source = candidate.source
        saved = (created[source], 1) if source in created else _save_post(candidate, authors, report)
        if saved is not None:
            yield candidate, FileRecord(source, *saved, candidate.digest, candidate.document.uid or None)


def _create_posts(candidates: Sequence[Candidate], authors: Authors) -> dict[str, int]:
    """Create the posts of new items. Return their ids by source, or nothing if the database rejects one of them."""
    try:
        with db.session.begin_nested():
            authors.create_missing(name for candidate in candidates for name in candidate.authors)
            ids = [
                post_id
                for batch in _with_distinct_slugs(candidates)
                for post_id in bulk.create_posts(
                    [
                        bulk.NewPost(*_resolve(candidate, authors), candidate.document.slug)
                        for candidate in batch
                    ]
                )
            ]
    except (Problem, SQLAlchemyError) as error:
        # The caller saves the posts one by one, which finds the rejected one.
        _discard_savepoint(error, authors)
        return {}
    found = zip(candidates, ids, strict=True)
    return {candidate.source: post_id for candidate, post_id in found if post_id is not None}


def _with_distinct_slugs(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Split the candidates, so that no list has two with the same slug if one of these is in the trash."""
    batch: list[Candidate] = []
    slugs: set[str] = set()
    trashed: set[str] = set()
    for candidate in candidates:
        slug, is_trashed = candidate.document.slug, candidate.document.deleted_at is not None
        if slug in trashed or (is_trashed and slug in slugs):
            yield batch
            batch, slugs, trashed = [], set(), set()
        batch.append(candidate)
        slugs.add(slug)
        if is_trashed:
            trashed.add(slug)
    if batch:
        yield batch


def _discard_savepoint(error: Problem | SQLAlchemyError, authors: Authors) -> Refused:
    """Clean up after a savepoint rollback, which also removes users created in it. Return the reason."""
    refused = refusal_by_database(error)
    authors.forget()
    # Entities loaded in the savepoint can refer to rows that no longer exist.
    db.session.expunge_all()
    return refused


def _save_post(candidate: Candidate, authors: Authors, report: Report) -> tuple[int, int] | None:
    """Create or update a post in a savepoint. Return its id and version, or None if the database rejects it."""
    try:
        with db.session.begin_nested():
            owner_id, data = _resolve(candidate, authors)
            known = candidate.known
            if known is None or known.post_id is None:
                slug = candidate.document.slug
                # A post in the trash can have the slug of another one.
                exact = {"slug": slug} if candidate.document.deleted_at else {}
                post = crud.create_post(owner_id, data | exact, slug_base=slug)
                return post.id, post.version
            post = get_imported_post(known.post_id, known.version)
            is_withdrawn = post.deleted_at is not None and not known.is_edited
            if is_withdrawn and candidate.document.deleted_at is None:
                # An import has withdrawn the post, and the item is back.
                restore_post(post)
            crud.update_post(post, {**data, "author_id": owner_id})
            return post.id, post.version
    except (Problem, SQLAlchemyError) as error:
        refused = _discard_savepoint(error, authors)
        report.refuse(candidate.place, refused, candidate.post_id, line=candidate.item.line)
    return None


def _resolve(candidate: Candidate, authors: Authors) -> tuple[int, dict[str, Any]]:
    """Return the owner, and the data with co-author ids and the complete image.

    Several names can map to one username.
    """
    owner_id, *co_authors = authors.ids_of(candidate.authors)
    # In the blog that is imported, an editor can have chosen the upload of somebody else.
    return owner_id, complete_image({**candidate.data, "co_authors": co_authors}, None)
