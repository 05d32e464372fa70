"""The recipient of a claimed message, read once more just before it goes."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from store import driver
from store.sending import THEIRS, TIE, Claimed

_NOW = (
    f"SELECT {', '.join('f.' + name for name in THEIRS)}, d.phone, d.zalo_notify, {TIE}"
    " FROM outbox o LEFT JOIN follower f ON f.uid = o.uid"
    " LEFT JOIN dossier d ON d.id = o.dossier_id WHERE o.id = :id"
)


def latest(session: Session, row: Claimed) -> Claimed | None:
    """The claimed message with what is known of its recipient and dossier now.

    None when the message itself is gone: its recipient had their data erased meanwhile. Welcome
    messages are left as they were: whoever sends counts those since the claim by itself.
    """
    found = driver.execute(session.connection(), _NOW, {"id": row.id}).first()
    if found is None:
        return None
    followed, followed_at, unfollowed_at, spoke, _, notify, unreachable, gone = found[:8]
    dossier_phone, tick, tie = found[8:]
    return replace(
        row,
        followed=None if followed is None else bool(followed),
        followed_at=driver.moment(followed_at),
        unfollowed_at=driver.moment(unfollowed_at),
        last_interaction_at=driver.moment(spoke),
        notify=None if notify is None else bool(notify),
        unreachable=unreachable,
        withdrawn_at=driver.moment(gone),
        dossier_phone=dossier_phone,
        tick=bool(tick),
        tie=tie,
    )
