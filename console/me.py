"""One's own account: password, second factor, recovery codes, and where one is signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from flask import Response, g, request, url_for
from pydantic import BaseModel, Field

from console import passwords
from console import second_factor as factor
from console.access import Act
from console.auditing import declare
from console.forms import Text, read_form
from console.frame import Answer, Console, person
from qr import codes
from store import sessions, staff
from store.tables import StaffSession

declare("me.password", "Tự đổi mật khẩu")
declare("me.factor_on", "Bật xác thực hai lớp")
declare("me.recovery_codes", "Tạo mã dự phòng mới")
declare("me.sessions_ended", "Kết thúc phiên của mình", "count")
declare("me.zalo", "Đặt Zalo UID của mình")


class NewPassword(BaseModel):
    """A changed password."""

    old: Annotated[str, Field(min_length=1, max_length=500)]
    new: Annotated[str, Field(min_length=1, max_length=500)]
    again: Annotated[str, Field(min_length=1, max_length=500)]


class FirstCode(BaseModel):
    """The code that proves that the app was set up."""

    code: Annotated[Text, Field(min_length=6, max_length=10)]


class Zalo(BaseModel):
    """The person's own UID at this OA, for test messages."""

    zalo_uid: Annotated[Text, Field(max_length=40, pattern=r"^[0-9]*$")] = ""


def add(console: Console) -> None:
    """Add the pages of one's own account."""

    @console.page("/toi", may=Act.own, methods=["GET", "POST"])
    def me() -> Answer:
        errors: dict[str, str] = {}
        if request.method == "POST":
            form, errors = read_form(Zalo)
            if form is not None:
                with console.database.write() as session:
                    row = staff.get(session, person().id, lock=True)
                    if row is not None:
                        row.zalo_uid = form.zalo_uid
                        session.add(row)
                    console.audit(session, "me.zalo", "account", person().username)
                return console.redirect(url_for("console.me"), "Đã lưu.")
        now = console.clock.now()
        idle = timedelta(minutes=console.settings.session_idle_minutes)
        with console.database.read() as session:
            mine = sessions.of_account(session, person().id, now, idle)
            left = staff.recovery_codes_left(session, person().id)
        return console.show(
            "me/me.html",
            status=422 if errors else 200,
            account=g.account,
            sessions=mine,
            here=g.session_row.token_hash,
            codes_left=left,
            errors=errors,
        )

    @console.page("/toi/mat-khau", may=Act.own, methods=["GET", "POST"])
    def password() -> Answer:
        errors: dict[str, str] = {}
        if request.method == "POST":
            form, errors = read_form(NewPassword)
            if form is not None:
                errors = _change(console, form)
            if not errors:
                return console.redirect(
                    url_for("console.me"), "Đã đổi mật khẩu. Các phiên khác đã kết thúc."
                )
        return console.show(
            "me/password.html",
            status=422 if errors else 200,
            errors=errors,
            shortest=passwords.SHORTEST,
            must=g.account.must_change,
        )

    @console.page("/toi/hai-lop", may=Act.own, methods=["GET", "POST"], confirm=True)
    def enrol() -> Answer:
        account = g.account
        if request.method == "GET" or not account.totp_sealed:
            secret = _fresh_secret(console)
            return _enrol_page(console, secret)
        secret = console.vault.decrypt(account.totp_sealed)
        form, errors = read_form(FirstCode)
        step = factor.step_of(secret, form.code, console.clock.now()) if form else None
        if step is None:
            problem = errors.get("code") or "Mã không đúng. Xin kiểm tra giờ của điện thoại."
            return _enrol_page(console, secret, problem)
        return _enrolled(console, step)

    @console.page("/toi/ma-du-phong", may=Act.own, methods=["POST"], confirm=True)
    def recovery() -> Answer:
        with console.database.write() as session:
            made = factor.new_recovery_codes(session, person().id, console.vault)
            console.audit(session, "me.recovery_codes", "account", person().username)
        return console.show("me/recovery.html", codes=made)

    @console.page("/toi/phien", may=Act.own, methods=["POST"])
    def end_sessions() -> Answer:
        row: StaffSession = g.session_row
        chosen = request.form.get("phien", "")[:64]
        now = console.clock.now()
        with console.database.write() as session:
            if chosen:
                count = int(sessions.end(session, chosen, person().id, now, "by_owner"))
            else:
                count = sessions.end_all(session, person().id, now, "by_owner", but=row.token_hash)
            console.audit(session, "me.sessions_ended", "account", person().username, count=count)
        return console.redirect(url_for("console.me"), f"Đã kết thúc {count} phiên.")


def _change(console: Console, form: NewPassword) -> dict[str, str]:
    """Change the password; what is wrong with each field otherwise."""
    account = g.account
    if not passwords.fits(form.old, account.password_hash):
        return {"old": "Mật khẩu hiện tại không đúng."}
    if form.new != form.again:
        return {"again": "Hai lần nhập không giống nhau."}
    if form.new == form.old:
        return {"new": "Mật khẩu mới phải khác mật khẩu cũ."}
    about = (account.username, account.full_name, console.settings.province_name)
    if weak := passwords.weakness(form.new, *about):
        return {"new": weak}
    made, now = passwords.hashed(form.new), console.clock.now()
    with console.database.write() as session:
        row = staff.get(session, person().id, lock=True)
        if row is None:
            return {"old": "Tài khoản không còn."}
        row.password_hash, row.password_changed_at, row.must_change = made, now, False
        session.add(row)
        sessions.end_all(session, person().id, now, "password", but=g.session_row.token_hash)
        console.audit(session, "me.password", "account", row.username)
    return {}


def _fresh_secret(console: Console) -> str:
    """A secret not in force until a code of it was shown."""
    account = g.account
    if account.totp_sealed and account.totp_confirmed_at is None:
        return console.vault.decrypt(account.totp_sealed)
    secret = factor.new_secret()
    if account.totp_confirmed_at is None:
        with console.database.write() as session:
            row = staff.get(session, person().id, lock=True)
            if row is not None:
                row.totp_sealed = console.vault.encrypt(secret)
                session.add(row)
    return secret


def _enrol_page(console: Console, secret: str, problem: str = "") -> Response:
    if g.account.totp_confirmed_at is not None:
        return console.refuse(
            "Xác thực hai lớp đã bật. Mất điện thoại thì dùng mã dự phòng, hoặc nhờ quản trị viên đặt lại.",
            back=url_for("console.me"),
        )
    address = factor.address(secret, person().username, console.settings.oa_name)
    return console.show(
        "me/enrol.html",
        status=422 if problem else 200,
        picture=codes.data_address(address),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        problem=problem,
    )


def _enrolled(console: Console, step: int) -> Answer:
    now = console.clock.now()
    with console.database.write() as session:
        row = staff.get(session, person().id, lock=True)
        if row is None or row.totp_confirmed_at is not None:
            return console.redirect(url_for("console.me"))
        row.totp_confirmed_at, row.totp_last_step = now, step
        session.add(row)
        sessions.mark(session, g.session_row.token_hash, second_factor_at=now)
        # Whoever else is signed in with the password alone must show the factor too.
        sessions.end_all(session, row.id or 0, now, "factor", but=g.session_row.token_hash)
        made = factor.new_recovery_codes(session, row.id or 0, console.vault)
        console.audit(session, "me.factor_on", "account", row.username)
    return console.show("me/recovery.html", codes=made)
