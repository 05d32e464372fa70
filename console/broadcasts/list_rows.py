"""Phones and dossier codes out of an uploaded list, with what is wrong in which row."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.dossiers.words import PHONE_PROBLEMS
from dossiers.codes import canonical_code
from dossiers.names import fold
from dossiers.phones import Phone, read_phone
from dossiers.sheets import Row, SheetError, read_rows

MOST_ROWS = 50_000
_HEADER_ROWS = 10
_PHONES = frozenset({"sdt", "so dien thoai", "dien thoai", "di dong", "phone", "sodienthoai"})
_CODES = frozenset({"ma ho so", "mahoso", "so ho so", "ma hs"})


@dataclass(frozen=True)
class Wrong:
    """A row that was left out; ``value`` half hidden."""

    row: int
    value: str
    problem: str


@dataclass
class Found:
    """What a list holds. ``phones`` in E.164, ``codes`` canonical; each with its row."""

    phones: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    rows: int = 0
    twice: int = 0


def read_list(content: bytes, name: str) -> Found:
    """Read a CSV, XLSX or plain text list; `SheetError` when the file itself cannot be used."""
    with tempfile.NamedTemporaryFile(suffix=Path(name).suffix[:8]) as kept:
        kept.write(content)
        kept.flush()
        return _read(read_rows(Path(kept.name)))


def _read(rows: Iterator[tuple[int, Row]]) -> Found:
    found = Found()
    phone_at: int | None = None
    code_at: int | None = None
    for number, row in rows:
        cells = [_text(cell) for cell in row]
        if not any(cells):
            continue
        headed = phone_at is not None or code_at is not None
        if not headed and number <= _HEADER_ROWS and not found.rows:
            named = [fold(cell).strip(" .:*") for cell in cells]
            phones = [at for at, cell in enumerate(named) if cell in _PHONES]
            codes = [at for at, cell in enumerate(named) if cell in _CODES]
            if phones or codes:
                phone_at = phones[0] if phones else None
                code_at = codes[0] if codes else None
                # What stood above the header was a title.
                found.wrong.clear()
                continue
            if not _looks_right(cells):
                found.wrong.append(Wrong(number, hidden(_first(cells)), _NEITHER))
                continue
        found.rows += 1
        if found.rows > MOST_ROWS:
            raise SheetError(
                f"more than {MOST_ROWS} rows",
                "Danh sách có hơn 50.000 dòng: hãy chia thành nhiều thông báo.",
            )
        _take(found, number, cells, phone_at, code_at)
    return found


_NEITHER = "không phải số điện thoại di động hay mã hồ sơ"


def _take(
    found: Found, number: int, cells: list[str], phone_at: int | None, code_at: int | None
) -> None:
    """One row: its code where there is one, for it says more; else its phone."""
    code, phone = _cell(cells, code_at), _cell(cells, phone_at)
    if phone_at is None and code_at is None:
        code = phone = _first(cells)
    canonical = canonical_code(code, legacy=code_at is not None) if code else None
    if canonical:
        _add(found, found.codes, canonical, number)
        return
    if not phone:
        problem = "mã hồ sơ không đúng" if code else "dòng này trống"
        found.wrong.append(Wrong(number, hidden(code), problem))
        return
    read = read_phone(phone[:100])
    if isinstance(read, Phone):
        _add(found, found.phones, read.e164, number)
        return
    named = phone_at is not None or read.reason != "invalid"
    problem = PHONE_PROBLEMS[read.reason] if named else _NEITHER
    found.wrong.append(Wrong(number, hidden(phone), problem))


def _add(found: Found, known: dict[str, int], value: str, number: int) -> None:
    if value in known:
        found.twice += 1
    else:
        known[value] = number


def _looks_right(cells: list[str]) -> bool:
    first = _first(cells)
    return bool(canonical_code(first)) or sum(c.isdigit() for c in first) >= 8


def _first(cells: list[str]) -> str:
    return next((cell for cell in cells if cell), "")


def _cell(cells: list[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""


def _text(cell: Any) -> str:
    """A cell as text; a phone that a spreadsheet took for a number loses its ".0" again."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())[:300]


def hidden(value: str) -> str:
    """A cell for the page and the file of errors: long runs of digits show their end only."""
    digits = [c for c in value if c.isdigit()]
    return f"…{''.join(digits[-3:])}" if len(digits) >= 8 else value[:60]
