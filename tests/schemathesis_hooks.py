"""Schemathesis hooks: responses that are not failures, and requests that would break the rest of the run."""

from __future__ import annotations

import os
import re
import uuid
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

TOKENS = {f"Bearer {os.environ[f'SCHEMATHESIS_{kind}_TOKEN']}" for kind in ("ACCESS", "API", "REFRESH")}
OWN = {name: os.environ[f"SCHEMATHESIS_{name.upper()}"] for name in ("user_id", "session_id", "token_id")}
# Operations that revoke a token, and the token.
SPENDING = {"log_out": "access_token", "refresh_tokens": "refresh_token"}
SPARE: dict[str, str] = {}

# Input that matches its schema but is invalid for other reasons: the location and the code of the fault.
BEYOND_THE_SCHEMA = {
    ("cursor", "bad_cursor"),  # opaque, and bound to its filters
    ("offset", "not_together"),  # together with a cursor
    ("since", "not_together"),  # together with a cursor
    ("anonymise", "not_together"),  # together with reassign_to
    ("sort", "no_search"),  # by relevance without a search
    ("fields", "no_search"),  # an excerpt without a search
    ("limit", "out_of_range"),  # lower if `fields` includes the content
    ("/token", "bad_token"),  # must come from a mail
    ("/published_at", "required"),  # depends on the status and the current time
    ("/title", "required"),  # depends on the status
    ("/title", "blank"),
    ("/expires_at", "past"),  # depends on the current time
    ("/password", "too_easy"),  # depends on the username and on a list of common passwords
    ("/new_password", "too_easy"),
    ("/remove_tags", "contradiction"),  # conflicts with added tags
    ("/aliases", "malformed"),  # segments that browsers change, such as `..`
    ("/from", "malformed"),
    ("path", "malformed"),
    ("/to", "malformed"),
    ("/image/url", "required"),  # unless there is a media_id
    ("/image/media_id", "missing"),  # must be an upload that the user may use
    ("/name", "not_allowed"),  # of guests
    ("/email", "not_allowed"),
    ("/email", "malformed"),  # the service is stricter than the format
    ("/parent_id", "too_deep"),
    ("/url", "not_allowed"),  # of a webhook: names of hosts and public addresses have more rules
    ("/file", "unsupported_type"),  # must be a picture
}
# The parts of a pointer to strip: the data of a bulk operation, and the index in a list.
AROUND = re.compile(r"^/operations/\d+/data(?=/)|(?<=/co_authors)/\d+$|(?<=/aliases)/\d+$|(?<=/ids)/\d+$")


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Skip requests that would end the session or demote the account that the run uses."""
    parameters = case.path_parameters or {}
    if parameters.get("post_id") == "bulk":
        # A guessed link can lead to another operation, whose response does not match this one.
        return False
    return case.method in ("GET", "POST") or all(
        str(parameters.get(name)) != own for name, own in OWN.items()
    )


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Make no dry runs. Set a separate account to end a session, a current If-Match, and a new Idempotency-Key."""
    headers, positive = case.headers or {}, case.meta.generation.mode.is_positive
    operation, url = case.operation.definition.raw["operationId"], case.operation.base_url
    if headers.get("Authorization") in TOKENS:
        if operation in SPENDING:
            headers["Authorization"] = f"Bearer {_spare_session(url)[SPENDING[operation]]}"
        elif operation == "change_password" and positive:
            account = _new_account(url)
            headers["Authorization"] = f"Bearer {_log_in(url, account).json()['access_token']}"
            case.body = {**case.body, "current_password": account["password"]}
    if positive and "If-Match" in headers and not headers["If-Match"].startswith("W/"):
        # Generated ETags are always stale. Keep only weak ones, which never match.
        headers["If-Match"] = "*"
    if headers.get("If-None-Match") == "0":
        # The coverage phase fills this in whatever the pattern.
        headers["If-None-Match"] = '"0"'
    if case.query and str(case.query.get("dry_run")).lower() == "true":
        # The run expects to find what it has created, and not to find what it has deleted.
        case.query["dry_run"] = "false"
    if positive and "Idempotency-Key" in headers:
        # Examples are sent with many bodies, but each body needs its own key.
        headers["Idempotency-Key"] = uuid.uuid4().hex


def _spare_session(url: str) -> dict[str, str]:
    """Return the tokens of a new session of an otherwise unused account."""
    reply = _log_in(url, SPARE) if SPARE else None
    if reply is None or not reply.ok:
        # The run may have disabled or deleted the account.
        SPARE.update(_new_account(url))
        reply = _log_in(url, SPARE)
    tokens: dict[str, str] = reply.json()
    return tokens


def _new_account(url: str) -> dict[str, str]:
    """Register an account, and return its username and password."""
    account = {"username": f"u{uuid.uuid4().hex}", "password": uuid.uuid4().hex}
    address = {"email": f"{account['username']}@example.com"}
    requests.post(f"{url}/api/v1/auth/register", json=account | address, timeout=10).raise_for_status()
    return account


def _log_in(url: str, account: dict[str, str]) -> requests.Response:
    return requests.post(f"{url}/api/v1/auth/login", json=account, timeout=10)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Return whether this is a real failure."""
    if response.status_code == 414:
        # gunicorn rejects longer URLs itself, and the document does not describe its limits.
        return False
    if isinstance(failure, AcceptedNegativeData) and response.status_code == 207:
        # In mode `each`, an invalid operation fails by itself.
        return all(result["status"] < 400 for result in response.json()["results"])
    if isinstance(failure, EnsureResourceAvailability):
        # Only posts in the trash can be restored, and a new post is not there.
        return bool(case.operation.definition.raw["operationId"] != "restore_post")
    if isinstance(failure, RejectedPositiveData):
        # A well-formed If-Match is stale unless the object was read before, and `merge` needs one. A time can precede
        # the feed's retention.
        return response.status_code not in (410, 412, 428) and not _is_beyond_the_schema(response.json())
    return True


def _is_beyond_the_schema(problem: dict[str, Any]) -> bool:
    faults = problem.get("errors", ())
    places = (AROUND.sub("", fault.get("pointer") or fault["parameter"]) for fault in faults)
    found = {(place, fault["code"]) for place, fault in zip(places, faults, strict=True)}
    # The ids of users, tags and comments must exist.
    missing = ("not_a_user", "not_a_tag", "not_a_comment")
    return bool(found) and {fault for fault in found if fault[1] not in missing} <= BEYOND_THE_SCHEMA
