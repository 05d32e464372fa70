"""Announcements as rows: found, changed under a lock, listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store import spelt
from store.tables import (
    AT_WORK,
    Broadcast,
    BroadcastArticle,
    BroadcastListed,
    BroadcastPiece,
    BroadcastRecipient,
    BroadcastRepeat,
    BroadcastState,
    Dossier,
    ImportJob,
    Way,
)

#: Announcements that reached people, or are about to.
_BEGUN = (
    BroadcastState.preparing,
    BroadcastState.sending,
    BroadcastState.paused,
    BroadcastState.stopped,
    BroadcastState.cancelled,
    BroadcastState.done,
)


def get(session: Session, broadcast_id: int) -> Broadcast | None:
    """The announcement, to look at."""
    return session.get(Broadcast, broadcast_id)


def several(session: Session, ids: Iterable[int | None]) -> dict[int, Broadcast]:
    """Announcements by id, to look at; unknown ones are left out."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = session.exec(select(Broadcast).where(col(Broadcast.id).in_(sorted(wanted))))
    return {row.id or 0: row for row in rows}


def lock(session: Session, broadcast_id: int, *, skip: bool = False) -> Broadcast | None:
    """The announcement, to change; with ``skip`` None when somebody else changes it now."""
    wanted = select(Broadcast).where(Broadcast.id == broadcast_id)
    return session.exec(
        wanted.with_for_update(skip_locked=skip).execution_options(populate_existing=True)
    ).first()


def add(session: Session, row: Broadcast) -> Broadcast:
    """Store a new announcement; its id is known afterwards."""
    session.add(row)
    session.flush()
    return row


def at_work(session: Session) -> list[int]:
    """Ids of announcements with something to do, the oldest first."""
    rows = session.scalars(
        core_select(col(Broadcast.id))
        .where(spelt.one_of(col(Broadcast.state), AT_WORK))
        .order_by(col(Broadcast.id))
    )
    return [int(number) for number in rows if number is not None]


def started_since(
    session: Session, since: datetime, but: int | None
) -> tuple[tuple[int, str | None], ...]:
    """Announcements, urgent ones aside, that began to reach people after a moment.

    With each how far it got: None for all of its people, else up to this UID.
    """
    rows = session.execute(
        core_select(col(Broadcast.id), col(Broadcast.state), col(Broadcast.fed_uid)).where(
            col(Broadcast.started_at) > since,
            col(Broadcast.urgent).is_(False),
            col(Broadcast.id) != (but or 0),
            col(Broadcast.state).in_([state.value for state in _BEGUN]),
        )
    )
    return tuple(
        (int(number or 0), str(fed) if state == BroadcastState.cancelled else None)
        for number, state, fed in rows
    )


def listing(
    session: Session,
    *,
    states: Sequence[BroadcastState] = (),
    words: str = "",
    agency_ids: frozenset[int] | None = None,
    before: int | None = None,
    limit: int,
) -> list[Broadcast]:
    """Announcements, newest first, from ``before`` on; ``agency_ids`` limits whose.

    ``words`` are folded and must all stand in the title.
    """
    wanted = select(Broadcast).where(*_listed(states, words, agency_ids))
    if before is not None:
        wanted = wanted.where(col(Broadcast.id) < before)
    return list(session.exec(wanted.order_by(col(Broadcast.id).desc()).limit(limit)))


def counts(session: Session, agency_ids: frozenset[int] | None = None) -> dict[str, int]:
    """How many announcements are in each state."""
    rows = session.execute(
        core_select(col(Broadcast.state), func.count())
        .where(*_listed((), "", agency_ids))
        .group_by(col(Broadcast.state))
    )
    return {str(state): int(count) for state, count in rows}


def waiting_for(
    session: Session,
    states: Sequence[BroadcastState],
    agency_ids: frozenset[int] | None,
    but_by: str = "",
) -> int:
    """How many announcements stand in these states, those somebody wrote or submitted aside."""
    wanted = core_select(func.count()).where(*_listed(states, "", agency_ids))
    if but_by:
        wanted = wanted.where(
            col(Broadcast.created_by) != but_by, col(Broadcast.submitted_by) != but_by
        )
    return int(session.execute(wanted).scalar_one())


