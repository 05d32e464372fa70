"""Signing in and out: password, second factor, and the confirmation before dangerous acts."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated

from flask import Response, g, request, url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from console import passwords
from console import second_factor as factor
from console.access import Act
from console.auditing import declare
from console.forms import Text, read_form
from console.frame import Answer, Console, address
from console.guard import cookie_name, safe_next
from store import audit as chain
from store import sessions, staff, throttles
from store.tables import StaffAccount, StaffSession

declare("sign_in.done", "Đăng nhập", "factor")
declare("sign_in.failed", "Đăng nhập không thành công", "reason")
declare("sign_in.locked", "Khóa tạm vì nhập sai nhiều lần", "minutes")
declare("sign_out.done", "Đăng xuất")
declare("confirm.done", "Xác nhận lại mật khẩu")
declare("confirm.failed", "Xác nhận lại không thành công")

#: One answer whatever was wrong: nobody learns which names exist.
_WRONG = "Tên đăng nhập hoặc mật khẩu không đúng. Nhập sai nhiều lần sẽ bị khóa tạm."
_LOCKED = "Đã nhập sai nhiều lần. Xin đợi {minutes} phút rồi thử lại, hoặc hỏi quản trị viên."
_FORM_COOKIE = "motcua-dn"


class SignIn(BaseModel):
    """The form of signing in."""

    username: Annotated[Text, Field(min_length=1, max_length=60)]
    password: Annotated[str, Field(min_length=1, max_length=500)]


class Code(BaseModel):
    """A code from the app, or a recovery code."""

    code: Annotated[Text, Field(min_length=6, max_length=40)]


class Password(BaseModel):
    """The password once more."""

    password: Annotated[str, Field(min_length=1, max_length=500)]


def add(console: Console) -> None:
    """Add the pages round signing in."""

    @console.page("/dang-nhap", may=Act.public, methods=["GET", "POST"])
    def sign_in() -> Answer:
        back = request.values.get("tiep", "")
        if g.account is not None and request.method == "GET":
            return console.redirect(safe_next(back))
        if request.method == "GET":
            return _form(console, back)
        form, errors = read_form(SignIn)
        if form is None:
            return _form(console, back, errors=errors, status=422)
        return _try(console, form, back)

    @console.page("/ma-xac-thuc", may=Act.own, methods=["GET", "POST"])
    def second_factor() -> Answer:
        back = request.values.get("tiep", "")
        row: StaffSession = g.session_row
        if row.second_factor_at is not None or g.account.totp_confirmed_at is None:
            return console.redirect(safe_next(back))
        problem = ""
        if request.method == "POST":
            form, errors = read_form(Code)
            problem = errors.get("code", "")
            # Who saw the cookie before the second factor gets nothing behind it.
            token = secrets.token_urlsafe(32)
            problem = problem or _code_problem(console, form, row, token)
            if not problem:
                return _with_cookie(console, console.redirect(safe_next(back)), token)
        return console.show(
            "sign_in/second_factor.html", status=422 if problem else 200, back=back, problem=problem
        )

    @console.page("/xac-nhan", may=Act.own, methods=["GET", "POST"])
    def confirm() -> Answer:
        back = request.values.get("tiep", "")
        problem = ""
        if request.method == "POST":
            form, errors = read_form(Password)
            problem = errors.get("password", "") or _confirm_problem(console, form)
            if not problem:
                return console.redirect(safe_next(back))
        return console.show(
            "sign_in/confirm.html", status=422 if problem else 200, back=back, problem=problem
        )

    @console.page("/dang-xuat", may=Act.own, methods=["POST"])
    def sign_out() -> Answer:
        row: StaffSession = g.session_row
        with console.database.write() as session:
            sessions.end(session, row.token_hash, row.account_id, console.clock.now(), "sign_out")
            _audit(console, session, g.account, "sign_out.done")
        response = console.redirect(url_for("console.sign_in"), "Đã đăng xuất.")
        response.delete_cookie(cookie_name(console), path="/")
        return response


def _form(
    console: Console,
    back: str,
    *,
    problem: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    nonce = request.cookies.get(_FORM_COOKIE, "")
    if not nonce:
        nonce = secrets.token_urlsafe(16)
        g.csrf = console.vault.form_token("before:" + nonce)
    response = console.show(
        "sign_in/sign_in.html",
        status=status,
        back=back,
        problem=problem,
        errors=errors or {},
        username=request.form.get("username", "")[:60],
    )
    response.set_cookie(
        _FORM_COOKIE,
        nonce,
        max_age=3600,
        path="/console",
        httponly=True,
        samesite="Lax",
        secure=console.secure,
    )
    return response


def _try(console: Console, form: SignIn, back: str) -> Answer:
    now = console.clock.now()
    lock = _lock(console)
    source = _source(console)
    with console.database.write() as session:
        # Counted before the try, so that many at once are counted too; the right ones are given
        # back, for a whole office may sign in from one address in the morning.
        if throttles.add(session, source, now, lock) > console.settings.login_failures_per_address:
            answer = _form(console, back, problem=_wait(console), status=429)
            left = throttles.ends(now, lock) - now
            answer.headers["Retry-After"] = str(int(left.total_seconds()) + 1)
            return answer
        account = staff.by_username(session, form.username.lower())
    known = account is not None and account.disabled_at is None
    locked = account is not None and bool(account.locked_until and account.locked_until > now)
    stored = account.password_hash if account is not None and known and not locked else None
    # Outside every transaction: it takes a tenth of a second on purpose.
    right = passwords.fits(form.password, stored)
    if account is None or not known or locked or not right:
        return _failed(console, form, back, account, locked=locked)
    return _signed_in(console, account.username, form.password, back)


def _lock(console: Console) -> timedelta:
    return timedelta(minutes=console.settings.login_lock_minutes)


def _source(console: Console) -> str:
    """The counter of an address: a counter's key is no place for personal data."""
    return f"sign-in:{console.vault.address_hash(address())}"


