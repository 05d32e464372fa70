"""What an operator does to single events, messages and people."""

from __future__ import annotations

import getpass

import click

from clock import SystemClock
from crypto import Vault
from service.commands.group import opened
from settings import load
from store import audit, inbound
from store import outbox as queued


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
        if not queued.requeue(session, message_id, SystemClock().now()):
            raise click.ClickException(f"message {message_id} is unknown, queued or already sent")
    click.echo(f"message {message_id} queued")


@click.group()
def privacy() -> None:
    """Requests of data subjects (Law 91/2025)."""


@privacy.command()
@click.option("--user", metavar="UID", help="Zalo UID of the citizen.")
@click.option("--phone", metavar="P", help="Phone number in any spelling.")
def erase(user: str | None, phone: str | None) -> None:
    """Erase what ties a person to this system; dossiers stay with their agency.

    The act is recorded under a receipt code (DL-...), told on stderr, and in the audit.
    """
    from dossiers.phones import Phone, read_phone
    from privacy import erasing
    from privacy.requests import record_done

    if bool(user) == bool(phone):
        raise click.UsageError("give either --user or --phone")
    settings, now = load(), SystemClock().now()
    vault, actor = Vault(settings.secret_key.get_secret_value()), f"cli:{getpass.getuser()}"
    with opened(settings) as database, database.write() as session:
        if user:
            outcome = erasing.erase_user(session, user, now, settings=settings, by=actor)
            erasing.close_others(session, user, now, actor)
        else:
            read = read_phone(phone or "")
            if not isinstance(read, Phone):
                raise click.ClickException("that is not a Vietnamese mobile number")
            outcome = erasing.erase_phone(session, read.e164, now, settings=settings, by=actor)
        if not outcome:
            raise click.ClickException("nothing is kept about that person")
        row = record_done(session, kind="delete", source="cli", outcome=outcome, now=now, by=actor)
        audit.add(
            session,
            vault.audit_seal,
            actor=actor,
            action="cli.erased",
            now=now,
            subject_kind="privacy",
            subject=row.code,
            details={"by": "user" if user else "phone"},
        )
    click.echo("erased")
    click.echo(f"receipt {row.code}", err=True)
