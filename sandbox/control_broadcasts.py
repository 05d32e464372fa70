"""Control API, broadcasts and articles: look at them, and decide as the reviewers would."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError

from . import asked, broadcast_life
from .broadcasts import Broadcast
from .citizen import NotPossible
from .control import not_possible, number, parsed, waiting, wrong
from .world import World


def routes(world: World) -> Blueprint:
    """``/_control/broadcasts`` and ``/_control/articles``."""
    rooms = Blueprint("control_broadcasts", __name__, url_prefix="/_control")
    rooms.register_error_handler(ValidationError, wrong)
    rooms.register_error_handler(NotPossible, not_possible)

    def broadcast_of(broadcast_id: str) -> Broadcast:
        broadcast = world.broadcasts.get(broadcast_id)
        return broadcast if broadcast else abort(404)

    @rooms.get("/articles")
    def articles() -> Response:
        """Processed articles, newest first."""
        with world.lock():
            return jsonify(articles=[article.view() for article in world.articles.ready()])

    @rooms.get("/broadcasts")
    def broadcasts() -> Response:
        """Broadcasts, `state` as a filter; waits until there are `count` of them."""
        state, count = request.args.get("state", ""), max(number("count", 1), 1)
        world.changes.wait_for(lambda: len(world.broadcasts.all(state)) >= count, waiting())
        with world.lock():
            found = [broadcast.view() for broadcast in world.broadcasts.all(state)]
            return jsonify(broadcasts=found)

    @rooms.get("/broadcasts/<broadcast_id>")
    def one(broadcast_id: str) -> Response:
        """One broadcast."""
        with world.lock():
            return jsonify(broadcast_of(broadcast_id).view())

    @rooms.post("/broadcasts/<broadcast_id>/approve")
    def approve(broadcast_id: str) -> Response:
        """End the review at once; at night it still waits until 06:00. 409 when it is over."""
        with world.lock():
            broadcast = broadcast_of(broadcast_id)
            broadcast_life.approve(world, broadcast)
            return jsonify(broadcast.view())

    @rooms.post("/broadcasts/<broadcast_id>/reject")
    def reject(broadcast_id: str) -> Response:
        """Refuse it with a `reason`. 409 when the review is over."""
        order = parsed(asked.Rejection)
        with world.lock():
            broadcast = broadcast_of(broadcast_id)
            broadcast_life.reject(world, broadcast, order.reason)
            return jsonify(broadcast.view())

    return rooms
