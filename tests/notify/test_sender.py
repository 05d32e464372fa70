"""The sender against the local Zalo over real HTTP, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from bot.messages import File, Query, Text, to_json
from clock import FixedClock, SystemClock
from notify.rate import RateLimit
from sandbox.server import Running, running
from settings import ROOT, Settings
from store import outbox
from store import sending as queues
from store.engine import Database
from store.tables import Alarm, Allowance, Follower, Lane, ReceiptFile, ZaloUpload
from tests.notify import makers
from tests.notify.outgoing import (
    ACCESS,
    REFRESH,
    draft,
    followers,
    queue,
    rows,
    sending,
    until,
    waiting,
)

SEND = "/v3.0/oa/message/cs"
PHONE = "+84900000001"


class Zalo:
    """Short ways to the sandbox's control API."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url
        self._http = requests.Session()

    def control(self, method: str, address: str, /, **body: Any) -> Any:
        url = f"{self.url}/_control/{address}"
        answer = self._http.request(method, url, json=body or None, timeout=20)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def person(self, name: str = "Nguyễn Văn Mẫu", **more: Any) -> str:
        """A follower who has just written."""
        uid = str(self.control("POST", "people", name=name, follow=True, **more)["id"])
        self.control("POST", f"people/{uid}/text", text="xin chào")
        return uid

    def texts(self, uid: str) -> list[str]:
        lines = self.control("GET", f"people/{uid}/chat?from=oa")["messages"]
        return [line["text"] for line in lines]

    def fault(self, kind: str, path: str = SEND, **more: Any) -> None:
        self.control("POST", "faults", kind=kind, path=path, **more)

    def calls(self, path: str = "/v") -> list[dict[str, Any]]:
        return list(self.control("GET", f"calls?limit=5000&path={path}")["calls"])


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running(rate_oa=5000) as sandbox:
        yield Zalo(sandbox)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"zalo_rate_per_minute": 1000, "sender_threads": 4, "uncertain_pause_seconds": 60}
    )


def one(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, **members: Any
) -> dict[str, Any]:
    """Queue one message for a new person, send until nothing happens; the row as it ended."""
    uid = members.pop("uid", None) or zalo.person()
    followers(db, [uid], clock.now())
    queue(db, [draft("m", clock.now(), uid=uid, **members)], clock.now())
    with sending(db, zalo.url, settings, clock, read_timeout=0.4):
        until(lambda: settled(db) and (rows(db)["m"].state != "queued" or rows(db)["m"].reason))
    return {"uid": uid, **rows(db)["m"].model_dump()}


def once_more(db: Database, zalo: Zalo, settings: Settings, clock: FixedClock) -> dict[str, Any]:
    """Let the time of its next attempt come; the row after it."""
    before = rows(db)["m"]
    clock.set(before.due_at)
    with sending(db, zalo.url, settings, clock):
        until(lambda: rows(db)["m"].attempts > before.attempts)
    return rows(db)["m"].model_dump()


def settled(db: Database) -> bool:
    return all(row.state != "leased" for row in rows(db).values())


