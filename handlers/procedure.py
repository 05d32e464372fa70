"""One procedure: a short card, a tap for each section, and the answer to a question about it."""

from __future__ import annotations

from collections.abc import Callable

from bot.messages import Button, File, OpenUrl, Query, Text, split
from bot.routing import Context, Incoming, Reply, Route
from handlers.menu import button, menu_button
from procedures import texts
from procedures.filing import apply_address, form_files, form_key
from procedures.records import ProcedureRecord
from procedures.search import index_of
from procedures.texts import ANSWERS, Say
from store import procedures as table

#: Stays open after an answer, so that "còn phí thì sao?" is about the same procedure.
FLOW = "procedure"
#: Buttons of the sections: the first row under the card, the second under "more".
_FIRST = (("documents", "#giayto"), ("fees", "#lephi"), ("steps", "#buoc"))
_SECOND = (
    ("where", "#noinop"),
    ("forms", "#bieumau"),
    ("conditions", "#dieukien"),
    ("legal_basis", "#canculy"),
    ("general", "#thongtin"),
)
#: Files sent at once; more would bury the answer.
_MOST_FILES = 3
#: What people ask next, by what they asked.
_NEXT = {
    "documents": ("#lephi", "fees"),
    "fee": ("#giayto", "documents"),
    "time": ("#giayto", "documents"),
    "where": ("#giayto", "documents"),
    "forms": ("#giayto", "documents"),
    "steps": ("#giayto", "documents"),
    "conditions": ("#giayto", "documents"),
    "legal_basis": ("#giayto", "documents"),
    "result": ("#lephi", "fees"),
    "deadline": ("#giayto", "documents"),
    "channel": ("#lephi", "fees"),
}


def card(incoming: Incoming, context: Context) -> Reply:
    """The short card; ``argument`` is a key or code, old and local spellings too."""
    return show(incoming.argument, context)


def show(key: str, context: Context) -> Reply:
    """The card of a procedure and the buttons of all its sections."""
    record = open_record(key, context)
    if record is None:
        return gone(context)
    words = context.words
    first: list[Button] = [
        Query(words(f"button.{name}"), f"{to} {record.key}") for name, to in _FIRST
    ]
    first += _filing(record, context)
    second = tuple(Query(words(f"button.{name}"), f"{to} {record.key}") for name, to in _SECOND)
    replaced = _successors(record, context)
    return Reply.of(
        replaced,
        split(texts.card(record, words), first),
        Text(words("procedures.more"), second),
    )


def section(say: Say) -> Callable[[Incoming, Context], Reply]:
    """A handler for one section; ``argument`` is the key."""

    def handler(incoming: Incoming, context: Context) -> Reply:
        record = open_record(incoming.argument, context)
        return gone(context) if record is None else _told(record, say, "", context)

    return handler


def facet(incoming: Incoming, context: Context) -> Reply:
    """``#hoi FACET KEY``: the answer to a question; "-" shows the card."""
    name, _, key = incoming.argument.partition(" ")
    return answer(name, key, context)


def answer(name: str, key: str, context: Context) -> Reply:
    """Answer the question itself from the record; the whole record is one tap away."""
    if name not in ANSWERS:
        return show(key, context)
    record = open_record(key, context)
    return gone(context) if record is None else _told(record, ANSWERS[name], name, context)


def _told(record: ProcedureRecord, say: Say, asked: str, context: Context) -> Reply:
    words = context.words
    context.expect(FLOW, "open", key=record.key, facet=asked)
    to, name = _NEXT.get(asked, ("#lephi", "fees"))
    buttons: list[Button] = [Query(words("button.full_record"), f"#tt {record.key}")]
    if name != say.__name__:
        buttons.append(Query(words(f"button.{name}"), f"{to} {record.key}"))
    if say is texts.forms:
        links = [OpenUrl(_short(one.name), one.url) for one in record.forms if one.url]
        buttons += links[:1]
    buttons += _filing(record, context)
    sent: list[File] = []
    if say is texts.forms:
        found = form_files(record, context.settings)[:_MOST_FILES]
        sent = [File(form_key(file), file) for _, file in found]
    return Reply.of(sent, split(say(record, words), (*buttons[:4], menu_button(words))))


def _short(name: str) -> str:
    return name if len(name) <= 100 else f"{name[:99]}…"


def open_record(key: str, context: Context) -> ProcedureRecord | None:
    """The record behind a key, code or old code, and let follow-ups be about it."""
    entry = index_of(context.session).by_code(key)
    row = table.by_key(context.session, entry.key) if entry else None
    if row is None:
        context.done()
        return None
    context.expect(FLOW, "open", key=row.key, facet="")
    return ProcedureRecord.model_validate(row.record)


def gone(context: Context) -> Reply:
    """No such procedure any more."""
    words = context.words
    buttons = (button(words, "all_fields", "#thutuc"), menu_button(words))
    return Reply.of(split(words("procedures.gone"), buttons))


def _successors(record: ProcedureRecord, context: Context) -> list[Text]:
    index = index_of(context.session)
    found = [entry for code in record.replaced_by if (entry := index.by_code(code))]
    if not found:
        return []
    taps = tuple(Query(_short(entry.name), f"#tt {entry.key}") for entry in found[:5])
    return [Text(context.words("procedures.replaced"), taps)]


def _filing(record: ProcedureRecord, context: Context) -> list[Button]:
    """How to file, and the portal where it can be filed online."""
    words = context.words
    buttons: list[Button] = []
    if context.settings.filing_guides:
        buttons.append(Query(words("button.how_to_file"), "#hdnop"))
    if record.online_service_level or any(c.channel == "truc_tuyen" for c in record.channels):
        opens = OpenUrl(words("button.apply_online"), apply_address(record, context.settings))
        buttons.append(opens)
    return buttons


ROUTES = (
    Route("procedure", card, "One procedure", payloads=("#tt",)),
    Route("procedure_facet", facet, "One question about a procedure", payloads=("#hoi",)),
    Route("procedure_papers", section(texts.documents), "Its documents", payloads=("#giayto",)),
    Route("procedure_steps", section(texts.steps), "Its steps", payloads=("#buoc",)),
    Route("procedure_fees", section(texts.fees), "Its fees and times", payloads=("#lephi",)),
    Route("procedure_where", section(texts.where), "Where to file", payloads=("#noinop",)),
    Route("procedure_forms", section(texts.forms), "Its forms", payloads=("#bieumau",)),
    Route("procedure_terms", section(texts.conditions), "Conditions", payloads=("#dieukien",)),
    Route("procedure_law", section(texts.legal_basis), "Legal basis", payloads=("#canculy",)),
    Route("procedure_result", section(texts.result), "Its result", payloads=("#ketqua",)),
    Route("procedure_ways", section(texts.channel), "Ways of filing", payloads=("#cachnop",)),
    Route("procedure_about", section(texts.general), "General facts", payloads=("#thongtin",)),
)