def _listed(
    states: Sequence[BroadcastState], words: str, agency_ids: frozenset[int] | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if states:
        found.append(col(Broadcast.state).in_([state.value for state in states]))
    if agency_ids is not None:
        found.append(col(Broadcast.agency_id).in_(agency_ids))
    for word in words.split():
        found.append(col(Broadcast.title_folded).contains(word, autoescape=True))
    return found


def tried_again(session: Session, broadcast_id: int) -> bool:
    """Whether its failed recipients have an announcement of their own that was not cancelled."""
    found = session.execute(
        core_select(col(Broadcast.id))
        .where(
            col(Broadcast.again_of) == broadcast_id,
            col(Broadcast.state) != BroadcastState.cancelled.value,
        )
        .limit(1)
    )
    return found.first() is not None


def public_picture(session: Session, broadcast_id: int) -> str:
    """The media key of an approved article's cover; "" for everything else."""
    row = session.get(Broadcast, broadcast_id)
    if row is None or row.way != Way.article or not row.approved_hash:
        return ""
    return str(row.content.get("picture") or "")


def remove_draft(session: Session, row: Broadcast) -> None:
    """Forget an announcement that nobody was told of."""
    tables = (BroadcastListed, BroadcastRecipient, BroadcastArticle, BroadcastRepeat)
    for table in tables:
        session.connection().execute(delete(table).where(col(table.broadcast_id) == row.id))
    session.connection().execute(
        delete(ImportJob).where(col(ImportJob.kind) == f"broadcast:{row.id}")
    )
    session.delete(row)


# Uploaded lists


def put_list(
    session: Session, broadcast_id: int, phones: Sequence[str], dossiers: Sequence[int]
) -> None:
    """Replace the uploaded list of an announcement."""

    connection = session.connection()
    connection.execute(
        delete(BroadcastListed).where(col(BroadcastListed.broadcast_id) == broadcast_id)
    )
    rows = [
        {"broadcast_id": broadcast_id, "phone": phone, "dossier_id": 0}
        for phone in dict.fromkeys(phones)
    ]
    rows += [
        {"broadcast_id": broadcast_id, "phone": "", "dossier_id": number}
        for number in dict.fromkeys(dossiers)
    ]
    for start in range(0, len(rows), 1000):
        connection.execute(insert(BroadcastListed), rows[start : start + 1000])


def dossiers_by_code(
    session: Session, codes: Sequence[str], units: frozenset[str] | None
) -> dict[str, int]:
    """The ids of dossiers with these codes; ``units`` limits whose (None = everybody's)."""
    found: dict[str, int] = {}
    for start in range(0, len(codes), 500):
        wanted = core_select(col(Dossier.code), col(Dossier.id)).where(
            col(Dossier.code).in_(codes[start : start + 500])
        )
        if units is not None:
            wanted = wanted.where(col(Dossier.unit_code).in_(sorted(units)))
        found |= {str(code): int(number or 0) for code, number in session.execute(wanted)}
    return found


def list_size(session: Session, broadcast_id: int) -> int:
    """How many phones and dossiers the uploaded list has."""
    return int(
        session.execute(
            core_select(func.count()).where(col(BroadcastListed.broadcast_id) == broadcast_id)
        ).scalar_one()
    )


def copy_list(session: Session, source: int, target: int) -> None:
    """Give an announcement the uploaded list of another."""
    rows = session.execute(
        core_select(col(BroadcastListed.phone), col(BroadcastListed.dossier_id)).where(
            col(BroadcastListed.broadcast_id) == source
        )
    ).all()
    put_list(
        session,
        target,
        [phone for phone, _ in rows if phone],
        [number for phone, number in rows if not phone],
    )


# Segments, templates, repeating announcements


def pieces(session: Session, kind: str) -> list[BroadcastPiece]:
    """Saved audiences ("segment") or texts ("template") by name."""
    wanted = select(BroadcastPiece).where(BroadcastPiece.kind == kind)
    return list(session.exec(wanted.order_by(col(BroadcastPiece.name))))


def piece(session: Session, piece_id: int, kind: str) -> BroadcastPiece | None:
    """One saved piece of this kind."""
    row = session.get(BroadcastPiece, piece_id)
    return row if row is not None and row.kind == kind else None


def put_piece(
    session: Session, kind: str, name: str, body: Mapping[str, Any], by: str, now: datetime
) -> BroadcastPiece:
    """Save under a name; one that is there is replaced."""
    wanted = select(BroadcastPiece).where(BroadcastPiece.kind == kind, BroadcastPiece.name == name)
    row = session.exec(wanted.with_for_update()).first()
    if row is None:
        row = BroadcastPiece(kind=kind, name=name, changed_by=by, updated_at=now)
    row.body, row.changed_by, row.updated_at = dict(body), by, now
    session.add(row)
    session.flush()
    return row


def rename_piece(session: Session, row: BroadcastPiece, name: str, now: datetime) -> bool:
    """Give a saved piece another name; False when another one has it."""
    taken = select(BroadcastPiece.id).where(
        BroadcastPiece.kind == row.kind, BroadcastPiece.name == name, BroadcastPiece.id != row.id
    )
    if session.exec(taken).first() is not None:
        return False
    row.name, row.updated_at = name, now
    session.add(row)
    session.flush()
    return True


def remove_piece(session: Session, row: BroadcastPiece) -> None:
    """Forget a saved piece; announcements made from it keep what they copied."""
    session.delete(row)


def repeats(session: Session, *, due: datetime | None = None) -> list[BroadcastRepeat]:
    """Repeating announcements; with ``due`` only active ones whose moment has come."""
    wanted = select(BroadcastRepeat).order_by(col(BroadcastRepeat.id))
    if due is not None:
        wanted = wanted.where(
            col(BroadcastRepeat.active).is_(True), col(BroadcastRepeat.next_at) <= due
        )
    return list(session.exec(wanted))


def repeat_seen(session: Session, broadcast_id: int) -> BroadcastRepeat | None:
    """The rule by which an announcement comes back, to look at."""
    wanted = select(BroadcastRepeat).where(BroadcastRepeat.broadcast_id == broadcast_id)
    return session.exec(wanted).first()


def repeat_of(session: Session, broadcast_id: int) -> BroadcastRepeat | None:
    """The rule by which an announcement comes back."""
    wanted = select(BroadcastRepeat).where(BroadcastRepeat.broadcast_id == broadcast_id)
    # Read anew behind the lock: another worker may have just made this announcement.
    return session.exec(wanted.with_for_update().execution_options(populate_existing=True)).first()
