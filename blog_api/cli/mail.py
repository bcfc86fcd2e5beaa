"""The worker, and the command that manages the outbox."""

from __future__ import annotations

import logging
import signal
from threading import Event

import click
from flask import current_app

from blog_api.cli.failures import command
from blog_api.crud import outbox as crud
from blog_api.database.engine_options import suspends_when_idle
from blog_api.database.session import db, reading
from blog_api.mail.delivery import is_mail_enabled
from blog_api.monitoring.logs import LOGGER, log_everything
from blog_api.services import outbox
from blog_api.services.changes import number_changes
from blog_api.services.webhooks.dispatching import Dispatcher
from blog_api.services.worker import run_worker

log = logging.getLogger(__name__)

MAX_SHOWN = 50


@command("worker")
@click.option("--once", is_flag=True, help="Do what is due and exit, for use with cron.")
def worker(once: bool) -> None:
    """Number changes, and send webhooks and mail until SIGTERM or SIGINT. Several workers can run at once.

    Without SMTP_URL, production sends no mail.
    """
    webhooks = Dispatcher(current_app.app_context, current_app.config["WEBHOOKS_ALLOW"])
    if once:
        number_changes()
        webhooks.start_due()
        outcomes = outbox.send_due() if is_mail_enabled() else {}
        webhooks.join()
        summary = ", ".join(f"{outcome} {number}" for outcome, number in sorted(outcomes.items()))
        click.echo(summary or "nothing to send")
        return
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if current_app.config["LOG_FORMAT"] == "json":
        log_everything(logging.getLogger(LOGGER).handlers)
    log.info("worker started")
    run_worker(stop, webhooks, database_suspends=suspends_when_idle(db.engine.url))
    log.info("worker stopped")


@command("outbox")
@click.option(
    "--retry", is_flag=True, help="Retry failed mail, but discard password resets older than an hour."
)
@click.option("--drop", is_flag=True, help="Discard all failed mail.")
def show_outbox(retry: bool, drop: bool) -> None:
    """Show queued and failed mail. The exit status is 1 if any mail has failed."""
    if retry and drop:
        raise click.UsageError("--retry and --drop cannot be used together.")
    if retry:
        retried, dropped = outbox.retry_failed()
        click.echo(f"Queued {retried} messages for retry.")
        if dropped:
            click.echo(f"Dropped {dropped} password resets older than an hour.")
    if drop:
        click.echo(f"Dropped {outbox.drop_failed()} messages.")
    with reading():
        counts, failed = crud.count_messages(), crud.list_failed_messages(MAX_SHOWN)
    for row in counts:
        click.echo(f"{row.state:<9}{row.number}, oldest {row.oldest:%Y-%m-%d %H:%M}")
    if not counts:
        click.echo("The outbox is empty.")
    for message in failed:
        click.echo("{id}  {created_at:%Y-%m-%d %H:%M}  {kind} to {recipient}: {error}".format(**message))
    if failed:
        click.get_current_context().exit(1)
