"""Dịch vụ công trực tuyến: by field or agency, with counts of toàn trình and một phần."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Button, OpenUrl, split
from bot.routing import Context, Incoming, Reply, Route
from handlers import procedures
from handlers.menu import button, menu_button
from procedures import services
from procedures.search import Entry, index_of
from procedures.services import FULL, Group
from wording import typed

_BY = {"linhvuc": services.by_field, "coquan": services.by_agency}
_NAME_LIMIT = 160


def listed(incoming: Incoming, context: Context) -> Reply:
    """``#dvctt [linhvuc|coquan] [page]``: the groups with their counts."""
    words = context.words
    kind, _, page = incoming.argument.partition(" ")
    kind = kind if kind in _BY else "linhvuc"
    groups = _groups(kind, context)
    if not groups:
        opens = OpenUrl(words("button.open_portal"), context.settings.portal_url)
        return Reply.of(split(words("services.none"), (opens, menu_button(words))))
    full, part = (sum(group.full for group in groups), sum(group.part for group in groups))
    at, pages, shown = procedures.paged(groups, page)
    lines = [words("services.title", total=full + part, full=full, part=part)]
    lines += [
        words(
            "services.field_line", number=n, name=_name(one, context), full=one.full, part=one.part
        )
        for n, one in enumerate(shown, 1)
    ]
    lines.append(words("services.choose"))
    buttons: list[Button] = []
    if at < pages:
        lines.append(words("procedures.page", page=at, pages=pages))
        buttons.append(button(words, "next_page", f"#dvctt {kind} {at + 1}"))
    first = groups.index(shown[0])
    procedures.offer(context, [f"#dvcnhom {kind} {first + n} 1" for n in range(len(shown))])
    other = ("by_agency", "coquan") if kind == "linhvuc" else ("by_field", "linhvuc")
    buttons.append(button(words, other[0], f"#dvctt {other[1]} 1"))
    page_address = f"{context.settings.public_url}/dich-vu-cong"
    buttons.append(OpenUrl(words("button.open_site"), page_address))
    return Reply.of(split("\n".join(lines), (*buttons, menu_button(words))))


def group(incoming: Incoming, context: Context) -> Reply:
    """``#dvcnhom KIND NUMBER PAGE``: the procedures of one group."""
    kind, number, page = (*incoming.argument.split(" "), "", "", "")[:3]
    groups = _groups(kind if kind in _BY else "linhvuc", context)
    if not number.isdecimal() or len(number) > 5 or not int(number) < len(groups):
        return listed(incoming, context)
    words, chosen = context.words, groups[int(number)]

    def line(n: int, entry: Entry) -> str:
        key = "line_full" if entry.online == FULL else "line_part"
        return words(f"services.{key}", number=n, name=entry.name)

    head = words(
        "services.of_group", name=_name(chosen, context), full=chosen.full, part=chosen.part
    )
    more = f"#dvcnhom {kind} {number} {{page}}"
    return procedures.listing(context, head, chosen.entries, page, more, line)


def _groups(kind: str, context: Context) -> Sequence[Group]:
    return _BY[kind](index_of(context.session).entries)


def _name(one: Group, context: Context) -> str:
    name = one.name or context.words("services.no_agency")
    return name if len(name) <= _NAME_LIMIT else f"{name[: _NAME_LIMIT - 1]}…"


procedures.also_chosen("#dvcnhom", group)

ROUTES = (
    Route(
        "services",
        listed,
        "Online services by field or agency",
        payloads=("#dvctt",),
        words=typed("typed.services"),
    ),
    Route("services_group", group, "The online services of a group", payloads=("#dvcnhom",)),
)
