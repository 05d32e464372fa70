"""What this machine says and counts, as JSON: ``python -m tests.promises.said_here DATABASE_URL N``.

Run under another time zone or locale it must print the same. ``N`` keeps runs over one database
apart; it is taken out of what is printed.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from bot.oauth import OAuthClient
from bot.tokens import Tokens
from clock import FixedClock
from crypto import Vault
from dossiers import times
from dossiers.workdays import Calendar
from notify.jobs import Clockwork
from notify.policy import is_night, morning, next_month, next_opening, tomorrow
from privacy.clocks import due_times
from service.understand import lines
from service.web import build
from settings import Settings
from store import api_keys
from store.engine import Database
from store.tables import DossierWatch, Follower, Outbox
from wording import Words

#: Late in the evening in Vietnam, still the day before in America, and before a weekend.
MOMENTS = [
    datetime(2026, 11, 20, 16, 59, 30, tzinfo=UTC) + timedelta(hours=6) * n for n in range(9)
]
#: Daylight saving begins and ends between these in New York; here nothing does.
SPRING, AUTUMN = datetime(2026, 3, 6, 3, tzinfo=UTC), datetime(2026, 10, 30, 3, tzinfo=UTC)
TOLD = (
    ("15/11/2026 23:30:08", 2, ""),
    ("20261116020000", 4, "Thẩm định hồ sơ"),
    ("2026-11-17T08:15:00+07:00", 5, ""),
)


def everything(database_url: str, number: str) -> dict[str, Any]:
    """Cards, answers, deadlines and ticks."""
    settings = Settings(  # type: ignore[call-arg]
        _env_file=None,
        environment="test",
        secret_key="test-secret-key-of-32-characters!!",
        zalo_oa_id="4100000000000000017",
        hotline="1900 0000",
    )
    clock = FixedClock(datetime(2026, 11, 17, 17, 30, tzinfo=UTC))
    database = Database(database_url)
    try:
        found = {
            "told": _told(database, settings, clock, number),
            "deadlines": _deadlines(settings),
            "ticks": _ticks(database, settings, clock),
            # On a database of its own, whichever this one is: asked for once.
            "understood": _understood(settings, clock) if database.is_sqlite else [],
            "words": Words("vi", settings)("card.title.received"),
        }
    finally:
        database.dispose()
    return found


def _told(database: Database, settings: Settings, clock: FixedClock, number: str) -> list[str]:
    """A dossier goes its way; what its citizen gets and what the API shows."""
    code, uid = f"000.00.04.H60-261115-{int(number):04d}", f"u{number}"
    client = build(settings, database, clock).test_client()
    with database.write() as session:
        key = api_keys.create(session, f"motcua{number}", api_keys.SCOPES, clock.now())
    headers = {"Authorization": f"Bearer {key}"}
    item = {"MaHoSo": code, "ChuHoSo": "NGUYỄN THỊ MẪU", "TenTTHC": "Đăng ký khai sinh (mẫu)"}
    item |= {"NgayNop": TOLD[0][0], "NgayHenTra": "27/11/2026 17:00"}
    client.post("/api/v1/dossiers", json=item, headers=headers)
    seen = client.get(f"/api/v1/dossiers/{code}", headers=headers).get_json()
    assert seen["MaHoSo"] == code, seen
    with database.write() as session:
        session.add(
            Follower(uid=uid, followed=True, first_seen_at=clock.now(), followed_at=clock.now())
        )
        session.flush()
        session.add(DossierWatch(dossier_id=_id(session, code), uid=uid, created_at=clock.now()))
    for at, state, step in TOLD:
        event = {"MaSuKien": f"{code}-{state}", "MaHoSo": code, "TrangThai": state}
        event |= {"BuocXuLy": step, "ThoiDiemXuLy": at, "NoiDungXuLy": "Nộp thêm bản sao"}
        answer = client.post("/api/v1/events", json=event, headers=headers).get_json()
        assert answer["results"][0]["status"] == "created", answer
    seen = client.get(f"/api/v1/dossiers/{code}", headers=headers).get_json()
    for event in seen["events"]:
        # They carry numbers of rows.
        event.pop("notifications")
    shown = json.dumps(seen, ensure_ascii=False, sort_keys=True)
    with database.read() as session:
        rows = session.exec(select(Outbox).where(Outbox.uid == uid).order_by(col(Outbox.id))).all()
    bodies = [str(row.body["text"]) for row in rows if row.body["kind"] == "text"]
    assert len(bodies) == len(TOLD), bodies
    mine = ((code, "CODE"), (f"motcua{number}", "motcua"))
    return [_without(text, mine) for text in (*bodies, shown)]


def _without(text: str, mine: tuple[tuple[str, str], ...]) -> str:
    for one, other in mine:
        text = text.replace(one, other)
    return text


def _id(session: Any, code: str) -> int:
    from store import dossiers

    found = dossiers.by_code(session, code)
    assert found is not None and found.id is not None
    return found.id


def _deadlines(settings: Settings) -> list[str]:
    calendar = Calendar.from_settings(settings)
    found: list[object] = []
    for at in (*MOMENTS, SPRING, AUTUMN):
        found += [calendar.add_workdays(at, 3), calendar.add_work_hours(at, 12.5)]
        found += [calendar.is_open(at), calendar.next_open(at), times.show_seconds(at)]
        found += [is_night(at), morning(at), tomorrow(at), next_month(at)]
        found += [next_opening(at, settings), times.spoken_date(at), times.local_date(at)]
        due = due_times("delete", at, calendar, settings)
        found += [due.acknowledge, due.done]
    return [_plain(one) for one in found]


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _ticks(database: Database, settings: Settings, clock: FixedClock) -> list[str]:
    vault = Vault(settings.secret_key.get_secret_value())
    tokens = Tokens(database, vault, OAuthClient("http://127.0.0.1:9", "1", "x"), settings, clock)
    work = Clockwork(database, settings, clock, owner="w", tokens=tokens)
    return [_plain(job.slot(at) or "") for job in work.jobs.values() for at in MOMENTS]


def _understood(settings: Settings, clock: FixedClock) -> list[str]:
    asked = ("Thủ tục ĐĂNG KÝ KHAI SINH cần giấy tờ gì?", "IN HOA: LỆ PHÍ KẾT HÔN", "giờ làm việc")
    return [
        line for _, line in lines((json.dumps({"text": text}) for text in asked), settings, clock)
    ]


if __name__ == "__main__":
    print(json.dumps(everything(*sys.argv[1:])))
