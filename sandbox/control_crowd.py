"""Control API, crowds: thousands of people at once, and a count of what reached them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError

from . import asked
from .control import number, parsed, set_traits, wrong
from .people import Person
from .world import World


def routes(world: World) -> Blueprint:
    """``/_control/people/bulk`` and ``/_control/people/tally``."""
    rooms = Blueprint("control_crowd", __name__, url_prefix="/_control/people")
    rooms.register_error_handler(ValidationError, wrong)

    @rooms.post("/bulk")
    def bulk() -> tuple[Response, int]:
        """Add `count` people: their UIDs as `ids` and one number each as `phones`, in order.

        They are there as if for long: no event tells the product of their following.
        """
        order = parsed(asked.NewCrowd)
        with world.lock():
            crowd = world.people.crowd(order.count, order.prefix)
            for person in crowd:
                person.follower = order.follow
                set_traits(person, order)
            if order.interacted_hours_ago is not None:
                last = world.clock.now_ms() - round(order.interacted_hours_ago * 3_600_000)
                for person in crowd:
                    person.last_interaction_ms, person.ever_wrote = last, True
            world.ring("person")
        phones = [person.phones[0] for person in crowd]
        return jsonify(ids=[person.id for person in crowd], phones=phones), 201

    @rooms.get("/tally")
    def tally() -> Response:
        """How many people got 0, 1 or more messages of the OA, for each kind and for any kind.

        Counted are messages with `seq` > `after` in their chat, `time` >= `since` (ms), `text` in
        them and, when given, of this `kind` or `via`; people whose name starts with `prefix`.
        """
        asked_for = request.args
        prefix, text = asked_for.get("prefix", ""), asked_for.get("text", "")
        kind, via = asked_for.get("kind", ""), asked_for.get("via", "")
        after, since = number("after", 0), number("since", 0)

        def kinds_of(person: Person) -> Counter[str]:
            return Counter(
                message.kind
                for message in person.messages
                if message.side == "oa"
                and message.seq > after
                and message.time_ms >= since
                and text in message.text
                and kind in ("", message.kind)
                and via in ("", message.via)
            )

        with world.lock():
            people = [p for p in world.people.all() if p.name.startswith(prefix)]
            counts = [kinds_of(person) for person in people]
        seen = {name for count in counts for name in count} | ({kind} if kind else set())
        return jsonify(
            people=len(people),
            any=_spread(count.total() for count in counts),
            kinds={name: _spread(count[name] for count in counts) for name in sorted(seen)},
        )

    return rooms


def _spread(numbers: Iterable[int]) -> dict[str, int]:
    spread = Counter(min(number, 2) for number in numbers)
    return {"0": spread[0], "1": spread[1], "2+": spread[2]}
