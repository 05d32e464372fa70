"""What an operator does to single events, messages and people."""

from __future__ import annotations

import click

from clock import SystemClock
from service.commands.group import opened
from settings import load
from store import followers, inbound, sending


@click.group()
def events() -> None:
    """Events received from Zalo."""


@events.command()
@click.argument("event_id", type=int, metavar="ID")
def replay(event_id: int) -> None:
    """Handle event ID again; replies already queued for it are not repeated."""
    with opened(load()) as database, database.write(wake=True) as session:
        if not inbound.replay(session, event_id):
            raise click.ClickException(f"no event {event_id}, or its body is gone by retention")
    click.echo(f"event {event_id} queued")


@click.group()
def outbox() -> None:
    """Messages on their way."""


@outbox.command()
@click.argument("message_id", type=int, metavar="ID")
def requeue(message_id: int) -> None:
    """Queue message ID again: one that was parked, dropped or is uncertain."""
    with opened(load()) as database, database.write(wake=True) as session:
        if not sending.requeue(session, message_id, SystemClock().now()):
            raise click.ClickException(f"message {message_id} is unknown, queued or already sent")
    click.echo(f"message {message_id} queued")


@click.group()
def privacy() -> None:
    """Requests of data subjects (Law 91/2025)."""


@privacy.command()
@click.option("--user", metavar="UID", help="Zalo UID of the citizen.")
@click.option("--phone", metavar="P", help="Phone number in any spelling.")
def erase(user: str | None, phone: str | None) -> None:
    """Erase what ties a person to this system; dossiers stay with their agency."""
    from dossiers.phones import Phone, read_phone

    if bool(user) == bool(phone):
        raise click.UsageError("give either --user or --phone")
    now = SystemClock().now()
    with opened(load()) as database, database.write() as session:
        if user:
            found = bool(followers.erase(session, user, now))
        else:
            read = read_phone(phone or "")
            if not isinstance(read, Phone):
                raise click.ClickException("that is not a Vietnamese mobile number")
            found = bool(followers.erase_phone(session, read.e164, now))
    if not found:
        raise click.ClickException("nothing is kept about that person")
    click.echo("erased")
