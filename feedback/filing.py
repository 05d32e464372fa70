"""A feedback comes in: its code, its targets and the alert to staff, in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dossiers.names import fold
from dossiers.times import show
from dossiers.workdays import Calendar
from feedback import codes
from feedback.targets import targets
from notify.alarms import open_alarm
from settings import Settings
from store import feedback as store
from store import feedback_files, lookups
from store.tables import Dossier, Feedback
from wording import Words

#: Kind of the alarm; its subject is the code, and accepting the feedback closes it.
ALARM = "feedback"
TEXT_LIMIT = 4000
PLACE_LIMIT = 300
NAME_LIMIT = 80


@dataclass(frozen=True)
class Report:
    """What somebody reports; everything but kind and text may be left out.

    ``dossier_code`` is canonical, ``phone`` E.164.
    """

    kind: str
    text: str
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    dossier_code: str = ""
    name: str = ""
    phone: str = ""


def file(
    session: Session,
    report: Report,
    now: datetime,
    settings: Settings,
    calendar: Calendar,
    *,
    uid: str = "",
    file_ids: Collection[int] = (),
    source: str = "zalo",
    by: str = "citizen",
    agency_id: int | None = None,
) -> Feedback:
    """Store a report under a new code and alert staff; ``file_ids`` are the writer's drafts.

    A code of a dossier nobody knows stays in the text, so that it is not lost. Without an agency
    the one that has the dossier gets it, or nobody yet.
    """
    dossier = lookups.by_code(session, report.dossier_code) if report.dossier_code else None
    text = report.text
    if report.dossier_code and dossier is None and report.dossier_code not in text:
        mentioned = Words("vi", settings)("feedback.dossier_in_text", code=report.dossier_code)
        text = f"{text}\n{mentioned}"
    due = targets(now, settings, calendar)
    row = store.add(
        session,
        Feedback(
            code=codes.issue(session, now),
            uid=uid,
            source=source,
            kind=report.kind,
            text=text,
            folded=searchable(text, report.place),
            place=report.place,
            latitude=report.latitude,
            longitude=report.longitude,
            dossier_id=dossier.id if dossier else None,
            name=report.name,
            phone=report.phone,
            agency_id=agency_id or _agency(session, dossier),
            created_at=now,
            accept_due_at=due.accept,
            answer_due_at=due.answer,
            updated_at=now,
        ),
    )
    feedback_files.bind(session, uid, file_ids, row.id or 0)
    if by != "citizen":
        store.record(session, row, "added", by, now, via=source)
    alert(session, row, "feedback.alarm", now, settings)
    return row


def searchable(*parts: str) -> str:
    """What the inbox searches in: folded words."""
    return fold(" ".join(parts))


def alert(session: Session, row: Feedback, key: str, now: datetime, settings: Settings) -> str:
    """Raise the alarm of a feedback, which never repeats what it says; the sentence for staff."""
    text = Words("vi", settings)(key, code=row.code, at=show(now))
    open_alarm(session, ALARM, row.code, text, now)
    return text


def _agency(session: Session, dossier: Dossier | None) -> int | None:
    return store.agency_of_unit(session, dossier.unit_code) if dossier else None
