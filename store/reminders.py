"""Which dossiers wait for their citizen, and which are late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from store.tables import Dossier, Outbox, State

#: States in which the next step is the citizen's.
WAITING = (State.supplement_required, State.payment_required)
#: States in which the offices' clock runs.
_AT_WORK = (State.received, State.assigned, State.appraising, State.signing)


def waiting(
    session: Session, since: datetime, kinds: Sequence[str], after: int, limit: int
) -> Sequence[Dossier]:
    """Dossiers that ask something of their citizen since a moment after ``since``.

    Those already reminded of this request (an outbox row of one of ``kinds``) are left out.
    Pages by id: pass the last id as ``after``.
    """
    reminded = exists().where(
        col(Outbox.dossier_id) == col(Dossier.id),
        col(Outbox.kind).in_(kinds),
        col(Outbox.created_at) >= col(Dossier.state_at),
    )
    return session.exec(
        select(Dossier)
        .where(
            col(Dossier.state).in_([state.value for state in WAITING]),
            Dossier.state_at >= since,
            col(Dossier.id) > after,
            ~reminded,
        )
        .order_by(col(Dossier.id))
        .limit(limit)
    ).all()


def overdue(
    session: Session, since: datetime, now: datetime, after: int, limit: int
) -> Sequence[Dossier]:
    """Dossiers at work whose promised date lies between ``since`` and now, not yet excused.

    Held until the transaction ends, so that two workers never excuse the same one.
    """
    return session.exec(
        select(Dossier)
        .where(
            col(Dossier.state).in_([state.value for state in _AT_WORK]),
            col(Dossier.promised_at) >= since,
            col(Dossier.promised_at) < now,
            col(Dossier.overdue_noted_at).is_(None),
            col(Dossier.id) > after,
        )
        .order_by(col(Dossier.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def mark_excused(session: Session, dossier_ids: Sequence[int], now: datetime) -> None:
    """Note that the apology for being late was made: once in a dossier's life."""
    session.connection().execute(
        update(Dossier).where(col(Dossier.id).in_(dossier_ids)).values(overdue_noted_at=now)
    )
