"""Who asks, what they may do and how often (contract 3, "API authentication")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Request

from crypto import Vault
from dossiers.api.problems import Problem
from settings import Settings
from store import api_keys, throttles
from store.engine import Database
from store.meters import Limit, Meter
from store.tables import Dossier

_WINDOW = timedelta(minutes=1)
_LONGEST_KEY = 200


@dataclass(frozen=True)
class Caller:
    """A system with a valid key."""

    key_id: int
    name: str
    scopes: frozenset[str]
    #: The source systems it may speak for; None for any.
    sources: frozenset[str] | None = None


class Strangers:
    """Requests without a right key, counted by address.

    Right keys are admitted however many wrong ones come from beside them: several systems of a
    province may share one address, and 256 random bits are not found by trying.
    """

    def __init__(self, database: Database, settings: Settings, vault: Vault) -> None:
        self._settings = settings
        self._vault = vault
        self._meter = Meter(database)

    def refuse(self, request: Request, now: datetime, detail: str) -> Problem:
        """401, or 429 beyond the limit; a stranger makes the database write only up to that."""
        limit = Limit("api-key", self._settings.api_wrong_keys_per_minute, _WINDOW)
        who = self._vault.address_hash(request.remote_addr or "")
        wait = self._meter.add(limit, who, now)
        return (
            _too_often(wait, "Quá nhiều yêu cầu không có khóa đúng") if wait else _unknown(detail)
        )


def admit(
    request: Request,
    database: Database,
    settings: Settings,
    now: datetime,
    scope: str,
    strangers: Strangers,
) -> Caller:
    """The caller, counted; 401 without a valid key, 429 beyond the rate, 403 without the scope."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not 0 < len(key) <= _LONGEST_KEY:
        missing = "Thiếu khóa: gửi tiêu đề Authorization: Bearer <khóa>."
        raise strangers.refuse(request, now, missing)
    with database.read() as session:
        row = api_keys.authenticate(session, key)
    if row is None or row.id is None:
        raise strangers.refuse(request, now, "Khóa không đúng hoặc đã bị thu hồi.")
    with database.write() as session:
        used = throttles.add(session, f"api:{row.id}", now, _WINDOW)
        api_keys.touch(session, row, now)
    if used > settings.api_requests_per_minute:
        wait = max(1, int((throttles.ends(now, _WINDOW) - now).total_seconds()) + 1)
        raise _too_often(wait, f"Quá {settings.api_requests_per_minute} yêu cầu mỗi phút")
    scopes = frozenset(row.scopes.split())
    if scope not in scopes:
        raise Problem(
            HTTPStatus.FORBIDDEN, "scope", f"Khóa này không có quyền {scope}; xin cấp khóa khác."
        )
    return Caller(row.id, row.name, scopes, api_keys.may_speak_for(row.name, row.sources))


def check_source(caller: Caller, dossier: Dossier) -> None:
    """403 when the key is limited to other source systems than the one that owns the dossier."""
    if caller.sources is not None and dossier.source_system not in caller.sources:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "source",
            "Khóa này không được dùng cho hồ sơ của hệ thống nguồn khác; xin quản trị viên mở rộng "
            "phạm vi của khóa.",
        )


def _too_often(wait: int, what: str) -> Problem:
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate",
        f"{what}; thử lại sau {wait} giây.",
        headers={"Retry-After": str(wait)},
    )


def _unknown(detail: str) -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        detail,
        headers={"WWW-Authenticate": 'Bearer realm="api"'},
    )
