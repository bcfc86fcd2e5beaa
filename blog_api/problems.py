"""Every error that the API can answer, as problems of RFC 9457. The docstring of each is its page at /problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Self

RETRY_AFTER = "2"
MAX_LOCATION = 100
MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the input. `where` is a JSON pointer for a body, a name for a parameter."""

    detail: str
    code: str
    pointer: str | None = None
    parameter: str | None = None

    def as_dict(self) -> dict[str, str]:
        where = {"parameter": self.parameter} if self.pointer is None else {"pointer": self.pointer}
        return {**where, "detail": self.detail, "code": self.code}  # type: ignore[dict-item]


def summarize(faults: tuple[Fault, ...]) -> str:
    """The first of the faults with its place, and how many more there are; "" where there is none."""
    if not faults:
        return ""
    where = faults[0].pointer or faults[0].parameter
    # The name of an unknown field may be as long as the body; `errors` has it whole.
    said = f"{where}: {faults[0].detail}" if where and len(where) <= MAX_LOCATION else faults[0].detail
    return f"{said} (And {len(faults) - 1} more.)" if len(faults) > 1 else said


class Problem(Exception):
    """An error with its answer. Subclasses name the kind; `detail` says what happened here."""

    status = 500
    name = "internal-error"
    title = "Something went wrong on our side"
    raise_after_commit = False
    # What the audit calls it where it is worth a row, and whose account it is about if not of who asks.
    audit_event = ""
    audit_user_id: int | None = None

    def __init__(
        self, detail: str = "", *, faults: Iterable[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self._detail = detail

    @property
    def detail(self) -> str:
        """What happened here: what was said, or else the first of the faults."""
        return self._detail or summarize(self.faults) or f"{self.title}."

    def with_prefix(self, part: str, member: str) -> Self:
        """The same problem, of one part of a larger body. Both are JSON pointers: to the part, and from there to the
        member that its faults point into; a problem without faults is one with the part as a whole."""
        problem = copy(self)
        moved = tuple(replace(fault, pointer=f"{part}{member}{fault.pointer}") for fault in self.faults)
        problem.faults = moved or (Fault(self.detail, self.name, part),)
        return problem

    def as_dict(self) -> dict[str, Any]:
        """The body of the answer, except for what belongs to the request."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            body["errors"] = [fault.as_dict() for fault in self.faults[:MAX_FAULTS]]
        return body


class BadRequest(Problem):
    """The request could not be read: the JSON is malformed, not UTF-8, nested too deeply, or a header is broken.
    Nothing was changed. Correct the form of the request and send it again."""

    status, name, title = 400, "bad-request", "The request cannot be read"


class Unauthorized(Problem):
    """The route needs an access token and there is none, or it is expired, ended or not ours. Log in, or refresh
    the token, and send `Authorization: Bearer <access token>`. A wrong name or password is answered alike."""

    status, name, title = 401, "unauthorized", "Authentication is needed"

    def __init__(self, detail: str = "", *, error: str = "", **kwargs: Any) -> None:
        challenge = 'Bearer realm="blog_api"' + (f', error="{error}"' if error else "")
        super().__init__(detail, headers={"WWW-Authenticate": challenge}, **kwargs)


class Forbidden(Problem):
    """You may see this, but your role or ownership does not allow what you asked for."""

    status, name, title = 403, "forbidden", "This is not allowed"
    audit_event = "access.denied"


class RegistrationClosed(Problem):
    """This service does not accept registrations. Ask the people who run it for an account."""

    status, name, title = 403, "registration-closed", "Registration is closed"


class MailNotConfigured(Problem):
    """This service sends no mail, which what you asked for needs. Ask the people who run it to set your password or
    address."""

    status, name, title = 403, "mail-not-configured", "This service sends no mail"


class NotFound(Problem):
    """There is nothing here, or nothing that you may see. The two are answered alike on purpose."""

    status, name, title = 404, "not-found", "There is nothing here"


class MethodNotAllowed(Problem):
    """The address exists, but not for this method. The header `Allow` lists the methods that it knows."""

    status, name, title = 405, "method-not-allowed", "The method is not allowed here"


class Conflict(Problem):
    """What you sent contradicts what is stored: a name, an address or a slug is taken, or something that is still in
    use would be removed. `errors` names the field where there is one."""

    status, name, title = 409, "conflict", "This conflicts with what is stored"


class EditConflict(Problem):
    """Someone else changed the object while your change was on its way. Nothing of yours was written. Read the object
    again and repeat your change."""

    status, name, title = 409, "edit-conflict", "Someone else changed this at the same time"


class IdempotencyKeyInUse(Problem):
    """The first request with this `Idempotency-Key` is still under way. Nothing more was done. Wait, and send the same
    request again: you then get the reply to the first one."""

    status, name, title = 409, "idempotency-key-in-use", "The first request with this key is under way"


class PreconditionFailed(Problem):
    """The `If-Match` that you sent is not the current version of the object. Read it again and repeat your change."""

    status, name, title = 412, "precondition-failed", "The object has changed since you read it"


class ContentTooLarge(Problem):
    """The body of the request is larger than this service takes."""

    status, name, title = 413, "content-too-large", "The body is too large"


class UriTooLong(Problem):
    """The address is longer than this service takes: shorten the path, or ask with fewer filters."""

    status, name, title = 414, "uri-too-long", "The address is too long"


class UnsupportedMediaType(Problem):
    """The body must be JSON, sent with `Content-Type: application/json` and without a content encoding."""

    status, name, title = 415, "unsupported-media-type", "The body is not JSON"


class InvalidInput(Problem):
    """The request could be read, but something in it is wrong. `errors` lists what is wrong with a field or parameter,
    with a code for programs: the first 100. Nothing was changed."""

    status, name, title = 422, "invalid-input", "Something in the request is wrong"


class IdempotencyKeyReused(Problem):
    """You have sent this `Idempotency-Key` within the last 24 hours with a request to another address or with another
    body. Nothing was done. Make a new key for each request, and keep it only to send that request again, byte for
    byte."""

    status, name, title = 422, "idempotency-key-reused", "This key belongs to another request"


class PreconditionRequired(Problem):
    """This service asks for `If-Match` on every change. Read the object and send its `ETag` back."""

    status, name, title = 428, "precondition-required", "If-Match is needed"


class HeadersTooLarge(Problem):
    """The request has too many headers, or they are too large together. Leave out what is not needed, such as
    cookies, which this service never reads."""

    status, name, title = 431, "headers-too-large", "The headers are too large"


class TooManyRequests(Problem):
    """You asked too often. `Retry-After` says after how many seconds to try again."""

    status, name, title = 429, "too-many-requests", "Too many requests"
    audit_event = "limit.hit"


class Unavailable(Problem):
    """The service or its database is too busy, or away. Nothing was changed. `Retry-After` says after how many seconds
    to try again."""

    status, name, title = 503, "unavailable", "The service is not available right now"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": RETRY_AFTER})


class OutcomeUnknown(Unavailable):
    """The database went away at the very moment when it was told to make your change final, and its answer was lost.
    The change was made as a whole, or not at all. Send the same request again: with the same `Idempotency-Key` it is
    not done twice; without one, look first."""

    name, title = "outcome-unknown", "It is not known whether this was done"


class InternalError(Problem):
    """A mistake of this service. It has been logged under the `request_id`; please report it with that number."""


class HttpError(Problem):
    """The request was refused for a reason that belongs to HTTP itself; the status says which."""

    name, title = "http-error", "The request was refused"


PROBLEMS: dict[str, type[Problem]] = {
    kind.name: kind
    for kind in (
        BadRequest, Unauthorized, Forbidden, RegistrationClosed, MailNotConfigured, NotFound, MethodNotAllowed,
        Conflict, EditConflict, IdempotencyKeyInUse, PreconditionFailed, ContentTooLarge, UriTooLong,
        UnsupportedMediaType, InvalidInput, IdempotencyKeyReused, PreconditionRequired, TooManyRequests,
        HeadersTooLarge, Unavailable, OutcomeUnknown, InternalError, HttpError,
    )
}  # fmt: skip
