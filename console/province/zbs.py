"""ZBS template mapping: per message kind a template of Zalo and where its parameters come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request, url_for

from bot.outcomes import CallFailed, TemplateInfo, TemplateSummary
from console.access import Act
from console.frame import Answer, Console
from console.province.groups import base_of, save, told_by
from console.versions import Held, held
from content import checks, zbs
from content.groups import BY_KEY
from notify.templates import LIMITS, facts_of
from store import content as table

_GROUP = BY_KEY["zbs"]
_MOST_PARAMETERS = 20
_LIST_LIFE = timedelta(seconds=30)
_UNREACHABLE = (
    "Chưa hỏi được Zalo, nên không kiểm tra được mẫu. Bảng dưới đây vẫn sửa và lưu được; nhập mã "
    "mẫu và tên tham số bằng tay. "
)


@dataclass
class Chosen:
    """What the form says about one kind."""

    template_id: str
    params: list[dict[str, str]]

    def body(self) -> dict[str, Any]:
        """As the setting keeps it; a type only where one was chosen."""
        named = [one for one in self.params if one["name"]]
        return {
            "template_id": self.template_id,
            "params": {
                one["name"]: {"value": one["value"], "type": one["type"]}
                if one["type"]
                else one["value"]
                for one in named
            },
        }


def add(console: Console) -> None:
    """Add the list of kinds and the page of one kind."""

    listed = TemplateList(console)

    @console.page("/cai-dat/zbs", may=Act.settings, confirm=True)
    def zbs_kinds() -> Answer:
        before = held(console, table.SETTINGS, _GROUP.key)
        templates, problem = listed.now()
        known = {one.template_id: one for one in templates}
        return console.show(
            "province/zbs.html",
            kinds=zbs.KINDS,
            chosen=console.settings.zbs_templates,
            known=known,
            templates=templates,
            states=zbs.STATES,
            problem=problem,
            version=before.version,
            changed=bool(before.body),
            history=told_by(_GROUP, before),
            restore=url_for("console.setting_restore", key=_GROUP.key),
        )

    @console.page("/cai-dat/zbs/<kind>", may=Act.settings, methods=["GET", "POST"], confirm=True)
    def zbs_kind(kind: str) -> Answer:
        if kind not in zbs.KINDS:
            return console.missing()
        before = held(console, table.SETTINGS, _GROUP.key)
        if request.method == "GET":
            return _page(console, listed, kind, before, _present(console, kind))
        told, act = _told(), request.form.get("do", "")
        if act == "add":
            told.params.append({"name": "", "value": "", "type": ""})
        elif act.startswith("remove:"):
            told.params = [p for at, p in enumerate(told.params) if f"remove:{at}" != act]
        elif act == "fetch":
            return _page(console, listed, kind, before, told, fetch=True)
        elif act == "check":
            return _page(console, listed, kind, before, told, check=True)
        elif act in ("", "save", "clear"):
            return _save(console, listed, kind, before, None if act == "clear" else told)
        return _page(console, listed, kind, before, told)


def _save(
    console: Console, listed: TemplateList, kind: str, before: Held, told: Chosen | None
) -> Answer:
    mapped = {name: value for name, value in console.settings.zbs_templates.items() if name != kind}
    if told is not None:
        mapped[kind] = told.body()
    values, wrong = checks.with_changes(base_of(console), {"zbs_templates": mapped})
    if wrong:
        return _page(console, listed, kind, before, told or _present(console, kind), wrong=wrong)
    return save(console, _GROUP, values, before)


def _present(console: Console, kind: str) -> Chosen:
    chosen = console.settings.zbs_templates.get(kind, {})
    params = chosen.get("params")
    rows = []
    for name, wanted in (params if isinstance(params, dict) else {}).items():
        deep = isinstance(wanted, dict)
        value = str(wanted.get("value", "")) if deep else str(wanted)
        rows.append({"name": name, "value": value, "type": str(wanted["type"]) if deep else ""})
    return Chosen(str(chosen.get("template_id", "")), rows)


def _told() -> Chosen:
    columns = [
        [value.strip()[:200] for value in request.form.getlist(name)[:_MOST_PARAMETERS]]
        for name in ("name", "value", "type")
    ]
    rows = [
        {"name": name, "value": value, "type": kind if kind in LIMITS else ""}
        for name, value, kind in zip(*columns, strict=False)
    ]
    return Chosen(request.form.get("template_id", "").strip()[:64], rows)


def _page(
    console: Console,
    listed: TemplateList,
    kind: str,
    before: Held,
    told: Chosen,
    *,
    wrong: dict[str, str] | None = None,
    fetch: bool = False,
    check: bool = False,
) -> Response:
    templates, problem = listed.now()
    info, asked = None, told.template_id and (fetch or check)
    if asked and not problem:
        info, problem = _info(console, told.template_id)
    if info and fetch:
        told.params = _completed(told.params, info)
    findings = zbs.check(told.body(), kind, info, console.settings) if info else []
    return console.show(
        "province/zbs_kind.html",
        status=422 if wrong else 200,
        kind=kind,
        words=zbs.KINDS[kind],
        told=told,
        templates=templates,
        states=zbs.STATES,
        facts={name: told for name, told in zbs.FACT_WORDS.items() if name in facts_of(kind)},
        types=sorted(LIMITS.items()),
        problem=problem,
        errors=wrong or {},
        info=info,
        findings=findings,
        sample=zbs.sample(told.body(), kind, console.settings) if told.template_id else {},
        version=before.version,
    )


def _completed(rows: list[dict[str, str]], info: TemplateInfo) -> list[dict[str, str]]:
    """A row for each parameter of the template; what was filled in stays."""
    known = {row["name"]: row for row in rows}
    blank = {"value": "", "type": ""}
    return [known.get(one.name, {"name": one.name, **blank}) for one in info.parameters]


class TemplateList:
    """Zalo's list of templates, asked at most twice a minute: pages stay fast while it is away."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._at: datetime | None = None
        self._held: tuple[tuple[TemplateSummary, ...], str] = ((), "")

    def now(self) -> tuple[tuple[TemplateSummary, ...], str]:
        """The templates, or none and a sentence why not."""
        now = self._console.clock.now()
        if self._at is None or not timedelta(0) <= now - self._at < _LIST_LIFE:
            self._held, self._at = self._ask(), now
        return self._held

    def _ask(self) -> tuple[tuple[TemplateSummary, ...], str]:
        try:
            return self._console.zalo.template_list().templates, ""
        except CallFailed as error:
            return (), _UNREACHABLE + _why(error)


def _info(console: Console, template_id: str) -> tuple[TemplateInfo | None, str]:
    try:
        return console.zalo.template_info(template_id), ""
    except CallFailed as error:
        return None, f"Zalo không cho biết mẫu {template_id}. {_why(error)}"


def _why(error: CallFailed) -> str:
    code = getattr(error, "code", None)
    return f"Zalo trả lời mã {code}." if code else "Không có trả lời đọc được từ Zalo."
