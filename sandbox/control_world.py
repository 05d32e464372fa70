"""Control API, the world: clock, faults, switches, tokens, calls, webhooks, templates."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError

from . import asked, console_test
from .citizen import NotPossible
from .clock import VIETNAM
from .control import not_possible, number, parsed, waiting, wrong
from .faults import KINDS, TITLES, FaultOrder
from .switches import Switches
from .webhooks import Delivery
from .world import World
from .zbs_templates import Template


def routes(world: World) -> Blueprint:
    """The rest of ``/_control``."""
    rooms = Blueprint("control_world", __name__, url_prefix="/_control")
    rooms.register_error_handler(ValidationError, wrong)
    rooms.register_error_handler(NotPossible, not_possible)
    _logs(rooms, world)
    _levers(rooms, world)
    _webhook(rooms, world)

    @rooms.get("/state")
    def state() -> Response:
        """Clock, quotas, counters, token, subscription: what the operator page shows on top."""
        return jsonify(snapshot(world))

    @rooms.post("/reset")
    def reset() -> Response:
        """Back to the start: nobody, no messages, preset tokens, real time."""
        world.reset()
        return jsonify(snapshot(world))

    return rooms


def snapshot(world: World) -> dict[str, Any]:
    """The state of everything but people, calls and webhooks."""
    with world.lock():
        now = world.clock.now_ms()
        world.rates.turn(now)
        pair = world.tokens.pair
        return {
            "rev": world.changes.number,
            "clock": clock_view(world),
            "oa": {"id": world.config.oa_id, "name": world.config.oa_name},
            "webhook": {"url": world.webhooks.url, "subscribed": world.webhooks.subscribed},
            "token": {
                "present": pair is not None,
                "access_left_s": max((pair.access_until_ms - now) // 1000, 0) if pair else 0,
                "refresh_left_s": max((pair.refresh_until_ms - now) // 1000, 0) if pair else 0,
            },
            "quotas": {
                "rate_oa_used": world.rates.oa_used,
                "rate_oa": world.switches.rate_oa,
                "rate_app_used": world.rates.app_used,
                "rate_app": world.switches.rate_app,
                "broadcast_remain": world.broadcasts.month_remain,
                "broadcast_total": world.switches.broadcast_monthly_total,
                **world.quotas.view(),
            },
            "counters": dict(world.counters),
            "calls": dict(world.calls.counts),
            "people": len(world.people),
            "faults": [fault.view() for fault in world.faults.all()],
        }


def clock_view(world: World) -> dict[str, Any]:
    """The sandbox's time."""
    return {
        "now": world.clock.now_ms(),
        "local": f"{world.clock.local():%Y-%m-%dT%H:%M:%S%z}",
        "frozen": world.clock.frozen,
    }


def _logs(rooms: Blueprint, world: World) -> None:
    @rooms.get("/calls")
    def calls() -> Response:
        """API calls with `seq` > `after`, `path` as a prefix; waits like the chat does."""
        after, path = number("after", 0), request.args.get("path", "")
        count, limit = max(number("count", 1), 1), min(number("limit", 200), 5000)

        def enough() -> bool:
            found = world.calls.after(after, path, limit)
            return sum(c.took_ms is not None for c in found) >= count

        world.changes.wait_for(enough, waiting())
        found = world.calls.after(after, path, limit)
        return jsonify(calls=[c.view() for c in found], next=found[-1].seq if found else after)

    @rooms.get("/webhooks")
    def webhooks() -> Response:
        """Events with `seq` > `after`, `event` by name, `state` as a filter; waits likewise."""
        after, event = number("after", 0), request.args.get("event", "")
        count, limit = max(number("count", 1), 1), min(number("limit", 200), 5000)
        state = request.args.get("state", "")

        def found() -> list[Delivery]:
            sent = world.webhooks.after(after, event, limit)
            return [d for d in sent if state in ("", d.state)]

        def enough() -> bool:
            return sum(1 for d in found() if d.state != "queued") >= count

        world.changes.wait_for(enough, waiting())
        sent = found()
        return jsonify(webhooks=[d.view() for d in sent], next=sent[-1].seq if sent else after)

    @rooms.get("/idle")
    def idle() -> Response:
        """Wait until no event and no receipt is on its way: `{"idle": true}` when so."""
        end = time.monotonic() + waiting()
        while is_busy(world) and time.monotonic() < end:
            world.changes.wait_beyond(world.changes.number, 0.02)
        return jsonify(idle=not is_busy(world))


def is_busy(world: World) -> bool:
    """Whether a first attempt or a receipt is still on its way."""
    return world.webhooks.busy() or world.schedule.busy()