def _wait(console: Console) -> str:
    return _LOCKED.format(minutes=console.settings.login_lock_minutes)


def _failed(
    console: Console, form: SignIn, back: str, account: StaffAccount | None, *, locked: bool
) -> Answer:
    now = console.clock.now()
    with console.database.write() as session:
        if account is None or account.disabled_at is not None:
            # Never what was typed: people type passwords into the wrong field.
            _audit(console, session, account, "sign_in.failed", reason="unknown")
            # A name nobody has seems to be locked after as many tries, so that a lock alone tells
            # of none; its tries are counted in windows of the clock, which patience could tell apart.
            name = console.vault.code_hash("sign-in", form.username.lower())[:24]
            tried = throttles.add(session, f"sign-in-name:{name}", now, _lock(console))
            locked = tried > console.settings.login_failures
        elif locked:
            _audit(console, session, account, "sign_in.failed", reason="locked")
        else:
            row = staff.get(session, account.id or 0, lock=True)
            _count_failure(console, session, row, now)
    return _form(console, back, problem=_wait(console) if locked else _WRONG, status=422)


def _count_failure(
    console: Console, session: Session, row: StaffAccount | None, now: datetime
) -> None:
    if row is None:
        return
    settings = console.settings
    row.failed_logins += 1
    session.add(row)
    _audit(console, session, row, "sign_in.failed", reason="password")
    if row.failed_logins >= settings.login_failures:
        row.failed_logins = 0
        row.locked_until = now + timedelta(minutes=settings.login_lock_minutes)
        _audit(console, session, row, "sign_in.locked", minutes=settings.login_lock_minutes)


def _signed_in(console: Console, username: str, password: str, back: str) -> Answer:
    now, settings = console.clock.now(), console.settings
    # A new token at every sign-in: one planted before is worth nothing (session fixation).
    token = secrets.token_urlsafe(32)
    with console.database.write() as session:
        account = staff.by_username(session, username, lock=True)
        if account is None or account.disabled_at is not None:
            return _form(console, back, problem=_WRONG, status=422)
        needs_code = account.totp_confirmed_at is not None
        if not needs_code:
            _forgive(console, session, account, now)
        account.locked_until, account.last_login_at = None, now
        if passwords.outdated(account.password_hash):
            account.password_hash = passwords.hashed(password)
        session.add(account)
        sessions.start(
            session,
            token,
            account.id or 0,
            now=now,
            life=timedelta(hours=settings.session_hours),
            ip=address(),
            user_agent=request.headers.get("User-Agent", ""),
            second_factor=not needs_code,
        )
        if not needs_code:
            _audit(console, session, account, "sign_in.done", factor="password")
    target = url_for("console.second_factor", tiep=back) if needs_code else safe_next(back)
    response = _with_cookie(console, console.redirect(target), token)
    response.delete_cookie(_FORM_COOKIE, path="/console")
    return response


def _forgive(console: Console, session: Session, account: StaffAccount, now: datetime) -> None:
    """Whoever is wholly signed in did nothing wrong before. With a second factor that is after
    the code: a known password must not buy new tries at it."""
    account.failed_logins = 0
    throttles.add(session, _source(console), now, _lock(console), -1)


def _with_cookie(console: Console, response: Response, token: str) -> Response:
    response.set_cookie(
        cookie_name(console), token, path="/", httponly=True, samesite="Lax", secure=console.secure
    )
    return response


def _code_problem(console: Console, form: Code | None, row: StaffSession, token: str) -> str:
    """Check the second factor; "" when the session is whole now, under the new ``token``."""
    now = console.clock.now()
    with console.database.write() as session:
        account = staff.get(session, row.account_id, lock=True)
        if account is None or form is None:
            return "Mã không đúng."
        if account.locked_until and account.locked_until > now:
            return _wait(console)
        kind = factor.accept(session, account, form.code, console.vault, now)
        if not kind:
            _count_failure(console, session, account, now)
            return "Mã không đúng hoặc đã dùng rồi. Xin đợi mã mới trên điện thoại và nhập lại."
        _forgive(console, session, account, now)
        session.add(account)
        sessions.mark(session, row.token_hash, second_factor_at=now, confirmed_at=now)
        sessions.renew(session, row.token_hash, token)
        _audit(console, session, account, "sign_in.done", factor=kind)
    return ""


def _confirm_problem(console: Console, form: Password | None) -> str:
    now, row = console.clock.now(), g.session_row
    account: StaffAccount = g.account
    if account.locked_until and account.locked_until > now:
        return _wait(console)
    right = form is not None and passwords.fits(form.password, account.password_hash)
    with console.database.write() as session:
        if not right:
            _audit(console, session, account, "confirm.failed")
            _count_failure(console, session, staff.get(session, row.account_id, lock=True), now)
            return "Mật khẩu không đúng."
        sessions.mark(session, row.token_hash, confirmed_at=now)
        _audit(console, session, account, "confirm.done")
    return ""


def _audit(
    console: Console,
    session: Session,
    account: StaffAccount | None,
    action: str,
    **details: object,
) -> None:
    """As `Console.audit`, for moments at which nobody is signed in yet."""
    from console import auditing

    auditing.checked(action, details)
    chain.add(
        session,
        console.vault.audit_seal,
        actor=account.username if account else "anonymous",
        action=action,
        now=console.clock.now(),
        subject_kind="account",
        subject=account.username if account else "",
        details=details,
        ip=address(),
    )
