"""Thủ tục - Dịch vụ công: by field, by what people call it, by code; then card and its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.messages import Button, OpenUrl, Query, shorten, split
from bot.phrasing import number
from bot.routing import Context, Incoming, Reply, Route
from handlers import procedure_texts as texts
from handlers.menu import button, menu_button
from procedures.records import ProcedureRecord
from procedures.search import Entry, Index, index_of
from store import procedures as table
from wording import Words, typed

_FLOW = "procedures"
_PAGE = 8
_TAPPED = 3
_TITLE = 100
_SENTENCE_LIMIT = 300
#: A sentence nobody else understood is only read as a procedure when it fits well.
_SURE = 0.6
#: One hit this much better than the next needs no list.
_CLEAR = 0.25

Item = TypeVar("Item")
Part = Callable[[ProcedureRecord, Words], str]


def fields(incoming: Incoming, context: Context) -> Reply:
    """The fields with their counts, by number; ``argument`` is the page."""
    words, index = context.words, index_of(context.session)
    if not index.entries:
        opens = OpenUrl(words("button.open_portal"), context.settings.portal_url)
        return Reply.of(split(words("procedures.empty"), (opens, menu_button(words))))
    listed = index.fields()
    page, pages, shown = _page(listed, incoming.argument)
    text = [words("procedures.fields", count=len(index.entries))]
    text += [
        words("procedures.field_line", number=n, name=name, count=count)
        for n, (name, count) in enumerate(shown, 1)
    ]
    buttons: list[Button] = []
    if page < pages:
        text.append(words("procedures.page", page=page, pages=pages))
        buttons.append(button(words, "next_page", f"#thutuc {page + 1}"))
    _offer(context, [f"#linhvuc 1 {name}" for name, _ in shown])
    return Reply.of(split("\n".join(text), (*buttons, menu_button(words))))


def field(incoming: Incoming, context: Context) -> Reply:
    """The procedures of one field; ``argument`` is "page name"."""
    page, _, name = incoming.argument.partition(" ")
    entries = index_of(context.session).in_field(name.strip())
    if not entries:
        return fields(incoming, context)
    head = context.words("procedures.in_field", name=name, count=len(entries))
    return _list(context, head, entries, page, f"#linhvuc {{page}} {name}")


def find(incoming: Incoming, context: Context) -> Reply:
    """Search asked for by a button: ``argument`` is "page query"."""
    page, _, query = incoming.argument.partition(" ")
    found = _found(index_of(context.session), query, context, page)
    return found or not_found(incoming, context)


def read_sentence(incoming: Incoming, context: Context) -> Reply | None:
    """A sentence that names a procedure; None when it names none."""
    return _found(index_of(context.session), incoming.text, context, "1")


def is_sentence(incoming: Incoming, context: Context) -> bool:
    """Whether the text may name a procedure: words, not a button, not a whole letter."""
    return not incoming.payload and 2 <= len(incoming.folded) <= _SENTENCE_LIMIT


def is_searching(incoming: Incoming, context: Context) -> bool:
    """Whether a list of procedures is open."""
    return context.conversation.flow == _FLOW and not incoming.payload and bool(incoming.text)


def not_found(incoming: Incoming, context: Context) -> Reply:
    """Say what to try instead; the open list stays open."""
    words = context.words
    context.expect(_FLOW, "pick", **dict(context.conversation.data))
    buttons = (
        button(words, "all_fields", "#thutuc"),
        button(words, "human", "#gapcanbo"),
        menu_button(words),
    )
    return Reply.of(split(words("procedures.not_found"), buttons))


def pick(incoming: Incoming, context: Context) -> Reply | None:
    """A number of the open list; anything else is another matter."""
    chosen = number(incoming.text)
    options = context.conversation.data.get("options")
    if chosen is None or not isinstance(options, list) or not options:
        return None
    if not 1 <= chosen <= len(options):
        words = context.words
        return Reply.of(
            split(words("procedures.bad_number", last=len(options)), (menu_button(words),))
        )
    command, _, argument = str(options[chosen - 1]).partition(" ")
    if command == "#linhvuc":
        return field(replace(incoming, payload=command, argument=argument), context)
    return _show(texts.card, argument, context)


def card(incoming: Incoming, context: Context) -> Reply:
    """One procedure; ``argument`` is its key or code."""
    return _show(texts.card, incoming.argument, context)


def part(say: Part) -> Callable[[Incoming, Context], Reply]:
    """A handler for one part of a procedure's card."""

    def handler(incoming: Incoming, context: Context) -> Reply:
        return _show(say, incoming.argument, context)

    return handler


