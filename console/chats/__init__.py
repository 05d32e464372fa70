"""Conversations: chats that ask for a person, live, and answered from here (`store.chats`)."""

from __future__ import annotations

from sqlmodel import Session

from console.access import Act
from console.chats import acts, files, live, pages, sending
from console.frame import Console
from console.person import Person
from store.chat_queue import waiting_count

__all__ = ["add", "waiting_count"]


def add(console: Console) -> None:
    """Add the pages of conversations, with the number of those who wait in the navigation."""
    console.nav("Trò chuyện", "chat_list", Act.chat, "Công việc", badge=_badge)
    for section in (pages, live, acts, sending, files):
        section.add(console)


def _badge(session: Session, person: Person) -> int:
    return waiting_count(session, person.agencies(Act.chat))