def test_a_message_reaches_the_chat_and_its_row_says_so(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    sent = one(db, zalo, settings, clock, body=to_json(Text("Hồ sơ mới", (Query("Xem", "#x"),))))
    assert zalo.texts(sent["uid"]) == ["Hồ sơ mới"]
    assert (sent["state"], sent["channel"], sent["cost_vnd"]) == ("sent", "consultation", 0)
    assert sent["zalo_message_id"] and sent["sent_at"] and sent["error_code"] is None


def test_one_persons_messages_arrive_in_order_while_many_are_served(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uids = [zalo.person(f"Mẫu {n}") for n in range(6)]
    followers(db, uids, clock.now())
    drafts = [draft(f"{uid}-{n}", clock.now(), uid=uid) for n in range(15) for uid in uids]
    with sending(db, zalo.url, settings, clock):
        queue(db, drafts[:40], clock.now())
        queue(db, drafts[40:], clock.now())
        until(lambda: waiting(db) == 0)
    for uid in uids:
        assert zalo.texts(uid) == [f"tin {uid}-{n}" for n in range(15)]


def test_a_reply_overtakes_a_long_queue_of_broadcasts(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uids = [zalo.person(f"Mẫu {n}") for n in range(5)]
    followers(db, uids, clock.now())
    crowd = [draft(f"b{n}", clock.now(), uid=uids[n % 5], lane=Lane.broadcast) for n in range(120)]
    zalo.fault("latency", ms=60)
    with sending(db, zalo.url, settings, clock):
        queue(db, crowd, clock.now())
        until(lambda: any(row.state == "sent" for row in rows(db).values()))
        queue(db, [draft("r", clock.now(), uid=uids[0], lane=Lane.reply)], clock.now())
        until(lambda: rows(db)["r"].state == "sent")
        assert waiting(db) > 60


def test_an_opt_out_between_queueing_and_sending_counts(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uid = zalo.person()
    followers(db, [uid], clock.now())
    queue(db, [draft("m", clock.now(), uid=uid)], clock.now())
    with db.write() as session:
        follower = session.get(Follower, uid)
        assert follower is not None
        follower.notify = False
    with sending(db, zalo.url, settings, clock):
        until(lambda: waiting(db) == 0)
    assert (rows(db)["m"].state, rows(db)["m"].reason) == ("dropped", "opted_out")
    assert zalo.texts(uid) == []


def test_a_timeout_is_uncertain_and_goes_once_more_and_then_never(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.fault("timeout_after", seconds=5)
    row = one(db, zalo, settings, clock)
    assert (row["state"], row["reason"]) == ("uncertain", "uncertain")
    assert row["due_at"] == clock.now() + timedelta(seconds=60)
    clock.advance(seconds=61)
    with sending(db, zalo.url, settings, clock, read_timeout=0.4):
        until(lambda: rows(db)["m"].state == "parked")
    assert len(zalo.texts(row["uid"])) == 2


@pytest.mark.parametrize(
    ("lane", "state"),
    [(Lane.reply, "uncertain"), (Lane.reminder, "uncertain"), (Lane.broadcast, "uncertain")],
)
def test_who_is_repeated_after_a_timeout_depends_on_the_lane(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, lane: Lane, state: str
) -> None:
    zalo.fault("timeout_before", seconds=5)
    row = one(db, zalo, settings, clock, lane=lane)
    assert (row["state"], row["reason"]) == (state, "uncertain")


@pytest.mark.parametrize("kind", ["http_500", "http_502", "broken_json", "reset"])
def test_an_answer_that_says_nothing_is_uncertain(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, kind: str
) -> None:
    zalo.fault(kind, times=1)
    assert one(db, zalo, settings, clock)["state"] == "uncertain"


def test_no_connection_is_no_attempt_on_the_message_but_a_pause(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uid = zalo.person()
    followers(db, [uid], clock.now())
    queue(db, [draft(str(n), clock.now(), uid=uid) for n in range(3)], clock.now())
    with sending(db, "http://127.0.0.1:9", settings, clock):
        until(lambda: rows(db)["0"].reason)
    held = rows(db)["0"]
    assert (held.state, held.reason) == ("queued", "no_connection")
    assert clock.now() < held.due_at <= clock.now() + timedelta(seconds=60)
    clock.set(held.due_at)
    with sending(db, zalo.url, settings, clock):
        until(lambda: waiting(db) == 0)
    assert zalo.texts(uid) == ["tin 0", "tin 1", "tin 2"]


def test_a_known_soft_error_is_retried_with_growing_pauses_and_then_parked_with_an_alarm(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.fault("error", code=-200)
    pauses = []
    row = one(db, zalo, settings, clock)
    while row["state"] == "queued":
        pauses.append((row["due_at"] - clock.now()).total_seconds())
        row = once_more(db, zalo, settings, clock)
    assert (row["state"], row["error_code"], row["attempts"]) == ("parked", -200, 8)
    assert pauses == [1, 2, 4, 8, 16, 32, 64]
    with db.read() as session:
        alarm = session.get(Alarm, 1)
    assert alarm is not None and (alarm.kind, alarm.subject) == ("error_code", "-200")


def test_an_unknown_code_is_tried_a_few_times_and_then_waits_for_a_person(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.fault("error", code=-98765)
    row = one(db, zalo, settings, clock)
    for _ in range(2):
        row = once_more(db, zalo, settings, clock)
    assert (row["state"], row["attempts"]) == ("parked", 3)


def test_an_error_of_the_account_parks_the_message_and_tells_staff(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.fault("error", code=-224)
    row = one(db, zalo, settings, clock)
    assert (row["state"], row["error_code"]) == ("parked", -224)
    with db.write() as session:
        assert outbox.requeue(session, row["id"], clock.now())
    zalo.control("DELETE", "faults")
    with sending(db, zalo.url, settings, clock):
        until(lambda: rows(db)["m"].state == "sent")


@pytest.mark.parametrize(
    ("code", "word"), [(-217, "blocked"), (-227, "inactive"), (-244, "opted_out_type")]
)
def test_what_zalo_says_of_a_person_is_kept_on_their_record(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, code: int, word: str
) -> None:
    zalo.fault("error", code=code)
    row = one(db, zalo, settings, clock)
    assert (row["state"], row["reason"]) == ("dropped", str(code))
    with db.read() as session:
        follower = session.get(Follower, row["uid"])
    assert follower is not None and follower.unreachable == word


def test_a_refusal_does_not_overwrite_what_the_citizen_did_meanwhile(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uid = zalo.person()
    later = clock.now() + timedelta(hours=1)
    followers(db, [uid], clock.now(), last_interaction_at=later, followed_at=later)
    zalo.fault("error", code=-217)
    queue(db, [draft("m", clock.now(), uid=uid)], clock.now())
    with sending(db, zalo.url, settings, clock):
        until(lambda: waiting(db) == 0)
    with db.read() as session:
        follower = session.get(Follower, uid)
    assert follower is not None and follower.unreachable == ""


def test_a_closed_window_is_learned_and_the_template_goes_instead(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    with_template = settings.model_copy(
        update={
            "zbs_templates": {"status": {"template_id": "300009", "params": {"ma_ho_so": "{code}"}}}
        }
    )
    zalo.sandbox.world.templates.put(
        zalo.sandbox.world.templates.get("300009").model_copy(update={"status": "ENABLE"})
    )
    zalo.fault("error", code=-230)
    row = one(db, zalo, with_template, clock, facts={"code": "000.00.04.H60-230215-0028"})
    assert (row["state"], row["channel"], row["cost_vnd"]) == ("sent", "zbs_uid", 200)
    with db.read() as session:
        follower = session.get(Follower, row["uid"])
    assert follower is not None and follower.last_interaction_at is not None
    assert clock.now() - follower.last_interaction_at >= timedelta(days=7)


def test_a_closed_window_without_a_template_ends_with_zalos_word(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.fault("error", code=-230)
    row = one(db, zalo, settings, clock)
    assert (row["state"], row["reason"], row["error_code"]) == ("dropped", "-230", -230)


def test_a_one_time_code_goes_by_phone_and_is_not_kept(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    with_otp = settings.model_copy(
        update={"zbs_templates": {"otp": {"template_id": "300003", "params": {"otp": "{otp}"}}}}
    )
    zalo.person(phone="0900000001")
    now = clock.now()
    code = draft(
        "otp", now, lane=Lane.reply, kind="otp", phone=PHONE, facts={"otp": "123456"}, body={}
    )
    queue(db, [code], now)
    with sending(db, zalo.url, with_otp, clock):
        until(lambda: rows(db)["otp"].state == "sent")
    kept = rows(db)["otp"]
    assert (kept.channel, kept.cost_vnd, kept.facts) == ("zbs_phone", 300, {})
    assert zalo.calls("/message/template")[0]["body"]["template_data"] == {"otp": "123456"}


def test_a_rate_refusal_waits_for_the_minute_and_is_no_attempt(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.fault("rate_storm", times=1)
    row = one(db, zalo, settings, clock)
    assert (row["state"], row["reason"], row["attempts"]) == ("queued", "rate", 0)
    clock.set(row["due_at"] + timedelta(seconds=2))
    with sending(db, zalo.url, settings, clock):
        until(lambda: rows(db)["m"].state == "sent")


def test_a_file_is_uploaded_once_and_again_when_zalo_has_forgotten_it(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    uids = [zalo.person(f"Mẫu {n}") for n in range(3)]
    followers(db, uids, now)
    with db.write() as session:
        makers.receipt(session, makers.dossier(session, now), now)
        stored = session.get(ReceiptFile, 1)
        assert stored is not None
        media = stored.media
    file = to_json(File(media, "phieu.pdf"))
    queue(db, [draft(uid, now, uid=uid, body=file) for uid in uids], now)
    with sending(db, zalo.url, settings, clock):
        until(lambda: waiting(db) == 0)
        assert len(zalo.calls("/v2.0/oa/upload/file")) == 1
        with db.write() as session:
            known = session.get(ZaloUpload, media)
            assert known is not None and known.expires_at == now + timedelta(days=6)
            known.token = "forgotten"
        queue(db, [draft("again", now, uid=uids[0], body=file)], now)
        until(lambda: waiting(db) == 0)
    assert {row.state for row in rows(db).values()} == {"sent"}
    assert len(zalo.calls("/v2.0/oa/upload/file")) == 2


def test_a_file_that_is_gone_ends_the_message(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    row = one(db, zalo, settings, clock, body=to_json(File("sha256:none", "phieu.pdf")))
    assert (row["state"], row["reason"]) == ("dropped", "file_gone")


def test_the_package_allowance_is_counted_and_zalos_number_believed(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uid = zalo.person()
    now = clock.now()
    zalo.control("PATCH", "settings", sub_quota_total=1)
    zalo.control("POST", "clock", advance=3 * 86_400)
    zalo.control("POST", "tokens", action="preset", access_token=ACCESS, refresh_token=REFRESH)
    followers(db, [uid], now, last_interaction_at=now - timedelta(days=2.5))
    with sending(db, zalo.url, settings, clock):
        for name in "abc":
            queue(db, [draft(name, now, uid=uid)], now)
            until(lambda name=name: rows(db)[name].state == "sent")  # type: ignore[misc]
    assert [rows(db)[name].cost_vnd for name in "abc"] == [0, 55, 55]
    with db.read() as session:
        month = session.get(Allowance, "consultation:2026-11")
    assert month is not None and (month.used, month.remain_told) == (1, 0)


def test_welcome_messages_are_counted_and_end(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uid = str(zalo.control("POST", "people", name="Mẫu", follow=True)["id"])
    now = clock.now()
    followers(db, [uid], now, followed_at=now, last_interaction_at=now)
    queue(db, [draft(str(n), now, uid=uid) for n in range(5)], now)
    with sending(db, zalo.url, settings, clock):
        until(lambda: waiting(db) == 0)
    ends = [rows(db)[str(n)] for n in range(5)]
    assert [row.state for row in ends] == ["sent"] * 3 + ["dropped"] * 2
    with db.read() as session:
        follower = session.get(Follower, uid)
    assert follower is not None and follower.welcome_sent == 3


def test_a_body_that_cannot_be_read_is_parked_and_the_others_go(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uid = zalo.person()
    followers(db, [uid], clock.now())
    odd = draft("odd", clock.now(), uid=uid, body={"kind": "nobody knows"})
    queue(db, [odd, draft("good", clock.now(), uid=uid)], clock.now())
    with sending(db, zalo.url, settings, clock):
        until(lambda: waiting(db) == 0)
    assert (rows(db)["odd"].state, rows(db)["good"].state) == ("parked", "sent")


def test_the_permitted_rate_is_used_up_and_never_passed(
    db: Database, zalo: Zalo, settings: Settings
) -> None:
    zalo.control("PATCH", "settings", rate_oa=60)
    slow = settings.model_copy(update={"zalo_rate_per_minute": 60})
    uids = [zalo.person(f"Mẫu {n}") for n in range(10)]
    clock = SystemClock()
    followers(db, uids, clock.now())
    queue(db, [draft(f"m{n}", clock.now(), uid=uids[n % 10]) for n in range(150)], clock.now())
    with sending(db, zalo.url, slow, clock, rate=RateLimit(db, slow, clock)):
        until(lambda: sum(row.state == "sent" for row in rows(db).values()) >= 57)
    answers = [call["answer"]["error"] for call in zalo.calls(SEND)]
    assert -32 not in answers
    assert len(answers) >= 57
    assert settled(db)


def test_stopping_finishes_what_is_in_flight_and_hands_back_the_rest(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uids = [zalo.person(f"Mẫu {n}") for n in range(20)]
    followers(db, uids, clock.now())
    queue(db, [draft(uid, clock.now(), uid=uid) for uid in uids], clock.now())
    zalo.fault("latency", ms=200)
    with sending(db, zalo.url, settings, clock):
        until(lambda: len(zalo.calls(SEND)) >= 4)
    found = Counter(row.state for row in rows(db).values())
    assert set(found) == {"sent", "queued"} and found["sent"] >= 4
    assert all(row.lease_owner == "" for row in rows(db).values())
    sent = {uid for uid in uids if rows(db)[uid].state == "sent"}
    assert {uid for uid in uids if zalo.texts(uid)} == sent


def test_a_killed_sender_loses_nothing_and_repeats_at_most_what_was_in_flight(
    db: Database, database_url: str, zalo: Zalo, settings: Settings
) -> None:
    clock = SystemClock()
    uids = [zalo.person(f"Mẫu {n}") for n in range(30)]
    followers(db, uids, clock.now())
    queue(db, [draft(f"m{n}", clock.now(), uid=uids[n % 30]) for n in range(300)], clock.now())
    zalo.fault("latency", ms=15)
    command = [sys.executable, "-m", "tests.notify.sender_process", database_url, zalo.url, "dead"]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    until(lambda: len(zalo.calls(SEND)) > 100)
    process.kill()
    process.wait()
    in_flight = sum(row.state == "leased" for row in rows(db).values())
    assert in_flight > 0
    later = clock.now() + timedelta(seconds=61)

    def freed() -> bool:
        # The server may still hold the dead sender's last transaction for a moment.
        with db.write() as session:
            queues.sweep_expired_leases(
                session, later, pause_seconds=0, max_attempts=8, echo_seconds=600
            )
        return not any(row.state == "leased" for row in rows(db).values())

    until(freed)
    with sending(db, zalo.url, settings, FixedClock(later)):
        until(lambda: waiting(db) == 0)
    counted = Counter(text for uid in uids for text in zalo.texts(uid))
    assert set(counted) == {f"tin m{n}" for n in range(300)}
    assert sum(counted.values()) - 300 <= in_flight
    assert max(counted.values()) <= 2
