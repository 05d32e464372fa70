"""Control API, people: add them and act for them. Tests and the phone page live on it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import BaseModel, ValidationError

from . import asked, citizen
from .citizen import NotPossible
from .people import TRAITS, ChatMessage, Person
from .world import World

M = TypeVar("M", bound=BaseModel)
LONGEST_WAIT = 60.0
FILE_LIMIT = 5 * 1024 * 1024


def routes(world: World) -> Blueprint:
    """``/_control/people`` and what hangs below it; every address answers JSON."""
    rooms = Blueprint("control", __name__, url_prefix="/_control")
    rooms.register_error_handler(ValidationError, wrong)
    rooms.register_error_handler(NotPossible, not_possible)

    def person_of(uid: str) -> Person:
        person = world.people.get(uid)
        return person if person else abort(404)

    @rooms.get("/people")
    def people() -> Response:
        """Everybody, or the first `limit`, with unread marks and the last line of the chat."""
        with world.lock():
            views = [p.view() for p in world.people.all()[: number("limit", 100_000)]]
            return jsonify(
                people=views,
                total=len(world.people),
                rev=world.changes.number,
                time=world.clock.now_ms(),
            )

    @rooms.post("/people")
    def add() -> tuple[Response, int]:
        """Add a citizen: `name`, `phone` or `phones`, `has_zalo`, `follow`, traits."""
        order = parsed(asked.NewPerson)
        phones = [p for p in dict.fromkeys([order.phone, *order.phones]) if p]
        with world.lock():
            person = world.people.add(order.name, phones, order.has_zalo)
            set_traits(person, order)
            world.ring("person", person.id)
        if order.follow:
            citizen.follow(world, person)
        return jsonify(person.view()), 201

    @rooms.get("/people/<uid>")
    def one(uid: str) -> Response:
        """One citizen."""
        with world.lock():
            return jsonify(person_of(uid).view())

    @rooms.patch("/people/<uid>")
    def change(uid: str) -> Response:
        """Change name, phones, how the account stands, or what a broadcast is aimed by."""
        order, person = parsed(asked.PersonPatch), person_of(uid)
        with world.lock():
            for name, value in order.model_dump(exclude_none=True, exclude={"phones"}).items():
                setattr(person, name, value)
            if order.phones is not None:
                world.people.set_phones(person, order.phones)
            set_traits(person, order)
            world.ring("person", person.id)
            return jsonify(person.view())

    @rooms.get("/people/<uid>/chat")
    def chat(uid: str) -> Response:
        """Messages with `seq` > `after` (or `rev` > `rev`), waiting up to `wait` seconds.

        `from` = oa, user or notice; `count` = how many to wait for; `hidden` = 0 leaves out
        button payloads that the citizen does not see.
        """
        person = person_of(uid)
        after, rev, count = number("after", 0), number("rev", 0), number("count", 1)
        side, shown = request.args.get("from", ""), request.args.get("hidden", "1") == "1"
        missing = max(count, 1)

        def found() -> list[ChatMessage]:
            return [
                m
                for m in person.messages
                if m.seq > after
                and m.rev > rev
                and side in ("", m.side)
                and (shown or not m.hidden)
            ]

        def enough() -> list[ChatMessage] | None:
            lines = found()
            return lines if len(lines) >= missing else None

        world.changes.wait_for(enough, waiting())
        with world.lock():
            lines = found()
            return jsonify(
                messages=[m.view() for m in lines],
                next=max([m.seq for m in lines], default=after),
                rev=world.changes.number,
                person=person.view(),
            )

    actions: dict[str, Callable[[Person], Any]] = _actions(world)

    @rooms.post("/people/<uid>/<action>")
    def act(uid: str, action: str) -> Response:
        """Act for the citizen; the actions are listed in ``docs/sandbox.md``."""
        run, person = actions.get(action), person_of(uid)
        if run is None:
            abort(404)
        result = run(person)
        if isinstance(result, ChatMessage):
            result = {"message": result.view()}
        return jsonify({"ok": True, **(result or {}), "person": person.view()})

    return rooms


def _actions(world: World) -> dict[str, Callable[[Person], Any]]:
    def text(person: Person) -> ChatMessage:
        order = parsed(asked.SendText)
        return citizen.send_text(
            world, person, order.text, quote_id=order.quote_id, hidden=order.hidden
        )

    def file(person: Person) -> ChatMessage:
        name, body, caption = _sent_file()
        with world.lock():
            stored = world.shelf.keep(name, body)
        return citizen.send_file(world, person, stored, caption)

    def sticker(person: Person) -> ChatMessage:
        return citizen.send_sticker(world, person, parsed(asked.SendSticker).sticker)

    def location(person: Person) -> ChatMessage:
        order = parsed(asked.SendLocation)
        return citizen.send_location(
            world, person, f"{order.latitude:.6f}", f"{order.longitude:.6f}"
        )

    def card(person: Person) -> ChatMessage:
        order = parsed(asked.SendCard)
        return citizen.send_card(world, person, order.name, order.phone)

    def press(person: Person) -> dict[str, Any]:
        return citizen.press(world, person, _button(person, parsed(asked.Press)))

    def submit(person: Person) -> None:
        order = parsed(asked.SubmitInfo)
        form = person.find(order.message_id) if order.message_id else _latest_form(person)
        info = order.model_dump(exclude={"message_id"})
        citizen.submit_info(world, person, form, info)

    def react(person: Person) -> None:
        order = parsed(asked.React)
        message = person.find(order.message_id)
        if message is None:
            raise NotPossible("không có tin nhắn này")
        citizen.react(world, person, message, order.icon)

    def staff(person: Person) -> ChatMessage:
        order = parsed(asked.StaffText)
        return citizen.staff_writes(world, person, order.text, order.admin_id)

    return {
        "follow": lambda p: citizen.follow(world, p, parsed(asked.Follow).source),
        "unfollow": lambda p: citizen.unfollow(world, p),
        "block": lambda p: citizen.block(world, p, parsed(asked.Flag).on),
        "unblock": lambda p: citizen.block(world, p, False),
        "chatnow": lambda p: {"event": citizen.chat_now(world, p)},
        "withdraw": lambda p: citizen.withdraw(world, p),
        "open": lambda p: citizen.open_chat(world, p, parsed(asked.Flag).on),
        "text": text,
        "image": file,
        "file": file,
        "sticker": sticker,
        "location": location,
        "card": card,
        "press": press,
        "submit_info": submit,
        "react": react,
        "staff": staff,
    }


def set_traits(person: Person, order: asked.Traits) -> None:
    """Take over what the order says of the person's age, gender, place and phone (3.4)."""
    # What was named is set, None included: null makes a trait unknown again.
    for name in order.model_fields_set.intersection(TRAITS):
        setattr(person, name, getattr(order, name))


