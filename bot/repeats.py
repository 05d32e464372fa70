"""Never the same sentence three times running: the third becomes another, then a person."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from bot.messages import Query, Text, to_json
from bot.routing import Context, Reply


def vary(reply: Reply, context: Context, *, lost: bool) -> Reply:
    """``reply``, or another helpful one when it would be the third identical in a row.

    ``lost`` says that nobody understood the citizen, so that they are not told they asked twice.

    Running means within one conversation: the same question tomorrow gets its plain answer.
    """
    if not reply.messages:
        return reply
    chat = context.conversation
    digest = hashlib.sha256(
        json.dumps([to_json(message) for message in reply.messages], sort_keys=True).encode()
    ).hexdigest()
    pause = context.now - chat.updated_at
    running = pause <= timedelta(minutes=context.settings.conversation_minutes)
    chat.repeats = chat.repeats + 1 if running and digest == chat.last_answer else 1
    chat.last_answer = digest
    if chat.repeats < 3:
        return reply
    words = context.words
    first = "repeat.lost" if lost else "repeat.first"
    key = first if chat.repeats % 2 else "repeat.person"
    buttons = (
        Query(words("button.menu"), "#menu"),
        Query(words("button.help"), "#hotro"),
        Query(words("button.human"), "#gapcanbo"),
    )
    return Reply((Text(words(key), buttons),), reply.also)
