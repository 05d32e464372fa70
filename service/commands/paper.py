"""Papers on the command line: receipts, letters, boards, cards."""

from __future__ import annotations

from pathlib import Path

import click

from clock import SystemClock
from dossiers.codes import canonical_code
from procedures.records import ProcedureRecord
from procedures.search import index_of
from qr.facts import read_facts
from qr.files import receipt_file
from qr.letters import FORMS, NoReason, letter_pdf
from qr.posters import MOST, Notice, card_pdf, poster_pdf
from qr.receipt import Size
from service.commands.group import as_staff_have_it, opened
from settings import load
from store import lookups
from store import procedures as table

_OUT = click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PDF to write.",
)


@click.group("print")
def paper() -> None:
    """Make PDFs to print."""


@paper.command()
@click.argument("code")
@click.option("--size", type=click.Choice(["A5", "A4"]), default="A5", show_default=True)
@_OUT
def receipt(code: str, size: str, out: Path) -> None:
    """The receipt (form 01) of dossier CODE."""
    settings = load()
    with opened(settings) as database, database.read() as session:
        settings = as_staff_have_it(settings, database)
        dossier = lookups.by_code(session, _canonical(code))
        if dossier is None:
            raise click.ClickException(f"no dossier {code}")
        sized: Size = "A4" if size == "A4" else "A5"
        out.write_bytes(receipt_file(session, dossier, settings, SystemClock().now(), sized))
    click.echo(str(out))


@paper.command()
@click.argument("form", type=click.Choice(FORMS))
@click.argument("code")
@click.option("--reason", default="", help="Instead of the reason the dossier carries.")
@_OUT
def letter(form: str, code: str, reason: str, out: Path) -> None:
    """Form 02 (supplement), 03 (refusal) or 04 (apology) of dossier CODE."""
    settings = load()
    wanted = next(one for one in FORMS if one == form)
    with opened(settings) as database, database.read() as session:
        settings = as_staff_have_it(settings, database)
        dossier = lookups.by_code(session, _canonical(code))
        if dossier is None:
            raise click.ClickException(f"no dossier {code}")
        facts = read_facts(session, dossier, settings)
    try:
        made = letter_pdf(wanted, facts, settings, SystemClock().now(), reason=reason)
    except NoReason:
        raise click.ClickException(
            "the dossier carries no reason; give one with --reason"
        ) from None
    out.write_bytes(made)
    click.echo(str(out))


@paper.command()
@click.option("--agency", default="", help="Only procedures of this agency; also the title.")
@click.option("--field", default="", help="Only procedures of this field.")
@click.option("--title", default="", help="Printed instead of agency or field.")
@click.option("--size", type=click.Choice(["A4", "A3"]), default="A4", show_default=True)
@_OUT
def poster(agency: str, field: str, title: str, size: str, out: Path) -> None:
    """A notice board of procedures with their codes."""
    settings = load()
    with opened(settings) as database, database.read() as session:
        settings = as_staff_have_it(settings, database)
        entries = index_of(session).entries
    chosen = [
        entry
        for entry in entries
        if (not agency or entry.agency == agency) and (not field or entry.field == field)
    ]
    if not chosen or len(chosen) > MOST:
        raise click.ClickException(f"{len(chosen)} procedures fit; a board holds 1 to {MOST}")
    notices = [Notice(entry.key, entry.code, entry.name) for entry in chosen]
    named = title or agency or field or settings.oa_name
    out.write_bytes(poster_pdf(named, notices, settings, "A3" if size == "A3" else "A4"))
    click.echo(str(out))


@paper.command()
@click.argument("code")
@_OUT
def card(code: str, out: Path) -> None:
    """The A5 card of procedure CODE (or slug)."""
    settings = load()
    with opened(settings) as database, database.read() as session:
        settings = as_staff_have_it(settings, database)
        entry = index_of(session).by_code(code)
        row = table.by_key(session, entry.key) if entry else None
    if row is None:
        raise click.ClickException(f"no procedure {code}")
    out.write_bytes(card_pdf(ProcedureRecord.model_validate(row.record), settings))
    click.echo(str(out))


def _canonical(code: str) -> str:
    found = canonical_code(code, legacy=True)
    if found is None:
        raise click.ClickException(f"{code} is no dossier code")
    return found
