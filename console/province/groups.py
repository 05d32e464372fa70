"""Settings in groups: what the environment says, what staff changed, who and when."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from console.access import Act
from console.frame import Answer, Console
from console.versions import OUTDATED, Held, Outdated, held, keep, number
from content import checks, fields
from content.groups import BY_KEY, GROUPS, Group
from content.live import LiveSettings
from settings import Settings
from store import content as table

#: Groups with pages of their own, and where those are.
PAGES = {"lich": "working_time", "zbs": "zbs_kinds", "huong-dan": "guide_list"}


def add(console: Console) -> None:
    """Add the list of groups and the page of a plain group."""
    console.nav("Cài đặt", "setting_groups", Act.settings, "Hệ thống")

    @console.page("/cai-dat", may=Act.settings)
    def setting_groups() -> Answer:
        with console.database.read() as session:
            changed = {row.key: row for row in table.of_kind(session, table.SETTINGS)}
        return console.show("province/groups.html", listed=GROUPS, changed=changed, pages=PAGES)

    @console.page("/cai-dat/<key>", may=Act.settings, methods=["GET", "POST"], confirm=True)
    def setting_group(key: str) -> Answer:
        group = BY_KEY.get(key)
        if group is None:
            return console.missing()
        if group.own_page:
            return console.redirect(url_for(f"console.{PAGES[key]}"))
        before = held(console, table.SETTINGS, key)
        if request.method == "GET":
            return _page(console, group, before)
        if request.form.get("do") == "reset":
            return save(console, group, {}, before)
        told = {one.name: fields.given(one, request.form) for one in group.names}
        values, wrong = checks.with_changes(base_of(console), told)
        if wrong:
            return _page(console, group, before, told, wrong)
        return save(console, group, values, before)

    @console.page("/cai-dat/<key>/khoi-phuc", may=Act.settings, methods=["POST"], confirm=True)
    def setting_restore(key: str) -> Answer:
        group = BY_KEY.get(key)
        before = held(console, table.SETTINGS, key)
        body = before.at(number(request.form.get("number", "")))
        if group is None or body is None:
            return console.missing()
        values, wrong = checks.with_changes(base_of(console), body)
        if wrong:
            said = "Bản cũ có giá trị nay không dùng được nữa: " + " ".join(wrong.values())
            return console.refuse(said, back=_address(group))
        return save(console, group, values, before)


def base_of(console: Console) -> Settings:
    """The settings of the environment, under everything staff changed."""
    settings = console.settings
    return settings.shipped if isinstance(settings, LiveSettings) else settings


def save(console: Console, group: Group, values: dict[str, Any], before: Held) -> Answer:
    """Keep checked values, those that differ from the environment's; then back to the page."""
    base = base_of(console)
    body = {
        name: fields.plain(value) for name, value in values.items() if value != getattr(base, name)
    }
    try:
        new = keep(console, table.SETTINGS, group.key, body)
    except Outdated:
        return console.refuse(OUTDATED, back=_address(group))
    said = "Không có gì thay đổi." if new == before.version else "Đã lưu, có hiệu lực sau vài giây."
    return console.redirect(_address(group), said)


def _address(group: Group) -> str:
    if group.own_page:
        return url_for(f"console.{PAGES[group.key]}")
    return url_for("console.setting_group", key=group.key)


def told_by(group: Group, history: Held) -> list[dict[str, Any]]:
    """The versions of a group in words, newest first: who, when, which values."""
    labels = {one.name: one.label for one in group.names}
    return [
        {
            "version": one.version,
            "at": one.created_at,
            "by": one.changed_by,
            "values": [
                (labels[name], fields.words(value))
                for name, value in one.body.items()
                if name in labels and not isinstance(value, dict)
            ],
        }
        for one in history.history
    ]


def _page(
    console: Console,
    group: Group,
    before: Held,
    told: dict[str, Any] | None = None,
    wrong: dict[str, str] | None = None,
) -> Response:
    listed = [fields.shown(one, console.settings, base_of(console)) for one in group.names]
    return console.show(
        "province/group.html",
        status=422 if wrong else 200,
        group=group,
        listed=listed,
        told=told,
        errors=wrong or {},
        summary={
            one.name: f"{one.label}: {wrong[one.name]}" for one in group.names if one.name in wrong
        }
        if wrong
        else {},
        version=before.version,
        changed=bool(before.body),
        history=told_by(group, before),
    )
