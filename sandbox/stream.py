"""Server-sent events: short notices of what changed, so that pages fetch only that."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, Response, request

from .world import World

HEARTBEAT_SECONDS = 15.0


def routes(world: World) -> Blueprint:
    """``/_control/stream``: one line a change, `{"rev", "kind", "subject"}`."""
    rooms = Blueprint("stream", __name__, url_prefix="/_control")

    @rooms.get("/stream")
    def stream() -> Response:
        """Changes from now on, or from `Last-Event-ID` when the browser comes back."""
        last = request.headers.get("Last-Event-ID", "")
        known = last.isascii() and last.isdigit() and int(last) <= world.changes.number
        start = int(last) if known else world.changes.number
        answer = Response(_notices(world, start), mimetype="text/event-stream")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return rooms


def _notices(world: World, rev: int) -> Iterator[str]:
    yield "retry: 1000\n\n"
    while not world.changes.closed:
        if world.changes.wait_beyond(rev, HEARTBEAT_SECONDS) == rev:
            yield ": still here\n\n"
            continue
        # A burst becomes one notice per thing that changed.
        latest: dict[tuple[str, str], int] = {}
        for number, kind, subject in world.changes.since(rev):
            latest[(kind, subject)] = number
            rev = max(rev, number)
        for (kind, subject), number in latest.items():
            notice = json.dumps({"rev": number, "kind": kind, "subject": subject})
            yield f"id: {rev}\ndata: {notice}\n\n"
