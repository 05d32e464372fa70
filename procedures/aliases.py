"""Other names of a procedure, learned from what citizens call it (domain 7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlmodel import Session

from dossiers.names import fold
from procedures.catalogue import columns
from procedures.records import ProcedureRecord
from store import procedures as table
from store.procedures import Done


class AliasRefused(Exception):
    """The alias cannot be added; the text is one Vietnamese sentence."""


def add_alias(session: Session, key: str, alias: str, by: str, now: datetime) -> Done:
    """Add another name to a procedure, as a new version by ``by``; the chat knows it at once.

    `AliasRefused` when there is no such procedure, or it has too many names already.
    """
    row = table.by_key(session, key)
    if row is None:
        raise AliasRefused("Không còn thủ tục này trong danh mục.")
    known = [row.name, *row.record.get("aliases", ()), *row.record.get("previous_names", ())]
    if fold(alias) in {fold(str(name)) for name in known}:
        return "unchanged"
    changed = {**row.record, "aliases": [*row.record.get("aliases", ()), alias]}
    try:
        record = ProcedureRecord.model_validate(changed)
    except ValidationError:
        raise AliasRefused("Tên gọi khác quá dài, hoặc thủ tục đã có 200 tên gọi khác.") from None
    _, newest = table.stamp(session)
    # Strictly later than all before, or a search index built just now would not notice.
    at = max(now, newest + timedelta(microseconds=1)) if newest else now
    return table.put(session, key, columns(record), by, at)
