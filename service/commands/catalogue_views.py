"""Looking at the catalogue's history and at how often codes are scanned."""

from __future__ import annotations

from datetime import timedelta

import click

from clock import VIETNAM, SystemClock
from dossiers import times
from procedures.search import index_of
from service.commands.data import procedures
from service.commands.group import opened
from settings import load
from store import procedures as table
from store import scans as counted


@procedures.command("history")
@click.argument("code")
def history(code: str) -> None:
    """Every version of procedure CODE (or slug): when, by whom, its name and fees then."""
    with opened(load()) as database, database.read() as session:
        entry = index_of(session).by_code(code)
        versions = table.versions(session, entry.key) if entry else ()
        if not versions:
            raise click.ClickException(f"no procedure {code}")
        for version in versions:
            fees = {
                str(channel.get("fee", {}).get("text") or channel.get("fee", {}).get("amount_vnd"))
                for channel in version.record.get("channels", ())
            }
            click.echo(
                f"{version.version}  {times.show(version.created_at)}  "
                f"{version.changed_by or '-'}  {version.record.get('name', '')[:80]}"
                f"  [{'; '.join(sorted(fees))[:120]}]"
            )


@click.command("scans")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3650))
def scans(days: int) -> None:
    """How often the pages behind codes were opened, by day; nothing about who opened them."""
    since = SystemClock().now().astimezone(VIETNAM).date() - timedelta(days=days - 1)
    with opened(load()) as database, database.read() as session:
        rows = counted.since(session, since)
    for row in rows:
        click.echo(f"{row.day:%d/%m/%Y}  {row.opened:6}  {row.subject}")
    if not rows:
        click.echo("no code was scanned in this time")
