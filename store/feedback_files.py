"""Photos and documents of feedback: kept once per content, bound when the feedback is sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, update
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store.tables import FeedbackFile, StoredFile


def add(session: Session, row: FeedbackFile) -> int:
    """Add a file to a feedback, or to one that is still being written; its id."""
    session.add(row)
    session.flush()
    return row.id or 0


def get(session: Session, file_id: int) -> FeedbackFile | None:
    """One file by its id."""
    return session.get(FeedbackFile, file_id)


def of_feedback(session: Session, feedback_ids: Collection[int]) -> Sequence[FeedbackFile]:
    """The files of some feedback, in the order they came."""
    if not feedback_ids:
        return []
    return session.exec(
        select(FeedbackFile)
        .where(col(FeedbackFile.feedback_id).in_(feedback_ids))
        .order_by(col(FeedbackFile.id))
    ).all()


def count(session: Session, feedback_id: int) -> int:
    """How many files a feedback has."""
    return int(
        session.exec(
            select(func.count())
            .select_from(FeedbackFile)
            .where(FeedbackFile.feedback_id == feedback_id)
        ).one()
    )


def drafts(session: Session, uid: str, ids: Collection[int]) -> Sequence[FeedbackFile]:
    """Those of these files that this follower sent and no feedback has yet."""
    if not ids:
        return []
    return session.exec(
        select(FeedbackFile)
        .where(
            col(FeedbackFile.id).in_(ids),
            FeedbackFile.uid == uid,
            col(FeedbackFile.feedback_id).is_(None),
        )
        .order_by(col(FeedbackFile.id))
    ).all()


def bind(session: Session, uid: str, ids: Collection[int], feedback_id: int) -> int:
    """Give a writer's drafts to the feedback they were meant for; how many there were."""
    if not ids:
        return 0
    done = session.connection().execute(
        update(FeedbackFile)
        .where(
            col(FeedbackFile.id).in_(ids),
            col(FeedbackFile.uid) == uid,
            col(FeedbackFile.feedback_id).is_(None),
        )
        .values(feedback_id=feedback_id)
    )
    return done.rowcount


def drop_drafts(session: Session, uid: str) -> int:
    """Forget what a follower sent for a feedback that was never sent; how many files."""
    ids = session.exec(
        select(FeedbackFile.id).where(
            FeedbackFile.uid == uid, col(FeedbackFile.feedback_id).is_(None)
        )
    ).all()
    return drop(session, [one for one in ids if one is not None])


def drop_old_drafts(session: Session, before: datetime, limit: int) -> int:
    """Files of feedback that nobody sent, older than a moment."""
    ids = session.exec(
        select(FeedbackFile.id)
        .where(col(FeedbackFile.feedback_id).is_(None), col(FeedbackFile.created_at) < before)
        .limit(limit)
    ).all()
    return drop(session, [one for one in ids if one is not None])


def drop(session: Session, ids: Collection[int]) -> int:
    """Delete files, and their bytes when no other file has the same."""
    if not ids:
        return 0
    connection = session.connection()
    columns = (FeedbackFile.media, FeedbackFile.small_media, FeedbackFile.created_at)
    rows = session.exec(select(*columns).where(col(FeedbackFile.id).in_(ids))).all()
    done = connection.execute(delete(FeedbackFile).where(col(FeedbackFile.id).in_(ids)))
    media = {key for row in rows for key in row[:2] if key}
    if media:
        # Two look-ups by index: an OR would read every file there is.
        whole = core_select(col(FeedbackFile.id)).where(
            col(FeedbackFile.media) == col(StoredFile.media)
        )
        small = core_select(col(FeedbackFile.id)).where(
            col(FeedbackFile.small_media) == col(StoredFile.media)
        )
        connection.execute(
            delete(StoredFile).where(
                col(StoredFile.media).in_(media),
                # Kept again since, by somebody else: `stored_files.drop_unused` sees to those.
                col(StoredFile.created_at) <= max(row[2] for row in rows),
                ~whole.exists(),
                ~small.exists(),
            )
        )
    return done.rowcount
