"""The national portal's list of procedures as .xlsx: columns by header text (domain 2.3)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from dossiers.names import fold

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
_MAX_ROWS = 50_000
_MAX_UNPACKED = 512 * 1024 * 1024


class PortalListError(Exception):
    """The file is not the portal's list; the text says what is missing."""


def read_portal_list(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """The rows with their numbers in the sheet; `PortalListError` when there are no such columns."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MAX_UNPACKED:
                raise PortalListError("the workbook unpacks to more than 512 MB")
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise PortalListError(f"not an .xlsx workbook: {type(error).__name__}") from None
    try:
        sheet = book.worksheets[0]
        return list(_records(sheet.iter_rows(values_only=True, max_row=_MAX_ROWS)))
    finally:
        book.close()


def _records(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, dict[str, Any]]]:
    columns: dict[int, str] = {}
    for number, row in enumerate(rows, start=1):
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
            yield number, {**values, "slug": _slug(values)}
    if not columns:
        raise PortalListError("no row holds the headers Mã số and Tên")


def _columns(row: tuple[Any, ...]) -> dict[int, str]:
    found = {
        at: _HEADERS[fold(str(cell))]
        for at, cell in enumerate(row)
        if cell is not None and fold(str(cell)) in _HEADERS
    }
    return found if {"code", "name"} <= set(found.values()) else {}


def _slug(values: dict[str, str]) -> str:
    folded = fold(values.get("name", "")) or "khong-ten"
    kept = "".join(char if char.isalnum() and char.isascii() else "-" for char in folded)
    return "-".join(part for part in kept.split("-") if part)[:200].strip("-") or "khong-ten"
