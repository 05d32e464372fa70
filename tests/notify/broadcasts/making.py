"""Announcements, people and dossiers in numbers for the tests of announcements."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from clock import Clock
from notify.broadcasts import moves
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import Content, Texts, ZbsChoice, digest
from notify.broadcasts.loop import BroadcastLoop
from notify.rate import RateLimit
from settings import Settings
from store import broadcasts
from store.engine import Database
from store.tables import (
    Broadcast,
    BroadcastRecipient,
    BroadcastState,
    Dossier,
    DossierWatch,
    Follower,
    Outbox,
    PhoneLink,
)
from tests.notify.outgoing import client, sending

ZBS = ZbsChoice(
    template_id="900001", name="Mẫu", params={"ten": "{ten}"}, uid_price=150, phone_price=250
)


def content(text: str = "Ngày mai nghỉ lễ.", **more: Any) -> Content:
    """What is said."""
    return Content(vi=Texts(text=text), **more)


def follower(
    db: Database, uid: str, now: datetime, *, hours: float | None = 1, **members: Any
) -> None:
    """A follower of a month who wrote so many hours ago; None = never."""
    wanted = {
        "followed": True,
        "followed_at": now - timedelta(days=30),
        "first_seen_at": now - timedelta(days=30),
        "last_interaction_at": None if hours is None else now - timedelta(hours=hours),
        **members,
    }
    with db.write() as session:
        session.add(Follower(uid=uid, **wanted))


def dossier(db: Database, code: str, now: datetime, **members: Any) -> int:
    """A dossier with the tick; answers its id."""
    wanted = {
        "phone": "",
        "zalo_notify": True,
        "state": "appraising",
        "state_at": now,
        "created_at": now,
        "updated_at": now,
        "receipt_token": code,
        **members,
    }
    with db.write() as session:
        row = Dossier(code=code, **wanted)
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def link(db: Database, uid: str, phone: str, now: datetime, proof: str = "otp") -> None:
    """A phone link."""
    with db.write() as session:
        session.add(PhoneLink(uid=uid, phone=phone, proof=proof, claimed_at=now))


def watch(db: Database, uid: str, dossier_id: int, now: datetime) -> None:
    """A held receipt."""
    with db.write() as session:
        session.add(DossierWatch(uid=uid, dossier_id=dossier_id, created_at=now))


def draft(
    db: Database,
    now: datetime,
    said: Content | None = None,
    audience: Audience | None = None,
    **members: Any,
) -> int:
    """An announcement nobody has submitted; answers its id."""
    wanted = {
        "title": "Nghỉ lễ",
        "topic": "hours",
        "created_by": "lan",
        "created_at": now,
        "updated_at": now,
        **members,
    }
    row = Broadcast(
        content=(said or content()).model_dump(mode="json"),
        audience=(audience or Audience()).model_dump(mode="json"),
        **wanted,
    )
    with db.write() as session:
        return broadcasts.add(session, row).id or 0


def ready(
    db: Database,
    settings: Settings,
    now: datetime,
    said: Content | None = None,
    audience: Audience | None = None,
    **members: Any,
) -> int:
    """An announcement that was agreed to and told to start now."""
    number = draft(db, now, said, audience, **members)
    with db.write() as session:
        row = broadcasts.lock(session, number)
        assert row is not None
        moves.submit(session, row, settings, "lan", now)
        if row.state == BroadcastState.waiting:
            moves.approve(row, "quan", digest(row), now)
        moves.start(row, "lan", now)
        session.add(row)
    return number


def get(db: Database, number: int) -> Broadcast:
    """The announcement as it stands."""
    with db.read() as session:
        row = broadcasts.get(session, number)
        assert row is not None
        return row


def move(db: Database, number: int, act: Any) -> Broadcast:
    """Do something to the locked row in a transaction."""
    with db.write(wake=True) as session:
        row = broadcasts.lock(session, number)
        assert row is not None
        act(session, row)
        session.add(row)
        return row


def recipients(db: Database, number: int) -> set[str]:
    """UIDs and phones that were fixed."""
    with db.read() as session:
        rows = session.exec(
            select(BroadcastRecipient).where(BroadcastRecipient.broadcast_id == number)
        ).all()
    return {row.uid or row.phone for row in rows}


def messages(db: Database, number: int) -> Sequence[Outbox]:
    """Its outbox rows."""
    with db.read() as session:
        return session.exec(
            select(Outbox).where(Outbox.broadcast_id == number).order_by(col(Outbox.id))
        ).all()


def looping(db: Database, settings: Settings, clock: Clock, url: str = "http://127.0.0.1:9") -> Any:
    """The loop of announcements, to be turned by hand."""
    return BroadcastLoop(db, client(url), settings, clock, RateLimit(db, settings, clock))


@contextmanager
def announcing(
    db: Database, url: str, settings: Settings, clock: Clock, **more: Any
) -> Iterator[None]:
    """A sender and the loop of announcements at work on threads."""
    rate = RateLimit(db, settings, clock)
    loop = BroadcastLoop(db, client(url), settings, clock, rate)
    stop = threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop,))
    with sending(db, url, settings, clock, rate=rate, **more):
        thread.start()
        try:
            yield
        finally:
            stop.set()
            db.wakeups.notify()
            thread.join(timeout=30)
