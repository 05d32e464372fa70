"""Agencies from a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from clock import SystemClock
from service.commands.group import opened
from settings import load


@click.group()
def agencies() -> None:
    """The agencies that receive dossiers."""


@agencies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row, change nothing.")
def import_agencies(file: Path, dry_run: bool) -> None:
    """Import CSV or XLSX FILE with a MaDinhDanh column; repeatable; wrong rows are listed."""
    from dossiers.agencies import import_file

    with opened(load()) as database:
        report = import_file(database, file, now=SystemClock().now(), dry_run=dry_run)
    click.echo(f"created {report.created}, updated {report.updated}, unchanged {report.unchanged}")
    for problem in report.errors:
        click.echo(str(problem), err=True)
    sys.exit(1 if report.errors else 0)
