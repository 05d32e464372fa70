"""What the papers need to know of a dossier: read once, so that drawing touches no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dossiers import times
from dossiers.phones import Phone
from procedures import texts
from procedures.records import ProcedureRecord
from procedures.search import index_of
from settings import Settings
from store import procedures as table
from store.tables import Dossier
from wording import Words

_MOST_PAPERS = 40


@dataclass(frozen=True)
class Paper:
    """One paper of the dossier's components; counts as the catalogue has them."""

    name: str
    originals: int | None
    copies: int | None


@dataclass(frozen=True)
class DossierFacts:
    """A dossier as forms 01 to 04 print it (domain 4.2); what nobody said is ""."""

    code: str
    token: str
    receipt_number: str
    agency: str
    unit: str
    owner: str
    phone: str
    identity_last3: str
    procedure: str
    field: str
    result_form: str
    received: datetime | None
    promised: datetime | None
    reason: str
    term: str
    papers: tuple[Paper, ...]


def read_facts(session: Session, dossier: Dossier, settings: Settings) -> DossierFacts:
    """The facts of a stored dossier and of its procedure, where the catalogue has it."""
    record = _record(session, dossier)
    words = Words("vi", settings)
    phone = Phone(dossier.phone).national if dossier.phone else ""
    return DossierFacts(
        code=dossier.code,
        token=dossier.receipt_token,
        receipt_number=dossier.receipt_number,
        agency=dossier.agency_name or dossier.unit_name,
        unit=dossier.unit_name,
        owner=dossier.owner_name,
        phone=phone,
        identity_last3=dossier.identity_last3,
        procedure=dossier.procedure_name or (record.name if record else ""),
        field=dossier.field_name or (record.field if record else ""),
        result_form=dossier.result_form,
        received=dossier.received_at,
        promised=dossier.promised_at,
        reason=dossier.open_reason,
        term=_term(record, words),
        papers=_papers(record),
    )


def _record(session: Session, dossier: Dossier) -> ProcedureRecord | None:
    if not dossier.procedure_code:
        return None
    entry = index_of(session).by_code(dossier.procedure_code)
    row = table.by_key(session, entry.key) if entry else None
    return ProcedureRecord.model_validate(row.record) if row else None


def _term(record: ProcedureRecord | None, words: Words) -> str:
    if record is None:
        return ""
    said = dict.fromkeys(texts.time_words(channel, words) for channel in record.channels)
    return "; ".join(said)


def _papers(record: ProcedureRecord | None) -> tuple[Paper, ...]:
    if record is None:
        return ()
    listed = record.documents[:_MOST_PAPERS]
    return tuple(Paper(one.name, one.originals, one.copies) for one in listed)


def day(moment: datetime | None) -> str:
    """A moment as the forms print it, "" when unknown."""
    return times.show(moment) if moment else ""
