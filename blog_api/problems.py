"""All errors of the API, as RFC 9457 problems. The docstring of each class is its page under /problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any, Self

from blog_api.faults import MAX_FAULTS, summarize
from blog_api.faults import Fault as Fault

RETRY_AFTER = "2"


class Problem(Exception):
    """An error and its response. Subclasses define the problem type; `detail` describes the occurrence."""

    status = 500
    name = "internal-error"
    title = "Something went wrong on our side"
    # Commit the transaction before raising instead of rolling it back.
    raise_after_commit = False
    # The audit action to record, and the user it is about unless that is the caller.
    audit_event = ""
    audit_user_id: int | None = None
    # The members of a post that the request and somebody else have changed, each with the values.
    conflict: Mapping[str, Any] | None = None

    def __init__(
        self, detail: str = "", *, faults: Iterable[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self._detail = detail

    @property
    def detail(self) -> str:
        """The given detail, or else a summary of the faults, or else the title."""
        return self._detail or summarize(self.faults) or f"{self.title}."

    def with_prefix(self, part: str, member: str) -> Self:
        """Return a copy for a part of a larger body: with `part` and `member` before the pointer of each fault, or,
        if there are no faults, with one that points to `part`."""
        problem = copy(self)
        moved = tuple(replace(fault, pointer=f"{part}{member}{fault.pointer}") for fault in self.faults)
        problem.faults = moved or (Fault(self.detail, self.name, part),)
        return problem

    def as_dict(self) -> dict[str, Any]:
        """Return the response body without the members that describe the request."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            body["errors"] = [fault.as_dict() for fault in self.faults[:MAX_FAULTS]]
        return body if self.conflict is None else body | {"conflict": self.conflict}


class BadRequest(Problem):
    """The request is malformed: invalid JSON, JSON that is not UTF-8 or is nested too deeply, or an invalid header.
    Nothing was changed. Correct the request and send it again."""

    status, name, title = 400, "bad-request", "The request cannot be read"


class Unauthorized(Problem):
    """The route requires a token, and it is missing, invalid, expired or revoked. Log in or refresh the token, and
    send `Authorization: Bearer <access token>`. A login with a wrong name or password gets this error too."""

    status, name, title = 401, "unauthorized", "Authentication is required"

    def __init__(self, detail: str = "", *, error: str = "", **kwargs: Any) -> None:
        challenge = 'Bearer realm="blog_api"' + (f', error="{error}"' if error else "")
        super().__init__(detail, headers={"WWW-Authenticate": challenge}, **kwargs)


class Forbidden(Problem):
    """You can see this resource, but your role or ownership does not permit the action."""

    status, name, title = 403, "forbidden", "You do not have permission"
    audit_event = "access.denied"


class RegistrationClosed(Problem):
    """This service does not accept registrations. Ask its administrators for an account."""

    status, name, title = 403, "registration-closed", "Registration is closed"


class CommentsClosed(Problem):
    """This post takes no comments: the site has turned them off, the post is not public, or its comments are closed.
    Nothing was changed."""

    status, name, title = 403, "comments-closed", "Comments are closed"


class MailNotConfigured(Problem):
    """This action requires mail, which this service does not send. Ask its administrators for a password or address."""

    status, name, title = 403, "mail-not-configured", "Mail is not configured"


class NotFound(Problem):
    """The resource does not exist, or you are not allowed to see it. The response is deliberately the same for both."""

    status, name, title = 404, "not-found", "Not found"


class MethodNotAllowed(Problem):
    """The resource does not support this method. The `Allow` header lists the methods that it supports."""

    status, name, title = 405, "method-not-allowed", "Method not allowed"


class Conflict(Problem):
    """The request conflicts with existing data: a name, an address or a slug is taken, or the object to delete is
    still in use. `errors` names the field, if there is one."""

    status, name, title = 409, "conflict", "The request conflicts with existing data"


