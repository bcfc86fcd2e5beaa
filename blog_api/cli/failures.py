"""How a command fails: in the words of the API, on standard error, with exit status 1 and no traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import click
from flask.cli import with_appcontext
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import DBAPIError

from blog_api.api.errors import problem_from
from blog_api.api.parsing import faults_from
from blog_api.database.errors import lacks_tables
from blog_api.problems import InvalidInput, Problem


class ErrorReportingCommand(click.Command):
    """A command that fails plainly, whatever part of it fails."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises click.ClickException for what the API would answer with a problem."""
        with reported_errors():
            return super().invoke(ctx)


def command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command of this name, with the app at hand, that fails plainly."""

    def decorator(function: Callable[..., None]) -> click.Command:
        return click.command(name, cls=ErrorReportingCommand)(with_appcontext(function))

    return decorator


@contextlib.contextmanager
def reported_errors() -> Iterator[None]:
    """Turn what the API would answer with a problem, and all that the database says, into a message."""
    try:
        yield
    except Problem as error:
        raise click.ClickException(_describe(error)) from error
    except DBAPIError as error:
        raise click.ClickException(_describe_database_error(error)) from error
    except UnicodeEncodeError as error:
        raise click.ClickException("An argument is not text in UTF-8.") from error


def _describe(problem: Problem) -> str:
    faults = [f"{(fault.pointer or '').lstrip('/')}: {fault.detail}" for fault in problem.faults]
    return "\n".join(faults or [problem.detail])


def _describe_database_error(error: DBAPIError) -> str:
    if lacks_tables(error):
        return "The tables are missing, or older than the code: run flask --app wsgi db upgrade."
    problem = problem_from(error)
    if problem.status < 500:
        return _describe(problem)
    # What the operator can mend is in the driver's own words, such as a wrong password.
    said = str(error.orig).strip()
    if "unsupported startup parameter" in said:
        said = f"{said}. A pooler is between: set DATABASE_POOLED=true"
    return f"{problem.detail.rstrip('.')}: {said}" if problem.status == 503 else f"The database says: {said}"


def load_input(schema: Schema, data: dict[str, Any]) -> dict[str, Any]:
    """`data` as the API would take it. Raises InvalidInput."""
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise InvalidInput(faults=faults_from(error.messages, in_body=True)) from error
    return loaded
