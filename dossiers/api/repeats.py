"""Idempotency-Key: the repeat of a request gets the first answer and changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from dossiers.api.problems import Problem
from store import idempotency
from store.engine import Database
from store.idempotency import Standing

_LONGEST = 200
Answer = tuple[Mapping[str, Any], int]


def once(
    database: Database,
    caller_id: int,
    key: str | None,
    request: tuple[str, str, bytes],
    now: datetime,
    work: Callable[[], Answer],
) -> Answer:
    """Do ``work`` once for a key; without one, just do it.

    ``request`` is method, path and body: another request under the same key is refused (422).
    """
    if key is None:
        return work()
    if not 0 < len(key) <= _LONGEST or not key.isascii() or not key.isprintable():
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "idempotency_key",
            f"Idempotency-Key phải là 1 đến {_LONGEST} ký tự ASCII in được.",
        )
    method, path, body = request
    digest = hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
    with database.write() as session:
        claim = idempotency.claim(session, caller_id, key, digest, now)
    if claim.standing is Standing.answered:
        return claim.answer or {}, claim.status
    if claim.standing is Standing.other_request:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "idempotency_key",
            "Idempotency-Key này đã dùng cho một yêu cầu khác; hãy dùng khóa mới.",
        )
    if claim.standing is Standing.running:
        raise Problem(
            HTTPStatus.CONFLICT,
            "running",
            "Yêu cầu cùng Idempotency-Key đang được xử lý; thử lại sau.",
            headers={"Retry-After": "1"},
        )
    try:
        answer = work()
    except BaseException:
        with database.write() as session:
            idempotency.release(session, caller_id, key)
        raise
    with database.write() as session:
        idempotency.keep(session, caller_id, key, answer[1], dict(answer[0]))
    return answer
