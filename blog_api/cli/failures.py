"""Report errors of commands like the API does: on standard error, with exit status 1 and no traceback."""

from __future__ import annotations

import contextlib
import errno
import functools
from collections.abc import Callable, Iterator
from typing import Any

import click
from flask.cli import with_appcontext
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import DBAPIError

from blog_api.api.errors import problem_from
from blog_api.api.parsing import faults_from
from blog_api.database.errors import is_schema_outdated
from blog_api.database.exclusive import exclusive
from blog_api.database.session import db
from blog_api.problems import InvalidInput, Problem

# The disk is full or broken, or the files belong to somebody else.
_OUTSIDE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM)


class ErrorReportingCommand(click.Command):
    """A command that reports errors without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises click.ClickException for problems and database errors."""
        with reported_errors():
            return super().invoke(ctx)


def command(name: str, *, runs_alone: bool = False) -> Callable[[Callable[..., None]], click.Command]:
    """Declare a command that runs in an app context and reports errors without a traceback.

    Of all commands with `runs_alone`, only one runs at a time on a database. The others fail.
    """

    def decorator(function: Callable[..., None]) -> click.Command:
        if runs_alone:
            function = _alone(function)
        return click.command(name, cls=ErrorReportingCommand)(with_appcontext(function))

    return decorator


def _alone(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def run_alone(*args: Any, **options: Any) -> None:
        with exclusive():
            function(*args, **options)

    return run_alone


@contextlib.contextmanager
def reported_errors() -> Iterator[None]:
    """Convert problems and database errors to click.ClickException."""
    try:
        yield
    except Problem as error:
        raise click.ClickException(_describe(error)) from error
    except DBAPIError as error:
        raise click.ClickException(_describe_database_error(error)) from error
    except OSError as error:
        if error.errno not in _OUTSIDE:
            raise
        place = f": {error.filename}" if error.filename else ""
        raise click.ClickException(f"{error.strerror}{place}") from error
    except UnicodeEncodeError as error:
        raise click.ClickException("An argument is not valid UTF-8.") from error


def _describe(problem: Problem) -> str:
    faults = [f"{(fault.pointer or '').lstrip('/')}: {fault.detail}" for fault in problem.faults]
    return "\n".join(faults or [problem.detail])


def _describe_database_error(error: DBAPIError) -> str:
    if is_schema_outdated(error):
        return "The tables are missing or behind the code: run flask --app wsgi db upgrade."
    problem = problem_from(error)
    if problem.status < 500:
        return _describe(problem)
    # The driver's message tells operators what to fix, such as a wrong password.
    message = str(error.orig).strip()
    if "unsupported startup parameter" in message:
        message = (
            f"{message}. The connection goes through a pooler: set DATABASE_POOLED=true, and use ALTER ROLE instead of "
            "options in DATABASE_URL"
        )
    if "unable to open database file" in message:
        message = f"{message} {db.engine.url.database}. To create it, run flask --app wsgi db upgrade."
    return (
        f"{problem.detail.rstrip('.')}: {message}" if problem.status == 503 else f"Database error: {message}"
    )


def load_input(schema: Schema, data: dict[str, Any]) -> dict[str, Any]:
    """Validate `data` like the API does, and return the result. Raises InvalidInput."""
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise InvalidInput(faults=faults_from(error.messages, in_body=True)) from error
    return loaded
