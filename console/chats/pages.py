"""The list of chats and one chat."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from pydantic import BaseModel
from sqlmodel import Session

from console.access import MAY, Act
from console.auditing import declare
from console.chats import lines
from console.chats.card import card_of
from console.chats.desk import REASONS, desk, standing
from console.chats.lines import Place
from console.chats.live import sealed, unsealed
from console.chats.words import hour
from console.forms import Word, read_query
from console.frame import Answer, Console, person
from dossiers.names import fold
from notify import reply_window
from notify.reply_window import midnight, remaining
from store import chat_card, chat_queue, chats, followers
from store.chat_queue import Waiting
from store.tables import ChatRequest

declare("chat.listed", "Xem danh sách trò chuyện")
declare("chat.viewed", "Xem cuộc trò chuyện", "via")
TEXT_LIMIT = 2000
#: The list in place of a chat, in the seal that proves that it was opened.
_LIST = 0


class Listed(BaseModel):
    """What the list is searched for: a part of a name."""

    q: Word = ""


@dataclass(frozen=True)
class Entry:
    """A chat in the list, in words."""

    id: int
    name: str
    reason: str
    agency: str
    waited: str
    unanswered: int
    who: str


def add(console: Console) -> None:
    """Add the list and the chat."""

    @console.page("/tro-chuyen", may=Act.chat)
    def chat_list() -> Answer:
        wanted = read_query(Listed)
        with console.database.read() as session:
            found = _lists(console, session, wanted.q)
        console.looked("chat.listed")
        ticket = sealed(console, _LIST, Place(0, 0))
        return console.show("chats/list.html", lists=found, wanted=wanted, ticket=ticket)

    @console.page("/tro-chuyen/danh-sach", may=Act.chat)
    def chat_list_news() -> Answer:
        # Only for our own script on a list that was opened, and so written down, before.
        if unsealed(console, _LIST, request.args.get("tu", "")) is None:
            return console.json({"error": "reload"}, 409)
        wanted = read_query(Listed)
        with console.database.read() as session:
            found = _lists(console, session, wanted.q)
            waiting = chat_queue.waiting_count(session, person().agencies(Act.chat))
        html = render_template("console/chats/_lists.html", lists=found, wanted=wanted)
        return console.json({"html": html, "waiting": waiting})

    @console.page("/tro-chuyen/<int:chat_id>", may=Act.chat)
    def chat(chat_id: int) -> Answer:
        return chat_page(console, chat_id)


def chat_page(
    console: Console,
    chat_id: int,
    *,
    text: str = "",
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Answer:
    """One chat; with ``errors`` the answer that was typed stands in its box again."""
    now, settings = console.clock.now(), console.settings
    mark = request.args.get("truoc", "")
    place = unsealed(console, chat_id, mark) if mark else None
    with console.database.read() as session:
        row = chats.get(session, chat_id, desk())
        card = card_of(session, row.uid, settings) if row else None
        follower = followers.get(session, row.uid) if row else None
        if row is None or card is None or follower is None:
            return console.missing()
        view = lines.before(session, row.uid, place, now, settings)
        values = {
            "row": row,
            "card": card,
            "view": view,
            "older": sealed(console, chat_id, view.older) if view.older else "",
            "place": sealed(console, chat_id, view.top),
            "window": reply_window.window(session, follower, now, settings),
            "standing": standing(session, row, now),
            "canned": chat_card.canned(session, person().agencies(Act.chat)),
            "people": chat_queue.colleagues(session, [r.value for r in MAY[Act.chat]], person().id),
            "agencies": chat_queue.agencies(session),
            "agency": chat_queue.agency_name(session, row.agency_id),
            "newer": _newer(session, row),
        }
    console.looked("chat.viewed", "chat", str(chat_id), via="older" if place else "page")
    return console.show(
        "chats/chat.html",
        status=status,
        chat_id=chat_id,
        reason=REASONS.get(row.reason, ""),
        hour=lambda at: hour(at, now),
        paged=place is not None,
        key=secrets.token_urlsafe(16),
        limit=TEXT_LIMIT,
        text=text,
        errors=errors or {},
        **values,
    )


def _newer(session: Session, row: ChatRequest) -> str:
    """The address of the citizen's open chat when this one has ended."""
    if row.closed_at is None:
        return ""
    found = chats.open_of(session, row.uid)
    if found is None or not desk().sees(found):
        return ""
    return url_for("console.chat", chat_id=found.id)


def _lists(console: Console, session: Session, query: str) -> dict[str, Sequence[Entry]]:
    here, since = desk(), midnight(console.clock.now())
    found = {
        "waiting": chat_queue.waiting(session, here),
        "mine": chat_queue.mine(session, here),
        "others": chat_queue.others(session, here),
        "closed": chat_queue.closed_since(session, here, since),
    }
    part = fold(query)
    return {
        name: [_entry(console, session, one) for one in rows if part in fold(one.name)]
        for name, rows in found.items()
    }


def _entry(console: Console, session: Session, one: Waiting) -> Entry:
    now = console.clock.now()
    if one.closed_at is not None:
        unheard = " (chưa ai trả lời)" if one.last_staff_at is None else ""
        by = {chats.BY_CITIZEN: "công dân quay lại trợ lý", chats.BY_SYSTEM: "hết giờ chờ"}
        who = by.get(one.closed_by, one.claimed_by or one.closed_by) + unheard
        return Entry(one.id, one.name, REASONS.get(one.reason, ""), one.agency,
                     f"Xong lúc {hour(one.closed_at, now)}", 0, who)  # fmt: skip
    since = one.last_staff_at or one.opened_at
    count, first = chat_queue.unanswered(session, one.uid, since)
    if one.claimed_by_id is None and not one.answered_in_zalo:
        waited = f"Chờ {remaining(now, one.opened_at)}"
    elif first is not None:
        waited = f"Chờ trả lời {remaining(now, first)}"
    else:
        waited = "Đã trả lời"
    silent = one.human_until is not None and one.human_until > now
    who = "Trong Zalo OA" if one.answered_in_zalo else one.claimed_by
    if not who and not silent:
        who = "Trợ lý đang trả lời tạm"
    return Entry(one.id, one.name, REASONS.get(one.reason, ""), one.agency, waited, count, who)
