"""What staff do with a feedback, each act one transaction of the caller.

States: new, accepted, forwarded (to an agency), answered, closed, merged. Whoever acts on a new one
accepts it by that. Every function takes a locked row; `Refused` says in Vietnamese why not now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dossiers.workdays import Calendar
from feedback import filing, telling
from feedback.targets import targets
from notify.alarms import close_alarm
from settings import Settings
from store import feedback as store
from store.tables import Feedback, FeedbackEntry


class Refused(Exception):
    """The act does not fit the state of the feedback; the text is for staff."""


@dataclass(frozen=True)
class Desk:
    """Who acts, when, and by which settings."""

    session: Session
    by: str
    now: datetime
    settings: Settings
    calendar: Calendar

    def accept(self, row: Feedback) -> None:
        """Take a new feedback in hand."""
        if row.state != "new":
            raise Refused("Phản ánh này đã được tiếp nhận.")
        self._touch(row)
        self._note(row, "accepted")

    def assign(self, row: Feedback, account_id: int, name: str) -> None:
        """Give it to a person; their own name means taking it."""
        self._open(row)
        row.assignee_id = account_id
        self._touch(row)
        self._note(row, "assigned", to=name)

    def forward(self, row: Feedback, agency_id: int, agency: str, note: str) -> None:
        """Hand it to an agency, whose people see it from now on."""
        self._open(row)
        if row.agency_id == agency_id and row.state == "forwarded":
            raise Refused("Phản ánh này đang ở cơ quan đó.")
        self._touch(row)
        row.agency_id, row.assignee_id, row.state = agency_id, None, "forwarded"
        self._note(row, "forwarded", note, to=agency)

    def note(self, row: Feedback, text: str) -> None:
        """A note among staff; citizens never see it."""
        self._seen(row)
        self._note(row, "note", text)

    def answer(self, row: Feedback, text: str, *, close: bool = False) -> list[str]:
        """Answer its writer, and those merged into it; the keys of the queued messages."""
        if row.state == "merged":
            raise Refused("Phản ánh này đã gộp; xin trả lời ở phản ánh chính.")
        if row.state == "closed":
            raise Refused("Phản ánh này đã đóng; xin mở lại trước khi trả lời.")
        self._touch(row)
        row.state, row.answer = "answered", text
        row.answered_at = row.answered_at or self.now
        entry = self._note(row, "answer", text)
        told = telling.tell_answer(self.session, row, entry, self.now, self.settings)
        entry.details = {"told": told}
        self.session.add(entry)
        for one in store.merged_into(self.session, row.id or 0):
            one.answer, one.answered_at = text, one.answered_at or self.now
            self.session.add(one)
        if close:
            self.close(row)
        return told

    def close(self, row: Feedback, reason: str = "") -> None:
        """End it. Without an answer it takes a reason, which stays among staff."""
        if row.state in ("closed", "merged"):
            raise Refused("Phản ánh này đã kết thúc.")
        if row.state != "answered" and not reason:
            raise Refused("Chưa trả lời người gửi: xin trả lời, hoặc ghi lý do đóng.")
        answered = row.state == "answered"
        self._touch(row)
        row.state, row.closed_at = "closed", self.now
        self._note(row, "closed", reason)
        if answered:
            telling.ask_for_stars(self.session, row, self.now, self.settings)

    def reopen(self, row: Feedback, reason: str, by: str = "") -> None:
        """Work on it again, with a new target for the answer."""
        if row.state not in ("answered", "closed"):
            raise Refused("Chỉ mở lại được phản ánh đã trả lời hoặc đã đóng.")
        row.state, row.closed_at, row.answered_at = "accepted", None, None
        row.reopened += 1
        row.answer_due_at = targets(self.now, self.settings, self.calendar).answer
        self._seen(row)
        store.record(self.session, row, "reopened", by or self.by, self.now, reason)

    def merge(self, row: Feedback, main: Feedback) -> None:
        """Say that it is about the same as ``main``: its writer gets that answer too."""
        if row.id == main.id:
            raise Refused("Không gộp được một phản ánh vào chính nó.")
        if row.state not in (*store.OPEN, "answered"):
            raise Refused("Phản ánh này đã kết thúc nên không gộp được.")
        if main.state == "merged":
            raise Refused("Phản ánh chính đã gộp vào phản ánh khác; xin chọn phản ánh đó.")
        self._touch(row)
        moved = [row, *store.merged_into(self.session, row.id or 0)]
        row.state, row.closed_at = "merged", self.now
        self._note(row, "merged", to=main.code)
        self._note(main, "merged", of=row.code)
        for one in moved:
            one.merged_into_id = main.id
            self.session.add(one)
        self.session.flush()
        if main.answer and main.state in ("answered", "closed"):
            for one in moved:
                self._tell_late(one, main)

    def publish(self, row: Feedback, text: str, answer: str) -> None:
        """Show it to everybody, in words that staff have freed of personal data."""
        if not row.answer:
            raise Refused("Chưa trả lời thì chưa công khai được.")
        again = row.published_at is not None
        row.public_text, row.public_answer = text, answer
        row.published_at = row.published_at or self.now
        self._seen(row)
        self._note(row, "published", again=again)

    def unpublish(self, row: Feedback) -> None:
        """Take it off the public page at once."""
        if row.published_at is None:
            raise Refused("Phản ánh này không công khai.")
        row.published_at, row.public_text, row.public_answer = None, "", ""
        self._seen(row)
        self._note(row, "unpublished")

    def _tell_late(self, row: Feedback, main: Feedback) -> None:
        """The answer its new main feedback has already been given."""
        row.answer, row.answered_at = main.answer, self.now
        entry = self._note(row, "answer", main.answer, of=main.code)
        told = telling.tell_answer(self.session, row, entry, self.now, self.settings)
        entry.details = {"of": main.code, "told": told}
        self.session.add(entry)

    def _open(self, row: Feedback) -> None:
        if row.state not in store.OPEN:
            raise Refused("Phản ánh này đã trả lời hoặc đã kết thúc; xin mở lại trước.")

    def _touch(self, row: Feedback) -> None:
        if row.state == "new":
            row.state = "accepted"
        row.accepted_at = row.accepted_at or self.now
        self._seen(row)

    def _seen(self, row: Feedback) -> None:
        row.updated_at, row.version = self.now, row.version + 1
        self.session.add(row)
        if row.state != "new":
            close_alarm(self.session, filing.ALARM, row.code, self.now)

    def _note(self, row: Feedback, kind: str, text: str = "", **details: object) -> FeedbackEntry:
        return store.record(self.session, row, kind, self.by, self.now, text, **details)


def after_addition(
    session: Session, row: Feedback, now: datetime, settings: Settings, calendar: Calendar
) -> bool:
    """A citizen added something: staff are alerted, an answered one is worked on again."""
    if row.state == "answered":
        Desk(session, "citizen", now, settings, calendar).reopen(row, "")
    row.updated_at, row.version = now, row.version + 1
    session.add(row)
    filing.alert(session, row, "feedback.added_alarm", now, settings)
    return True
