"""ZBS template messages by phone and by UID, and what can be asked about them (protocol 5)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from . import account, delivery, promotions, windows
from .errors import refused, zbs_refused
from .gate import Gate, json_body
from .messages import answer
from .people import Person, normal_phone
from .windows import YEAR_MS
from .world import World
from .zbs_templates import STATES, Template

TRACKING_LIMIT = 48


def routes(world: World) -> Blueprint:
    """The sending addresses of the business host, and the one by UID on the OA host."""
    rooms = Blueprint("zbs", __name__)
    gate = Gate(world)

    @rooms.post("/message/template")
    @gate("zbs")
    def by_phone() -> dict[str, Any]:
        body = json_body("zbs")
        phone = normal_phone(body.get("phone"))
        if phone is None:
            raise zbs_refused(-108)
        return _send(world, body, phone, phone, world.people.by_phone(phone))

    @rooms.post("/message/template/hashphone")
    @gate("zbs")
    def by_hash() -> dict[str, Any]:
        body = json_body("zbs")
        digest = body.get("hash_phone")
        if not isinstance(digest, str) or len(digest) != 64:
            raise zbs_refused(-108)
        found = world.people.by_phone_hash(digest.lower())
        person, phone = found if found else (None, "")
        return _send(world, body, phone, digest.lower(), person)

    @rooms.post("/v3.0/oa/message/template")
    @gate("oa")
    def by_uid() -> dict[str, Any]:
        body = json_body()
        template = world.templates.usable(body.get("template_id"))
        if not template.uid_allowed:
            raise refused(-249)
        data = template.checked(body.get("template_data"))
        uid = body.get("user_id")
        person = world.people.get(uid) if isinstance(uid, str) else None
        if person is None:
            raise refused(-201, "user_id")
        windows.check_user_state(world, person)
        _check_uid_window(world, person)
        promotions.check_by_uid(world, person, template)
        _check_template_limit(world, template)
        account.check(world, template.price_uid, "oa")
        account.charge(world, "zbs_uid", template.price_uid)
        world.quotas.use_template(template.id)
        promotions.count(world, person, template)
        message = _put(world, person, template, data, "template")
        delivery.oa_sent(world, person, message)
        return answer(world, person, message.id, None)

    @rooms.get("/message/status")
    @gate("zbs")
    def status() -> dict[str, Any]:
        known = world.zbs_status.get(request.args.get("message_id", ""))
        if known is None:
            raise zbs_refused(-107)
        return known

    @rooms.get("/message/quota")
    @gate("zbs")
    def quota() -> dict[str, Any]:
        return {
            "dailyQuota": world.switches.zbs_daily_quota,
            "remainingQuota": world.quotas.zbs_remain,
            "dailyQuotaPromotion": None,
            "remainingQuotaPromotion": None,
            "monthlyPromotionQuota": None,
            "remainingMonthlyPromotionQuota": None,
            "estimatedNextMonthPromotionQuota": None,
        }

    @rooms.get("/message/template-tag")
    @gate("zbs")
    def tags() -> list[str]:
        return ["OTP", "IN_TRANSACTION", "POST_TRANSACTION", "PROMOTION"]

    @rooms.get("/quality")
    @gate("zbs")
    def quality() -> dict[str, Any]:
        return {"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"}

    return rooms


def template_routes(world: World) -> Blueprint:
    """Reading the registry of templates."""
    rooms = Blueprint("zbs_templates", __name__)
    gate = Gate(world)

    @rooms.get("/template/all")
    @gate("zbs")
    def listing() -> list[dict[str, Any]]:
        wanted = request.args.get("status", "")
        if wanted and wanted not in ("1", "2", "3", "4", "5"):
            # The request wants a number although the answer gives words (protocol 5.3).
            raise zbs_refused(-132, "status")
        offset, limit = _number("offset", 0, 10**6), _number("limit", 100, 100)
        found = [
            t for t in world.templates.all() if not wanted or t.status == STATES[int(wanted) - 1]
        ]
        return [
            {
                "templateId": int(t.id),
                "templateName": t.name,
                "createdTime": 1_767_200_400_000,
                "status": t.status,
                "templateQuality": t.quality,
            }
            for t in found[offset : offset + limit]
        ]

    @rooms.get("/template/info/v2")
    @gate("zbs")
    def info() -> dict[str, Any]:
        return _info(world.templates.get(request.args.get("template_id", "")))

    @rooms.get("/template/sample-data")
    @gate("zbs")
    def sample() -> dict[str, str]:
        template = world.templates.get(request.args.get("template_id", ""))
        return {p.name: f"{p.name}_mau"[: p.max_length] for p in template.params}

    return rooms


def _send(
    world: World, body: dict[str, Any], phone: str, recipient: str, person: Person | None
) -> dict[str, Any]:
    switches = world.switches
    template = world.templates.usable(body.get("template_id"))
    data = template.checked(body.get("template_data"))
    tracking = body.get("tracking_id", "")
    if not isinstance(tracking, str) or len(tracking) > TRACKING_LIMIT:
        raise zbs_refused(-132, "tracking_id")
    mode = str(body.get("sending_mode", "1"))
    if mode not in ("1", "3"):
        raise zbs_refused(-132, "sending_mode")
    admins = {normal_phone(p) for p in switches.zbs_admin_phones}
    if body.get("mode") == "development" and phone not in admins:
        raise zbs_refused(-127)
    if switches.zbs_night_blocked and world.clock.night():
        raise zbs_refused(-133)
    if person is None and not (switches.unknown_phone_has_zalo and phone):
        raise zbs_refused(-118)
    if person and (person.blocked or world.faults.take(person.id, frozenset({"blocked_user"}))):
        raise zbs_refused(-141)
    if person and person.inactive:
        raise zbs_refused(-119)
    if world.quotas.zbs_remain <= 0:
        raise zbs_refused(-144)
    _check_template_limit(world, template)
    promotions.check_by_phone(world, person, template)
    account.check(world, template.price_sdt, "zbs")
    account.charge(world, "zbs_phone", template.price_sdt)
    world.quotas.use_zbs()
    world.quotas.use_template(template.id)
    promotions.count(world, person, template)
    message = _put(world, person, template, data, "zbs") if person else None
    message_id = message.id if message else world.message_id()
    world.zbs_status[message_id] = {"status": 0, "message": "Message is pushed"}
    delivery.zbs_sent(world, person, message, (recipient, message_id, tracking))
    return {
        "msg_id": message_id,
        "sent_time": str(world.clock.now_ms()),
        "sending_mode": mode,
        "quota": {
            "dailyQuota": str(switches.zbs_daily_quota),
            "remainingQuota": str(world.quotas.zbs_remain),
        },
    }


def _put(world: World, person: Person, template: Template, data: dict[str, str], via: str) -> Any:
    content = {"template_id": template.id, "title": template.title, "data": data}
    text = template.rendered(data)
    return world.add_message(
        person, "oa", "template", text, content=content, buttons=list(template.buttons), via=via
    )


def _check_template_limit(world: World, template: Template) -> None:
    if template.daily_limit is None:
        return
    if world.quotas.template_used(template.id) >= template.daily_limit:
        raise zbs_refused(-147)


def _check_uid_window(world: World, person: Person) -> None:
    if not world.switches.uid_template_needs_year:
        return
    last = person.last_interaction_ms
    if last is None or world.clock.now_ms() - last > YEAR_MS:
        raise refused(-232)


def _info(template: Template) -> dict[str, Any]:
    return {
        "templateId": int(template.id),
        "templateName": template.name,
        "status": template.status,
        "listParams": [
            {
                "name": p.name,
                "require": p.required,
                "type": p.type,
                "maxLength": p.max_length,
                "minLength": p.min_length,
                "acceptNull": not p.required,
            }
            for p in template.params
        ],
        "listButtons": template.buttons,
        "timeout": 15_000 if template.tag == "OTP" else 7_200_000,
        "previewUrl": "",
        "templateQuality": template.quality,
        "templateTag": template.tag,
        "price": str(template.price_sdt),
        "price_sdt": str(template.price_sdt),
        "price_uid": str(template.price_uid),
    }


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise zbs_refused(-132, name)
    return int(text)
