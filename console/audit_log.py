"""Nhật ký: what staff did and looked at, checked as a chain, exported for auditors."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated

from flask import url_for
from pydantic import BaseModel, BeforeValidator

from clock import VIETNAM
from console.access import Act
from console.auditing import declare, declared, words_of
from console.forms import MaybeInt, Word, read_query
from console.frame import Answer, Console
from console.tables import Cell
from store import audit
from store.tables import AuditEntry

declare("audit.viewed", "Xem nhật ký")
declare("audit.exported", "Xuất nhật ký", "count")
declare("audit.checked", "Kiểm tra chuỗi nhật ký", "entries", "whole")
# Acts on the command line.
declare("cli.staff_created", "Tạo tài khoản bằng dòng lệnh", "roles")
declare("cli.erased", "Xóa dữ liệu cá nhân bằng dòng lệnh", "by")

_PAGE = 50
_MOST_EXPORTED = 100_000
_HEADER = (
    "Số",
    "Lúc",
    "Ai",
    "Việc",
    "Mã việc",
    "Đối tượng",
    "Chi tiết",
    "Địa chỉ",
    "Dấu niêm phong",
)


def _day(value: object) -> object:
    return None if value in ("", None) else value


class Wanted(BaseModel):
    """The filters of the list."""

    actor: Word = ""
    action: Word = ""
    subject: Word = ""
    since: Annotated[date | None, BeforeValidator(_day)] = None
    until: Annotated[date | None, BeforeValidator(_day)] = None
    before: MaybeInt = None

    def filter(self) -> audit.AuditFilter:
        """As the store asks for it; days are those of Vietnam."""
        return audit.AuditFilter(
            actor=self.actor,
            action=self.action,
            subject=self.subject,
            since=_start(self.since) if self.since else None,
            until=_start(self.until + timedelta(days=1)) if self.until else None,
        )


def add(console: Console) -> None:
    """Add the list, its export and the check of the chain."""
    console.nav("Nhật ký", "audit_list", Act.audit, "Hệ thống")

    @console.page("/nhat-ky", may=Act.audit)
    def audit_list() -> Answer:
        wanted = read_query(Wanted)
        with console.database.read() as session:
            rows = audit.entries(session, wanted.filter(), before=wanted.before, limit=_PAGE + 1)
            actors = audit.actors(session)
        console.looked("audit.viewed")
        return console.show(
            "audit/list.html",
            rows=rows[:_PAGE],
            more=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
            wanted=wanted,
            actors=[(name, name) for name in actors],
            actions=declared(),
            words_of=words_of,
        )

    @console.page("/nhat-ky.csv", may=Act.audit, confirm=True)
    def audit_csv() -> Answer:
        wanted = read_query(Wanted)
        found: list[tuple[Cell, ...]] = []
        before: int | None = None
        with console.database.read() as session:
            while len(found) < _MOST_EXPORTED:
                rows = audit.entries(session, wanted.filter(), before=before, limit=1000)
                if not rows:
                    break
                before = rows[-1].id
                found += [_line(row) for row in rows]
        console.looked("audit.exported", count=len(found))
        return console.csv("nhat-ky", _HEADER, found)

    @console.page("/nhat-ky/kiem-tra", may=Act.audit, methods=["POST"])
    def audit_check() -> Answer:
        with console.database.read() as session:
            state = audit.verify(session, console.vault.audit_seal)
        whole = state.broken_at is None
        console.looked("audit.checked", entries=state.entries, whole=whole)
        if whole:
            return console.redirect(
                url_for("console.audit_list"),
                f"Chuỗi nhật ký nguyên vẹn: {state.entries} mục, không mục nào bị sửa, xóa hay cắt.",
            )
        return console.redirect(
            url_for("console.audit_list"),
            f"Chuỗi nhật ký bị hỏng từ mục {state.broken_at}. Giữ nguyên cơ sở dữ liệu, báo ngay cho "
            "người phụ trách an toàn thông tin.",
            kind="danger",
        )


def _line(row: AuditEntry) -> tuple[Cell, ...]:
    details = "; ".join(f"{name}={value}" for name, value in sorted(row.details.items()))
    subject = f"{row.subject_kind}:{row.subject}" if row.subject else ""
    return (
        row.id,
        row.at,
        row.actor,
        words_of(row.action),
        row.action,
        subject,
        details,
        row.ip,
        row.hash,
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(0), VIETNAM)
