"""Accounts of staff: who works here, in which roles, for which agency."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated

from flask import Response, request, url_for
from pydantic import BaseModel, Field, field_validator
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from console import passwords
from console.access import NEEDS_SECOND_FACTOR, ROLE_WORDS, Act
from console.auditing import declare
from console.forms import Text, Word, read_form, read_query
from console.frame import Answer, Console, person
from store import sessions, staff
from store.agency_tree import choices, labels
from store.tables import Role, StaffAccount

declare("account.created", "Tạo tài khoản", "roles")
declare("account.changed", "Sửa tài khoản", "roles", "before")
declare("account.password_reset", "Đặt lại mật khẩu cho người khác")
declare("account.factor_reset", "Bỏ xác thực hai lớp của người khác")
declare("account.disabled", "Khóa tài khoản")
declare("account.enabled", "Mở lại tài khoản")
declare("account.unlocked", "Bỏ khóa tạm")
declare("account.sessions_ended", "Kết thúc phiên của người khác", "count")
declare("account.listed", "Xem danh sách tài khoản")

USERNAME = r"^[a-z][a-z0-9._-]{2,39}$"
_PAGE = 50


class Listed(BaseModel):
    """What the list is searched for."""

    q: Word = ""
    after: Word = ""


class Grants(BaseModel):
    """Roles with their agencies, as "role:agency" of the form's rows."""

    full_name: Annotated[Text, Field(min_length=2, max_length=100)]
    grants: list[Annotated[str, Field(pattern=r"^[a-z]+:[0-9]{1,18}$")]] = Field(
        default_factory=list, max_length=60
    )

    @field_validator("grants")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        known = {role.value for role in Role}
        if any(one.partition(":")[0] not in known for one in value):
            raise ValueError("Có vai trò không tồn tại.")
        return value

    @property
    def pairs(self) -> list[staff.Grant]:
        """(role, agency) pairs; a role everywhere swallows its single agencies."""
        found = [(one.partition(":")[0], int(one.partition(":")[2])) for one in self.grants]
        whole = {role for role, agency in found if agency == 0}
        return [(role, agency) for role, agency in found if agency == 0 or role not in whole]


class NewAccount(Grants):
    """A new account."""

    username: Annotated[Text, Field(pattern=USERNAME)]


def add(console: Console) -> None:
    """Add the pages of accounts."""
    console.nav("Người dùng", "accounts", Act.people, "Hệ thống")

    @console.page("/nguoi-dung", may=Act.people)
    def accounts() -> Answer:
        wanted = read_query(Listed)
        now = console.clock.now()
        with console.database.read() as session:
            rows = staff.search(session, wanted.q, after=wanted.after, limit=_PAGE + 1)
            grants = staff.grants_of_many(session, [row.id or 0 for row in rows])
            names = labels(session)
        more = rows[_PAGE - 1].username if len(rows) > _PAGE else ""
        return console.show(
            "people/list.html",
            rows=rows[:_PAGE],
            grants={number: _worded(found, names) for number, found in grants.items()},
            wanted=wanted,
            more=more,
            now=now,
        )

    @console.page("/nguoi-dung/moi", may=Act.people, methods=["GET", "POST"], confirm=True)
    def account_new() -> Answer:
        if request.method == "GET":
            return _form(console, None, [])
        form, errors = read_form(NewAccount, _given())
        if form is None:
            return _form(console, None, _given().getlist("grants"), errors)
        password = one_time_password()
        made = passwords.hashed(password)
        with console.database.write() as session:
            account = staff.create(
                session,
                username=form.username,
                full_name=form.full_name,
                password_hash=made,
                grants=form.pairs,
                now=console.clock.now(),
                by=person().username,
                must_change=True,
            )
            if account is not None:
                roles = _plain(form.pairs)
                console.audit(session, "account.created", "account", form.username, roles=roles)
        if account is None:
            taken = {"username": "Tên đăng nhập này đã có người dùng."}
            return _form(console, None, form.grants, taken)
        return console.show("people/password.html", account=account, password=password, new=True)

    @console.page(
        "/nguoi-dung/<int:account_id>", may=Act.people, methods=["GET", "POST"], confirm=True
    )
    def account(account_id: int) -> Answer:
        with console.database.read() as session:
            row = staff.get(session, account_id)
            before = staff.grants_of(session, account_id)
        if row is None:
            return console.missing()
        if request.method == "GET":
            return _form(console, row, [f"{role}:{agency}" for role, agency in before])
        form, errors = read_form(Grants, _given())
        if form is None:
            return _form(console, row, _given().getlist("grants"), errors)
        try:
            with console.database.write() as session:
                held = staff.get(session, account_id, lock=True)
                if held is None:
                    return console.missing()
                held.full_name = form.full_name
                session.add(held)
                staff.set_grants(session, held, form.pairs)
                console.audit(
                    session,
                    "account.changed",
                    "account",
                    held.username,
                    roles=_plain(form.pairs),
                    before=_plain(before),
                )
        except staff.LastAdmin:
            only = {
                "grants": "Đây là quản trị viên cuối cùng; hãy giao vai trò cho người khác trước."
            }
            return _form(console, row, form.grants, only)
        return console.redirect(url_for("console.accounts"), f"Đã lưu {row.username}.")

    @console.page(
        "/nguoi-dung/<int:account_id>/<act>", may=Act.people, methods=["POST"], confirm=True
    )
    def account_act(account_id: int, act: str) -> Answer:
        return _act(console, account_id, act)


