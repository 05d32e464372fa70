"""Thủ tục - Dịch vụ công: browsing by field, lists of finds, numbers chosen from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.messages import Button, OpenUrl, Query, shorten, split
from bot.phrasing import number
from bot.routing import Context, Incoming, Reply, Route
from handlers import procedure
from handlers.menu import button, menu_button
from procedures import questions
from procedures.questions import SURE
from procedures.search import Entry, Hit, index_of
from wording import typed

FLOW = "procedures"
_PAGE = 8
_TAPPED = 3
_TITLE = 100
_QUERY = 300
#: Weaker finds are still worth a place in a list one asked for.
LISTED = 0.45

Item = TypeVar("Item")


def fields(incoming: Incoming, context: Context) -> Reply:
    """The fields with their counts, by number; ``argument`` is the page."""
    words, index = context.words, index_of(context.session)
    if not index.entries:
        opens = OpenUrl(words("button.open_portal"), context.settings.portal_url)
        return Reply.of(split(words("procedures.empty"), (opens, menu_button(words))))
    listed = index.fields()
    page, pages, shown = paged(listed, incoming.argument)
    text = [words("procedures.fields", count=len(index.entries))]
    text += [
        words("procedures.field_line", number=n, name=name, count=count)
        for n, (name, count) in enumerate(shown, 1)
    ]
    buttons: list[Button] = []
    if page < pages:
        text.append(words("procedures.page", page=page, pages=pages))
        buttons.append(button(words, "next_page", f"#thutuc {page + 1}"))
    offer(context, [f"#linhvuc 1 {name}" for name, _ in shown])
    more = (button(words, "online_services", "#dvctt"), button(words, "how_to_file", "#hdnop"))
    return Reply.of(split("\n".join(text), (*buttons, *more, menu_button(words))))


def field(incoming: Incoming, context: Context) -> Reply:
    """The procedures of one field; ``argument`` is "page name"."""
    page, _, name = incoming.argument.partition(" ")
    entries = index_of(context.session).in_field(name.strip())
    if not entries:
        return fields(incoming, context)
    head = context.words("procedures.in_field", name=name, count=len(entries))
    return listing(context, head, entries, page, f"#linhvuc {{page}} {name}")


def find(incoming: Incoming, context: Context) -> Reply:
    """Search asked for by a button: ``argument`` is "page query"."""
    page, _, query = incoming.argument.partition(" ")
    hits = questions.ask(query, index_of(context.session)).hits
    return found(context, [hit for hit in hits if hit.score >= LISTED], query, page) or not_found(
        incoming, context
    )


def found(context: Context, hits: Sequence[Hit], query: str, page: str = "1") -> Reply | None:
    """A list of finds; None when there are none."""
    if not hits:
        return None
    head = context.words("procedures.found", count=len(hits))
    query = shorten(query.replace("\n", " "), _QUERY)
    return listing(context, head, [hit.entry for hit in hits], page, f"#timtt {{page}} {query}")


def not_found(incoming: Incoming, context: Context) -> Reply:
    """Say what to try instead; an open list stays open."""
    words = context.words
    if context.conversation.flow == FLOW:
        context.expect(FLOW, "pick", **dict(context.conversation.data))
    buttons = (
        button(words, "all_fields", "#thutuc"),
        button(words, "human", "#gapcanbo"),
        menu_button(words),
    )
    key = "not_found" if context.conversation.flow == FLOW else "not_in_catalogue"
    said = Reply.of(split(words(f"procedures.{key}"), buttons))
    return replace(said, lost=True)


def is_searching(incoming: Incoming, context: Context) -> bool:
    """Whether a list of procedures is open."""
    return context.conversation.flow == FLOW and not incoming.payload and bool(incoming.text)


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
    return _CHOSEN[command](replace(incoming, payload=command, argument=argument), context)


def listing(
    context: Context,
    head: str,
    entries: Sequence[Entry],
    asked: str,
    more: str,
    line: Callable[[int, Entry], str] | None = None,
) -> Reply:
    """A numbered page of procedures; ``more`` is the payload of another page."""
    words = context.words
    page, pages, shown = paged(entries, asked)
    say = line or (lambda n, one: words("procedures.line", number=n, name=one.name))
    text = [head, *(say(n, one) for n, one in enumerate(shown, 1))]
    buttons: list[Button] = []
    if pages == 1 and len(shown) <= _TAPPED:
        buttons += [Query(shorten(one.name, _TITLE), f"#tt {one.key}") for one in shown]
    if page < pages:
        text.append(words("procedures.page", page=page, pages=pages))
        buttons.append(button(words, "next_page", more.replace("{page}", str(page + 1), 1)))
    offer(context, [f"#tt {one.key}" for one in shown])
    back = (button(words, "all_fields", "#thutuc"), menu_button(words))
    return Reply.of(split("\n".join(text), (*buttons, *back)))


def paged(items: Sequence[Item], asked: str) -> tuple[int, int, Sequence[Item]]:
    """The page asked for (1 when it is no page), how many there are, and its items."""
    pages = max(-(-len(items) // _PAGE), 1)
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    page = min(max(page, 1), pages)
    return page, pages, items[(page - 1) * _PAGE : page * _PAGE]


def offer(context: Context, options: list[str]) -> None:
    """Let the next number choose one of these payloads."""
    context.expect(FLOW, "pick", options=options)


def which(context: Context, hits: Sequence[Hit], facet: str) -> Reply:
    """Several may be meant: ask which, and keep the question."""
    words = context.words
    shown = [hit for hit in hits if hit.score >= SURE][:_PAGE]
    lines = [
        words("procedures.line", number=n, name=hit.entry.name) for n, hit in enumerate(shown, 1)
    ]
    payloads = [f"#hoi {facet or '-'} {hit.entry.key}" for hit in shown]
    offer(context, payloads)
    taps = [
        Query(shorten(hit.entry.name, _TITLE), payload)
        for hit, payload in zip(shown[:4], payloads, strict=False)
    ]
    text = "\n".join([words("procedures.which"), *lines])
    return Reply.of(split(text, (*taps, menu_button(words))))


#: What a number of a list may stand for.
_CHOSEN: dict[str, Callable[[Incoming, Context], Reply]] = {
    "#linhvuc": field,
    "#tt": procedure.card,
    "#hoi": procedure.facet,
}


def also_chosen(command: str, handler: Callable[[Incoming, Context], Reply]) -> None:
    """Let numbers of lists stand for another command too."""
    _CHOSEN[command] = handler


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
    Route("procedure_pick", pick, "A number of the open list", flow=FLOW),
    Route(
        "procedure_unknown",
        not_found,
        "What to try when a search finds nothing",
        when=is_searching,
        rank=90,
    ),
)
