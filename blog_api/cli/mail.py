"""Commands that send mail, and tell what could not be sent."""

from __future__ import annotations

import logging
import signal
from threading import Event

import click

from blog_api.cli.failures import command
from blog_api.crud import outbox as crud
from blog_api.database.session import reading
from blog_api.mail.delivery import is_mail_enabled
from blog_api.services import outbox

log = logging.getLogger(__name__)

MAX_SHOWN = 50


@command("worker")
@click.option("--once", is_flag=True, help="Send what is due now, and end: for cron.")
def worker(once: bool) -> None:
    """Send mail as it comes, until SIGTERM or SIGINT; several may run at once."""
    if not is_mail_enabled():
        raise click.ClickException("Mail is not configured: set SMTP_URL.")
    if once:
        ends = outbox.send_due()
        click.echo(", ".join(f"{end} {number}" for end, number in sorted(ends.items())) or "nothing is due")
        return
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("the worker is ready")
    outbox.run_worker(stop)
    log.info("the worker has stopped")


@command("outbox")
@click.option(
    "--retry", is_flag=True, help="Have what has failed tried anew, but for old requests for a new password."
)
@click.option("--drop", is_flag=True, help="Try nothing of what has failed any more.")
def show_outbox(retry: bool, drop: bool) -> None:
    """Tell how much mail is waiting, and what could not be sent. Exit status 1 while there is any of that."""
    if retry and drop:
        raise click.UsageError("--retry and --drop cannot be given together.")
    if retry:
        retried, dropped = outbox.retry_failed()
        click.echo(f"{retried} messages will be tried anew.")
        if dropped:
            click.echo(f"{dropped} requests for a new password were dropped: they are older than an hour.")
    if drop:
        click.echo(f"{outbox.drop_failed()} messages were dropped.")
    with reading():
        counts, failed = crud.count_messages(), crud.list_failed_messages(MAX_SHOWN)
    for row in counts:
        click.echo(f"{row.state:<9}{row.number}, since {row.oldest:%Y-%m-%d %H:%M}")
    if not counts:
        click.echo("The outbox is empty.")
    for message in failed:
        click.echo("{id}  {created_at:%Y-%m-%d %H:%M}  {kind} to {recipient}: {error}".format(**message))
    if failed:
        click.get_current_context().exit(1)
