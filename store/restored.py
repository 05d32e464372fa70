"""After a backup was restored: nothing is sent until a person goes on, and nothing twice then.

What the backup holds as waiting may have been sent after it was made, and what happened after it
is told to us again by other systems. Both are doubted: before such a message goes, it is looked
for in the chat (`notify.restored`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, inspect, or_, text, update
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from clock import VIETNAM
from store import spelt
from store.tables import (
    Broadcast,
    BroadcastArticle,
    BroadcastState,
    CodeSequence,
    Dossier,
    DossierEvent,
    InboundEvent,
    Lane,
    Outbox,
    OutboxState,
    Restoration,
    Way,
    WorkerHeartbeat,
)

if TYPE_CHECKING:
    from store.engine import Database
    from store.outbox import Draft

#: Begins the name of the schema in which PostgreSQL keeps what a restoration is replacing.
UNFINISHED = "motcua_restoring_"
#: Why a message is looked for before it goes, and why it is parked when nobody can know.
REASON = "restored"
#: Other systems push again what we lost within so long.
_DOUBT = timedelta(days=8)
#: Codes and ids given between backup and loss must not be given to others.
_CODE_GAP = 200
_ID_GAP = 1_000_000
_HELD = "Khôi phục từ bản sao lưu: xem ai đã nhận rồi mới gửi tiếp."


def newest(session: Session) -> Restoration | None:
    """The last restoration; None for a database that never was one."""
    found = core_select(Restoration).order_by(col(Restoration.id).desc()).limit(1)
    return session.scalars(found).first()


def unfinished(database: Database) -> str | None:
    """The schema of a restoration that has not ended, or was cut off; None when there is none.

    What stands in the database then may be half of it, and nothing holds its messages: no process
    may begin to work on it. SQLite's restorations happen beside the database.
    """
    if database.is_sqlite:
        return None
    with database.reader.connect() as connection:
        names = inspect(connection).get_schema_names()
    return max((name for name in names if name.startswith(UNFINISHED)), default=None)


def settle(session: Session, file_name: str, now: datetime) -> Restoration:
    """Make a database that just came from a backup safe: sending is held, what waits is doubted.

    Announcements at work are held for a person; numbers given since the backup are skipped.
    """
    backup_at = _last_moment(session, now)
    waiting = spelt.one_of(col(Outbox.state), spelt.OPEN_MESSAGES)
    doubted: dict[str, Any] = {
        "state": OutboxState.queued.value,
        "reason": REASON,
        "lease_owner": "",
        "lease_until": None,
    }
    unsure = session.connection().execute(update(Outbox).where(waiting).values(doubted)).rowcount
    _hold_announcements(session, now)
    session.connection().execute(
        update(CodeSequence).values(last=col(CodeSequence.last) + _CODE_GAP)
    )
    _skip_ids(session, now)
    last = session.scalar(core_select(func.max(col(InboundEvent.id))))
    row = Restoration(
        restored_at=now,
        backup_at=backup_at,
        file_name=file_name,
        last_inbound_id=int(last or 0),
        unsure=unsure,
    )
    session.add(row)
    session.flush()
    return row


def go_on(session: Session, by: str, now: datetime) -> int:
    """End the hold; answers how many restorations waited (0: nothing was held)."""
    done = session.connection().execute(
        update(Restoration)
        .where(col(Restoration.continued_at).is_(None))
        .values(continued_at=now, continued_by=by)
    )
    return int(done.rowcount)


def doubted(session: Session, drafts: Sequence[Draft], now: datetime) -> Collection[str]:
    """Keys of those drafts that may have been said between the backup and its restoration."""
    if not drafts:
        return ()
    row = newest(session)
    if row is None or now - row.restored_at > _DOUBT:
        return ()
    events = _before(
        session,
        DossierEvent,
        col(DossierEvent.occurred_at) <= row.restored_at,
        {d.dossier_event_id for d in drafts},
    )
    dossiers = _before(
        session,
        Dossier,
        col(Dossier.received_at) <= row.restored_at,
        {d.dossier_id for d in drafts if d.dossier_event_id is None and d.lane is Lane.status},
    )
    # A reminder comes once in a state, an apology once in a dossier's life.
    reminded = _before(
        session,
        Dossier,
        col(Dossier.state_at) <= row.restored_at,
        {d.dossier_id for d in drafts if d.lane is Lane.reminder and not _is_apology(d)},
    )
    excused = _before(
        session,
        Dossier,
        col(Dossier.promised_at) <= row.restored_at,
        {d.dossier_id for d in drafts if _is_apology(d)},
    )
    announcements = _before(
        session,
        Broadcast,
        or_(
            col(Broadcast.created_at) <= row.restored_at,
            col(Broadcast.start_at) <= row.restored_at,
        ),
        {d.broadcast_id for d in drafts},
    )
    return {
        draft.dedupe_key
        for draft in drafts
        if draft.dossier_event_id in events
        or (
            draft.dossier_event_id is None
            and draft.lane is Lane.status
            and draft.dossier_id in dossiers
        )
        or (
            draft.lane is Lane.reminder
            and draft.dossier_id in (excused if _is_apology(draft) else reminded)
        )
        or draft.broadcast_id in announcements
        or _answers(draft.dedupe_key, row.last_inbound_id)
    }


def parked(session: Session) -> dict[str, int]:
    """Messages of unknown fate that wait for a person, by kind."""
    rows = session.execute(
        core_select(col(Outbox.kind), func.count())
        .where(spelt.is_(col(Outbox.state), OutboxState.parked), col(Outbox.reason) == REASON)
        .group_by(col(Outbox.kind))
        .order_by(col(Outbox.kind))
    )
    return {str(kind): int(number) for kind, number in rows}


def decide(session: Session, now: datetime, *, send: bool, kind: str = "") -> int:
    """What a person says of those: send them (some may arrive twice), or give them up.

    Answers how many; a message whose contents are gone is never sent.
    """
    which = [spelt.is_(col(Outbox.state), OutboxState.parked), col(Outbox.reason) == REASON]
    if kind:
        which.append(col(Outbox.kind) == kind)
    if send:
        which.append(spelt.is_not(col(Outbox.order_key), ""))
    values: dict[str, Any] = {"state": OutboxState.dropped.value}
    if send:
        values = {
            "state": OutboxState.queued.value,
            "reason": "",
            "attempts": 0,
            "due_at": now,
            "expires_at": None,
        }
    done = session.connection().execute(update(Outbox).where(*which).values(values))
    return int(done.rowcount)


def gap(session: Session, scope: str) -> int:
    """Numbers to skip in a series that begins on the day of a restoration, or the day before:
    the backup may be older than its first number."""
    row = newest(session)
    if row is None:
        return 0
    local = row.restored_at.astimezone(VIETNAM)
    days = (f"{local:%y%m%d}", f"{local - timedelta(days=1):%y%m%d}")
    return _CODE_GAP if scope.endswith(days) else 0


def _is_apology(draft: Draft) -> bool:
    return draft.lane is Lane.reminder and draft.dedupe_key.startswith("late:")


def _answers(key: str, last_inbound_id: int) -> bool:
    """Whether it answers an event that was in the backup ("in:<id>:<n>")."""
    first, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    return first == "in" and number.isdigit() and int(number) <= last_inbound_id


def _before(
    session: Session, table: Any, condition: Any, wanted: Collection[int | None]
) -> set[int]:
    ids = sorted({one for one in wanted if one is not None})
    found: set[int] = set()
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        rows = session.scalars(core_select(table.id).where(table.id.in_(chunk), condition))
        found.update(int(one) for one in rows)
    return found


def _last_moment(session: Session, now: datetime) -> datetime:
    """The newest thing the backup knows of; ``now`` for an empty one."""
    beat = session.scalar(core_select(func.max(col(WorkerHeartbeat.at))))
    lasts = [
        session.scalar(core_select(moment).order_by(key.desc()).limit(1))
        for moment, key in (
            (col(Outbox.created_at), col(Outbox.id)),
            (col(InboundEvent.received_at), col(InboundEvent.id)),
            (col(DossierEvent.recorded_at), col(DossierEvent.id)),
        )
    ]
    return min(now, max([at for at in (beat, *lasts) if at is not None], default=now))


def _hold_announcements(session: Session, now: datetime) -> None:
    state, article = col(Broadcast.state), col(Broadcast.way) == Way.article.value
    at_work = state.in_((BroadcastState.preparing.value, BroadcastState.sending.value))
    ids = core_select(col(Broadcast.id)).where(at_work, article)
    connection = session.connection()
    connection.execute(
        update(BroadcastArticle)
        .where(
            col(BroadcastArticle.broadcast_id).in_(ids),
            col(BroadcastArticle.step).in_(("create", "verify", "send")),
        )
        .values(step="unsure", problem=REASON, updated_at=now)
    )
    for which, into in (
        ((at_work, article), BroadcastState.stopped),
        ((at_work,), BroadcastState.paused),
        (
            (state == BroadcastState.scheduled.value, col(Broadcast.start_at) <= now),
            BroadcastState.missed,
        ),
    ):
        values = {"state": into.value, "reason": _HELD, "updated_at": now}
        connection.execute(update(Broadcast).where(*which).values(values))


def _skip_ids(session: Session, now: datetime) -> None:
    """Receipts of templates name our ids: a late one must not meet a new message (protocol 5.2)."""
    connection = session.connection()
    last = int(session.scalar(core_select(func.max(col(Outbox.id)))) or 0)
    if connection.dialect.name != "sqlite":
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('outbox', 'id'), :next)"),
            {"next": last + _ID_GAP},
        )
        return
    # SQLite gives the highest id and one: a row that says nothing stands in between.
    session.add(
        Outbox(
            id=last + _ID_GAP,
            dedupe_key=f"restored:{last + _ID_GAP}",
            lane=Lane.status,
            rank=1,
            kind=REASON,
            order_key="",
            correlation_id=REASON,
            created_at=now,
            due_at=now,
            state=OutboxState.dropped,
            reason=REASON,
        )
    )
    session.flush()
