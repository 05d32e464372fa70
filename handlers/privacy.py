"""Xem, sửa dữ liệu của tôi: a request with a code and its legal time (Law 91/2025 Art. 4, 13).

Nothing is shown in the chat: who asks is only known by their chat, and the copy may hold a
family's dossiers. A person makes sure and answers (`console.privacy`).
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.events import UserMessage
from bot.messages import Text
from bot.phrasing import Phrases
from bot.routing import Context, Incoming, Reply, Route
from clock import VIETNAM
from handlers.menu import button, menu_button
from privacy import requests
from privacy.clocks import due_of
from store import privacy as store
from store.tables import PrivacyRequest
from wording import typed

_FLOW = "privacy"
_SHORTEST, _LONGEST = 5, 1000
_CANCEL = Phrases(typed("typed.cancel"))
_DATA = (
    r"(?:du lieu|thong tin)(?: ca nhan)?(?: (?:cua|ve))? (?:toi|minh|em|chau|con)(?: voi| a| nhe)?$"
)
_SEE = re.compile(
    rf"^(?:.{{0,30}} )?(?:xem|cung cap|gui|xin|trich xuat|tai)(?: \w+){{0,4}} {_DATA}"
)
_CORRECT = re.compile(
    rf"^(?:.{{0,30}} )?(?:sua|dinh chinh|cap nhat|chinh sua)(?: \w+){{0,3}} {_DATA}"
)
#: "xem thông tin của tôi" may mean dossiers: only "dữ liệu" or "cá nhân" is meant for the desk.
_MEANT = re.compile(r"\b(?:du lieu|ca nhan)\b")


def wants_to_see(incoming: Incoming, context: Context) -> bool:
    """Whether a short sentence asks for one's own data."""
    return _says(_SEE, incoming, context)


def wants_to_correct(incoming: Incoming, context: Context) -> bool:
    """Whether a short sentence asks to have one's own data corrected."""
    return _says(_CORRECT, incoming, context)


def _says(pattern: re.Pattern[str], incoming: Incoming, context: Context) -> bool:
    if incoming.payload or context.conversation.flow == "feedback" or len(incoming.folded) > 80:
        return False
    folded = incoming.folded.strip(" .,!?")
    return bool(pattern.match(folded)) and bool(_MEANT.search(folded))


def see(incoming: Incoming, context: Context) -> Reply:
    """Open a request to see one's data; asked again, it is the same one."""
    return _opened(context, "see", "")


def correct(incoming: Incoming, context: Context) -> Reply:
    """Ask what is wrong; with a request already open, name that one."""
    if incoming.argument == "thoi":
        return _cancelled(context)
    known = store.open_of(context.session, context.uid, "correct")
    if known is not None:
        return _already(context, known)
    context.expect(_FLOW, "details")
    cancel = button(context.words, "cancel", "#suadulieu thoi")
    return Reply.of(Text(context.words("privacy.correct_ask"), (cancel,)))


def details(incoming: Incoming, context: Context) -> Reply | None:
    """What is to be corrected, in the citizen's words."""
    if incoming.payload:
        return None
    words = context.words
    cancel = button(words, "cancel", "#suadulieu thoi")
    if not incoming.text:
        is_message = isinstance(incoming.event, UserMessage)
        return Reply.of(Text(words("privacy.text_only"), (cancel,))) if is_message else None
    if _CANCEL.match(incoming.text):
        return _cancelled(context)
    if len(incoming.text) < _SHORTEST:
        return Reply.of(Text(words("privacy.short"), (cancel,)))
    context.done()
    return _opened(context, "correct", incoming.text[:_LONGEST])


def _opened(context: Context, kind: str, text: str) -> Reply:
    known = store.open_of(context.session, context.uid, kind)
    if known is not None:
        return _already(context, known)
    row = requests.open_request(
        context.session,
        kind=kind,
        source="chat",
        now=context.now,
        calendar=context.calendar,
        settings=context.settings,
        by="citizen",
        uid=context.uid,
        name=context.follower.display_name,
        details=text,
    )
    said = context.words(
        f"privacy.{kind}_opened",
        code=row.code,
        acknowledge=_day(row.acknowledge_due_at),
        due=_day(row.due_at),
    )
    return Reply.of(Text(said, (menu_button(context.words),)))


def _already(context: Context, row: PrivacyRequest) -> Reply:
    said = context.words("privacy.already", code=row.code, due=_day(due_of(row)))
    return Reply.of(Text(said, (menu_button(context.words),)))


def _cancelled(context: Context) -> Reply:
    context.done()
    return Reply.of(Text(context.words("privacy.cancelled"), (menu_button(context.words),)))


def _day(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%d/%m/%Y}"


ROUTES = (
    Route(
        "privacy_see",
        see,
        "A request to see one's own data",
        payloads=("#xemdulieu",),
        words=typed("typed.privacy_see"),
        when=wants_to_see,
        rank=2,
    ),
    Route(
        "privacy_correct",
        correct,
        "A request to correct one's own data",
        payloads=("#suadulieu",),
        words=typed("typed.privacy_correct"),
        when=wants_to_correct,
        rank=2,
    ),
    Route("privacy_details", details, "What is to be corrected", flow=_FLOW),
)
