"""A message as a ZBS template: settings name the template and say where its parameters come from.

``ZBS_TEMPLATES`` holds, per message kind, ``{"template_id": "...", "params": {...}}``; a parameter
is ``"{code}"``, a sentence with facts in braces, or ``{"value": "{code}", "type": "code"}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.messages import Message, Template, shorten
from settings import Settings

#: Largest number of characters of each parameter type (protocol 5.3).
LIMITS = {
    "name": 30,
    "phone": 15,
    "address": 200,
    "code": 30,
    "label": 30,
    "status": 30,
    "contact": 50,
    "title": 5,
    "brand": 200,
    "amount": 20,
    "time": 20,
    "otp": 10,
    "url": 200,
    "vnd": 12,
    "note": 90,
}
#: The type of a parameter that holds one fact of this name and does not say its own.
_TYPES = {
    "code": "code",
    "name": "name",
    "state": "status",
    "date": "time",
    "promised": "time",
    "phone": "phone",
    "otp": "otp",
    "reason": "note",
    "url": "url",
    "fee": "vnd",
}
#: Every fact a parameter may name; which of them a message has depends on its kind.
FACTS = frozenset(
    [
        "code",
        "code_tail",
        "name",
        "state",
        "step",
        "procedure",
        "field",
        "unit",
        "agency",
        "date",
        "received",
        "promised",
        "reason",
        "next",
        "otp",
    ]
)
#: Kinds that know less than a dossier's change does.
_FACTS_OF = {
    "otp": frozenset({"otp"}),
    "status_hint": frozenset({"code_tail"}),
    "feedback_answer": frozenset({"code"}),
    "feedback_rating": frozenset({"code"}),
}
_OF_DOSSIERS = FACTS - {"otp", "code_tail"}
_LONGEST = 200
_FACT = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
#: Zalo refuses an empty parameter (-1122): say that there is nothing to say.
_NOTHING = "-"


def facts_of(kind: str) -> frozenset[str]:
    """The facts messages of a kind carry; a template that names another one is never sent."""
    return _FACTS_OF.get(kind, _OF_DOSSIERS)


def configured(kind: str, settings: Settings) -> Mapping[str, Any] | None:
    """The template set for a kind, else for what stands before its last underscore."""
    while kind:
        found = settings.zbs_templates.get(kind)
        if found is not None:
            return found
        kind = kind.rpartition("_")[0]
    return None


def unusable(settings: Settings) -> list[str]:
    """What is wrong with the templates of settings, a sentence each: such a one is never sent."""
    found = []
    for kind, chosen in settings.zbs_templates.items():
        if not str(chosen.get("template_id", "")).strip():
            found.append(f"ZBS_TEMPLATES: {kind} has no template_id")
        params = chosen.get("params") or {}
        if not isinstance(params, Mapping):
            found.append(f"ZBS_TEMPLATES: params of {kind} must be an object")
            continue
        for name, wanted in params.items():
            pattern = wanted.get("value", "") if isinstance(wanted, Mapping) else wanted
            unknown = sorted(set(_FACT.findall(str(pattern))) - facts_of(kind))
            if unknown:
                known = ", ".join(sorted(facts_of(kind)))
                found.append(
                    f"ZBS_TEMPLATES: {kind}.{name} names {', '.join(unknown)}; known are {known}"
                )
    return found


def as_template(
    kind: str,
    facts: Mapping[str, str],
    message: Message | None,
    tracking_id: str,
    settings: Settings,
) -> Template | None:
    """The template message for a kind and its facts; None when none is set or a fact is missing.

    A message that is a template already goes as it is when settings say nothing else.
    """
    chosen = configured(kind, settings)
    if chosen is None:
        if isinstance(message, Template):
            return Template(message.template_id, message.data, tracking_id)
        return None
    params = chosen.get("params") or {}
    if not isinstance(params, Mapping):
        return None
    data: dict[str, str] = {}
    for name, wanted in params.items():
        value = _value(wanted, facts)
        if value is None:
            return None
        data[str(name)] = value
    try:
        return Template(str(chosen.get("template_id", "")), data, tracking_id)
    except ValueError:
        return None


def _value(wanted: object, facts: Mapping[str, str]) -> str | None:
    pattern, most = rule_of(wanted)
    if any(name not in facts for name in _FACT.findall(pattern)):
        return None
    text = _FACT.sub(lambda found: str(facts[found[1]]), pattern)
    return shorten(text, most) or _NOTHING


def rule_of(wanted: object) -> tuple[str, int]:
    """What a parameter's setting says: its pattern, and how many characters it is shortened to."""
    pattern, kind = str(wanted), ""
    if isinstance(wanted, Mapping):
        pattern, kind = str(wanted.get("value", "")), str(wanted.get("type", ""))
    names = _FACT.findall(pattern)
    if not kind and len(names) == 1:
        kind = _TYPES.get(names[0], "")
    return pattern, LIMITS.get(kind, _LONGEST)
