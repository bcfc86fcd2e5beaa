"""The options and the output that imports and exports share."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from blog_api.cli.failures import reported_errors
from blog_api.services.importing.report import Report
from blog_api.text.issues import Code, Refused

_OPTIONS = (
    click.option(
        "--report",
        "report_file",
        type=click.Path(dir_okay=False, writable=True, path_type=Path),
        callback=lambda _context, _parameter, path: _check_is_writable(path),
        metavar="FILE.json",
        help="Write the report to this file, also after an error.",
    ),
    click.option("--strict", is_flag=True, help="Exit with status 1 if anything was refused."),
    click.option("--dry-run", is_flag=True, help="Read everything, but change nothing."),
)


def report_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options `--report`, `--strict` and `--dry-run` to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@contextlib.contextmanager
def reporting(
    source: Path, report: Report, report_file: Path | None, *, strict: bool, dry_run: bool
) -> Iterator[None]:
    """Print and write the report on an import of `source`, also if it stops with an error."""
    try:
        with reported_errors():
            yield
    except Refused as error:
        report.refuse(source, error)
        raise click.ClickException(str(error)) from error
    except BaseException as error:
        detail = error.format_message() if isinstance(error, click.ClickException) else _describe(error)
        report.refuse(source, Refused(Code.IMPORT_STOPPED, detail))
        raise
    finally:
        _print(report, dry_run=dry_run)
        if report_file:
            _write(report_file, report)
    if strict and report.counts["refused"]:
        click.get_current_context().exit(1)


def _printable(line: str) -> str:
    """Escape line breaks and terminal control characters, which file names can contain."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def _describe(error: BaseException) -> str:
    return "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"


def _print(report: Report, *, dry_run: bool) -> None:
    for entry in report.sorted_entries:
        click.echo(_printable(f"{entry.level}: {entry.source}:{entry.line}: {entry.detail} [{entry.code}]"))
    if dry_run:
        click.echo("Dry run, nothing was changed. Expected result:")
    click.echo(report.summary)


def _check_is_writable(path: Path | None) -> Path | None:
    """Return the path with symbolic links resolved. Raises click.BadParameter if it cannot be written."""
    if path is None:
        return None
    path = Path(os.path.realpath(path))
    try:
        if path.exists() and not path.is_file():
            raise click.BadParameter(f"{str(path)!r} is not a regular file.")
        with tempfile.TemporaryFile(dir=path.parent):
            return path
    except OSError as error:
        raise click.BadParameter(f"{str(path)!r} cannot be written: {error.strerror}.") from error


def _write(path: Path, report: Report) -> None:
    """Write the report to a temporary file that then replaces `path`, so that no reader sees a part of it."""
    text = json.dumps(report.as_dict(), ensure_ascii=False, indent=2)
    draft = path.with_name(f".report-{secrets.token_hex(8)}")
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(f"{text}\n")
        draft.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
