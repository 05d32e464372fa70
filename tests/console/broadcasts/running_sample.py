"""Announcements in every state, with followers they went to, for the tests of this room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from notify.broadcasts import feeding, figures
from notify.broadcasts.content import digest
from notify.broadcasts.estimate import Estimate, Share
from store import broadcasts
from store.tables import Broadcast, BroadcastState, Follower, Outbox
from tests.console.conftest import PASSWORD, Clerk, Office

PAGE = "/console/thong-bao/{}"
SAID = "Kính gửi {ten}, Trung tâm nghỉ lễ 2/9 và làm việc lại từ 03/9."
CONTENT: dict[str, Any] = {
    "vi": {
        "text": SAID,
        "buttons": [
            {"kind": "open_url", "title": "Xem lịch", "value": "https://dichvucong.gov.vn"}
        ],
    },
    "en": {"text": "Dear {ten}, the centre is closed on 2 September."},
    "footer": {"vi": "Dừng nhận tin: nhắn DỪNG.", "en": "Stop all messages: send STOP."},
}
_AGREED = (
    BroadcastState.approved,
    BroadcastState.scheduled,
    BroadcastState.missed,
    BroadcastState.preparing,
    BroadcastState.sending,
    BroadcastState.paused,
    BroadcastState.stopped,
    BroadcastState.cancelled,
    BroadcastState.done,
)
_BEGUN = _AGREED[3:]


@dataclass
class Room:
    """An office with citizens to tell things to."""

    office: Office
    people: int = 0
    _made: int = field(default=0)

    def citizens(self, count: int) -> list[str]:
        """Followers who wrote an hour ago; answers their uids."""
        now, uids = self.office.clock.now(), []
        with self.office.database.write() as session:
            for _ in range(count):
                self.people += 1
                uids.append(f"70000000000000{self.people:05}")
                session.add(
                    Follower(
                        uid=uids[-1],
                        display_name=f"Người Mẫu {self.people}",
                        followed=True,
                        followed_at=now - timedelta(days=3),
                        first_seen_at=now - timedelta(days=3),
                        last_interaction_at=now - timedelta(hours=1),
                    )
                )
        return uids

    def announcement(self, state: str = "waiting", **members: Any) -> int:
        """An announcement in a state, written and submitted by "hoa"; answers its id."""
        now = self.office.clock.now()
        self._made += 1
        values: dict[str, Any] = {
            "title": f"Nghỉ lễ {self._made}",
            "topic": "hours",
            "content": CONTENT,
            "audience": {},
            "state": state,
            "created_by": "hoa",
            "created_at": now,
            "updated_at": now,
            "submitted_by": "hoa",
            "submitted_at": now,
            "estimate": ESTIMATE.model_copy(update={"at": now}).model_dump(mode="json"),
        }
        if state in _AGREED:
            values |= {"approved_by": "duy", "approved_at": now}
        if state in _BEGUN:
            values |= {"start_at": now, "started_at": now, "started_by": "hoa"}
        if state in ("scheduled", "missed"):
            values["start_at"] = now + timedelta(days=1 if state == "scheduled" else -1)
        if state in ("done", "cancelled"):
            values["finished_at"] = now + timedelta(minutes=9)
        row = Broadcast(**(values | members))
        if state in _AGREED and "approved_hash" not in members:
            row.approved_hash = digest(row)
        with self.office.database.write() as session:
            return broadcasts.add(session, row).id or 0

    def row(self, number: int) -> Broadcast:
        """The announcement as it stands."""
        with self.office.database.read() as session:
            return session.get_one(Broadcast, number)

    def change(self, number: int, **members: Any) -> None:
        """Change the announcement as a worker would."""
        with self.office.database.write() as session:
            row = broadcasts.lock(session, number)
            assert row is not None
            for name, value in members.items():
                setattr(row, name, value)
            session.add(row)

    def sent(self, number: int, *fates: tuple[str, str]) -> None:
        """Fix and feed everybody, then give the main messages these (state, reason)s in order."""
        office, now = self.office, self.office.clock.now()
        state = self.row(number).state
        self.change(number, state="preparing", preparing={"step": "start"})
        while feeding.prepare(office.database, office.settings, number, now):
            if self.row(number).state == "sending":
                break
        while feeding.feed(office.database, office.settings, number, now, 500) > 0:
            pass
        with office.database.write() as session:
            for message, (became, reason) in zip(self._mains(session, number), fates, strict=False):
                message.state, message.reason, message.channel = became, reason, "consultation"
                if became in ("sent", "delivered", "seen"):
                    message.sent_at = now
                if became in ("delivered", "seen"):
                    message.delivered_at = now + timedelta(seconds=4)
                session.add(message)
            session.flush()
            row = broadcasts.lock(session, number)
            assert row is not None
            row.state, row.figures = state, figures.count(session, row, now)
            session.add(row)

    def _mains(self, session: Session, number: int) -> list[Outbox]:
        wanted = select(Outbox).where(Outbox.broadcast_id == number, Outbox.kind == "broadcast")
        return list(session.exec(wanted.order_by(col(Outbox.id))))


ESTIMATE = Estimate(
    at="2026-11-18T03:00:00Z",  # type: ignore[arg-type]
    matched=1200,
    reach=1000,
    shares={
        "consultation": Share(people=600, messages=600, cost=0),
        "allowance": Share(people=100, messages=100, cost=0),
        "zbs_uid": Share(people=300, messages=300, cost=60_000),
    },
    excluded={"opted_out": 120, "topic": 30, "window": 50},
    cost=60_000,
    messages=1000,
    allowance=100,
    allowance_left=500,
    seconds=1230,
)


def writer(room: Room) -> Clerk:
    """Somebody who writes and sends."""
    return room.office.sign_in("hoa", "broadcast")


def approver(room: Room) -> Clerk:
    """Somebody who agrees."""
    return room.office.sign_in("duy", "approver")


def later(room: Room) -> None:
    """So long after signing in that dangerous acts ask for the password."""
    room.office.clock.advance(minutes=room.office.settings.confirm_minutes)


def confirmed(clerk: Clerk) -> Clerk:
    """The password was shown again just now."""
    clerk.get("/console/xac-nhan")
    assert clerk.post("/console/xac-nhan", {"password": PASSWORD, "tiep": ""}).status_code == 303
    return clerk