class EditConflict(Problem):
    """Another request changed the object at the same time. Your change was not saved. Read the object again and
    repeat your change."""

    status, name, title = 409, "edit-conflict", "The object was changed by another request"


class IdempotencyKeyInUse(Problem):
    """The first request with this `Idempotency-Key` is still in progress. Wait, and retry to get the response to it."""

    status, name, title = 409, "idempotency-key-in-use", "A request with this key is still in progress"


class CursorExpired(Problem):
    """The changes after this cursor or time are no longer kept. Read everything again, and follow a new cursor."""

    status, name, title = 410, "cursor-expired", "The changes are no longer kept"


class PreconditionFailed(Problem):
    """`If-Match` does not match the current version of the object. Read the object again and repeat your change. For a
    post, `conflict` shows the members that somebody else has changed as well; if it is empty, send `merge=true`."""

    status, name, title = 412, "precondition-failed", "The object has changed since you read it"


class ContentTooLarge(Problem):
    """The request body is larger than this service accepts."""

    status, name, title = 413, "content-too-large", "The body is too large"


class UriTooLong(Problem):
    """The URI is longer than this service accepts. Shorten the path or use fewer filters."""

    status, name, title = 414, "uri-too-long", "The URI is too long"


class UnsupportedMediaType(Problem):
    """The body must be `application/json`, or `multipart/form-data` for an upload, without a content encoding."""

    status, name, title = 415, "unsupported-media-type", "The type of the body is not supported"


class InvalidInput(Problem):
    """The request is well-formed but contains invalid values. `errors` lists up to 100 invalid fields or parameters,
    each with a machine-readable code. Nothing was changed."""

    status, name, title = 422, "invalid-input", "The request contains invalid values"


class IdempotencyKeyReused(Problem):
    """You used this `Idempotency-Key` in the last 24 hours for a request with another URI or body. This request did
    nothing. Generate a new key for each request, and reuse it only to retry the identical request."""

    status, name, title = 422, "idempotency-key-reused", "The key was used for another request"


class PreconditionRequired(Problem):
    """This service requires `If-Match` for every change. Read the object and send its `ETag` back."""

    status, name, title = 428, "precondition-required", "If-Match is required"


class HeadersTooLarge(Problem):
    """The request has too many headers, or their total size is too large. Omit headers that you do not need, such as
    cookies, which this service ignores."""

    status, name, title = 431, "headers-too-large", "The headers are too large"


class TooManyRequests(Problem):
    """You exceeded a rate limit. Retry after the number of seconds in `Retry-After`."""

    status, name, title = 429, "too-many-requests", "Too many requests"
    audit_event = "limit.hit"


class Unavailable(Problem):
    """The service or its database is overloaded or down. Nothing was changed. Retry after the number of seconds in
    `Retry-After`."""

    status, name, title = 503, "unavailable", "The service is not available right now"

    def __init__(self, detail: str = "", *, needs_operator: bool = False) -> None:
        super().__init__(detail, headers={"Retry-After": RETRY_AFTER})
        self.needs_operator = needs_operator  # Retrying does not help. Logged as an error.


class OutcomeUnknown(Unavailable):
    """The database connection was lost during the commit: your change was saved either completely or not at all. Retry
    with the same `Idempotency-Key` to avoid a duplicate. Without a key, check first whether the change was saved."""

    name, title = "outcome-unknown", "The outcome of the request is unknown"


class InternalError(Problem):
    """An internal error. It was logged with the `request_id`; please quote that id when you report it."""


class HttpError(Problem):
    """The request failed with an HTTP error that has no problem type of its own; see the status."""

    name, title = "http-error", "The request was rejected"


_KINDS: tuple[type[Problem], ...] = (Problem, *Problem.__subclasses__(), *Unavailable.__subclasses__())
PROBLEMS: dict[str, type[Problem]] = {kind.name: kind for kind in _KINDS}
