"""The list of dossiers: found by anything, filtered, kept as filters, exported."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import request, url_for
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.dossiers.asking import Wanted
from console.dossiers.deadlines import standing
from console.dossiers.words import KINDS, STATES, phone_words, state_words
from console.forms import read_query
from console.frame import Answer, Console, person
from console.tables import Cell
from procedures.language.words import read
from procedures.search import index_of
from store import saved_filters
from store.agency_tree import choices
from store.dossier_search import Criteria, count, fields, search
from store.dossier_walks import Order, Place
from store.tables import Dossier

declare("dossier.listed", "Xem danh sách hồ sơ", "filters")
declare("dossier.exported", "Xuất danh sách hồ sơ", "filters", "count")

PAGE = 50
_MOST_EXPORTED = 20_000
_MOST_PIECES = 400
_HEADER = (
    "Mã hồ sơ",
    "Số biên nhận",
    "Chủ hồ sơ",
    "Đối tượng",
    "3 số cuối giấy tờ",
    "Điện thoại",
    "Nhận tin Zalo",
    "Mã thủ tục",
    "Thủ tục",
    "Lĩnh vực",
    "Mã đơn vị",
    "Đơn vị",
    "Trạng thái",
    "Nộp",
    "Tiếp nhận",
    "Hẹn trả",
    "Hạn",
    "Có kết quả",
    "Trả kết quả",
    "Hệ thống nguồn",
)


def add(console: Console) -> None:
    """Add the list and its export."""
    console.nav("Hồ sơ", "dossier_list", Act.view_dossiers, "Công việc")

    @console.page("/ho-so", may=Act.view_dossiers)
    def dossier_list() -> Answer:
        wanted, who, now = read_query(Wanted), person(), console.clock.now()
        scope = who.units(Act.view_dossiers)
        with console.database.read() as session:
            asked = criteria_of(console, session, wanted)
            found = search(
                session, asked, scope=scope, order=wanted.ordered, after=wanted.place, limit=PAGE
            )
            total = count(session, asked, scope=scope) if wanted.after is None else None
            agencies = [
                (one.id, one.label)
                for one in choices(session)
                if scope is None or one.code in scope
            ]
            known = fields(session)
            kept = saved_filters.filters_of(session, who.id, "dossiers")
        console.looked("dossier.listed", filters=" ".join(wanted.used))
        exact = asked.code and len(found.rows) == 1 and wanted.used == ["q"]
        if exact:
            # A whole code means that one dossier: nobody clicks through a list of one.
            return console.redirect(url_for("console.dossier", dossier_id=found.rows[0].id))
        total_words = ""
        if total is not None:
            number = f"{total.number:,}".replace(",", ".")
            total_words = f"hơn {number} hồ sơ" if total.more else f"{number} hồ sơ"
        return console.show(
            "dossiers/list.html",
            wanted=wanted,
            rows=[(row, standing(row, console.calendar, now)) for row in found.rows],
            following=_address(wanted, found.next) if found.next else "",
            unfinished=found.unfinished,
            first=_address(wanted) if wanted.after is not None else "",
            total=total_words,
            agencies=agencies,
            fields=[(name, name) for name in known],
            states=[(state.value, words) for state, words in STATES.items()],
            filters=kept,
            query=urlencode(wanted.query(), doseq=True),
            state_words=state_words,
            phone_words=phone_words,
            may_move=who.may(Act.move_dossiers),
            orders=_ORDERS,
        )

    @console.page("/ho-so.csv", may=Act.export_dossiers)
    def dossier_csv() -> Answer:
        wanted = read_query(Wanted)
        scope = person().units(Act.export_dossiers)
        with console.database.read() as session:
            asked = criteria_of(console, session, wanted)
            rows = [
                _line(console, row) for row in everything(session, asked, scope, wanted.ordered)
            ]
        if len(rows) >= _MOST_EXPORTED:
            rows.append((f"Danh sách dài hơn {_MOST_EXPORTED} dòng: thêm điều kiện lọc.",))
        console.looked("dossier.exported", filters=" ".join(wanted.used), count=len(rows))
        return console.csv("ho-so", _HEADER, rows)


_ORDERS = [
    ("newest", "Mới nhất trước"),
    ("received", "Mới tiếp nhận trước"),
    ("promised", "Hẹn trả sớm trước"),
]


def criteria_of(console: Console, session: Session, wanted: Wanted) -> Criteria:
    """The criteria; a procedure may be named by its code or in words."""
    if wanted.procedure:
        index = index_of(session)
        entry = index.by_code(wanted.procedure)
        if entry is None:
            hits = index.fitting(read(wanted.procedure).plain, limit=1)
            entry = hits[0].entry if hits else None
        if entry is not None and entry.code:
            wanted = wanted.model_copy(update={"procedure": entry.code})
    return wanted.criteria(session, console.vault, console.calendar, console.clock.now())


def _address(wanted: Wanted, place: Place | None = None) -> str:
    query = urlencode(wanted.query(place), doseq=True)
    address = url_for("console.dossier_list")
    return f"{address}?{query}" if query else address


def everything(
    session: Session,
    asked: Criteria,
    scope: frozenset[str] | None,
    order: Order,
    most: int = _MOST_EXPORTED,
) -> Iterator[Dossier]:
    """Page after page, at most ``most`` and the rest of a page, in bounded time."""
    place: Place | None = None
    given = 0
    for _ in range(_MOST_PIECES):
        found = search(session, asked, scope=scope, order=order, after=place, limit=500)
        yield from found.rows
        given += len(found.rows)
        place = found.next
        if place is None or given >= most:
            return


def _line(console: Console, row: Dossier) -> tuple[Cell, ...]:
    stands = standing(row, console.calendar, console.clock.now())
    return (
        row.code,
        row.receipt_number,
        row.owner_name,
        KINDS.get(row.applicant_type, ""),
        row.identity_last3,
        phone_words(row),
        row.zalo_notify,
        row.procedure_code,
        row.procedure_name,
        row.field_name,
        row.unit_code,
        row.unit_name,
        state_words(row.state),
        row.submitted_at,
        row.received_at,
        stands.due,
        stands.words,
        row.result_ready_at,
        row.delivered_at,
        row.source_system,
    )


def back_to_list() -> str:
    """The list as the person left it, where a form carried its query along."""
    query = request.form.get("danh_sach", "")[:2000]
    address = url_for("console.dossier_list")
    return f"{address}?{query}" if query and "\n" not in query and "\r" not in query else address
