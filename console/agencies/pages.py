"""The list of agencies as a tree, and the page of one."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from pydantic import BaseModel, Field, ValidationError
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.forms import Word, read_query
from console.frame import Answer, Console
from dossiers.agencies import AgencyIn, problems, save
from dossiers.issuing import DEFAULT_PATTERN, PatternError, check_pattern
from dossiers.names import fold
from dossiers.units import canonical_unit
from store import agencies
from store.agency_tree import Choice, choices
from store.tables import Agency

declare("agency.created", "Thêm cơ quan", "name")
declare("agency.changed", "Sửa cơ quan", "fields")
declare("agency.removed", "Xóa cơ quan", "name")

_PAGE = 50
#: Stands in while no code is typed yet.
_SAMPLE_UNIT = "H60.04"


class Listed(BaseModel):
    """What the list is searched for."""

    q: Word = ""
    page: int = Field(1, ge=1, le=10_000)


def add(console: Console) -> None:
    """Add the pages."""
    console.nav("Cơ quan", "agency_list", Act.agencies, "Hệ thống")

    @console.page("/co-quan", may=Act.agencies)
    def agency_list() -> Answer:
        wanted = read_query(Listed)
        with console.database.read() as session:
            found = _found(session, wanted.q)
            start = (wanted.page - 1) * _PAGE
            shown = found[start : start + _PAGE]
            rows = agencies.by_ids(session, [one.id for one in shown])
            counts = agencies.dossier_counts(session, rows.values())
            names = agencies.names(session, rows.values())
        return console.show(
            "agencies/list.html",
            shown=shown,
            rows=rows,
            counts=counts,
            counted=agencies.COUNTED,
            names=names,
            wanted=wanted,
            total=len(found),
            more=len(found) > start + _PAGE,
            today=console.clock.now().astimezone(VIETNAM).date(),
        )

    @console.page("/co-quan/moi", may=Act.agencies, methods=["GET", "POST"])
    def agency_new() -> Answer:
        if request.method == "GET":
            return _form(console, None, {"parent_id": request.args.get("parent", "")})
        return _save(console, None)

    @console.page("/co-quan/<int:agency_id>", may=Act.agencies, methods=["GET", "POST"])
    def agency(agency_id: int) -> Answer:
        with console.database.read() as session:
            row = agencies.get(session, agency_id)
        if row is None:
            return console.missing()
        if request.method == "GET":
            return _form(console, row, row.model_dump())
        return _save(console, row)

    @console.page("/co-quan/<int:agency_id>/xoa", may=Act.agencies, methods=["POST"])
    def agency_remove(agency_id: int) -> Answer:
        with console.database.write() as session:
            row = agencies.get(session, agency_id)
            if row is None:
                return console.missing()
            removed = agencies.remove(session, row)
            if removed:
                console.audit(session, "agency.removed", "agency", row.code, name=row.name)
        if not removed:
            return console.refuse(
                "Cơ quan này đang có hồ sơ, đơn vị trực thuộc, người dùng hoặc phản ánh nên không xóa "
                'được. Hãy ghi ngày hết hiệu lực và "được thay bởi".',
                back=url_for("console.agency", agency_id=agency_id),
            )
        return console.redirect(url_for("console.agency_list"), f"Đã xóa {row.name}.")

    @console.page("/co-quan/mau-ma", may=Act.agencies)
    def agency_pattern() -> Answer:
        pattern = request.args.get("pattern", "")[:120].strip() or DEFAULT_PATTERN
        unit = canonical_unit(request.args.get("unit", "")) or _SAMPLE_UNIT
        code, problem = _example(console, pattern, unit)
        return console.json({"example": code, "problem": problem})


def _example(console: Console, pattern: str, unit: str) -> tuple[str, str]:
    """The first code a pattern makes today, and "" or the sentence that says why there is none."""
    try:
        return check_pattern(pattern, unit, console.clock.now()), ""
    except PatternError as wrong:
        return "", str(wrong)


def _found(session: Session, sought: str) -> list[Choice]:
    """The whole tree in order, or what fits the search, each at its own level."""
    if not sought:
        return choices(session)
    hits = frozenset(row.id or 0 for row in agencies.search(session, fold(sought), limit=500))
    return choices(session, hits)


def _save(console: Console, row: Agency | None) -> Answer:
    given = {name: request.form.get(name, "") for name in AgencyIn.model_fields}
    try:
        item = AgencyIn.model_validate(given)
    except ValidationError as error:
        return _form(console, row, given, _sentences(problems(error)))
    if item.code_pattern:
        _, problem = _example(console, item.code_pattern, item.code)
        if problem:
            return _form(console, row, given, {"code_pattern": problem})
    with console.database.write() as session:
        made, errors = save(session, row.id if row else None, item, console.clock.now())
        if made is not None and row is None:
            console.audit(session, "agency.created", "agency", made.code, name=made.name)
        elif made is not None and row is not None:
            changed = [name for name in AgencyIn.model_fields if _differs(row, item, name)]
            if changed:
                fields = " ".join(changed)
                console.audit(session, "agency.changed", "agency", made.code, fields=fields)
    if made is None:
        return _form(console, row, given, _sentences(errors))
    return console.redirect(url_for("console.agency", agency_id=made.id), f"Đã lưu {made.name}.")


def _differs(row: Agency, item: AgencyIn, name: str) -> bool:
    return bool(getattr(row, name) != getattr(item, name))


def _sentences(errors: dict[str, str]) -> dict[str, str]:
    return {name: f"{why[:1].upper()}{why[1:]}." for name, why in errors.items()}


def _form(
    console: Console,
    row: Agency | None,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> Response:
    with console.database.read() as session:
        others = [
            (one.id, one.label) for one in choices(session) if row is None or one.id != row.id
        ]
        counts = agencies.dossier_counts(session, [row] if row else [])
        heirs = agencies.taken_over_from(session, row.id) if row and row.id else []
        below = agencies.children(session, row.id) if row and row.id else []
        inherited = agencies.pattern_above(session, row) if row else ""
    pattern = str(values.get("code_pattern") or "") or inherited or DEFAULT_PATTERN
    unit = canonical_unit(str(values.get("code") or "")) or _SAMPLE_UNIT
    code, problem = _example(console, pattern, unit)
    return console.show(
        "agencies/form.html",
        status=422 if errors else 200,
        row=row,
        values=values,
        others=others,
        errors=errors or {},
        count=counts.get(row.id or 0, 0) if row else 0,
        counted=agencies.COUNTED,
        heirs=heirs,
        below=below,
        inherited=inherited,
        default=DEFAULT_PATTERN,
        example=code,
        problem=problem,
    )
