"""The life of a request: opened with a code and its clocks, acknowledged, extended once, ended.

Whoever asked in the chat hears of every step there; at the counter they get paper.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.messages import Text, to_json
from clock import VIETNAM
from dossiers.workdays import Calendar
from privacy.clocks import due_of, due_times, end_of_day
from settings import Settings
from store import followers
from store import privacy as store
from store.outbox import Draft, enqueue
from store.sequences import next_number
from store.tables import Lane, PrivacyRequest
from wording import Words

KINDS = {
    "see": "Xem dữ liệu",
    "correct": "Sửa dữ liệu",
    "delete": "Xóa dữ liệu",
    "withdraw": "Rút lại sự đồng ý",
}
SOURCES = {"chat": "Chat Zalo", "zalo": "Zalo báo", "counter": "Tại quầy", "cli": "Dòng lệnh"}
STATES = {
    "new": "Mới",
    "acknowledged": "Đã xác nhận",
    "done": "Đã xong",
    "refused": "Không thực hiện",
}
#: An answer to a request is worth sending for as long as the chat stays open (protocol 4.2).
_EXPIRY = timedelta(days=7)
_STEPS = ("acknowledged", "extended", "done", "refused")


class NotNow(Exception):
    """The request is past this step, or the step is not allowed; the sentence says why."""


def open_request(
    session: Session,
    *,
    kind: str,
    source: str,
    now: datetime,
    calendar: Calendar,
    settings: Settings,
    by: str,
    uid: str = "",
    phone: str = "",
    name: str = "",
    dossier_code: str = "",
    details: str = "",
    identity_check: str = "",
    received_at: datetime | None = None,
) -> PrivacyRequest:
    """Take a request in under a new code DL-YYMMDD-NNN; ``received_at`` when it came before now."""
    received = received_at or now
    due = due_times(kind, received, calendar, settings)
    return store.add(
        session,
        PrivacyRequest(
            code=_code(session, now),
            kind=kind,
            source=source,
            uid=uid,
            phone=phone,
            name=name,
            dossier_code=dossier_code,
            details=details,
            identity_check=identity_check,
            received_at=received,
            acknowledge_due_at=due.acknowledge,
            due_at=due.done,
            created_by=by,
            updated_at=now,
        ),
    )


def record_done(
    session: Session,
    *,
    kind: str,
    source: str,
    outcome: str,
    now: datetime,
    by: str,
    identity_check: str = "",
) -> PrivacyRequest:
    """Write down a request that was fulfilled at once; nothing in it names anybody."""
    return store.add(
        session,
        PrivacyRequest(
            code=_code(session, now),
            kind=kind,
            source=source,
            identity_check=identity_check,
            received_at=now,
            acknowledge_due_at=now,
            acknowledged_at=now,
            due_at=now,
            state="done",
            outcome=outcome,
            done_at=now,
            done_by=by,
            created_by=by,
            updated_at=now,
        ),
    )


def _code(session: Session, now: datetime) -> str:
    day = f"{now.astimezone(VIETNAM):%y%m%d}"
    return f"DL-{day}-{next_number(session, f'privacy:{day}'):03}"


def acknowledge(session: Session, row: PrivacyRequest, settings: Settings, now: datetime) -> None:
    """Say that it was received and will be worked on (2 working days)."""
    if row.state != "new":
        raise NotNow("Yêu cầu này đã được xác nhận.")
    row.state, row.acknowledged_at = "acknowledged", now
    store.touch(session, row, now)
    _tell(session, row, "acknowledged", settings, now, due=_day(due_of(row)))


def longest(row: PrivacyRequest, settings: Settings) -> datetime:
    """How far the one extension may reach."""
    return end_of_day(row.due_at + timedelta(days=settings.privacy_extension_days))


def extend(
    session: Session,
    row: PrivacyRequest,
    until: datetime,
    reason: str,
    settings: Settings,
    now: datetime,
) -> None:
    """Move the end once, with a reason the citizen reads."""
    _must_be_open(row)
    if row.extended_until is not None:
        raise NotNow("Chỉ được gia hạn một lần.")
    if not row.due_at < until <= longest(row, settings):
        raise NotNow(
            f"Ngày mới phải sau {_day(row.due_at)} và không quá {_day(longest(row, settings))}."
        )
    if not reason.strip():
        raise NotNow("Xin ghi lý do gia hạn; công dân đọc được lý do này.")
    row.extended_until, row.extension_reason = until, reason.strip()
    store.touch(session, row, now)
    _tell(session, row, "extended", settings, now, due=_day(until), reason=row.extension_reason)


def finish(
    session: Session,
    row: PrivacyRequest,
    *,
    outcome: str,
    by: str,
    settings: Settings,
    now: datetime,
    done: bool = True,
    tell: bool = True,
) -> None:
    """Close it, fulfilled or refused with a reason, and forget whose it was.

    ``outcome`` is kept and told to the citizen: it holds no personal data. Without ``tell``
    nobody is written to, as after erasing.
    """
    _must_be_open(row)
    if not outcome.strip():
        raise NotNow("Xin ghi đã làm gì, hoặc vì sao không thực hiện.")
    if tell:
        step = "done" if done else "refused"
        _tell(session, row, step, settings, now, outcome=outcome.strip())
    if row.acknowledged_at is None:
        row.acknowledged_at = now
    state = "done" if done else "refused"
    store.end(session, row, state=state, outcome=outcome.strip(), by=by, now=now)


def message_keys(row: PrivacyRequest) -> list[str]:
    """The keys under which the steps of a request were told in the chat."""
    return [f"privacy:{row.id}:{step}" for step in _STEPS]


def _must_be_open(row: PrivacyRequest) -> None:
    if row.state not in store.OPEN:
        raise NotNow("Yêu cầu này đã kết thúc.")


def _tell(
    session: Session,
    row: PrivacyRequest,
    step: str,
    settings: Settings,
    now: datetime,
    **values: str,
) -> None:
    """Queue a word to whoever asked in the chat; the transaction must wake the worker."""
    follower = followers.get(session, row.uid) if row.uid else None
    if follower is None:
        return
    words = Words(follower.language, settings)
    text = words(f"privacy.{step}", code=row.code, **values)
    draft = Draft(
        dedupe_key=f"privacy:{row.id}:{step}",
        lane=Lane.reply,
        kind="privacy",
        body=to_json(Text(text)),
        correlation_id=f"privacy-{row.id}",
        due_at=now,
        uid=row.uid,
        expires_at=now + _EXPIRY,
    )
    enqueue(session, [draft], now)


def _day(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%d/%m/%Y}"
