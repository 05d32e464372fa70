"""A million dossiers as a province has them after some years, put into a database quickly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from dossiers.names import fold
from store.dossier_words import words_of
from store.engine import Database
from store.tables import Dossier, DossierWord

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
_FAMILIES = [
    name
    for name, times in {
        "Nguyễn": 38, "Trần": 12, "Lê": 10, "Phạm": 7, "Hoàng": 5, "Vũ": 4, "Đặng": 4, "Bùi": 4,
        "Đỗ": 3, "Ma": 3, "Nông": 3, "Triệu": 3, "Lý": 2, "Dương": 2,
    }.items()
    for _ in range(times)
]  # fmt: skip
_MIDDLES = ["Văn", "Thị", "Đức", "Minh", "Thanh", "Ngọc", "Hồng", "Quang", "Xuân", "Hữu", "Kim"]
_GIVEN = [
    "An",
    "Bình",
    "Chi",
    "Dung",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hiền",
    "Hoa",
    "Hòa",
    "Hương",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Mẫu",
    "Nam",
    "Nga",
    "Ngân",
    "Nhung",
    "Oanh",
    "Phong",
    "Phúc",
    "Phương",
    "Quân",
    "Quý",
    "Sơn",
    "Tâm",
    "Thảo",
    "Thắng",
    "Thu",
    "Thủy",
    "Toàn",
    "Trang",
    "Trung",
    "Tú",
    "Tùng",
    "Tuyết",
    "Uyên",
    "Vân",
    "Việt",
    "Vinh",
    "Yến",
    "Đạt",
    "Điệp",
    "Đông",
    "Lộc",
    "Lợi",
]
#: 124 communes and 20 departments; the first few take a great part of all dossiers.
UNITS = [f"H60.{n:02}" for n in range(1, 145)]
_OPEN = ("received", "assigned", "appraising", "signing", "supplement_required", "submitted")
_CLOSED = (
    ("result_delivered",) * 94
    + ("result_ready", "refused", "withdrawn", "stopped")
    + ("result_delivered",) * 2
)
_GIVEN_COLUMNS = [
    "id",
    "code",
    "procedure_code",
    "procedure_name",
    "field_name",
    "owner_name",
    "owner_folded",
    "identity_hash",
    "identity_last3",
    "phone",
    "unit_code",
    "received_at",
    "promised_at",
    "state",
    "state_at",
    "receipt_token",
    "created_at",
    "updated_at",
]
_TEXTS = [
    "receipt_number",
    "applicant_type",
    "phone_problem",
    "unit_name",
    "agency_name",
    "result_form",
    "summary",
    "source_system",
    "step",
    "open_reason",
]
_COLUMNS = [*_GIVEN_COLUMNS, *_TEXTS, "zalo_notify", "pauses", "version", "national_state"]


def fill(database: Database, wanted: int) -> None:
    """Put ``wanted`` dossiers with their words into an empty database at head."""
    # Indexes made afterwards are sorted once; kept up row by row they take ten times as long.
    indexes = [one for table in (Dossier, DossierWord) for one in _indexes(table)]
    with database.engine.begin() as begun:
        for index in indexes:
            index.drop(begun)
    raw = database.raw_connection()
    if database.is_sqlite:
        connection = raw.dbapi_connection
        marks = ", ".join("?" * len(_COLUMNS))
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        connection.execute("BEGIN")
        connection.executemany(
            f"INSERT INTO dossier ({', '.join(_COLUMNS)}) VALUES ({marks})",
            (tuple(map(_plain, row)) for row in _rows(wanted)),
        )
        connection.executemany("INSERT INTO dossier_word VALUES (?, ?)", sorted(_words(wanted)))
        connection.execute("COMMIT")
    else:
        with raw.dbapi_connection.cursor() as cursor:
            with cursor.copy(f"COPY dossier ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
                for row in _rows(wanted):
                    copy.write_row(row)
            with cursor.copy("COPY dossier_word (word, dossier_id) FROM STDIN") as copy:
                for pair in sorted(_words(wanted)):
                    copy.write_row(pair)
    with database.engine.begin() as begun:
        for index in indexes:
            index.create(begun)
    if not database.is_sqlite:
        raw.dbapi_connection.execute("VACUUM ANALYZE")
    raw.close()


def _indexes(table: type[SQLModel]) -> list[Index]:
    found = SQLModel.metadata.tables[str(table.__tablename__)].indexes
    return sorted(found, key=lambda index: str(index.name))


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def _mixed(n: int) -> int:
    """A number that jumps about, the same on every run."""
    return n * 2_654_435_761 % 4_294_967_291


def owner(n: int) -> str:
    """The name of the n-th dossier's owner, plainly made up."""
    at = _mixed(n)
    return " ".join(
        (
            _FAMILIES[at % len(_FAMILIES)],
            _MIDDLES[at // 101 % len(_MIDDLES)],
            _GIVEN[at // 10_007 % len(_GIVEN)],
        )
    )


def code(n: int, wanted: int) -> str:
    """The n-th dossier's code."""
    unit = UNITS[min(_mixed(n) // 7 % 200, _mixed(n) // 1_009 % len(UNITS))]
    return f"{unit}-{NOW - _age(n, wanted):%y%m%d}-{n % 10_000_000:07}"


def _age(n: int, wanted: int) -> timedelta:
    # Ten years, the newest with the highest number.
    return timedelta(minutes=(wanted - n) * (3650 * 1440 / wanted))


def _rows(wanted: int) -> Iterator[tuple[Any, ...]]:
    for n in range(1, wanted + 1):
        at, received = _mixed(n), NOW - _age(n, wanted)
        # One in fifty is still open, most of them young.
        young = n > wanted * 0.97
        still = (young and at % 2 == 0) or at % 200 == 7
        state = _OPEN[at // 3 % len(_OPEN)] if still else _CLOSED[at // 3 % len(_CLOSED)]
        name, named = owner(n), code(n, wanted)
        yield (
            *(n, named, f"1.{at // 11 % 600:06}", "Thủ tục mẫu", f"Lĩnh vực mẫu {at // 13 % 40}"),
            *(name, fold(name), f"{at:064}", f"{at // 17 % 1000:03}"),
            *(f"+849{n * 7919 % 100_000_000:08}", named.partition("-")[0], received),
            *(received + timedelta(days=5 + at % 20), state, received, f"t{n}", received, received),
            *[""] * len(_TEXTS),
            *(False, "[]", 1, 4),
        )


def _words(wanted: int) -> Iterator[tuple[str, int]]:
    for n in range(1, wanted + 1):
        for word in words_of(fold(owner(n)), code(n, wanted)):
            yield word, n
