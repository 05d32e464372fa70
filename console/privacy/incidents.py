"""Incidents: a breach of personal data, its 72 hours, and the report to print (Law 91/2025 Art. 23)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from flask import Response, request, url_for
from pydantic import BaseModel, BeforeValidator, Field

from clock import VIETNAM
from console.access import Act
from console.auditing import declare, words_of
from console.forms import MaybeInt, Text, read_form, read_query
from console.frame import Answer, Console, person
from dossiers.times import read_time
from privacy.clocks import INCIDENT_LIMIT, hours_left
from store import audit
from store import privacy as store
from store.tables import Incident

declare("incident.created", "Ghi sự cố dữ liệu cá nhân")
declare("incident.changed", "Cập nhật sự cố", "fields")
declare("incident.marked", "Đánh dấu sự cố", "step")
declare("incident.viewed", "Xem sự cố dữ liệu cá nhân")
declare("incident.printed", "In báo cáo sự cố")

#: Steps of an incident: the column each sets, what it is called once done, and the button.
MARKS = {
    "co-quan": (
        "authority_notified_at",
        "Đã báo cơ quan chuyên trách",
        "Ghi: đã báo cơ quan chuyên trách",
    ),
    "cong-dan": (
        "subjects_notified_at",
        "Đã báo những người bị ảnh hưởng",
        "Ghi: đã báo những người bị ảnh hưởng",
    ),
    "dong": ("closed_at", "Đã đóng", "Đóng sự cố"),
}
_PAGE = 50


def _moment(value: object) -> object:
    return read_time(value) if isinstance(value, str) and value.strip() else None


class IncidentForm(BaseModel):
    """What is known of an incident; nothing in it names a citizen."""

    title: Annotated[Text, Field(min_length=5, max_length=200)]
    discovered_at: Annotated[datetime, BeforeValidator(_moment)]
    description: Annotated[Text, Field(max_length=8000)] = ""
    affected: Annotated[Text, Field(max_length=2000)] = ""
    measures: Annotated[Text, Field(max_length=8000)] = ""


class Listed(BaseModel):
    """The place in the list."""

    truoc: MaybeInt = None


def add(console: Console) -> None:
    """Add the list, the page of one, and its report."""

    @console.page("/quyen-rieng-tu/su-co", may=Act.privacy)
    def incident_list() -> Answer:
        wanted = read_query(Listed)
        with console.database.read() as session:
            rows = store.incidents(session, before=wanted.truoc or 0, limit=_PAGE + 1)
        return console.show(
            "privacy/incidents.html",
            rows=rows[:_PAGE],
            more=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
            wanted=wanted,
            hours_left=hours_left,
            now=console.clock.now(),
        )

    @console.page("/quyen-rieng-tu/su-co/moi", may=Act.privacy, methods=["GET", "POST"])
    def incident_new() -> Answer:
        if request.method == "GET":
            local = console.clock.now().astimezone(VIETNAM)
            return _form(console, None, {"discovered_at": f"{local:%Y-%m-%dT%H:%M}"})
        return _save(console, None)

    @console.page(
        "/quyen-rieng-tu/su-co/<int:incident_id>", may=Act.privacy, methods=["GET", "POST"]
    )
    def incident(incident_id: int) -> Answer:
        with console.database.read() as session:
            row = store.incident(session, incident_id)
        if row is None:
            return console.missing()
        if request.method == "POST":
            return _save(console, row)
        console.looked("incident.viewed", "incident", str(row.id))
        local = row.discovered_at.astimezone(VIETNAM)
        return _form(console, row, {**row.model_dump(), "discovered_at": f"{local:%Y-%m-%dT%H:%M}"})

    @console.page(
        "/quyen-rieng-tu/su-co/<int:incident_id>/<step>", may=Act.privacy, methods=["POST"]
    )
    def incident_mark(incident_id: int, step: str) -> Answer:
        if step not in MARKS:
            return console.missing()
        column, words, _ = MARKS[step]
        with console.database.write() as session:
            row = store.incident(session, incident_id, lock=True)
            if row is None:
                return console.missing()
            if getattr(row, column) is None:
                setattr(row, column, console.clock.now())
                store.put_incident(session, row, console.clock.now())
                console.audit(session, "incident.marked", "incident", str(row.id), step=step)
        return console.redirect(
            url_for("console.incident", incident_id=incident_id), f"{words}, đã ghi thời điểm."
        )

    @console.page("/quyen-rieng-tu/su-co/<int:incident_id>/bao-cao", may=Act.privacy)
    def incident_report(incident_id: int) -> Answer:
        with console.database.read() as session:
            row = store.incident(session, incident_id)
        if row is None:
            return console.missing()
        console.looked("incident.printed", "incident", str(row.id))
        return console.show("privacy/incident_report.html", row=row, now=console.clock.now())


def _save(console: Console, row: Incident | None) -> Answer:
    form, errors = read_form(IncidentForm)
    now = console.clock.now()
    if form is not None and form.discovered_at > now:
        errors = {"discovered_at": "Lúc phát hiện không thể ở tương lai."}
    if form is None or errors:
        return _form(console, row, request.form.to_dict(), errors)
    with console.database.write() as session:
        held = store.incident(session, row.id or 0, lock=True) if row else None
        if row is not None and held is None:
            return console.missing()
        made = held or Incident(
            title="",
            discovered_at=now,
            notify_due_at=now,
            created_by=person().username,
            updated_at=now,
        )
        changed = [n for n in IncidentForm.model_fields if getattr(made, n) != getattr(form, n)]
        for name in changed:
            setattr(made, name, getattr(form, name))
        made.notify_due_at = form.discovered_at + INCIDENT_LIMIT
        store.put_incident(session, made, now)
        if row is None:
            console.audit(session, "incident.created", "incident", str(made.id))
        elif changed:
            fields = " ".join(changed)
            console.audit(session, "incident.changed", "incident", str(made.id), fields=fields)
    return console.redirect(url_for("console.incident", incident_id=made.id), "Đã lưu.")


def _form(
    console: Console,
    row: Incident | None,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> Response:
    history = []
    if row is not None:
        wanted = audit.AuditFilter(subject_kind="incident", subject=str(row.id))
        with console.database.read() as session:
            history = [
                one
                for one in audit.entries(session, wanted, limit=200)
                if one.action != "incident.viewed"
            ]
    return console.show(
        "privacy/incident.html",
        status=422 if errors else 200,
        row=row,
        values=values,
        errors=errors or {},
        history=history,
        marks=MARKS,
        words_of=words_of,
        hours_left=hours_left,
        now=console.clock.now(),
    )
