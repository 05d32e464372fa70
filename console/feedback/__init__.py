"""Feedback at the desk: the inbox with its clocks, one feedback, answers, what is published."""

from __future__ import annotations

from sqlmodel import Session

from console.access import Act
from console.feedback import acts, answering, files, intake, item, listing, publishing, statistics
from console.frame import Console
from console.person import Person
from store import feedback_inbox
from store.feedback_inbox import Wanted


def add(console: Console) -> None:
    """Add the pages of feedback, with the number of new ones in the navigation."""

    def badge(session: Session, person: Person) -> int:
        reach = person.agencies(Act.view_feedback)
        return feedback_inbox.count(session, Wanted(state="new"), reach, console.clock.now())

    console.nav("Phản ánh", "feedback_list", Act.view_feedback, "Công việc", badge=badge)
    for section in (listing, statistics, intake, files, item, acts, answering, publishing):
        section.add(console)
