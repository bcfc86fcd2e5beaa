"""Bulk changes of posts: a list of operations, or one change to all posts that match filters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.exc import DataError, IntegrityError

from blog_api.api.caching import match_version
from blog_api.api.errors import problem_body, problem_from
from blog_api.api.parsing import faults_from
from blog_api.auth.audit import record_rejections
from blog_api.crud import tags as tags_crud
from blog_api.crud.posts import bulk as crud
from blog_api.crud.posts import write
from blog_api.crud.posts.bulk import Change
from blog_api.crud.posts.members import post_to_dict
from blog_api.crud.slugs import lock_slugs
from blog_api.database.session import db
from blog_api.models.posts import Post
from blog_api.policies.posts import can_write_posts, require_creation, require_status
from blog_api.policies.viewers import Viewer, require
from blog_api.problems import Fault, InvalidInput, Problem
from blog_api.schemas.post_fields import MAX_TAGS
from blog_api.services.history import reconcile
from blog_api.text.folding import fold_tag
from blog_api.text.slugs import slugify

Operation = dict[str, Any]
Result = dict[str, Any]

# Errors of a single operation. Any other, such as a deadlock or a lost connection, fails the whole request.
_OPERATION_ERRORS = (ValidationError, Problem, IntegrityError, DataError)


def run_operations(
    operations: list[Operation | ValidationError], viewer: Viewer, *, atomic: bool
) -> list[Result]:
    """Execute the operations in order. Return the status of each, with its post or its problem.

    With `atomic`, the first failure raises its problem. Otherwise each operation has its own savepoint, and a failed
    one changes nothing; a denied one is also recorded in the audit. A ValidationError in `operations` is an
    operation that did not parse.
    """
    parsed = [operation for operation in operations if isinstance(operation, dict)]
    names = [name for operation in parsed for name in _tags_of(operation)] if can_write_posts(viewer) else []
    # Lock existing tags, then posts, then create missing tags, then lock slugs: a fixed order avoids deadlocks.
    tags_crud.lock_tags(names)
    run = _BulkRun(viewer, write.lock_posts((one["id"] for one in parsed if "id" in one), viewer))
    new_tags = tags_crud.create_missing_tags(names)
    lock_slugs(_slugs_of(parsed, run.locked))
    problems: list[Problem] = []
    for number, operation in enumerate(operations):
        try:
            with nullcontext() if atomic else db.session.begin_nested():
                result = run.execute(operation)
        except _OPERATION_ERRORS as error:
            problem = _operation_problem(number, error)
            if atomic:
                raise problem from error
            problems.append(problem)
            result = {"status": problem.status, "problem": problem_body(problem)}
        else:
            new_tags -= {fold_tag(name) for name in _tags_of(operation)}
        run.results.append(result)
    # Delete new tags that only failed operations would have used.
    tags_crud.delete_tags(new_tags)
    record_rejections(problems)
    return run.results


def _tags_of(operation: Operation | ValidationError) -> list[str]:
    """Return the tag names that the operation sets."""
    names: list[str] = operation.get("data", {}).get("tags", []) if isinstance(operation, dict) else []
    return names


def _slugs_of(operations: list[Operation], locked: dict[int, Post]) -> Iterator[str]:
    """Yield the slugs that the operations take or release."""
    for operation in operations:
        data, post = operation.get("data", {}), locked.get(operation.get("id", 0))
        if operation["op"] == "create":
            yield data.get("slug") or slugify(data.get("title", ""), "post")
        elif post and ("slug" in data or operation["op"] == "delete"):
            yield from (post.slug, data.get("slug", post.slug))
        elif post and "title" in data and post.slug_is_automatic:
            yield from (post.slug, slugify(data["title"], "post"))


class _BulkRun:
    """Execute operations. `locked` holds their posts, as far as the viewer may change them."""

    def __init__(self, viewer: Viewer, locked: dict[int, Post]) -> None:
        self.viewer, self.locked = viewer, locked
        self.results: list[Result] = []

    def execute(self, operation: Operation | ValidationError) -> Result:
        if isinstance(operation, ValidationError):
            raise operation
        if operation["op"] == "create":
            require_creation(self.viewer, operation["data"])
            post = write.create_post(self.viewer.id, operation["data"])
            return {"status": 201, "data": post_to_dict(post, self.viewer)}
        post = self._get_post(operation)
        if operation["op"] == "update":
            changes = reconcile(post, operation["data"], self.viewer, operation.get("if_match"))
            write.update_post(post, changes, self.viewer)
            return {"status": 200, "data": post_to_dict(post, self.viewer)}
        match_version(operation.get("if_match"), post.version)
        write.trash_post(post, self.viewer)
        return {"status": 204}

    def _get_post(self, operation: Operation) -> Post:
        post_id = operation["id"]
        # Use the locked entity once: a savepoint rollback expires it, so later operations load it again.
        return self.locked.pop(post_id, None) or write.get_post(post_id, self.viewer)


def _operation_problem(number: int, error: Exception) -> Problem:
    """Return the problem, with pointers into the body of the bulk request."""
    prefix = f"/operations/{number}"
    if isinstance(error, ValidationError):
        return InvalidInput(faults=faults_from(error.messages, in_body=True, path=prefix))
    return problem_from(error).with_prefix(prefix, "/data")


def update_posts(filters: dict[str, Any], change: Change, viewer: Viewer) -> int:
    """Change all posts that match the filters and that the viewer may change. Return how many change.

    Raises Forbidden if the viewer may not do this to any post, or InvalidInput if a post would have too many tags or
    be published without a title.
    """
    require(can_write_posts(viewer), "Readers may not change posts.")
    require_status(viewer, change.status or "draft")
    post_ids = crud.find_posts_to_change(filters, change, viewer)
    if over_limit := crud.count_posts_over_tag_limit(post_ids, change, MAX_TAGS):
        detail = f"{over_limit} of the posts would have more than {MAX_TAGS} tags."
        raise InvalidInput(faults=[Fault(detail, "too_many", "/add_tags")])
    if change.status == "published" and (untitled := crud.count_untitled_posts(post_ids)):
        detail = f"{untitled} of the posts have no title, which published posts need."
        raise InvalidInput(faults=[Fault(detail, "required", "/status")])
    crud.change_posts(post_ids, change)
    return len(post_ids)
