"""Importing the catalogue: idempotent, wrong rows are named and the good ones kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from procedures.portal_list import PortalListError, read_portal_list
from procedures.records import ProcedureRecord, national_code
from store import procedures as table
from store.engine import Database

_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class RowError:
    """A row that was not imported, and why."""

    row: int
    key: str
    problem: str

    def __str__(self) -> str:
        return f"row {self.row} ({self.key or '?'}): {self.problem}"


@dataclass
class Report:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


def import_file(database: Database, path: Path, now: datetime, *, by: str = "") -> Report:
    """Import a JSON catalogue or the portal's .xlsx list into the table, in one transaction.

    ``by`` names who does it; it is kept with every version.

    A file that cannot be read at all is one error of row 0. The .xlsx list knows only names and
    agencies (domain 2.3), so it changes those and leaves everything else of a known procedure.
    """
    report = Report()
    try:
        partial, rows = _rows(path)
    except (OSError, ValueError, PortalListError) as error:
        report.errors.append(RowError(0, "", str(error)))
        return report
    with database.write() as session:
        known = table.records(session)
        _, newest = table.stamp(session)
        # Strictly later than all before, or a search index built just now would not notice.
        now = max(now, newest + timedelta(microseconds=1)) if newest else now
        seen: dict[str, int] = {}
        for number, raw in rows:
            record = _checked(number, _completed(raw, known) if partial else raw, report)
            if record is None:
                continue
            if record.key in seen:
                problem = f"the same procedure as row {seen[record.key]}"
                report.errors.append(RowError(number, record.key, problem))
                continue
            seen[record.key] = number
            done = table.put(session, record.key, columns(record), by, now)
            setattr(report, done, getattr(report, done) + 1)
    return report


def put_records(database: Database, records: Sequence[dict[str, Any]], now: datetime) -> None:
    """Copy records that were checked when they were imported, into another database."""
    with database.write() as session:
        for raw in records:
            record = ProcedureRecord.model_validate(raw)
            table.put(session, record.key, columns(record), "copy", now)


def _rows(path: Path) -> tuple[bool, Sequence[tuple[int, Any]]]:
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError("the file is larger than 64 MB")
    if path.suffix.lower() == ".xlsx":
        return True, read_portal_list(path)
    try:
        tree = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not a JSON file in UTF-8: {error}") from None
    listed = tree.get("procedures") if isinstance(tree, dict) else tree
    if not isinstance(listed, list):
        raise ValueError('the file must be a list, or hold one under "procedures"')
    return False, list(enumerate(listed, start=1))


def _completed(raw: dict[str, Any], known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A row of the portal's list laid over what is known already."""
    code = str(raw.get("code", ""))
    before = known.get(national_code(code), {})
    filled = {name: value for name, value in raw.items() if value}
    merged = {"record_status": "current", **before, **filled}
    merged["slug"] = before.get("slug", raw["slug"])
    if before.get("code") and before["code"] != code:
        # A local spelling of a code we have: kept as a variant, the known one stays (domain 2.1).
        merged["code"] = before["code"]
        variants = [*before.get("code_variants", ()), code]
        merged["code_variants"] = list(dict.fromkeys(variants))
    if before.get("name") and before["name"] != merged["name"]:
        # Names change more than codes: who knows the old one must still find it.
        names = [*before.get("previous_names", ()), before["name"]]
        merged["previous_names"] = [one for one in dict.fromkeys(names) if one != merged["name"]]
    return merged


def _checked(number: int, raw: object, report: Report) -> ProcedureRecord | None:
    if not isinstance(raw, dict):
        report.errors.append(RowError(number, "", "must be an object"))
        return None
    key = str(raw.get("code") or raw.get("slug") or "")[:60]
    try:
        return ProcedureRecord.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors()[:5]
        )
        report.errors.append(RowError(number, key, wrong))
        return None


def columns(record: ProcedureRecord) -> dict[str, Any]:
    """What the table keeps of a record beside its key."""
    return {
        "code": national_code(record.code or ""),
        "slug": record.slug,
        "name": record.name,
        "field_name": record.field,
        "record": record.model_dump(mode="json"),
    }
