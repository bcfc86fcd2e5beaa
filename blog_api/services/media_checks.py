"""Compare the rows of pictures with the objects in the media store, while pictures are uploaded and deleted."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from blog_api.auth import audit
from blog_api.crud.media import checks
from blog_api.crud.media.files import DELETING, MAX_UPLOAD_TIME, PENDING, READY
from blog_api.database.columns import utcnow
from blog_api.database.session import reading, transaction
from blog_api.media.objects import ListedObject, object_name
from blog_api.media.stores import Store
from blog_api.models.media import MediaFile

# Keep younger objects without a row, in case this is the wrong database.
MIN_AGE = timedelta(days=1)
_BY_KEY = itemgetter(0)


class Finding(NamedTuple):
    """A difference, and whether it needs attention."""

    kind: str
    key: str
    detail: str
    needs_attention: bool = True


def compare(store: Store, counts: Counter[str], *, repair: bool) -> Iterator[Finding]:
    """Yield the differences in key order. Count the objects, and the rows by state.

    With `repair`, delete objects without a row that are older than MIN_AGE. Raises Unavailable if the store is down.
    """
    rows = ((file.key, file) for file in checks.all_files())
    objects = ((stored.key, stored) for stored in store.names())
    merged: Iterator[tuple[str, MediaFile | ListedObject]] = heapq.merge(rows, objects, key=_BY_KEY)
    for key, group in groupby(merged, key=_BY_KEY):
        items = [item for _, item in group]
        stored = [item for item in items if isinstance(item, ListedObject)]
        files = [item for item in items if isinstance(item, MediaFile)]
        counts.update(objects=len(stored), bytes=sum(one.size for one in stored))
        counts.update(file.state for file in files)
        if finding := _check(store, files[0], stored) if files else _check_orphan(store, key, stored, repair):
            yield finding


def _check(store: Store, file: MediaFile, stored: Sequence[ListedObject]) -> Finding | None:
    return _check_ready(store, file, stored) if file.state == READY else _check_unfinished(file)


def _check_ready(store: Store, file: MediaFile, stored: Sequence[ListedObject]) -> Finding | None:
    sizes = {one.name: one.size for one in stored}
    faults = list[str]()
    for variant in file.variants:
        name = object_name(file.key, variant["width"])
        # Look again: the object may have been stored after the listing.
        size = sizes.pop(name, None) or store.size(name)
        if size is None:
            faults.append(f"{variant['width']}.webp is missing")
        elif size != variant["bytes"]:
            faults.append(f"{variant['width']}.webp has {size} bytes instead of {variant['bytes']}")
    if not faults:
        unknown = ", ".join(name.partition("/")[2] for name in sizes)
        return Finding("orphan", file.key, f"{unknown}: not a size of this picture") if unknown else None
    with reading():
        # The file may have been deleted in the meantime.
        if checks.find_state(file.key) != READY:
            return None
        references = checks.find_references(file.id)
    used_by = (f"{name} {', '.join(map(str, ids))}" for name, ids in references._asdict().items() if ids)
    return Finding("lost", file.key, f"{', '.join(faults)}; {'; '.join(used_by)}")


def _check_unfinished(file: MediaFile) -> Finding | None:
    age = utcnow() - file.created_at
    if file.state == PENDING:
        began = f"the upload began {_describe(age)} ago"
        return Finding("unfinished", file.key, began, needs_attention=age > MAX_UPLOAD_TIME)
    with reading():
        if checks.find_state(file.key) != DELETING:
            return None
    return Finding("unfinished", file.key, f"a picture uploaded {_describe(age)} ago is being deleted")


def _check_orphan(store: Store, key: str, stored: Sequence[ListedObject], repair: bool) -> Finding | None:
    with reading():
        # The row may be newer than the batch that was read. Rows are inserted before their objects.
        if checks.find_state(key) is not None:
            return None
    if not any(one.width is None or store.size(one.name) is not None for one in stored):
        # The objects were deleted after the listing.
        return None
    age = utcnow() - max(one.modified for one in stored)
    detail = f"{len(stored)} objects without a row, {_describe(age)} old"
    if not repair or age < MIN_AGE:
        return Finding("orphan", key, detail)
    store.delete(key, [one.width for one in stored if one.width is not None])
    with transaction():
        audit.record("media.cleaned", user_id=None, detail=f"{key}: {detail}")
    return Finding("orphan", key, f"{detail}: deleted", needs_attention=False)


def _describe(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
