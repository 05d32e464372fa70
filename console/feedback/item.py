"""One feedback: what was written, where, by whom, its clock and history, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.feedback.words import SOURCES, STARS, STATES, STEPS, clock_words, kinds, theirs
from console.frame import Answer, Console, person
from dossiers.phones import Phone
from feedback import reach
from feedback.filing import ALARM
from feedback.targets import clock_of
from notify.alarms import close_alarm
from store import feedback as store
from store import feedback_files, feedback_inbox, staff
from store.agency_tree import choices, labels
from store.tables import Dossier, Feedback, FeedbackEntry, FeedbackFile

declare("feedback.viewed", "Xem phản ánh")
_MADE_BY = {"citizen": "Người gửi", "system": "Hệ thống"}


@dataclass(frozen=True)
class Step:
    """One step of the history in words, with what became of an answer."""

    entry: FeedbackEntry
    what: str
    who: str
    more: str
    files: Sequence[FeedbackFile]
    fates: Sequence[str]
    place: str = ""


def add(console: Console) -> None:
    """Add the page of one feedback."""

    @console.page("/phan-anh/<int:feedback_id>", may=Act.view_feedback)
    def feedback_item(feedback_id: int) -> Answer:
        with console.database.read() as session:
            row = theirs(session, feedback_id)
            if row is None:
                return console.missing()
            values = _shown(console, session, row)
        with console.database.write() as session:
            if row.state != "new" and person().may(Act.handle_feedback):
                # Who works on it has now seen what was added.
                close_alarm(session, ALARM, row.code, console.clock.now())
            console.audit(session, "feedback.viewed", "feedback", row.code)
        return console.show("feedback/item.html", **values)


def _shown(console: Console, session: Session, row: Feedback) -> dict[str, Any]:
    now, settings = console.clock.now(), console.settings
    files = feedback_files.of_feedback(session, [row.id or 0])
    entries = store.entries(session, row.id or 0)
    # Files that came later stand with the step that brought them.
    later = {number for entry in entries for number in entry.details.get("files", ())}
    names = labels(session)
    main = store.get(session, row.merged_into_id) if row.merged_into_id else None
    return {
        "row": row,
        "kind": kinds(console)[row.kind],
        "state": STATES[row.state],
        "source": SOURCES.get(row.source, row.source),
        "stars": STARS.get(row.rating or 0, ""),
        "clock": clock_words(clock_of(row, now, console.calendar)),
        "agency": names.get(row.agency_id or 0, ""),
        "assignee": staff.names(session, [row.assignee_id]).get(row.assignee_id or 0, ""),
        "people": feedback_inbox.handlers(session, row.agency_id),
        "agencies": choices(session),
        "dossier": session.get(Dossier, row.dossier_id) if row.dossier_id else None,
        "phone": Phone(row.phone).national if row.phone else "",
        "point": f"{row.latitude:.6f}, {row.longitude:.6f}"
        if row.latitude is not None and row.longitude is not None
        else "",
        "files": [one for one in files if one.id not in later],
        "steps": _steps(session, entries, files),
        "merged": store.merged_into(session, row.id or 0),
        "main": main if main and _within(main) else None,
        "main_code": main.code if main else "",
        "reach": reach.reach_of(session, row, now, settings),
        "open": row.state in store.OPEN,
    }


def _within(row: Feedback) -> bool:
    agencies = person().agencies(Act.view_feedback)
    return agencies is None or row.agency_id in agencies


def _steps(
    session: Session, entries: Sequence[FeedbackEntry], files: Sequence[FeedbackFile]
) -> list[Step]:
    people = staff.by_usernames(session, {entry.by for entry in entries})
    return [_step(session, entry, people, files) for entry in reversed(entries)]


def _step(
    session: Session,
    entry: FeedbackEntry,
    people: dict[str, str],
    files: Sequence[FeedbackFile],
) -> Step:
    details = entry.details
    told = details.get("told")
    fates = reach.fates(session, [str(key) for key in told]) if told else []
    if told == []:
        fates = ["Chưa gửi được cho ai: người gửi không còn hoặc chưa có trên Zalo."]
    named = set(details.get("files", ()))
    point: list[float] = list(details.get("at") or [])
    return Step(
        entry,
        STEPS.get(entry.kind, entry.kind),
        _MADE_BY.get(entry.by) or people.get(entry.by, entry.by),
        _more(entry),
        [one for one in files if one.id in named],
        fates,
        f"{point[0]:.6f}, {point[1]:.6f}" if len(point) == 2 else "",
    )


def _more(entry: FeedbackEntry) -> str:
    """What the details of a step add to its name."""
    details = entry.details
    if entry.kind == "merged":
        return f"vào {details['to']}" if "to" in details else f"thêm {details.get('of', '')}"
    if entry.kind in ("assigned", "forwarded"):
        return f"cho {details.get('to', '')}"
    if entry.kind == "rated":
        return STARS.get(int(details.get("stars", 0)), "")
    if entry.kind == "added" and details.get("via"):
        return f"lần đầu, {SOURCES.get(str(details['via']), '').lower()}"
    if details.get("reason") == "erased":
        return "vì người gửi yêu cầu xóa dữ liệu"
    return ""