def _show(say: Part, key: str, context: Context) -> Reply:
    words = context.words
    entry = index_of(context.session).by_code(key)
    row = table.by_key(context.session, entry.key) if entry else None
    context.done()
    if row is None:
        buttons = (button(words, "all_fields", "#thutuc"), menu_button(words))
        return Reply.of(split(words("procedures.gone"), buttons))
    text = say(ProcedureRecord.model_validate(row.record), words)
    ways = (
        (texts.documents, "documents", "#giayto"),
        (texts.steps, "steps", "#buoc"),
        (texts.fees, "fees", "#lephi"),
    )
    parts: list[Button] = [
        Query(words(f"button.{key}"), f"{payload} {row.key}")
        for shown, key, payload in ways
        if shown is not say
    ]
    parts.append(OpenUrl(words("button.apply"), context.settings.portal_url))
    parts.append(menu_button(words))
    return Reply.of(split(text, parts))


def _found(index: Index, query: str, context: Context, page: str) -> Reply | None:
    hits = [hit for hit in index.search(query) if hit.score >= _SURE]
    if not hits:
        return None
    clear = len(hits) == 1 or hits[0].score - hits[1].score >= _CLEAR
    if clear and hits[0].score >= 1:
        return _show(texts.card, hits[0].entry.key, context)
    head = context.words("procedures.found", count=len(hits))
    query = shorten(query, _SENTENCE_LIMIT)
    return _list(context, head, [hit.entry for hit in hits], page, f"#timtt {{page}} {query}")


def _list(context: Context, head: str, entries: Sequence[Entry], asked: str, more: str) -> Reply:
    """A numbered page of procedures; ``more`` is the payload of another page."""
    words = context.words
    page, pages, shown = _page(entries, asked)
    text = [head]
    text += [words("procedures.line", number=n, name=one.name) for n, one in enumerate(shown, 1)]
    buttons: list[Button] = []
    if pages == 1 and len(shown) <= _TAPPED:
        buttons += [Query(shorten(one.name, _TITLE), f"#tt {one.key}") for one in shown]
    if page < pages:
        text.append(words("procedures.page", page=page, pages=pages))
        buttons.append(button(words, "next_page", more.replace("{page}", str(page + 1), 1)))
    _offer(context, [f"#tt {one.key}" for one in shown])
    back = (button(words, "all_fields", "#thutuc"), menu_button(words))
    return Reply.of(split("\n".join(text), (*buttons, *back)))


def _page(items: Sequence[Item], asked: str) -> tuple[int, int, Sequence[Item]]:
    """The page asked for (1 when it is no page), how many there are, and its items."""
    pages = max(-(-len(items) // _PAGE), 1)
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    page = min(max(page, 1), pages)
    return page, pages, items[(page - 1) * _PAGE : page * _PAGE]


def _offer(context: Context, options: list[str]) -> None:
    context.expect(_FLOW, "pick", options=options)


ROUTES = (
    Route(
        "procedures",
        fields,
        "Thủ tục by field",
        payloads=("#thutuc",),
        words=typed("typed.procedures"),
    ),
    Route("procedure_field", field, "The procedures of a field", payloads=("#linhvuc",)),
    Route("procedure_search", find, "Another page of a search", payloads=("#timtt",)),
    Route("procedure", card, "One procedure", payloads=("#tt",)),
    Route("procedure_papers", part(texts.documents), "Its documents", payloads=("#giayto",)),
    Route("procedure_steps", part(texts.steps), "Its steps", payloads=("#buoc",)),
    Route("procedure_fees", part(texts.fees), "Its fees and times", payloads=("#lephi",)),
    Route("procedure_pick", pick, "A number of the open list", flow=_FLOW),
    Route(
        "procedure_named",
        read_sentence,
        "A sentence that names a procedure",
        when=is_sentence,
        rank=70,
    ),
    Route(
        "procedure_unknown",
        not_found,
        "What to try when a search finds nothing",
        when=is_searching,
        rank=90,
    ),
)
