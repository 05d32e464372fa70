"""Sentences: what a citizen asks in their own words, once nothing more exact has answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.messages import Query, Text, shorten, split
from bot.routing import Context, Handler, Incoming, Reply, Route
from handlers import (
    feedback,
    help,
    human,
    menu,
    mine,
    news,
    phone_link,
    procedure,
    procedures,
    stop,
    understanding,
    unlink,
    withdraw,
)
from handlers.menu import button, menu_button
from handlers.understanding import Understanding
from procedures.language.concepts import TERMS
from procedures.language.word_lists import BESIDE_A_QUESTION
from procedures.language.words import read
from procedures.questions import SURE, Question
from procedures.search import index_of

#: So many words beside the question itself name something the catalogue does not have.
_NAMES_SOMETHING = 2
_CONTINUES = re.compile(r"^(?:con|the|vay|the con|vay con|roi|va|a con|thi)\b|\bthi sao\b")


#: Conversations that wait for one certain answer: what only sounds like something else is an
#: answer that did not fit, and must not end them.
_WAITING = frozenset({"link", "proof", "otp", "lookup", "narrow", "unlink", "erase", "privacy"})


def _stands_alone(understood: Understanding) -> bool:
    """Whether a sentence names a procedure and what is asked about it, in so many words."""
    question = understood.question
    return question is not None and question.clear and question.strong and not question.guessed


def read_as(*intents: str) -> Callable[[Incoming, Context], bool]:
    """A matcher: the sentence, read by itself, has one of these labels (domain 7.1)."""

    def matches(incoming: Incoming, context: Context) -> bool:
        if incoming.payload or not incoming.text:
            return False
        read_ = understanding.of(incoming, context)
        if context.conversation.flow in _WAITING and not _stands_alone(read_):
            return False
        return read_.intent in intents

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
            answered = procedure.answer(understood.facet, question.hits[0].entry.key, context)
            return _with_others(answered, question, context) if not understood.facet else answered
        return procedures.which(context, question.candidates, understood.facet)
    if understood.facet and not _names_something(question):
        words = context.words
        buttons = (button(words, "all_fields", "#thutuc"), menu_button(words))
        context.expect(procedures.FLOW, "which", facet=understood.facet)
        return Reply.of(Text(words("procedures.which_for_facet"), buttons))
    listed = _of_field(incoming, context)
    if listed:
        return listed
    near = [hit for hit in question.hits if hit.score >= procedures.LISTED]
    return procedures.found(context, near, incoming.text) or procedures.not_found(incoming, context)


def _with_others(answered: Reply, question: Question, context: Context) -> Reply:
    """A bare name ("căn cước") may mean its neighbours too: they are one tap away."""
    others = [hit for hit in question.hits[1:4] if hit.score >= SURE]
    if not others:
        return answered
    taps = tuple(Query(shorten(hit.entry.name, 100), f"#tt {hit.entry.key}") for hit in others)
    return Reply.of(answered.messages, Text(context.words("procedures.others"), taps))


def _names_something(question: Question) -> bool:
    """Whether a question names a thing the catalogue does not have."""
    left = set(question.words) - BESIDE_A_QUESTION
    return bool(left & TERMS) or len(left) >= _NAMES_SOMETHING


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
    if _names_something(question):
        # Something else is asked about; the papers of the last procedure would mislead.
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
    said = Reply.of(split(words("procedures.unknown_code", code=code), buttons))
    return replace(said, lost=True)


def foreign(incoming: Incoming, context: Context) -> bool:
    """Whether somebody else's data is asked for."""
    return bool(incoming.text) and understanding.asks_for_others(incoming.text)


def refuse(incoming: Incoming, context: Context) -> Reply:
    """Other people's data is not given out (domain 4.5, 6)."""
    words = context.words
    buttons = (button(words, "mine", "#hosocuatoi"), menu_button(words))
    return Reply.of(Text(words("lookup.others"), buttons))


def says_stop(incoming: Incoming, context: Context) -> bool:
    """An explicit wish to hear no more, unless it is the text of a feedback."""
    if incoming.payload or not incoming.text or context.conversation.flow == "feedback":
        return False
    return understanding.explicit_opt_out(incoming.text)


def withdraw_wish(incoming: Incoming, context: Context) -> Reply | None:
    """Stop the notices; erasing data and ending a link are asked about first."""
    plain = read(incoming.text).plain
    if _ERASE.search(plain):
        return withdraw.ask(incoming, context)
    if _UNLINK.search(plain):
        return unlink.unlink(incoming, context)
    return stop.stop(incoming, context)


def news_or_hours(incoming: Incoming, context: Context) -> Reply:
    """Opening hours are answered; everything else is where the province publishes."""
    asks_hours = _HOURS.search(read(incoming.text).plain) is not None
    return help.help_(incoming, context) if asks_hours else news.news(incoming, context)


_ERASE = re.compile(r"\b(?:xoa|go)\b.*\b(?:du lieu|thong tin|tai khoan)\b")
_UNLINK = re.compile(r"\b(?:lien ket|so dien thoai|go so|xoa so)\b")
_HOURS = re.compile(
    r"\b(?:gio|mo cua|dong cua|lam viec|truc|tiep dan|tiep nhan|nghi|thu (?:bay|7|hai|2)|chu nhat)\b"
)

#: What a sentence gets that only sounds like one of the labels, behind everything more exact.
_BY_LABEL: tuple[tuple[str, Handler, str], ...] = (
    ("opt_out", help.help_, "A sentence that may want no more messages: how to stop"),
    ("opt_in", stop.start, "A sentence that wants messages again"),
    ("feedback", feedback.start, "A sentence that complains or suggests"),
    ("human", human.human, "A sentence that wants a person"),
    ("lookup_my_dossiers", mine.my_dossiers, "A sentence about one's own dossiers"),
    ("link_phone", phone_link.start, "A sentence about one's phone number"),
    ("news", news_or_hours, "A sentence about news or opening hours"),
    ("help", help.help_, "A sentence that asks how this works"),
    ("menu", menu.greet, "A sentence that greets"),
)

ROUTES = (
    Route("sentence_stop", withdraw_wish, "An explicit opt-out", when=says_stop, rank=3),
    Route("procedure_follow_up", follow_up, "A further question", flow=procedure.FLOW),
    Route("procedure_name", name_it, "The procedure a question was about", flow=procedures.FLOW),
    Route("others_data", refuse, "Other people's data is refused", when=foreign, rank=62),
    *(
        Route(f"sentence_{label}", handler, summary, when=read_as(label), rank=66)
        for label, handler, summary in _BY_LABEL
    ),
    Route(
        "procedure_named",
        about_procedures,
        "A question about a procedure in one's own words",
        when=read_as("procedure_detail", "procedure_search"),
        rank=70,
    ),
)
