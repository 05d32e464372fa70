"""Very many dossiers at once, made inside the database: for lists that must stay flat in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlmodel import SQLModel

import store.tables as tables
from dossiers.names import fold
from store.dossier_words import words_of
from store.engine import Database

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
_MIDDLE = ("Văn", "Thị", "Đức", "Minh", "Ngọc")
_GIVEN = ("An", "Bình", "Cường", "Dung", "Hà", "Hùng", "Lan", "Nam", "Thảo", "Ví Dụ")
_STATES = ("received", "appraising", "signing", "result_ready", "result_delivered")
_CHUNK = 5000


def fill(database: Database, count: int, now: datetime) -> None:
    """Add sample dossiers with words to find them by, ``count`` of them."""
    for start in range(0, count, _CHUNK):
        numbers = range(start, min(start + _CHUNK, count))
        rows = [_row(number, now) for number in numbers]
        with database.write() as session:
            connection = session.connection()
            connection.execute(insert(SQLModel.metadata.tables["dossier"]), rows)
            connection.execute(
                insert(SQLModel.metadata.tables["dossier_word"]),
                [
                    {"word": word, "dossier_id": row["id"]}
                    for row in rows
                    for word in words_of(str(row["owner_folded"]), str(row["code"]))
                ],
            )


def _row(number: int, now: datetime) -> dict[str, object]:
    name = " ".join(
        (
            _FAMILY[number % 8],
            _MIDDLE[number // 8 % 5],
            _GIVEN[number // 40 % 10],
            "Mẫu" if number % 7 else "Thử",
        )
    )
    at = now - timedelta(minutes=number)
    blank = tables.Dossier(
        code=f"H60.{number % 90 + 10}-{at:%y%m%d}-{number:07d}",
        owner_name=name,
        owner_folded=fold(name),
        unit_code=f"H60.{number % 90 + 10}",
        state=_STATES[number % 5],
        received_at=at,
        promised_at=at + timedelta(days=5),
        state_at=at,
        created_at=at,
        updated_at=at,
        receipt_token=f"many-{number:09d}",
        source_system="mau",
    ).model_dump()
    # Room below for the dossiers that were there before.
    blank["id"] = 1_000_000_000 - number
    return blank
