"""Add the redirects of a blog: the file `redirects.json` or `redirects.yaml` of Ghost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from marshmallow import ValidationError

from blog_api.schemas.redirects import NewRedirect
from blog_api.services.importing.checking import describe_errors
from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.redirects import add_redirect
from blog_api.services.importing.report import Report
from blog_api.text.issues import Code, Note, Refused, Tally

_schema = NewRedirect()
MAX_BYTES = 5_000_000
# Ghost reads each path as a regular expression. It finds a path with and without a slash at its end.
_OPTIONAL_SLASH = re.compile(r"(?<=.)(?:/\?\$?|\(/\)\?\$?)$")
_PATTERN = re.compile(r"[\\^$*+?{}()|\[\]]")


class Redirect(NamedTuple):
    """A redirect of Ghost. `path` can be a regular expression."""

    path: str
    target: str


def read_redirects(path: Path) -> list[Redirect]:
    """Read the file. Raises Refused if it is not one of redirects."""
    try:
        if not path.is_file():
            raise Refused(Code.NOT_A_FILE, f"{path} is not a regular file")
        if path.stat().st_size > MAX_BYTES:
            raise Refused(Code.FILE_TOO_LARGE, f"the file has more than {MAX_BYTES:,} bytes")
        # JSON is YAML, too.
        return list(_redirects(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)))
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, LookupError, AttributeError) as error:
        detail = f"not a redirects file of Ghost: {' '.join(str(error).split())[:200]}"
        raise Refused(Code.NOT_AN_EXPORT, detail) from error


def _redirects(found: Any) -> Iterator[Redirect]:
    if isinstance(found, dict):
        pairs = [(path, target) for status in found.values() for path, target in (status or {}).items()]
    elif isinstance(found, list):
        pairs = [(each["from"], each["to"]) for each in found]
    else:
        raise ValueError("neither a list nor a mapping")
    for path, target in pairs:
        # Aliases of YAML can stand for lists of any size.
        if not isinstance(path, str) or not isinstance(target, str):
            raise TypeError("a redirect is not a pair of texts")
        yield Redirect(path, target)


def import_redirects(path: Path, addresses: Addresses, report: Report, *, dry_run: bool) -> None:
    """Add the redirects of a file. Raises Refused if it cannot be read. Notes those that are left out."""
    for redirect in read_redirects(path):
        try:
            _add(redirect, addresses, dry_run=dry_run)
        except Refused as error:
            detail = f"{redirect.path[:100]}: {error.detail}"
            report.note(path, Note(Code.REDIRECT_SKIPPED, detail))
        else:
            report.tally(path, Tally(Code.REDIRECT_ADDED, "a redirect was added"))


def _add(redirect: Redirect, addresses: Addresses, *, dry_run: bool) -> None:
    """Create the redirect, unless there is the same one already. Raises Refused if it cannot be created."""
    path = _OPTIONAL_SLASH.sub("/", redirect.path.replace("\\/", "/")).removeprefix("^").removesuffix("$")
    if _PATTERN.search(path):
        raise Refused(Code.VALUE_INVALID, "it is a pattern, and redirects lead from single paths")
    try:
        data = _schema.load({"from": path, "to": addresses.on_site(redirect.target)})
    except ValidationError as error:
        raise Refused(Code.VALUE_INVALID, describe_errors(error.messages)) from error
    if not dry_run:
        add_redirect(data["from"], data["to"])
