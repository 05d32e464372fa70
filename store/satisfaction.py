"""What citizens thought of the answers to their feedback."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store.tables import Agency, Feedback


def ratings(
    session: Session, start: datetime, end: datetime, units: Collection[str] | None = None
) -> dict[int, int]:
    """How often each mark (1 to 5) was given to feedback that came between two moments.

    ``units``: codes of the agencies it is with; None = all.
    """
    rating, came = col(Feedback.rating), col(Feedback.created_at)
    asked = core_select(rating, func.count()).where(came >= start, came < end, rating.is_not(None))
    if units is not None:
        asked = asked.join_from(Feedback, Agency, col(Agency.id) == col(Feedback.agency_id)).where(
            col(Agency.code).in_(sorted(units))
        )
    return {int(mark): int(number) for mark, number in session.execute(asked.group_by(rating))}
