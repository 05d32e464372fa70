"""The national portal's list of procedures as .xlsx: columns by header text (domain 2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dossiers.names import fold
from dossiers.sheets import Row, SheetError, read_rows
from procedures.records import slug_of

_HEADERS = {
    "ma so": "code",
    "ma": "code",
    "ten": "name",
    "ten thu tuc": "name",
    "co quan ban hanh": "issuing_agency",
    "co quan thuc hien": "implementing_agency",
    "linh vuc": "field",
}
_HEADER_ROWS = 10


class PortalListError(Exception):
    """The file is not the portal's list; the text says what is missing."""


def read_portal_list(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """The rows with their numbers in the sheet; `PortalListError` when there are no such columns."""
    try:
        return list(_records(read_rows(path)))
    except SheetError as error:
        raise PortalListError(str(error)) from None


def _records(rows: Iterator[tuple[int, Row]]) -> Iterator[tuple[int, dict[str, Any]]]:
    columns: dict[int, str] = {}
    for number, row in rows:
        if not columns:
            columns = _columns(row)
            if not columns and number >= _HEADER_ROWS:
                break
            continue
        values = {
            name: str(row[at]).strip()
            for at, name in columns.items()
            if at < len(row) and row[at] is not None
        }
        if any(values.values()):
            yield number, {**values, "slug": slug_of(values.get("name", ""))}
    if not columns:
        raise PortalListError("no row holds the headers Mã số and Tên")


def _columns(row: Row) -> dict[int, str]:
    found = {
        at: _HEADERS[fold(str(cell))]
        for at, cell in enumerate(row)
        if cell is not None and fold(str(cell)) in _HEADERS
    }
    return found if {"code", "name"} <= set(found.values()) else {}
