"""Sentences: what a citizen asks in their own words, once nothing more exact has answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.messages import Text, split
from bot.routing import Context, Incoming, Reply, Route
from handlers import procedure, procedures, understanding
from handlers.menu import button, menu_button
from procedures.language.words import read
from procedures.search import index_of

_CONTINUES = re.compile(r"^(?:con|the|vay|the con|vay con|roi|va|a con|thi)\b|\bthi sao\b")


def read_as(*intents: str) -> Callable[[Incoming, Context], bool]:
    """A matcher: the sentence, read by itself, has one of these labels (domain 7.1)."""

    def matches(incoming: Incoming, context: Context) -> bool:
        if incoming.payload or not incoming.text:
            return False
        return understanding.of(incoming, context).intent in intents

    return matches


def about_procedures(incoming: Incoming, context: Context) -> Reply | None:
    """Answer the question from the record; ask which when two are close; say when none fits."""
    understood = understanding.of(incoming, context)
    question = understood.question
    if question is None:
        return None
    if question.codes and not question.hits:
        return _unknown_code(context, question.codes[0])
    if question.named:
        if question.clear:
            return procedure.answer(question.facet, question.hits[0].entry.key, context)
        return procedures.which(context, question.candidates, question.facet)
    if understood.facet:
        words = context.words
        buttons = (button(words, "all_fields", "#thutuc"), menu_button(words))
        context.expect(procedures.FLOW, "which", facet=understood.facet)
        return Reply.of(Text(words("procedures.which_for_facet"), buttons))
    listed = _of_field(incoming, context)
    if listed:
        return listed
    near = [hit for hit in question.hits if hit.score >= procedures.LISTED]
    return procedures.found(context, near, incoming.text) or procedures.not_found(incoming, context)


def follow_up(incoming: Incoming, context: Context) -> Reply | None:
    """A question after an answer: the same procedure, or the same question about another one."""
    key = str(context.conversation.data.get("key", ""))
    if incoming.payload or not incoming.text or not key:
        return None
    understood = understanding.of(incoming, context)
    question = understood.question
    if question is None:
        return None
    if question.named:
        asked = str(context.conversation.data.get("facet", ""))
        continues = _CONTINUES.search(read(incoming.text).plain) is not None
        if not question.facet and asked and continues and question.clear:
            return procedure.answer(asked, question.hits[0].entry.key, context)
        return None
    if understood.intent == "procedure_detail" and understood.facet and not question.codes:
        return procedure.answer(understood.facet, key, context)
    return None


def name_it(incoming: Incoming, context: Context) -> Reply | None:
    """The procedure that was asked for after a question without one."""
    facet = str(context.conversation.data.get("facet", ""))
    if incoming.payload or not incoming.text or not facet:
        return None
    question = understanding.of(incoming, context).question
    if question is None or not question.named:
        return None
    if question.clear:
        return procedure.answer(question.facet or facet, question.hits[0].entry.key, context)
    return procedures.which(context, question.candidates, question.facet or facet)


def _of_field(incoming: Incoming, context: Context) -> Reply | None:
    """The procedures of a field that the sentence names."""
    plain = f" {read(incoming.text).plain} "
    for name, _ in index_of(context.session).fields():
        if f" {read(name).plain} " in plain:
            return procedures.field(replace(incoming, argument=f"1 {name}"), context)
    return None


def _unknown_code(context: Context, code: str) -> Reply:
    words = context.words
    buttons = (
        button(words, "all_fields", "#thutuc"),
        button(words, "human", "#gapcanbo"),
        menu_button(words),
    )
    return Reply.of(split(words("procedures.unknown_code", code=code), buttons))


def foreign(incoming: Incoming, context: Context) -> bool:
    """Whether somebody else's data is asked for."""
    return bool(incoming.text) and understanding.asks_for_others(incoming.text)


def refuse(incoming: Incoming, context: Context) -> Reply:
    """Other people's data is not given out (domain 4.5, 6)."""
    words = context.words
    buttons = (button(words, "mine", "#hosocuatoi"), menu_button(words))
    return Reply.of(Text(words("lookup.others"), buttons))


ROUTES = (
    Route("procedure_follow_up", follow_up, "A further question", flow=procedure.FLOW),
    Route("procedure_name", name_it, "The procedure a question was about", flow=procedures.FLOW),
    Route("others_data", refuse, "Other people's data is refused", when=foreign, rank=62),
    Route(
        "procedure_named",
        about_procedures,
        "A question about a procedure in one's own words",
        when=read_as("procedure_detail", "procedure_search"),
        rank=70,
    ),
)
