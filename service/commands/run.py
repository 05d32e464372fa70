"""Commands that stay running, and the schema they run on."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click

import journal
from service.commands.group import opened, production_settings
from settings import ROOT, Settings, load

_PROCESSES = click.option(
    "--processes", default=1, show_default=True, help="Web processes; one a core is best."
)


def _may_run(settings: Settings) -> None:
    """Refuse while a restoration goes on or was cut off; a database that is away says nothing."""
    from sqlalchemy.exc import OperationalError

    from store.restored import unfinished

    with suppress(OperationalError), opened(settings) as database:
        if unfinished(database):
            raise click.ClickException(
                "a restoration has not ended: run restore again, see docs/backup.md"
            )


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Web and worker for one machine; upgrades the database first."""
    from service.processes import serve as run_both  # the server library is only needed here

    # Paths in the settings are meant from here, wherever it was started: both halves must agree.
    os.chdir(ROOT)
    settings = production_settings()
    journal.configure(settings.log_level)
    # In a process of its own: what only starts the two halves need not remember the schema.
    upgrade = [sys.executable, "app.py", "db", "upgrade"]
    if status := subprocess.run(upgrade, cwd=ROOT, check=False).returncode:  # noqa: S603
        sys.exit(status)
    run_both(host, port)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@_PROCESSES
def web(host: str, port: int, processes: int) -> None:
    """The web half alone; any number of them over one PostgreSQL."""
    from service.processes import run_web

    settings = production_settings()
    _may_run(settings)
    journal.configure(settings.log_level)
    run_web(host, port, processes=processes)


@click.command()
def worker() -> None:
    """The worker half alone; any number of them over one PostgreSQL."""
    from clock import SystemClock
    from service.worker import run

    settings = production_settings()
    _may_run(settings)
    journal.configure(settings.log_level)
    sys.exit(run(settings, SystemClock()))


@click.command()
@click.option("--port", default=8000, show_default=True, help="Our web address.")
@click.option("--sandbox-port", default=8001, show_default=True, help="The local Zalo.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    help="Folder of the demonstration's database.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--code", is_flag=True, help="Only print the sample administrator's one-time code.")
def demo(port: int, sandbox_port: int, data: Path, host: str, code: bool) -> None:
    """Everything on one machine with sample data and a local Zalo; Ctrl-C stops it all."""
    from service import demo_staff
    from service.demo import run

    if code:
        click.echo(demo_staff.code())
        return

    sys.exit(run(host, port, sandbox_port, data))


@click.group()
def db() -> None:
    """The database schema."""


@db.command()
def upgrade() -> None:
    """Bring the schema to what this version needs (Alembic head); a newer one stays."""
    from store import migrate

    settings = load()
    _may_run(settings)
    migrate.upgrade(settings.database_url)
    with opened(settings) as database:
        at = migrate.current(database)
    if migrate.standing(at) is migrate.Standing.newer:
        click.echo(
            f"schema at {at}: newer than this version ({migrate.head()}), left as it is; "
            "a newer release upgraded it, see docs/upgrades.md"
        )
        return
    click.echo(f"schema at {at}")


@db.command()
@click.option(
    "--to",
    "target",
    envvar="NEW_DATABASE_URL",
    required=True,
    help="Address of the new, empty database; with a password rather in NEW_DATABASE_URL.",
)
def move(target: str) -> None:
    """Copy everything into another, empty database, of the same or the other kind.

    Stop every process first. Afterwards set DATABASE_URL to the new address; the old database is
    left as it is and must not be started again.
    """
    from clock import SystemClock
    from service import moving

    try:
        total = moving.move(load(), target, SystemClock().now(), click.echo)
    except moving.NotMoved as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{total} rows copied; set DATABASE_URL to the new database and start")