def _levers(rooms: Blueprint, world: World) -> None:
    @rooms.get("/clock")
    def clock() -> Response:
        """The sandbox's time."""
        return jsonify(clock_view(world))

    @rooms.post("/clock")
    def move() -> Response:
        """`advance` seconds, `set` a moment (ISO 8601 or ms), `freeze` true/false, `reset`."""
        order = parsed(asked.ClockOrder)
        if order.reset:
            world.clock.reset()
        if order.set is not None:
            world.clock.set(_moment(order.set))
        if order.freeze is not None:
            world.clock.freeze(order.freeze)
        if order.advance is not None:
            world.clock.advance(order.advance)
        world.ring("clock")
        return jsonify(clock_view(world))

    @rooms.get("/faults")
    def faults() -> Response:
        """Faults that are on, and the kinds there are."""
        on = [fault.view() for fault in world.faults.all()]
        return jsonify(faults=on, kinds={kind: TITLES[kind] for kind in KINDS})

    @rooms.post("/faults")
    def add_fault() -> tuple[Response, int]:
        """Switch one on: `kind`, `path`, `times`, and `code`, `seconds` or `ms`."""
        fault = world.faults.add(parsed(FaultOrder))
        world.ring("faults")
        return jsonify(fault.view()), 201

    @rooms.delete("/faults")
    def clear_faults() -> Response:
        """Switch all off; hanging answers let go."""
        world.faults.clear()
        world.ring("faults")
        return jsonify(ok=True)

    @rooms.delete("/faults/<int:fault_id>")
    def remove_fault(fault_id: int) -> Response:
        """Switch one off."""
        found = world.faults.remove(fault_id)
        world.ring("faults")
        return jsonify(ok=found)

    @rooms.get("/settings")
    def settings() -> Response:
        """All switches with their titles."""
        titles = {name: f.title for name, f in Switches.model_fields.items()}
        return jsonify(settings=world.switches.model_dump(), titles=titles)

    @rooms.patch("/settings")
    def change_settings() -> Response:
        """Change switches by name."""
        changes = request.get_json(force=True, silent=True)
        if not isinstance(changes, dict):
            abort(422)
        wanted = Switches.model_validate({**world.switches.model_dump(), **changes})
        with world.lock():
            for name in changes:
                setattr(world.switches, name, getattr(wanted, name))
        world.ring("settings")
        return jsonify(settings=world.switches.model_dump())

    @rooms.post("/tokens")
    def tokens() -> Response:
        """`action`: issue, preset (with both tokens), expire, kill_refresh. Gives the pair."""
        order = parsed(asked.TokenOrder)
        with world.lock():
            if order.action == "issue":
                world.tokens.issue()
            elif order.action == "preset":
                world.tokens.preset(order.access_token, order.refresh_token)
            elif order.action == "expire":
                world.tokens.expire_access()
            else:
                world.tokens.kill_refresh()
            pair = world.tokens.pair
        world.ring("tokens")
        if pair is None:
            return jsonify(access_token="", refresh_token="")
        return jsonify(access_token=pair.access, refresh_token=pair.refresh)

    @rooms.get("/templates")
    def templates() -> Response:
        """The registry of ZBS templates."""
        return jsonify(templates=[t.model_dump() for t in world.templates.all()])

    @rooms.put("/templates/<template_id>")
    def put_template(template_id: str) -> Response:
        """Add or replace a template."""
        given = request.get_json(force=True, silent=True) or {}
        template = Template.model_validate({**given, "id": template_id})
        with world.lock():
            world.templates.put(template)
        return jsonify(template.model_dump())


def _webhook(rooms: Blueprint, world: World) -> None:
    @rooms.put("/webhook")
    def register() -> tuple[Response, int]:
        """Save an address as the console does: only if the unsigned probe gets 200."""
        order = parsed(asked.WebhookOrder)
        status = None if order.force else world.webhooks.probe(order.url)
        if status != 200 and not order.force:
            return jsonify(error="Không thể kết nối với webhook", status=status), 409
        world.webhooks.url, world.webhooks.subscribed = order.url, True
        world.ring("subscription")
        return jsonify(url=order.url, status=status), 200

    @rooms.post("/webhook/probe")
    def probe() -> Response:
        """Send the unsigned ``{}`` to the present address."""
        return jsonify(status=world.webhooks.probe(world.webhooks.url))

    @rooms.post("/webhook/test")
    def test() -> Response:
        """Press the console's Test button for `event_name`."""
        order = parsed(asked.TestOrder)
        return jsonify(console_test.send_sample(world, order.event_name).view())

    @rooms.post("/webhook/subscribe")
    def subscribe() -> Response:
        """Switch the subscription on again after it was lost."""
        world.webhooks.subscribed = True
        world.ring("subscription")
        return jsonify(subscribed=True)


def _moment(value: str | int) -> int:
    if isinstance(value, int) or value.isdigit():
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise NotPossible("thời điểm không đúng dạng ISO 8601") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=VIETNAM)
    return int(moment.timestamp() * 1000)
