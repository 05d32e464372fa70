"""Counting what citizens ask in their own words, so that staff see what is not understood.

Kept are sentences without names and numbers, and how often they came; never who wrote them. What
is said within a conversation that waits for an answer, codes, numbers, names, feedback and wishes
about one's own data are not questions and are not kept.
"""

from __future__ import annotations

import re

from sqlalchemy.exc import SQLAlchemyError

import journal
from bot.event_types import UserText
from bot.router import LAST
from bot.routing import Context, Incoming, Reply, Route
from handlers import understanding
from handlers.plain_sentences import key_of, without_people
from store import asked

#: What these are about is personal, or no question.
_NOT_ASKED = frozenset({"feedback", "opt_out", "opt_in", "link_phone", "menu", "lookup_code"})
_SMALL_TALK = frozenset({"thanks", "abuse", "greeting", "vietnamese", "english"})
_PROCEDURE = ("procedure", "procedure_code")
_LETTERS = re.compile(r"[^\W\d_]")
_FEWEST_LETTERS = 4


def note(incoming: Incoming, context: Context, route: Route, reply: Reply, waited: bool) -> None:
    """Count one sentence in the transaction that answers it; what goes wrong here is only logged.

    ``waited``: a conversation was open when it came.
    """
    if not isinstance(incoming.event, UserText) or incoming.payload:
        return
    if route.flow or route.name in _SMALL_TALK or (waited and route.name == LAST):
        return
    try:
        read = understanding.of(incoming, context)
        named = read.entity_type if read.entity_type not in _PROCEDURE else ""
        if named or read.intent in _NOT_ASKED:
            return
        text = without_people(incoming.text)
        if len(_LETTERS.findall(text)) < _FEWEST_LETTERS:
            return
        with context.session.begin_nested():
            asked.note(
                context.session,
                asked.Sentence(
                    folded=key_of(text),
                    text=text,
                    intent=read.intent,
                    procedure_key=read.entity_value.partition(";")[0][:200],
                    facet=read.facet,
                    understood=route.name != LAST and not reply.lost,
                ),
                context.now,
            )
    except (SQLAlchemyError, ValueError) as error:
        journal.get("asked").error("not_counted", error_type=type(error).__name__)
