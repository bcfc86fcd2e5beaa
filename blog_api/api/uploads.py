"""Receive uploads: forms with a file, in constant memory."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from flask import Request, current_app
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser, default_stream_factory

from blog_api.api.parsing import reject_encoding
from blog_api.auth.access import current_user
from blog_api.context import restart_deadline
from blog_api.policies.viewers import Viewer
from blog_api.problems import (
    BadRequest,
    ContentTooLarge,
    Fault,
    InvalidInput,
    Unavailable,
    UnsupportedMediaType,
)

# The deadline of uploads: to decode and store a file, and to wait for other uploads. Others have REQUEST_DEADLINE.
SECONDS = 60.0
# Bytes of everything but the file, and the number of fields. Werkzeug also limits its buffer to the former.
_MAX_TEXTS, _MAX_PARTS = 500_000, 10

MayUpload = Callable[[Viewer], None]


@contextlib.contextmanager
def received_form(request: Request, may_upload: MayUpload) -> Iterator[dict[str, Any]]:
    """Receive the form of an authenticated user, and yield its fields. Large files are spooled to disk.

    Raises what `may_upload` raises, UnsupportedMediaType, ContentTooLarge, BadRequest if the body is incomplete or
    malformed, InvalidInput if a field is repeated, and Unavailable if the disk is full.
    """
    may_upload(current_user())
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file in a form, with Content-Type: multipart/form-data.")
    reject_encoding(request)
    with contextlib.ExitStack() as spool:
        fields = _parse(request, spool)
        counts = Counter(name for name, _ in fields)
        if repeated := [name for name, count in counts.items() if count > 1]:
            faults = [Fault("Send this field only once.", "repeated", f"/{name}") for name in repeated]
            raise InvalidInput(faults=faults)
        # The time to receive the file does not count.
        restart_deadline()
        yield dict(fields)


def _parse(request: Request, spool: contextlib.ExitStack) -> list[tuple[str, Any]]:
    """Return the names and values of the fields. `spool` closes the files."""
    limit = current_app.config["MEDIA_MAX_MB"] * 1024 * 1024
    parser = FormDataParser(
        stream_factory=lambda *arguments, **options: spool.enter_context(
            default_stream_factory(*arguments, **options)
        ),
        max_form_memory_size=_MAX_TEXTS,
        max_content_length=limit + _MAX_TEXTS,
        silent=False,
        max_form_parts=_MAX_PARTS,
    )
    try:
        _, texts, files = parser.parse_from_environ(request.environ)
    except RequestEntityTooLarge as error:
        raise _too_large() from error
    except HTTPException as error:
        raise BadRequest("The body is incomplete.") from error
    except OSError as error:
        # An error of the disk: the server handles those of the connection.
        raise Unavailable("There is no space to receive the file.") from error
    except Exception as error:
        # Each WSGI server has its own exceptions for malformed chunks and disconnected clients.
        raise BadRequest("The form is incomplete or malformed.") from error
    if any(file.stream.seek(0, os.SEEK_END) > limit for file in files.values()):
        raise _too_large()
    for file in files.values():
        file.stream.seek(0)
    fields = [*texts.items(multi=True), *files.items(multi=True)]
    if any(name is None for name, _ in fields):
        raise BadRequest("Each part of the form needs a name.")
    return fields


def _too_large() -> ContentTooLarge:
    megabytes = current_app.config["MEDIA_MAX_MB"]
    return ContentTooLarge(
        f"Files are limited to {megabytes} MB, all other fields to {_MAX_TEXTS} bytes, "
        f"and forms to {_MAX_PARTS} fields."
    )
