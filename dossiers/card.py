"""The cards citizens read about a dossier: the guides' status card and lookup result (domain 8).

Pure text building. How much a card tells is its `View`; who gets which view is decided by the
caller (design, "Whose dossier is it?").
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from bot.messages import Button, Message, OpenUrl, Query, split
from dossiers import card_lines as lines
from dossiers.workdays import Calendar
from settings import Settings
from store.tables import Dossier, DossierEvent, State
from wording import Words


class View(StrEnum):
    """How much of a dossier a reader may see."""

    #: Everything: a proven phone, a held receipt, or the owner's identity digits.
    full = "full"
    #: State and dates; the name masked, free texts left out.
    masked = "masked"
    #: Only that something changed: a claimed phone that is not proven yet.
    code_only = "code_only"


def status_card(
    dossier: Dossier,
    events: Sequence[DossierEvent],
    words: Words,
    calendar: Calendar,
    now: datetime,
    view: View,
    settings: Settings,
    *,
    linked: bool = True,
    has_receipt: bool = False,
) -> list[Message]:
    """The card sent by itself when a dossier moves on: all fields of the Tuyên Quang guide.

    ``events`` are the dossier's own, in any order. ``linked`` says that the reader is already
    told of changes; ``has_receipt`` that a receipt PDF is stored. Fields without a value leave
    no line.
    """
    if view is View.code_only:
        return _change_only(dossier, words)
    full = view is View.full
    body = [
        words("card.title.received" if dossier.state == State.received else "card.title.other"),
        lines.greeting(dossier, words, full),
        *lines.status_fields(dossier, words, full),
        *_tail(dossier, events, words, calendar, now, full),
    ]
    return list(split(_joined(body), _buttons(dossier, words, settings, full, linked, has_receipt)))


def lookup_card(
    dossier: Dossier,
    events: Sequence[DossierEvent],
    words: Words,
    calendar: Calendar,
    now: datetime,
    view: View,
    settings: Settings,
    *,
    linked: bool = False,
    has_receipt: bool = False,
    total: int = 1,
) -> list[Message]:
    """The answer to a lookup: the guide's result with its five dates, and the card's fields.

    ``total`` > 0 puts "Tìm thấy tổng số n hồ sơ" on top (the first of several answers).
    """
    if view is View.code_only:
        return _change_only(dossier, words)
    full = view is View.full
    body = [
        words("card.found", count=total) if total else "",
        lines.headline(dossier, words),
        *lines.lookup_fields(dossier, words, full),
        *_tail(dossier, events, words, calendar, now, full),
    ]
    return list(split(_joined(body), _buttons(dossier, words, settings, full, linked, has_receipt)))


def payment_button(dossier: Dossier, words: Words, settings: Settings) -> OpenUrl | None:
    """The way to the payment page; None when no usable address is set.

    ``PAYMENT_URL`` may hold ``{code}`` where the page wants the dossier code.
    """
    url = settings.payment_url or settings.portal_url
    if not url.startswith(("https://", "http://")):
        return None
    return OpenUrl(words("card.button.pay"), url.replace("{code}", quote(dossier.code, safe="")))


def _tail(
    dossier: Dossier,
    events: Sequence[DossierEvent],
    words: Words,
    calendar: Calendar,
    now: datetime,
    full: bool,
) -> list[str]:
    return [
        *lines.progress_lines(dossier, events, words),
        lines.term(dossier, words, calendar, now),
        lines.reason(dossier, words, full),
        lines.next_step(dossier, words),
        "" if full else words("card.masked"),
    ]


def _joined(body: Sequence[str]) -> str:
    return "\n".join(line for line in body if line)


def _change_only(dossier: Dossier, words: Words) -> list[Message]:
    buttons = (
        Query(words("card.button.prove"), f"#xacthuc {dossier.code}"),
        Query(words("card.button.menu"), "#menu"),
    )
    return list(split(words("card.code_only", tail=dossier.code[-4:]), buttons))


def _buttons(
    dossier: Dossier,
    words: Words,
    settings: Settings,
    full: bool,
    linked: bool,
    has_receipt: bool,
) -> list[Button]:
    found: list[Button] = []
    if not linked:
        found.append(Query(words("card.button.notify"), f"#nhanthongbao {dossier.code}"))
    if not full:
        found.append(Query(words("card.button.open"), f"#xacminh {dossier.code}"))
    elif has_receipt:
        found.append(Query(words("card.button.receipt"), f"#phieu {dossier.code}"))
    pay = payment_button(dossier, words, settings)
    if dossier.state == State.payment_required and pay:
        found.append(pay)
    found.append(Query(words("card.button.menu"), "#menu"))
    return found