def _given() -> MultiDict[str, str]:
    """The form with its ticks and scopes joined to grants: "reception:12"."""
    given = MultiDict(request.form)
    given.setlist(
        "grants",
        [f"{role}:{given.get(f'scope_{role}', '0')}" for role in given.getlist("roles")],
    )
    return given


def one_time_password() -> str:
    """A password for the first sign-in, easy to read out."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


def _form(
    console: Console,
    row: StaffAccount | None,
    chosen: list[str],
    errors: dict[str, str] | None = None,
) -> Response:
    now = console.clock.now()
    idle = timedelta(minutes=console.settings.session_idle_minutes)
    with console.database.read() as session:
        agencies = choices(session)
        live = sessions.of_account(session, row.id or 0, now, idle) if row else []
    return console.show(
        "people/form.html",
        status=422 if errors else 200,
        row=row,
        roles=ROLE_WORDS,
        strong=NEEDS_SECOND_FACTOR,
        agencies=agencies,
        chosen=dict(one.partition(":")[::2] for one in chosen),
        errors=errors or {},
        live=live,
        now=now,
    )


def _act(console: Console, account_id: int, act: str) -> Answer:
    now, password = console.clock.now(), ""
    if act == "dat-lai-mat-khau":
        password = one_time_password()
    made = passwords.hashed(password) if password else ""
    try:
        with console.database.write() as session:
            row = staff.get(session, account_id, lock=True)
            if row is None:
                return console.missing()
            done = _change(console, session, row, act, made)
            if not done:
                return console.missing()
            session.add(row)
            if act in ("khoa", "dat-lai-mat-khau", "bo-hai-lop"):
                sessions.end_all(session, account_id, now, "by_admin")
    except staff.LastAdmin:
        return console.refuse(
            "Đây là quản trị viên cuối cùng, không khóa được.", back=url_for("console.accounts")
        )
    if password:
        return console.show("people/password.html", account=row, password=password, new=False)
    return console.redirect(url_for("console.account", account_id=account_id), done)


def _change(console: Console, session: Session, row: StaffAccount, act: str, made: str) -> str:
    """Do one of the acts on a locked account; the words for the notice, "" for an unknown act."""
    now = console.clock.now()

    def noted(action: str, **details: object) -> None:
        console.audit(session, action, "account", row.username, **details)

    if act == "khoa":
        staff.disable(session, row, now)
        noted("account.disabled")
        return f"Đã khóa {row.username}; các phiên đã kết thúc."
    if act == "mo":
        row.disabled_at = None
        noted("account.enabled")
        return f"Đã mở lại {row.username}."
    if act == "bo-khoa-tam":
        row.locked_until, row.failed_logins = None, 0
        noted("account.unlocked")
        return "Đã bỏ khóa tạm."
    if act == "dat-lai-mat-khau":
        row.password_hash, row.password_changed_at, row.must_change = made, now, True
        row.locked_until, row.failed_logins = None, 0
        noted("account.password_reset")
        return "Đã đặt lại mật khẩu."
    if act == "bo-hai-lop":
        row.totp_sealed, row.totp_confirmed_at, row.totp_last_step = "", None, 0
        staff.put_recovery_codes(session, row.id or 0, [])
        noted("account.factor_reset")
        return "Đã bỏ xác thực hai lớp; người này cài lại ở lần đăng nhập sau."
    if act == "ket-thuc-phien":
        count = sessions.end_all(session, row.id or 0, now, "by_admin")
        noted("account.sessions_ended", count=count)
        return f"Đã kết thúc {count} phiên."
    return ""


def _worded(grants: list[staff.Grant], names: dict[int, str]) -> list[str]:
    return [
        ROLE_WORDS[Role(role)] + (f" ({names.get(agency, '?')})" if agency else "")
        for role, agency in grants
    ]


def _plain(grants: list[staff.Grant]) -> str:
    return " ".join(f"{role}:{agency}" if agency else role for role, agency in sorted(grants))
