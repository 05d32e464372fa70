"""Fetching dossiers for a chat: who may see what, and how often strangers may ask.

Every handler that takes a code goes through here, so that no button is a way round the throttle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.messages import Message, Query, Text
from bot.routing import Context, Incoming, Reply
from dossiers import times
from dossiers.card import View, lookup_card
from dossiers.codes import canonical_code, find_codes, is_legacy
from dossiers.own_receipt import own_receipt
from store import links, lookups, throttles
from store.tables import Dossier

HOUR = timedelta(hours=1)
#: Flows whose data may name dossiers opened by identity digits in this chat.
_OPENED = "opened"


@dataclass(frozen=True)
class Found:
    """What a set of codes led to: dossiers in the order asked, and codes nobody knows."""

    dossiers: tuple[Dossier, ...]
    missing: tuple[str, ...]


def find(context: Context, codes: Sequence[str]) -> Found | Reply:
    """The dossiers behind canonical codes (or old receipt numbers).

    Codes of dossiers the citizen may see wholly are free; every other one counts against
    ``LOOKUPS_PER_HOUR``, every unknown one also against ``MISSES_PER_HOUR``. Past either limit
    a `Reply` that says so, the same whether the codes exist or not.
    """
    session = context.session
    known = lookups.by_codes(session, codes)
    for code in codes:
        old = code not in known and is_legacy(code)
        dossier = lookups.by_receipt_number(session, code) if old else None
        if dossier:
            known[code] = dossier
    found = {code: known[code] for code in codes if code in known}
    mine = visible(context, list(found.values()))
    foreign = [code for code in codes if code not in found or found[code].id not in mine]
    if foreign and not _allowed(context, len(foreign)):
        return too_many(context)
    missing = tuple(code for code in codes if code not in found)
    if missing:
        miss(context, len(missing))
    unique = {dossier.id: dossier for dossier in found.values()}
    return Found(tuple(unique.values()), missing)


def code_in(argument: str) -> str | None:
    """The dossier code a button carries; old numbers too, because a button names the field."""
    typed = [one.code for one in find_codes(argument) if one.valid]
    return typed[0] if typed else canonical_code(argument, legacy=True)


def find_one(context: Context, code: str) -> Dossier | Reply:
    """The one dossier behind a code, or the answer to give instead."""
    found = find(context, [code])
    if isinstance(found, Reply):
        return found
    return found.dossiers[0] if found.dossiers else Reply.of(not_found(context, [code]))


def named(incoming: Incoming, context: Context) -> Dossier | Reply:
    """The dossier a button names; without a code the question for one, which is then awaited."""
    code = code_in(incoming.argument)
    if code is None:
        context.expect("lookup", "code")
        return Reply.of(Text(context.words("lookup.ask")))
    return find_one(context, code)


def visible(context: Context, dossiers: Sequence[Dossier]) -> frozenset[int | None]:
    """The ids of those dossiers this chat may see wholly: by link, by receipt, or just opened."""
    opened = opened_codes(context)
    ids = {dossier.id for dossier in dossiers if dossier.code in opened}
    return frozenset(ids) | links.entitled(context.session, context.uid, dossiers)


def opened_codes(context: Context) -> tuple[str, ...]:
    """Codes opened by identity digits in this chat; gone when the conversation expires."""
    expires = context.conversation.expires_at
    if expires is not None and expires <= context.now:
        return ()
    codes = context.conversation.data.get(_OPENED, ())
    return tuple(str(code) for code in codes) if isinstance(codes, list | tuple) else ()


def keep_open(context: Context) -> None:
    """Let what this chat opened outlive the present answer: another route would end the flow."""
    opened = opened_codes(context)
    if opened and context.conversation.flow == "opened":
        context.expect("opened", "", opened=list(opened))


def allowed_to_guess(context: Context) -> bool:
    """Whether this follower has missed seldom enough to try again."""
    missed = throttles.used(context.session, f"miss:{context.uid}", context.now, HOUR)
    return missed < context.settings.misses_per_hour


def miss(context: Context, by: int = 1) -> None:
    """Count wrong codes or wrong digits: guessing is what the limit is for."""
    throttles.add(context.session, f"miss:{context.uid}", context.now, HOUR, by)


def _allowed(context: Context, wanted: int) -> bool:
    if not allowed_to_guess(context):
        return False
    key = f"lookup:{context.uid}"
    total = throttles.add(context.session, key, context.now, HOUR, wanted)
    return total <= context.settings.lookups_per_hour


def too_many(context: Context) -> Reply:
    """Asked too often: until when, and a person as the way out."""
    again = times.show(throttles.ends(context.now, HOUR))
    words = context.words
    buttons = (
        Query(words("button.human"), "#gapcanbo"),
        Query(words("button.mine"), "#hosocuatoi"),
        Query(words("button.menu"), "#menu"),
    )
    return Reply.of(Text(words("lookup.too_many", again=again), buttons))


def not_found(context: Context, codes: Sequence[str]) -> Text:
    """Nobody knows these codes: what to check and where to ask."""
    words = context.words
    buttons = (
        Query(words("lookup.button.again"), "#tracuu"),
        Query(words("button.human"), "#gapcanbo"),
        Query(words("button.menu"), "#menu"),
    )
    return Text(words("lookup.not_found", codes=", ".join(codes)), buttons)


def receipt_media(context: Context, dossier: Dossier) -> str:
    """The media key of its receipt PDF, the one-stop software's or ours; "" when there is none."""
    stored = lookups.receipt_of(context.session, dossier.id or 0)
    return stored.media if stored else own_receipt(dossier, context.settings)


def card(context: Context, dossier: Dossier, *, total: int = 1) -> list[Message]:
    """The lookup card of one dossier in the view this chat is entitled to."""
    keep_open(context)
    session = context.session
    known = dossier.id or 0
    linked = bool(links.entitled(session, context.uid, [dossier]))
    full = linked or dossier.code in opened_codes(context)
    return lookup_card(
        dossier,
        lookups.events_of(session, known),
        context.words,
        context.calendar,
        context.now,
        View.full if full else View.masked,
        context.settings,
        linked=linked,
        has_receipt=full and bool(receipt_media(context, dossier)),
        total=total,
    )
