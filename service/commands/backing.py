"""Backups and what follows a restoration."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from clock import SystemClock
from service import backups, restoring
from service.commands.group import opened
from settings import load
from store import restored


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the backups; BACKUP_DIR when left out.",
)
@click.option("--keep", type=click.IntRange(1, 1000), help="How many stay; BACKUP_KEEP.")
def backup(out: Path | None, keep: int | None) -> None:
    """Write the whole database into one file with a checksum, while everything runs.

    SQLite needs nothing else, PostgreSQL its pg_dump on PATH. Prints the file's name.
    """
    settings = load()
    folder = out or (Path(settings.backup_dir) if settings.backup_dir else None)
    if folder is None:
        raise click.UsageError("give --out DIR or set BACKUP_DIR")
    with opened(settings) as database:
        try:
            made, _ = backups.take(
                database, settings, folder, keep or settings.backup_keep, SystemClock().now()
            )
        except backups.BackupFailed as error:
            raise click.ClickException(str(error)) from None
    click.echo(str(made))


@click.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--force", is_flag=True, help="Replace a database that is not empty.")
@click.option("--continue", "go_on", is_flag=True, help="Begin to send again.")
@click.option(
    "--unsure",
    type=click.Choice(["resend", "drop"]),
    help="Messages nobody can know of: send them (some arrive twice), or give them up.",
)
@click.option("--kind", default="", help="Only unsure messages of this kind.")
def restore(file: Path | None, force: bool, go_on: bool, unsure: str | None, kind: str) -> None:
    """Make the backup FILE the database again; stop every process first.

    Afterwards nothing is sent until "restore --continue": what waits in the backup may have been
    sent since. Then each such message is looked for in the chat at Zalo; of those that cannot be
    found out "restore --unsure" disposes.
    """
    if sum((file is not None, go_on, unsure is not None)) != 1:
        raise click.UsageError("give a FILE, or --continue, or --unsure resend|drop")
    settings, now = load(), SystemClock().now()
    if file is not None:
        try:
            report = restoring.restore(settings, file, now, force=force)
        except backups.BackupFailed as error:
            raise click.ClickException(str(error)) from None
        _tell(report)
        return
    with opened(settings) as database:
        with database.write(wake=True) as session:
            if go_on:
                held = restored.go_on(session, getpass.getuser(), now)
                done = 0
            else:
                held, done = 1, restored.decide(session, now, send=unsure == "resend", kind=kind)
        with database.read() as session:
            left = restored.parked(session)
    if not held:
        raise click.ClickException("nothing is held: this database was not restored")
    click.echo("sending goes on" if go_on else f"{done} messages decided")
    for name, number in left.items():
        click.echo(f"unsure: {number} {name}")


def _tell(report: restoring.Report) -> None:
    click.echo(f"restored; {report.unsure} messages may have been sent already; sending is held")
    if report.set_aside is not None:
        click.echo(f"the database before is {report.set_aside}")
    if report.token_kept:
        click.echo("the newer token pair of the database before was kept")
    else:
        click.echo("if Zalo refuses the token: python app.py oa connect")
    click.echo("start the processes, look at doctor, then: python app.py restore --continue")
