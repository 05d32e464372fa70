"""Chủ đề nhận tin: which announcements reach a follower; dossiers' own news always do."""

from __future__ import annotations

from bot.messages import Query, Text
from bot.phrasing import number
from bot.routing import Context, Incoming, Reply, Route
from handlers.menu import button, menu_button
from notify.broadcasts.topics import BY_KEY, TOPICS
from store import topics as choices
from wording import typed


def topics(incoming: Incoming, context: Context) -> Reply:
    """``#chude [key]``: the list, or one topic switched to the other side."""
    if incoming.argument in BY_KEY:
        return _switch(context, incoming.argument)
    return _listing(context)


def in_flow(incoming: Incoming, context: Context) -> Reply | None:
    """A number of the list."""
    chosen = number(incoming.text)
    if chosen is None or not 1 <= chosen <= len(TOPICS):
        return None
    return _switch(context, TOPICS[chosen - 1].key)


def _switch(context: Context, key: str) -> Reply:
    wanted = not _wanted(context)[key]
    choices.choose(context.session, context.uid, key, wanted, context.now)
    words = context.words
    said = words(
        "topic.switched_on" if wanted else "topic.switched_off", name=words(f"topic.{key}")
    )
    return Reply.of(Text(said), _listing(context).messages)


def _listing(context: Context) -> Reply:
    words, wanted = context.words, _wanted(context)
    lines = [
        words(
            "topic.on" if wanted[topic.key] else "topic.off",
            number=place,
            name=words(f"topic.{topic.key}"),
        )
        for place, topic in enumerate(TOPICS, 1)
    ]
    text = words("topic.list", topics="\n".join(lines))
    context.expect("topics", "choose")
    if context.follower.notify:
        return Reply.of(Text(text, (button(words, "stop", "#dung"), menu_button(words))))
    text = f"{text}\n{words('topic.muted')}"
    return Reply.of(Text(text, (button(words, "start", "#bat"), menu_button(words))))


def _wanted(context: Context) -> dict[str, bool]:
    own = choices.chosen(context.session, context.uid)
    return {topic.key: own.get(topic.key, topic.wanted) for topic in TOPICS}


def topics_button(context: Context) -> Query:
    """The way to the topics, for answers about notices."""
    return Query(context.words("topic.button"), "#chude")


ROUTES = (
    Route(
        "topics",
        topics,
        "Topics of announcements, each switched on or off",
        payloads=("#chude",),
        words=typed("typed.topics"),
        rank=1,
    ),
    Route("topics-flow", in_flow, "Which topic to switch", flow="topics"),
)
