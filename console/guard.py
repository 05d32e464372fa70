"""Before every page: who is it, may they, did our own form send it, must they confirm first."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Response, g, request, url_for
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.frame import CONTENT_POLICY, Answer, Console, Rule
from console.person import Person
from store import scopes, sessions, staff
from store.tables import StaffAccount, StaffSession

declare("access.refused", "Bị từ chối: không đủ quyền", "page")

_LARGEST = 2**63 - 1
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: What a person may open before their second factor, their own password, or its enrolment.
_BEFORE_FACTOR = frozenset({"second_factor", "sign_out"})
_WHILE_MUST = frozenset({"password", "enrol", "recovery", "sign_out", "confirm", "second_factor"})


def cookie_name(console: Console) -> str:
    """``__Host-`` ties the cookie to this host and to https where there is https."""
    return "__Host-motcua" if console.secure else "motcua"


def install(console: Console) -> None:
    """Put the guard before every page of the blueprint, and the headers behind it."""

    @console.blueprint.before_request
    def before() -> Answer | None:
        endpoint = (request.endpoint or "").rpartition(".")[2]
        if endpoint == "static":
            return None
        rule = console.rules.get(endpoint)
        if rule is None:
            return console.missing()
        if any(isinstance(v, int) and v > _LARGEST for v in (request.view_args or {}).values()):
            # No database keeps a number so large: there is nothing of that name.
            return console.missing()
        if rule.accepts:
            request.max_content_length = rule.accepts
            request.max_form_memory_size = rule.accepts
        _know(console)
        return _wrong_form(console, rule) or _wrong_person(console, endpoint, rule)

    @console.blueprint.after_request
    def after(response: Response) -> Response:
        # A file of a citizen's comes with a stricter one.
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        if request.endpoint != "console.static":
            response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        # Forms carry where they came from to this host only, and to nobody else.
        response.headers["Referrer-Policy"] = "same-origin"
        return response


def _know(console: Console) -> None:
    """Find the session behind the cookie and who it belongs to."""
    g.person, g.account, g.session_row, g.csrf = None, None, None, ""
    token = request.cookies.get(cookie_name(console), "")
    if not token or len(token) > 200:
        # Before signing in the form's token hangs on a cookie of its own.
        g.csrf = console.vault.form_token("before:" + request.cookies.get("motcua-dn", ""))
        return
    now = console.clock.now()
    idle = timedelta(minutes=console.settings.session_idle_minutes)
    with console.database.read() as session:
        found = sessions.live(session, token, now, idle)
        if found is None:
            g.csrf = console.vault.form_token("before:" + request.cookies.get("motcua-dn", ""))
            return
        row, account = found
        g.person = known(session, account)
    g.account, g.session_row = account, row
    g.csrf = console.vault.form_token(row.token_hash)
    # A script that only looks for news is no sign that anybody is there.
    if sessions.needs_touch(row, now) and request.headers.get("X-Background") != "1":
        with console.database.write() as session:
            sessions.touch(session, row.token_hash, now)


def known(session: Session, account: StaffAccount) -> Person:
    """The person behind an account with how far their roles reach."""
    grants = tuple(staff.grants_of(session, account.id or 0))
    limited = {agency for _, agency in grants if agency}
    reach = {
        one: (scopes.agencies_of(session, [one]), scopes.units_of(session, [one]))
        for one in limited
    }
    return Person(account.id or 0, account.username, account.full_name, grants, reach)


def _wrong_form(console: Console, rule: Rule) -> Answer | None:
    """Refuse what changes something without the token of a form of ours (CSRF)."""
    if request.method in _SAFE:
        return None
    if g.account is None and _by_script() and rule.may is not Act.public:
        # A script is told that the session ended, so that what was typed is not thrown away.
        return _to_sign_in(console)
    given = request.headers.get("X-CSRF", "") or request.form.get("csrf", "")
    origin = request.headers.get("Origin", "")
    foreign = bool(origin) and urlsplit(origin).netloc != request.host
    # Behind a proxy the host may differ from the one people see.
    if foreign and origin == console.settings.public_url:
        foreign = False
    if foreign or not given.isascii() or not hmac.compare_digest(given, g.csrf):
        return console.refuse(
            "Trang này đã mở quá lâu hoặc phiên làm việc đã đổi. Xin quay lại, tải lại trang rồi làm "
            "lại.",
            back=_same_site_referrer(),
            status=400,
        )
    return None


def _wrong_person(console: Console, endpoint: str, rule: Rule) -> Answer | None:
    if rule.may is Act.public:
        return None
    account: StaffAccount | None = g.account
    row: StaffSession | None = g.session_row
    if account is None or row is None:
        return _to_sign_in(console)
    if row.second_factor_at is None and account.totp_confirmed_at is not None:
        g.person = None
        if endpoint in _BEFORE_FACTOR:
            return None
        return console.redirect(url_for("console.second_factor", tiep=_here()))
    person: Person = g.person
    if endpoint not in _WHILE_MUST:
        if account.must_change:
            return console.redirect(
                url_for("console.password"), "Xin đặt mật khẩu của riêng bạn.", kind="warning"
            )
        if person.needs_second_factor and account.totp_confirmed_at is None:
            return console.redirect(
                url_for("console.enrol"),
                "Vai trò của bạn cần xác thực hai lớp. Xin cài đặt trước khi làm việc.",
                kind="warning",
            )
    if not person.may(rule.may):
        with console.database.write() as session:
            console.audit(session, "access.refused", page=endpoint)
        return console.refuse(
            "Tài khoản của bạn không có quyền mở trang này. Cần thì hỏi quản trị viên.", status=403
        )
    if rule.confirm and not _fresh(console, row):
        return _to_confirm(console)
    return None


def _fresh(console: Console, row: StaffSession) -> bool:
    life = timedelta(minutes=console.settings.confirm_minutes)
    at: datetime | None = row.confirmed_at
    return at is not None and console.clock.now() - at < life


def _to_confirm(console: Console) -> Answer:
    if _by_script():
        return console.json({"error": "confirm"}, 403)
    back = _here() if request.method in _SAFE else _same_site_referrer()
    return console.redirect(
        url_for("console.confirm", tiep=back),
        "" if request.method in _SAFE else "Xác nhận xong, xin bấm lại nút vừa rồi.",
        kind="warning",
    )


def _to_sign_in(console: Console) -> Answer:
    if _by_script():
        return console.json({"error": "signed_out"}, 401)
    return console.redirect(url_for("console.sign_in", tiep=_here()))


def _by_script() -> bool:
    return bool(request.headers.get("X-CSRF")) or "application/json" in request.headers.get(
        "Accept", ""
    )


def _here() -> str:
    return request.full_path.rstrip("?") if request.method in _SAFE else ""


def _same_site_referrer() -> str:
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def safe_next(address: str) -> str:
    """An address to go on to after signing in: only a page of the console itself."""
    parts = urlsplit(address)
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return address if inside and "\\" not in address and len(address) < 2000 else "/console/"
