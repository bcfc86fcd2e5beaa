"""What Schemathesis cannot know from the document: which answers are no failures, and which branch it sits on."""

from __future__ import annotations

import os
import re
import uuid
from typing import Any

import requests
import schemathesis
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

TOKENS = {f"Bearer {os.environ[f'SCHEMATHESIS_{kind}_TOKEN']}" for kind in ("ACCESS", "API", "REFRESH")}
OWN = {name: os.environ[f"SCHEMATHESIS_{name.upper()}"] for name in ("user_id", "session_id", "token_id")}
# Which token each of these uses up.
SPENDING = {"log_out": "access_token", "refresh_tokens": "refresh_token"}
SPARE: dict[str, str] = {}

# Input that is wrong as a whole although each part of it fits its schema: where it is, and the code of the fault.
BEYOND_THE_SCHEMA = {
    ("cursor", "bad_cursor"),  # opaque, and belongs to its filters
    ("offset", "not_together"),  # with a cursor
    ("anonymise", "not_together"),  # with an heir
    ("sort", "no_search"),  # by relevance, without a search
    ("fields", "no_search"),  # an excerpt, without a search
    ("limit", "out_of_range"),  # smaller where `fields` asks for the content
    ("reassign_to", "not_a_user"),  # somebody, and somebody else
    ("/co_authors", "not_a_user"),  # somebody, and somebody else than the owner
    ("/into", "not_a_tag"),  # one that there is, and another one
    ("/token", "bad_token"),  # one that was sent by mail
    ("/published_at", "required"),  # by the status and the present moment
    ("/expires_at", "past"),  # by the present moment
    ("/password", "too_easy"),  # by the username, and by the list of common ones
    ("/new_password", "too_easy"),
    ("/remove_tags", "contradiction"),  # of what is added
}
# Where an operation of a bulk request has the data of its post, and which item of a list is meant.
AROUND = re.compile(r"^/operations/\d+/data(?=/)|(?<=^/co_authors)/\d+$|(?<=/data/co_authors)/\d+$")


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Nothing ends the session, or demotes the account, that the rest of the run needs."""
    parameters = case.path_parameters or {}
    if parameters.get("post_id") == "bulk":
        # The address of another operation, as a guessed link has it; what is answered there is not about this one.
        return False
    return case.method in ("GET", "POST") or all(
        str(parameters.get(name)) != own for name, own in OWN.items()
    )


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Give what the document cannot: an account of its own for what ends a session, a current If-Match, a new key."""
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
        # A made up tag is stale; weak ones, which never match, are enough of those.
        headers["If-Match"] = "*"
    if positive and "Idempotency-Key" in headers:
        # An example is sent with many bodies, and a key belongs to one.
        headers["Idempotency-Key"] = uuid.uuid4().hex


def _spare_session(url: str) -> dict[str, str]:
    """The tokens of a new session of an account that nothing else is asked with."""
    reply = _log_in(url, SPARE) if SPARE else None
    if reply is None or not reply.ok:
        # The run may well have disabled or deleted the account before.
        SPARE.update(_new_account(url))
        reply = _log_in(url, SPARE)
    tokens: dict[str, str] = reply.json()
    return tokens


def _new_account(url: str) -> dict[str, str]:
    """The username and the password of a new account."""
    account = {"username": f"u{uuid.uuid4().hex}", "password": uuid.uuid4().hex}
    address = {"email": f"{account['username']}@example.com"}
    requests.post(f"{url}/api/v1/auth/register", json=account | address, timeout=10).raise_for_status()
    return account


def _log_in(url: str, account: dict[str, str]) -> requests.Response:
    return requests.post(f"{url}/api/v1/auth/login", json=account, timeout=10)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether this is a failure."""
    if response.status_code == 414:
        # A longer address than gunicorn reads never comes to the service; its limits are not the document's.
        return False
    if isinstance(failure, EnsureResourceAvailability):
        # What was just made is not in the trash, where alone a post can be restored from.
        return bool(case.operation.definition.raw["operationId"] != "restore_post")
    if isinstance(failure, RejectedPositiveData):
        # A valid If-Match is stale for whoever has not read the object.
        return response.status_code != 412 and not _is_beyond_the_schema(response.json())
    return True


def _is_beyond_the_schema(problem: dict[str, Any]) -> bool:
    faults = problem.get("errors", ())
    places = (AROUND.sub("", fault.get("pointer") or fault["parameter"]) for fault in faults)
    found = {(place, fault["code"]) for place, fault in zip(places, faults, strict=True)}
    return bool(found) and found <= BEYOND_THE_SCHEMA
