"""Rows out of CSV and XLSX files that staff export, bounded before anything is unpacked."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 200_000
#: A 64 MB workbook of real rows unpacks to less; a bomb unpacks to more.
_MOST_UNPACKED = 512 * 1024 * 1024
#: Real tables pack to a tenth or a thirtieth; a bomb of half a megabyte holds a gigabyte.
_MOST_TIMES = 60
_SMALL = 4 * 1024 * 1024
_MOST_COLUMNS = 200
_DELIMITERS = ",;\t|"

Row = tuple[Any, ...]


class SheetError(Exception):
    """The file cannot be read; the sentence says what to do, ``told`` says it in Vietnamese."""

    def __init__(self, sentence: str, told: str) -> None:
        super().__init__(sentence)
        self.told = told


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Each row with its number from 1; `SheetError` for what is no CSV or XLSX file.

    CSV may be UTF-8, UTF-16 with its mark or Windows-1258, separated by comma, semicolon, tab
    or bar. Of a workbook the first sheet is read, formulas as the values last computed.
    """
    if path.stat().st_size > MOST_BYTES:
        size = MOST_BYTES // 1024 // 1024
        raise SheetError(
            f"the file is larger than {size} MB; split it",
            f"Tệp lớn hơn {size} MB: hãy chia thành nhiều tệp.",
        )
    with path.open("rb") as file:
        packed = file.read(4) == b"PK\x03\x04"
    rows = _workbook(path) if packed or path.suffix.lower() == ".xlsx" else _csv(path)
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise SheetError(
                f"the file has more than {MOST_ROWS} rows; split it",
                f"Tệp có hơn {MOST_ROWS} dòng: hãy chia thành nhiều tệp.",
            )
        yield number, row


def _workbook(path: Path) -> Iterator[Row]:
    # Read with the first workbook only: it takes several megabytes of every process.
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            most = max(_SMALL, _MOST_TIMES * path.stat().st_size)
            if unpacked > min(most, _MOST_UNPACKED):
                raise SheetError(
                    f"the workbook unpacks to more than {min(most, _MOST_UNPACKED) // 1024 // 1024} MB",
                    "Tệp Excel giải nén ra quá lớn: hãy lưu lại thành CSV UTF-8.",
                )
        book = load_workbook(path, read_only=True, data_only=True)
    except SheetError:
        raise
    except Exception as error:  # readers of broken workbooks raise whatever they meet
        raise SheetError(
            f"not an .xlsx workbook: {type(error).__name__}",
            "Không phải tệp Excel .xlsx: mở bằng Excel rồi lưu lại dạng .xlsx hoặc CSV UTF-8.",
        ) from None
    try:
        if not book.worksheets:
            raise SheetError("the workbook has no sheet", "Tệp Excel không có trang tính nào.")
        sheet = book.worksheets[0]
        # Some exporters write a wrong size into the sheet; the rows themselves decide.
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS)
    except SheetError:
        raise
    except Exception as error:  # as above
        raise SheetError(
            f"the workbook is damaged: {type(error).__name__}",
            "Tệp Excel bị hỏng: mở bằng Excel rồi lưu lại.",
        ) from None
    finally:
        book.close()


def _csv(path: Path) -> Iterator[Row]:
    text = _decoded(path.read_bytes())
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield tuple(row[:_MOST_COLUMNS])
    except csv.Error as error:
        raise SheetError(
            f"not a CSV file: {error}", "Không phải tệp CSV: lưu lại dạng CSV UTF-8."
        ) from None


def _decoded(raw: bytes) -> str:
    encodings = ["utf-8-sig", "cp1258"]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Windows-1258 spells Vietnamese with combining marks.
        return unicodedata.normalize("NFC", text)
    raise SheetError(
        "the letters cannot be read; save the file as CSV UTF-8",
        "Không đọc được chữ trong tệp: lưu lại dạng CSV UTF-8.",
    )
