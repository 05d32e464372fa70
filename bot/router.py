"""One way for text, buttons and events to the handler that answers them (routes of `handlers`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.events import (
    Event,
    ResponseButton,
    UserBusinessCard,
    UserLink,
    UserMessage,
)
from bot.messages import clean
from bot.phrasing import Phrases, number
from bot.routing import MENU, Attached, Context, Incoming, Reply, Route
from dossiers.names import fold

#: Routes with a smaller rank are asked before an open flow: the way back, stop, erase, a person.
BEFORE_FLOW = 10
#: The route that answers when nobody else does; it must exist and must always answer.
LAST = "fallback"
_TEXT_LIMIT = 4000
_PAYLOAD = re.compile(r"(#[^\s#]+)(?:\s+(.*))?", re.DOTALL)

Handled = tuple[Route, Reply]


class RoutingError(Exception):
    """The list of routes is wrong; the text says which route."""


def read(
    event: Event,
    scanned: tuple[str, ...] | None = None,
    attached: tuple[Attached, ...] | None = None,
) -> Incoming:
    """What a citizen said with this event, as handlers read it (`Incoming`)."""
    return replace(read_text(event, _spoken(event)), scanned=scanned, attached=attached)


def read_text(event: Event, spoken: str) -> Incoming:
    """``spoken`` as if it had been typed: words, or a command and what follows it."""
    text = clean(spoken)[:_TEXT_LIMIT]
    found = _PAYLOAD.fullmatch(text)
    if found is None:
        return Incoming(event, text, fold(text))
    return Incoming(event, text, fold(text), found[1].lower(), (found[2] or "").strip())


def _spoken(event: Event) -> str:
    # A contact's name is about somebody else, so it is not what the citizen said.
    if isinstance(event, UserBusinessCard):
        return ""
    if isinstance(event, UserLink):
        links = [one.url or one.description or "" for one in event.attachments]
        return event.text or next((link for link in links if link), "")
    if isinstance(event, UserMessage | ResponseButton):
        return event.text or ""
    return ""


class Router:
    """Asks routes in the order `bot.routing.Route` promises until one answers.

    The menu's numbers stand for its payloads, but an open flow that wants digits is asked first.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes: Sequence[Route] = sorted(routes, key=lambda route: route.rank)
        self._phrases = {route.name: Phrases(route.words) for route in self.routes}
        self._payloads: dict[str, list[Route]] = {}
        names = [route.name for route in self.routes]
        for name in names:
            if names.count(name) > 1:
                raise RoutingError(f"two routes are called {name}")
        if LAST not in names:
            raise RoutingError(f"there is no route called {LAST}")
        self._last = next(route for route in self.routes if route.name == LAST)
        for route in self.routes:
            for payload in route.payloads:
                self._payloads.setdefault(payload.lower(), []).append(route)

    def route(
        self, incoming: Incoming, context: Context, only: Collection[str] | None = None
    ) -> Handled | None:
        """The route that answered and what it said.

        A flow nobody continued in time is dropped first. A route that takes over from another's
        open flow ends it, unless it opened one itself. With ``only``, other routes are not asked
        and nobody answering gives None; without, there is always an answer.
        """
        self._drop_expired(context)
        before = context.conversation.data
        owner = context.conversation.flow
        for route, navigates in self._candidates(incoming, context):
            if only is not None and route.name not in only:
                continue
            reply = route.handler(incoming, context)
            if reply is None:
                continue
            untouched = context.conversation.data is before
            if navigates and untouched and owner and route.flow != owner:
                context.done()
            self._set_expiry(context)
            return route, reply
        if only is not None:
            return None
        raise RoutingError(f"the route {LAST} did not answer")

    def _candidates(self, incoming: Incoming, context: Context) -> Iterable[tuple[Route, bool]]:
        """Routes to ask, in order, each with whether answering means leaving an open flow."""
        for route in self.routes:
            if route.events and isinstance(incoming.event, route.events):
                yield route, False
        for route in self._payloads.get(incoming.payload, ()) if incoming.payload else ():
            yield route, True
        if incoming.text:
            yield from self._spoken_to(incoming, context, lambda rank: rank < BEFORE_FLOW)
        flow = context.conversation.flow
        if flow:
            for route in self.routes:
                if route.flow == flow:
                    yield route, False
        chosen = number(incoming.text) or 0
        if 1 <= chosen <= len(MENU):
            for route in self._payloads.get(MENU[chosen - 1], ()):
                yield route, True
        if incoming.text:
            yield from self._spoken_to(incoming, context, lambda rank: rank >= BEFORE_FLOW)
        yield self._last, False

    def _spoken_to(
        self, incoming: Incoming, context: Context, wanted: Callable[[int], bool]
    ) -> Iterable[tuple[Route, bool]]:
        for route in self.routes:
            if route.name == LAST or not wanted(route.rank):
                continue
            if self._phrases[route.name].match(incoming.text) or (
                route.when is not None and route.when(incoming, context)
            ):
                yield route, True

    @staticmethod
    def _drop_expired(context: Context) -> None:
        conversation = context.conversation
        if conversation.flow and conversation.expires_at and context.now > conversation.expires_at:
            context.done()

    @staticmethod
    def _set_expiry(context: Context) -> None:
        minutes = context.settings.conversation_minutes
        context.conversation.expires_at = (
            context.now + timedelta(minutes=minutes) if context.conversation.flow else None
        )
