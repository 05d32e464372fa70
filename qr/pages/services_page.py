"""``/dich-vu-cong``: the list of online services as agencies post it, with search and paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from procedures import questions, services
from procedures.search import Entry, index_of
from procedures.services import FULL, PART, Group
from qr.pages import SHARED, Site

_ROWS = 60
_QUERY = 200


@dataclass(frozen=True)
class Row:
    """One procedure in the list; ``heading`` opens a new group."""

    number: int
    entry: Entry
    heading: Group | None = None

    @property
    def full(self) -> bool:
        """Toàn trình."""
        return self.entry.online == FULL

    @property
    def part(self) -> bool:
        """Một phần."""
        return self.entry.online == PART


def add(blueprint: Blueprint, site: Site) -> None:
    """Add the list, which is also what the bare address leads to."""

    @blueprint.get("/")
    def front() -> AnyResponse:
        return redirect("/dich-vu-cong", 302)

    @blueprint.get("/dich-vu-cong")
    def services_page() -> Response:
        asked = request.args.get("q", "")[:_QUERY].strip()
        by = "coquan" if request.args.get("theo") == "coquan" else "linhvuc"
        found: Sequence[Entry] = ()
        with site.database.read() as session:
            index = index_of(session)
            if asked:
                found = [hit.entry for hit in questions.ask(asked, index).hits]
            groups = (services.by_agency if by == "coquan" else services.by_field)(index.entries)
        # Who searches wants the procedure, online or not; the list itself is of online ones.
        rows = [Row(n, one) for n, one in enumerate(found, 1)] if asked else _rows(groups)
        pages = max(1, -(-len(rows) // _ROWS))
        page = min(max(_number(request.args.get("trang", "1")), 1), pages)
        return site.show(
            "services.html",
            cache=SHARED,
            asked=asked,
            by=by,
            full=sum(group.full for group in groups),
            part=sum(group.part for group in groups),
            rows=rows[(page - 1) * _ROWS : page * _ROWS],
            page=page,
            pages=pages,
        )


def _rows(groups: Sequence[Group]) -> list[Row]:
    rows: list[Row] = []
    for group in groups:
        for at, entry in enumerate(group.entries):
            heading = None if at else group
            rows.append(Row(len(rows) + 1, entry, heading))
    # A page that begins in the middle of a group still says which group it is.
    for start in range(0, len(rows), _ROWS):
        row = rows[start]
        if row.heading is None:
            group = next(one for one in groups if row.entry in one.entries)
            rows[start] = Row(row.number, row.entry, group)
    return rows


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
