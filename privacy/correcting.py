"""Correcting what is kept: the name and phone of a dossier, links, consent (Law 91/2025 Art. 13)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from dossiers.names import fold
from dossiers.phones import Phone, read_phone
from privacy.requests import NotNow
from store import consents, dossiers, links, lookups
from store import privacy as store
from store.dossier_words import index_words
from store.tables import Dossier, PrivacyRequest

_REASONS = {
    "landline": "là máy bàn",
    "old_landline": "là máy bàn kiểu cũ",
    "service": "là số dịch vụ",
    "several": "gồm nhiều số",
}


def belongs(session: Session, row: PrivacyRequest, dossier: Dossier) -> bool:
    """Whether a dossier is one of those this request may be about."""
    if row.phone and dossier.phone == row.phone:
        return True
    if row.dossier_code and dossier.code == row.dossier_code:
        return True
    return bool(row.uid) and dossier.id in links.entitled(session, row.uid, [dossier])


def correct_dossier(
    session: Session, row: PrivacyRequest, code: str, name: str, phone: str, now: datetime
) -> list[str]:
    """Write another name or phone into a dossier of whoever asks; which fields changed.

    `NotNow` for a dossier that is not theirs, a phone that is none, or nothing to change. The
    one-stop software keeps its own copy and has to be corrected too, or its next push undoes it.
    """
    held = dossiers.lock(session, [code], now, create=False)[0].get(code)
    if held is None or not belongs(session, row, held):
        raise NotNow("Không có hồ sơ này trong số hồ sơ của người yêu cầu.")
    changed: list[str] = []
    if name and name != held.owner_name:
        held.owner_name, held.owner_folded = name, fold(name)
        changed.append("owner_name")
    if phone:
        read = read_phone(phone)
        if not isinstance(read, Phone):
            why = _REASONS.get(read.reason, "không phải số di động Việt Nam")
            raise NotNow(f"Số điện thoại này {why}; xin nhập một số di động.")
        if read.e164 != held.phone:
            held.phone, held.phone_problem = read.e164, ""
            changed.append("phone")
    if not changed:
        raise NotNow("Chưa có gì thay đổi: xin ghi tên hoặc số điện thoại mới.")
    held.updated_at, held.version = now, held.version + 1
    session.add(held)
    session.flush()
    index_words(session, [held])
    return changed


def unlink(
    session: Session, row: PrivacyRequest, link_id: int, version: str, now: datetime, by: str
) -> bool:
    """End one link between a phone and a Zalo account; False when it is not about this request."""
    link = store.link(session, link_id)
    if link is None or not ((row.phone and link.phone == row.phone) or link.uid == row.uid):
        return False
    if links.revoke(session, link.uid, link_id, now) is None:
        return False
    consents.record(
        session,
        kind="link_phone",
        action="withdrawn",
        version=version,
        now=now,
        uid=link.uid,
        phone=link.phone,
        by=by,
    )
    return True


def withdraw(session: Session, row: PrivacyRequest, version: str, now: datetime, by: str) -> str:
    """Stop every notice to whoever asks; their dossiers go on. What was done, in words."""
    if row.uid:
        store.silence_user(session, row.uid)
        consents.record(
            session,
            kind="notify",
            action="withdrawn",
            version=version,
            now=now,
            uid=row.uid,
            by=by,
        )
        for link in links.live(session, row.uid):
            unlink(session, row, link.id or 0, version, now, by)
        for dossier in lookups.watched(session, row.uid, 1000):
            links.unwatch(session, row.uid, dossier.id or 0)
        return "Đã dừng mọi thông báo, hủy liên kết số điện thoại và theo dõi hồ sơ."
    if not row.phone:
        raise NotNow("Yêu cầu này không có số điện thoại hay tài khoản Zalo nào để dừng thông báo.")
    for link_id in store.links_of_phone(session, row.phone):
        unlink(session, row, link_id, version, now, by)
    count = store.silence_phone(session, row.phone)
    consents.record(
        session,
        kind="counter_tick",
        action="withdrawn",
        version=version,
        now=now,
        phone=row.phone,
        by=by,
    )
    return f"Đã dừng thông báo của {count} hồ sơ và hủy mọi liên kết của số điện thoại."
