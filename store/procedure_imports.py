"""A catalogue file somebody uploaded, kept between its trial and its import."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from store.tables import ImportJob

KIND = "procedures"


def add(session: Session, file_name: str, content: bytes, by: str, now: datetime) -> int:
    """Keep an uploaded file; its number."""
    row = ImportJob(kind=KIND, file_name=file_name, content=content, by=by, created_at=now)
    session.add(row)
    session.flush()
    return row.id or 0


def get(session: Session, job_id: int) -> ImportJob | None:
    """One file by its number; None when it is not one of the catalogue."""
    row = session.get(ImportJob, job_id)
    return row if row is not None and row.kind == KIND else None


def take(session: Session, job_id: int, now: datetime) -> bool:
    """Begin the import of a file, once; False when it was begun or cancelled before."""
    row = session.get(ImportJob, job_id, with_for_update=True, populate_existing=True)
    if row is None or row.kind != KIND or row.state != "uploaded" or row.content is None:
        return False
    row.state, row.dry_run, row.started_at = "done", False, now
    session.add(row)
    session.flush()
    return True


def finish(session: Session, job_id: int, counts: dict[str, int], now: datetime) -> None:
    """Keep the numbers and let go of the file."""
    row = session.get_one(ImportJob, job_id, with_for_update=True, populate_existing=True)
    for name, count in counts.items():
        setattr(row, name, count)
    row.content, row.finished_at = None, now
    session.add(row)
    session.flush()
