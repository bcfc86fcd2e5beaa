"""How a command fails: with the same words as the API, on one line each, and exit status 1."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import click
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from blog_api.database import Session, transaction
from blog_api.errors import problem_from
from blog_api.parsing import faults_from
from blog_api.problems import InvalidInput, Problem


@contextlib.contextmanager
def failing_plainly() -> Iterator[None]:
    """Turn what the API would answer with a problem into a message of the command."""
    try:
        yield
    except (Problem, SQLAlchemyError) as error:
        problem = problem_from(error)
        if problem.status == 500:
            raise
        faults = [f"{(fault.pointer or '').lstrip('/')}: {fault.detail}" for fault in problem.faults]
        raise click.ClickException("\n".join(faults or [problem.detail])) from error


@contextlib.contextmanager
def command_transaction() -> Iterator[Session]:
    """THE transaction, for a command."""
    with failing_plainly(), transaction() as session:
        yield session


def checked(schema: Schema, data: dict[str, Any]) -> dict[str, Any]:
    """`data` as the API would take it. Raises InvalidInput."""
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise InvalidInput(faults=faults_from(error.messages, in_body=True)) from error
    return loaded
