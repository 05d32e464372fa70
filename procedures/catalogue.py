"""Importing the catalogue: idempotent, wrong rows are named and the good ones kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dossiers.complaints import complaints
from procedures.portal_list import PortalListError, read_portal_list
from procedures.records import ProcedureRecord, national_code
from store import procedures as table
from store.engine import Database

_MAX_BYTES = 64 * 1024 * 1024
_EVERYTHING = 1_000_000


@dataclass(frozen=True)
class RowError:
    """A row that was not imported, and why; ``said`` is the same for staff, in Vietnamese."""

    row: int
    key: str
    problem: str
    said: str = ""

    def __str__(self) -> str:
        return f"row {self.row} ({self.key or '?'}): {self.problem}"


@dataclass(frozen=True)
class RowChange:
    """A row that was imported, or would be: "created", "updated" or "unchanged"."""

    row: int
    key: str
    name: str
    done: table.Done


@dataclass
class Report:
    """What an import did, or would do."""

    changes: list[RowChange] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    def _count(self, done: str) -> int:
        return sum(change.done == done for change in self.changes)

    @property
    def created(self) -> int:
        """How many procedures were new."""
        return self._count("created")

    @property
    def updated(self) -> int:
        """How many were known and said something else."""
        return self._count("updated")

    @property
    def unchanged(self) -> int:
        """How many were known as they are."""
        return self._count("unchanged")


def import_file(
    database: Database,
    path: Path,
    now: datetime,
    *,
    by: str = "",
    dry_run: bool = False,
    at_once: int = _EVERYTHING,
) -> Report:
    """Import a JSON catalogue or the portal's .xlsx list into the table, in one transaction.

    ``by`` names who does it; it is kept with every version. ``dry_run`` checks every row and says
    what would become of it without writing. ``at_once`` rows share a transaction: few of them let
    webhooks pass in between, and an import that was cut off is simply run again.

    A file that cannot be read at all is one error of row 0. The .xlsx list knows only names and
    agencies (domain 2.3), so it changes those and leaves everything else of a known procedure.
    """
    report = Report()
    try:
        partial, rows = _rows(path)
    except (OSError, ValueError, PortalListError) as error:
        said = "Không đọc được tệp: cần JSON theo mẫu danh mục hoặc danh sách .xlsx của Cổng."
        report.errors.append(RowError(0, "", str(error), said))
        return report
    if dry_run:
        with database.read() as session:
            for number, record in _good(rows, partial, table.records(session), report):
                done = table.would(session, record.key, columns(record))
                report.changes.append(RowChange(number, record.key, record.name, done))
        return report
    with database.read() as session:
        good = list(_good(rows, partial, table.records(session), report))
    for start in range(0, len(good), at_once):
        with database.write() as session:
            now = table.later(session, now)
            for number, record in good[start : start + at_once]:
                done = table.put(session, record.key, columns(record), by, now)
                report.changes.append(RowChange(number, record.key, record.name, done))
    return report


def _good(
    rows: Sequence[tuple[int, Any]], partial: bool, known: dict[str, Any], report: Report
) -> Iterator[tuple[int, ProcedureRecord]]:
    """The rows that can be imported; the others become errors of the report."""
    seen: dict[str, int] = {}
    for number, raw in rows:
        record = _checked(number, _completed(raw, known) if partial else raw, report)
        if record is None:
            continue
        if record.key in seen:
            problem = f"the same procedure as row {seen[record.key]}"
            said = f"Trùng thủ tục với dòng {seen[record.key]}."
            report.errors.append(RowError(number, record.key, problem, said))
            continue
        seen[record.key] = number
        yield number, record


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
        said = "Mỗi thủ tục phải là một đối tượng JSON."
        report.errors.append(RowError(number, "", "must be an object", said))
        return None
    key = str(raw.get("code") or raw.get("slug") or "")[:60]
    try:
        return ProcedureRecord.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors()[:5]
        )
        said = "; ".join(f"{place}: {why}" for place, why in complaints(error).items())
        report.errors.append(RowError(number, key, wrong, said[:1000]))
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