def parsed(model: type[M]) -> M:
    """The request's JSON as `model`; a `ValidationError` names the wrong field."""
    return model.model_validate(request.get_json(force=True, silent=True) or {})


def waiting() -> float:
    """The `wait` parameter in seconds, at most a minute."""
    try:
        return min(max(float(request.args.get("wait", "0")), 0.0), LONGEST_WAIT)
    except ValueError:
        return 0.0


def _button(person: Person, order: asked.Press) -> dict[str, Any]:
    if not order.message_id and order.payload and not order.title:
        kind = "oa.query.show" if order.show else "oa.query.hide"
        return {"title": "", "type": kind, "payload": order.payload}
    message = person.find(order.message_id) if order.message_id else None
    known = [message] if message else list(reversed(person.messages))
    for candidate in known:
        buttons = [*candidate.buttons, *_element_actions(candidate)]
        for position, button in enumerate(buttons):
            if _meant(order, position, button):
                return button
    raise NotPossible("không có nút này")


def _meant(order: asked.Press, position: int, button: dict[str, Any]) -> bool:
    if order.title:
        return bool(button.get("title") == order.title)
    if order.payload:
        return bool(button.get("payload") == order.payload)
    return position == (order.index or 0)


def _element_actions(message: ChatMessage) -> list[dict[str, Any]]:
    elements = message.content.get("elements", [])
    return [
        {**element["default_action"], "title": element["title"]}
        for element in elements
        if element.get("default_action")
    ]


def _latest_form(person: Person) -> ChatMessage | None:
    return next((m for m in reversed(person.messages) if m.kind == "form"), None)


def _sent_file() -> tuple[str, bytes, str]:
    sent = request.files.get("file")
    if sent:
        name, body = (sent.filename or "tep")[:200], sent.read()
        caption = request.form.get("caption", "")[:2000]
    else:
        order = parsed(asked.SendFile)
        name, caption = order.name, order.caption
        try:
            body = base64.b64decode(order.base64, validate=True)
        except (binascii.Error, ValueError):
            raise NotPossible("base64 không đúng") from None
    if not body or len(body) > FILE_LIMIT:
        raise NotPossible("tệp rỗng hoặc lớn hơn 5 MB")
    return name, body, caption


def number(name: str, default: int) -> int:
    """A query parameter as a whole number; `default` when absent or odd."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else default


def wrong(error: ValidationError) -> tuple[Response, int]:
    """422 with one sentence a field."""
    fields = {".".join(map(str, e["loc"])) or "body": e["msg"] for e in error.errors()}
    return jsonify(error="dữ liệu không hợp lệ", fields=fields), 422


def not_possible(error: NotPossible) -> tuple[Response, int]:
    """409 with the reason."""
    return jsonify(error=str(error)), 409
