"""Fixing the recipients of an announcement, and handing them to the outbox a piece at a time.

Nobody is there twice: the recipients' key forbids it. Nobody is handed over twice: the place in
the list moves in the same transaction in which the messages are queued, and their keys forbid it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, literal, text, tuple_, update
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store import spelt
from store.tables import (
    Broadcast,
    BroadcastRecipient,
    BroadcastState,
    Dossier,
    Follower,
    Lane,
    Outbox,
    OutboxState,
    TopicChoice,
)

_COLUMNS = "(broadcast_id, uid, phone, dossier_id)"
_SQLITE = text(
    f"INSERT INTO broadcast_recipient {_COLUMNS}"
    " SELECT :id, json_extract(value, '$[0]'), json_extract(value, '$[1]'),"
    " json_extract(value, '$[2]') FROM json_each(:rows) WHERE TRUE ON CONFLICT DO NOTHING"
)
_POSTGRESQL = text(
    f"INSERT INTO broadcast_recipient {_COLUMNS}"
    " SELECT :id, r.uid, r.phone, r.dossier FROM unnest(CAST(:uids AS text[]),"
    " CAST(:phones AS text[]), CAST(:dossiers AS bigint[])) AS r(uid, phone, dossier)"
    " ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Person:
    """One recipient with what a text may say of them."""

    uid: str
    phone: str
    dossier_id: int | None
    language: str
    name: str
    code: str
    procedure: str
    promised_at: datetime | None
    #: Said no to the topic since the recipients were fixed.
    declined: bool = False


def fix(session: Session, broadcast_id: int, people: Iterable[tuple[str, str, int | None]]) -> int:
    """Add (uid, phone, dossier) recipients; those who are there already stay. Answers the new."""
    rows = list(people)
    if not rows:
        return 0
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        done = connection.execute(_SQLITE, {"id": broadcast_id, "rows": json.dumps(rows)})
    else:
        uids, phones, dossiers = (list(column) for column in zip(*rows, strict=True))
        values = {"id": broadcast_id, "uids": uids, "phones": phones, "dossiers": dossiers}
        done = connection.execute(_POSTGRESQL, values)
    return int(done.rowcount)


def next_people(session: Session, row: Broadcast, limit: int) -> list[Person]:
    """The recipients behind the place the sending has got to, in the order of their keys."""
    uid, phone = col(BroadcastRecipient.uid), col(BroadcastRecipient.phone)
    wanted = (
        core_select(
            uid,
            phone,
            col(BroadcastRecipient.dossier_id),
            col(Follower.language),
            col(Follower.display_name),
            col(Dossier.code),
            col(Dossier.procedure_name),
            col(Dossier.promised_at),
            case((col(TopicChoice.wanted).is_(False), 1), else_=0),
        )
        .join(
            TopicChoice,
            and_(col(TopicChoice.uid) == uid, col(TopicChoice.topic) == row.topic),
            isouter=True,
        )
        .join(Follower, col(Follower.uid) == uid, isouter=True)
        .join(Dossier, col(Dossier.id) == col(BroadcastRecipient.dossier_id), isouter=True)
        .where(
            col(BroadcastRecipient.broadcast_id) == row.id,
            # As a pair: an alternative of two conditions would walk from the beginning each time.
            tuple_(uid, phone) > tuple_(literal(row.fed_uid), literal(row.fed_phone)),
        )
        .order_by(uid, phone)
        .limit(limit)
    )
    return [
        Person(
            one,
            number,
            dossier,
            language or "vi",
            name or "",
            code or "",
            what or "",
            due,
            bool(no) and not row.urgent,
        )
        for one, number, dossier, language, name, code, what, due, no in session.execute(wanted)
    ]


def waiting_now(session: Session, now: datetime) -> int:
    """Announcements' messages that could go at this moment and have not, or are on their way."""
    on_the_way = core_select(func.count()).where(
        spelt.is_(col(Outbox.state), OutboxState.leased),
        col(Outbox.lane) == Lane.broadcast.value,
    )
    # Those of a paused one wait for a person and keep nobody else's place.
    running = core_select(col(Broadcast.id)).where(
        col(Broadcast.id) == col(Outbox.broadcast_id),
        col(Broadcast.state) == BroadcastState.sending.value,
    )
    due = core_select(func.count()).where(
        spelt.as_written("state IN ('queued', 'uncertain')"),
        col(Outbox.rank) == 3,
        col(Outbox.due_at) <= now,
        running.exists(),
    )
    return int(session.execute(on_the_way).scalar_one()) + int(session.execute(due).scalar_one())


def still_open(session: Session, broadcast_id: int) -> int:
    """Messages of an announcement that have not ended yet."""
    found = session.execute(
        core_select(func.count()).where(
            spelt.as_written("broadcast_id IS NOT NULL"),
            col(Outbox.broadcast_id) == broadcast_id,
            col(Outbox.state).in_(("queued", "leased", "uncertain")),
        )
    )
    return int(found.scalar_one())


def drop_waiting(session: Session, broadcast_id: int, reason: str) -> int:
    """Messages nobody has begun with are given up; answers how many.

    One whose fate is unknown is parked, where its echo is still understood.
    """
    mine = (
        spelt.as_written("broadcast_id IS NOT NULL"),
        col(Outbox.broadcast_id) == broadcast_id,
    )
    connection = session.connection()
    connection.execute(
        update(Outbox)
        .where(*mine, col(Outbox.state) == OutboxState.uncertain.value)
        .values(state=OutboxState.parked.value, reason="uncertain")
    )
    done = connection.execute(
        update(Outbox)
        .where(*mine, col(Outbox.state) == OutboxState.queued.value)
        .values(state=OutboxState.dropped.value, reason=reason)
    )
    return int(done.rowcount)


def renew(session: Session, broadcast_id: int, expires_at: datetime) -> None:
    """Messages that waited through a pause are worth as long as fresh ones."""
    session.connection().execute(
        update(Outbox)
        .where(
            spelt.as_written("broadcast_id IS NOT NULL"),
            col(Outbox.broadcast_id) == broadcast_id,
            col(Outbox.state) == OutboxState.queued.value,
        )
        .values(expires_at=expires_at)
    )
