"""Keys for other systems, and files to import."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from clock import SystemClock
from crypto import Vault
from dossiers.codes import canonical_code
from service.commands.group import as_staff_have_it, opened
from settings import load
from store import api_keys
from store import dossiers as store


@click.group("api-key")
def api_key() -> None:
    """Keys of the systems that push dossiers to us."""


@api_key.command("create")
@click.argument("name")
def create(name: str) -> None:
    """Make a key for system NAME; prints only the new key, which is not kept."""
    settings = load()
    with opened(settings) as database, database.write() as session:
        if api_keys.by_name(session, name) is not None:
            raise click.ClickException(f"an API key named {name!r} exists; choose another name")
        click.echo(api_keys.create(session, name, api_keys.SCOPES, SystemClock().now()))


@api_key.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Refuse the key of system NAME from now on."""
    settings = load()
    with opened(settings) as database, database.write() as session:
        if not api_keys.revoke(session, name, SystemClock().now()):
            raise click.ClickException(f"no live API key named {name!r}")


@click.group()
def procedures() -> None:
    """The catalogue of procedures."""


@procedures.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", default="", help="Who imports; the system user when left out.")
def import_procedures(file: Path, by: str) -> None:
    """Import FILE (schema of data/procedures.json); repeatable; wrong rows are listed."""
    from procedures.catalogue import import_file

    with opened(load()) as database:
        who = by.strip()[:100] or f"{getpass.getuser()} ({file.name})"[:100]
        report = import_file(database, file, SystemClock().now(), by=who)
    _tell(report.created, report.updated, report.unchanged)
    for problem in report.errors:
        click.echo(str(problem), err=True)
    sys.exit(1 if report.errors else 0)


@click.group()
def dossiers() -> None:
    """Dossiers from files."""


@dossiers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row, change nothing.")
@click.option("--silent", is_flag=True, help="Tell no citizen: for the history of an old system.")
def import_dossiers(file: Path, dry_run: bool, silent: bool) -> None:
    """Import CSV or XLSX FILE with the national field names as headers; repeatable."""
    from dossiers.imports import import_file

    settings = load()
    vault = Vault(settings.secret_key.get_secret_value())
    with opened(settings) as database:
        report = import_file(
            database,
            file,
            dry_run=dry_run,
            settings=as_staff_have_it(settings, database),
            vault=vault,
            now=SystemClock().now(),
            announce=not silent,
        )
    _tell(report.created, report.updated, report.unchanged)
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    for problem in report.errors:
        click.echo(str(problem), err=True)
    sys.exit(1 if report.errors else 0)


@dossiers.command("revoke-receipt")
@click.argument("code")
def revoke_receipt(code: str) -> None:
    """Give dossier CODE a new receipt code: every receipt printed before stops working."""
    canonical = canonical_code(code, legacy=True)
    if canonical is None:
        raise click.ClickException(f"{code} is no dossier code")
    with opened(load()) as database, database.write() as session:
        found = store.lock(session, [canonical], SystemClock().now(), create=False)[0]
        if not found:
            raise click.ClickException(f"no dossier {code}")
        store.renew_token(session, next(iter(found.values())))
    click.echo(f"{code}: old receipts no longer open it; print a new one")


def _tell(created: int, updated: int, unchanged: int) -> None:
    click.echo(f"created {created}, updated {updated}, unchanged {unchanged}")
