"""Two weeks of plainly invented numbers, so that pages and pictures have something to show."""

from __future__ import annotations

from datetime import timedelta

from clock import FixedClock
from console.figures import days_to, today
from handlers.plain_sentences import key_of
from notify import statistics
from settings import Settings
from store import alarms, asked, daily_counts
from store.engine import Database
from store.tables import Agency, ChatRequest
from tests.notify import makers

QUESTIONS = (
    ("làm giấy khai sinh cần giấy tờ gì", 41, True),
    ("cấp lại căn cước mất bao nhiêu tiền", 23, True),
    ("xin tấm bìa hồng hồng cho thửa ruộng", 12, False),
    ("bao giờ thì sửa cầu treo đầu làng", 3, False),
)


def fill(database: Database, settings: Settings, clock: FixedClock) -> None:
    """Agencies, open dossiers, two weeks of daily numbers, questions, an alarm, a waiting chat."""
    now = clock.now()
    with database.write() as session:
        for n, name in enumerate(("Phường Mẫu Một", "Xã Mẫu Hai có một cái tên khá dài để thử")):
            session.add(Agency(code=f"H60.0{n + 4}", name=name, updated_at=now))
        for n in range(12):
            promised = now + timedelta(hours=20 * n - 60)
            makers.dossier(
                session, now, code=f"M-{n}", unit_code=f"H60.0{4 + n % 2}", promised_at=promised
            )
        session.add(ChatRequest(uid="1", reason="asked", opened_at=now))
        alarms.open_alarm(session, "outbox_old", "", "Tin chờ quá 15 phút (mẫu).", now)
        for text, times, understood in QUESTIONS:
            said = asked.Sentence(key_of(text), text, "other", "", "", understood)
            for _ in range(times):
                asked.note(session, said, now)
    statistics.count_today(database, settings, now)
    with database.write() as session:
        for n, day in enumerate(days_to(today(now), 14)):
            sent = 300 + 37 * n % 110
            numbers = {
                "received": 40 + 17 * n % 23,
                "finished": 38 + n % 7,
                "on_time": 33 + n % 5,
                "late": n % 4,
                "sent": sent,
                "delivered": sent - 30,
                "seen": sent - 110 - n,
                "dropped": 12,
                "dropped:no_tick": 8,
                "dropped:opted_out": 4,
                "cost": 20_000,
                "sent:consultation": sent - 60,
                "sent:zbs_uid": 20,
                "sent:zbs_phone": 40,
                "seen:consultation": sent - 150,
                "cost:zbs_phone": 12_000,
                "cost:zbs_uid": 4_000,
                "phone:median": 1 + n % 3,
                "phone:p90": 6 + n % 9,
                "phone:slowest": 4000 + n,
                "phone:count": 200,
                "followers:gained": 15 + n % 6,
                "followers:lost": n % 5,
                "asked:lookups": 90,
                "asked:questions": 60,
                "received:unit:H60.04": 20,
                "finished:unit:H60.04": 19,
                "on_time:unit:H60.04": 17,
                "late:unit:H60.04": 1,
                "finished:unit:H60.05": 19,
            }
            families = {name.partition(":")[0] for name in numbers}
            daily_counts.put(session, day, families, numbers)
            if day != today(now):
                daily_counts.put(session, day, ["counted"], {"counted:at": 1})
