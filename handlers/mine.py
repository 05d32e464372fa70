""" "Hồ sơ của tôi": a verified follower's dossiers, newest first, five a page."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Message, Query, Text, shorten
from bot.phrasing import bare, number
from bot.routing import Context, Incoming, Reply, Route
from dossiers import times
from dossiers.card_lines import status_words
from handlers import finding
from store import links, lookups
from store.tables import Dossier, Proof
from wording import typed

PAGE = 5
_NAME_LIMIT = 90


def my_dossiers(incoming: Incoming, context: Context) -> Reply:
    """``#hosocuatoi [page]``: the list, or how to get one."""
    page = int(incoming.argument) if incoming.argument.isdecimal() else 1
    return of_page(context, min(page, 10_000))


def of_page(context: Context, page: int) -> Reply:
    """One page of the follower's own dossiers; a page beyond the last is the last."""
    session, uid = context.session, context.uid
    phones = links.verified_phones(session, uid)
    count = lookups.own_count(session, uid, phones)
    if not count:
        return _none_yet(context, bool(phones))
    pages = -(-count // PAGE)
    page = min(max(page, 1), pages)
    found = lookups.own(session, uid, phones, limit=PAGE, offset=(page - 1) * PAGE)
    title = context.words("mine.title", count=count)
    if pages > 1:
        title += " " + context.words("mine.page", page=page, pages=pages)
    messages = _list(context, found, title, page)
    if pages > 1:
        messages.append(_pager(context, page, pages))
    return Reply.of(messages)


def listing(context: Context, dossiers: Sequence[Dossier]) -> Reply:
    """A few of the follower's own dossiers under one title, each to be opened."""
    title = context.words("mine.title", count=len(dossiers))
    return Reply.of(_list(context, dossiers, title, 1))


def _list(context: Context, dossiers: Sequence[Dossier], title: str, page: int) -> list[Message]:
    words = context.words
    codes = [dossier.code for dossier in dossiers]
    context.expect("mine", "open", page=page, codes=codes)
    lines = [_line(context, at, dossier) for at, dossier in enumerate(dossiers, 1)]
    buttons = tuple(
        Query(words("mine.button.open", number=at, tail=code[-4:]), f"#hoso {code}")
        for at, code in enumerate(codes, 1)
    )
    return [Text("\n".join([title, *lines, words("mine.choose")]), buttons)]


def _line(context: Context, at: int, dossier: Dossier) -> str:
    words = context.words
    return words(
        "mine.line",
        number=at,
        code=dossier.code,
        name=shorten(dossier.procedure_name, _NAME_LIMIT),
        state=shorten(status_words(dossier, words, True), _NAME_LIMIT),
        promised=times.show(dossier.promised_at) if dossier.promised_at else "",
    )


def _pager(context: Context, page: int, pages: int) -> Text:
    words = context.words
    buttons = []
    if page < pages:
        buttons.append(Query(words("mine.button.next"), f"#hosocuatoi {page + 1}"))
    if page > 1:
        buttons.append(Query(words("mine.button.previous"), f"#hosocuatoi {page - 1}"))
    buttons.append(Query(words("button.menu"), "#menu"))
    return Text(words("mine.pager", page=page, pages=pages), tuple(buttons))


def _none_yet(context: Context, verified: bool) -> Reply:
    words = context.words
    claimed = any(link.proof == Proof.claimed for link in links.live(context.session, context.uid))
    key = "verified" if verified else "claimed" if claimed else "nothing"
    prove = Query(words("card.button.prove"), "#xacthuc")
    link = Query(words("button.link"), "#lienket")
    first = (prove,) if claimed else (link,)
    rest = (Query(words("button.lookup"), "#tracuu"), Query(words("button.menu"), "#menu"))
    return Reply.of(Text(words(f"mine.{key}"), (*first, *rest)))


def in_flow(incoming: Incoming, context: Context) -> Reply | None:
    """A number opens that dossier of the page; "xem tiếp" turns it."""
    data = context.conversation.data
    page = int(data.get("page", 1))
    if bare(incoming.text) in {bare(word) for word in typed("typed.next_page")}:
        return of_page(context, page + 1)
    codes = [str(code) for code in data.get("codes", ())]
    chosen = number(incoming.text)
    if chosen is None:
        return None
    if not 1 <= chosen <= len(codes):
        return Reply.of(Text(context.words("mine.bad_number", last=len(codes))))
    dossier = finding.find_one(context, codes[chosen - 1])
    return dossier if isinstance(dossier, Reply) else Reply.of(finding.card(context, dossier))


ROUTES = (
    Route(
        "mine",
        my_dossiers,
        "the dossiers of a verified follower, newest first",
        payloads=("#hosocuatoi",),
        words=typed("typed.mine"),
    ),
    Route("mine-flow", in_flow, "opens a dossier of the list by its number", flow="mine"),
)
