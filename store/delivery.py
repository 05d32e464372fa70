"""What became of sent messages: echoes and receipts move a row forward, never back.

The word about a message may overtake the answer of the call that sent it, and after a timeout
it is the only word there is (protocol 8.7). It is then kept as an early receipt, which the
sender's result or `reconcile` brings together with its row.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, exists, func, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from store.tables import SECRET_KINDS, EarlyReceipt, Outbox, OutboxState

#: States from which a receipt may lift a row; one that waits to be sent (again) stays.
_LIFTED = (OutboxState.sent, OutboxState.uncertain, OutboxState.parked)
_BATCH = 500
_SENT = OutboxState.sent
#: Why a message may be parked though it arrived.
_UNSURE_REASONS = ("uncertain", "lease_expired", "restored")
_MARK = re.compile(r"m([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True)
class News:
    """What an echo or receipt says of one message; a later stage includes the earlier ones."""

    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    seen_at: datetime | None = None
    uid: str = ""
    content: str = ""
    tracking_id: str = ""


def text_digest(text: str) -> str:
    """How a text is recognised in its echo without keeping it."""
    return "text:" + hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def content_of(body: Mapping[str, Any], channel: str) -> str:
    """The digest that the echo of an outbox row with this body would carry."""
    if channel == "zbs_uid":
        return "template"
    kind, text = str(body.get("kind", "")), str(body.get("text") or "")
    return text_digest(text) if kind == "text" and text else kind


def echoes_of(body: Mapping[str, Any], channel: str) -> frozenset[str]:
    """All digests that an echo of this row may carry.

    An announcement's row names them, for its words stand elsewhere, and a sender that died did
    not say by which way it was to go.
    """
    named = body.get("echoes")
    if channel != "zbs_uid" and isinstance(named, list):
        return frozenset(str(one) for one in named)
    return frozenset({content_of(body, channel)} - {""})


def learn(session: Session, message_id: str, news: News, now: datetime) -> bool:
    """Move the row with this id forward; when there is none yet, keep the news. True = moved."""
    known = session.connection().execute(
        core_select(col(Outbox.id)).where(col(Outbox.zalo_message_id) == message_id)
    )
    if known.first() is None:
        _keep(session, message_id, news, now)
        by_itself = bool(news.content or news.tracking_id)
        return by_itself and settle_uncertain(session, message_id) > 0
    _apply(session, message_id, news)
    return True


def take_early(session: Session, message_ids: Sequence[str]) -> dict[str, News]:
    """Remove and answer what was heard of these messages before their ids were known."""
    wanted = [message_id for message_id in message_ids if message_id]
    if not wanted:
        return {}
    rows = session.connection().execute(
        delete(EarlyReceipt)
        .where(col(EarlyReceipt.zalo_message_id).in_(wanted))
        .returning(
            col(EarlyReceipt.zalo_message_id),
            col(EarlyReceipt.sent_at),
            col(EarlyReceipt.delivered_at),
            col(EarlyReceipt.seen_at),
        )
    )
    return {row[0]: News(row[1], row[2], row[3]) for row in rows}


def apply_early(session: Session, message_ids: Sequence[str]) -> int:
    """Give rows that just learnt their ids what was heard of them before; answers how many."""
    early = take_early(session, message_ids)
    for message_id in sorted(early):
        _apply(session, message_id, early[message_id])
    return len(early)


def reconcile(session: Session) -> int:
    """Bring early receipts and rows together that missed each other; answers how many met.

    Two ways: the id was written while the receipt was being read (both committed, neither saw
    the other), or the send call never answered and only the echo knows the id.
    """
    matched = core_select(col(EarlyReceipt.zalo_message_id)).where(
        exists().where(
            col(Outbox.zalo_message_id) == col(EarlyReceipt.zalo_message_id),
            col(Outbox.zalo_message_id) != "",
        )
    )
    ids = [str(found) for found in session.scalars(matched.limit(_BATCH))]
    return apply_early(session, ids) + settle_uncertain(session)


def settle_uncertain(session: Session, message_id: str = "") -> int:
    """An uncertain message whose echo came was sent: it must not go out a second time.

    Looks at all early receipts, or at one. Answers how many messages were settled.
    """
    wanted = (col(EarlyReceipt.content) != "") | (col(EarlyReceipt.tracking_id) != "")
    if message_id:
        wanted = wanted & (col(EarlyReceipt.zalo_message_id) == message_id)
    echoes = session.exec(
        select(EarlyReceipt)
        .where(wanted)
        .order_by(col(EarlyReceipt.created_at), col(EarlyReceipt.zalo_message_id))
        .limit(_BATCH)
    ).all()
    if not echoes:
        return 0
    rows = session.exec(_unsure(echoes)).all()
    met: list[str] = []
    for row in rows:
        echo = _echo_of(row, [one for one in echoes if one.zalo_message_id not in met])
        if echo is not None:
            row.zalo_message_id, row.state, row.reason = echo.zalo_message_id, _SENT, ""
            row.sent_at = row.sent_at or echo.sent_at or echo.delivered_at
            if row.kind in SECRET_KINDS:
                row.body, row.facts = {}, {}
            session.add(row)
            met.append(echo.zalo_message_id)
    session.flush()
    return apply_early(session, met)


def _unsure(echoes: Sequence[EarlyReceipt]) -> SelectOfScalar[Outbox]:
    """Messages to whom these echoes went of which nobody knows whether they arrived."""
    uids = {echo.uid for echo in echoes if echo.content}
    marked = [int(found[1]) for echo in echoes if (found := _MARK.fullmatch(echo.tracking_id))]
    # Found by recipient and by id: a look through the whole queue would cost every echo.
    return (
        select(Outbox)
        .where(
            col(Outbox.uid).in_(uids) | col(Outbox.id).in_(marked),
            col(Outbox.state).in_([OutboxState.uncertain.value, OutboxState.parked.value]),
            (col(Outbox.state) == OutboxState.uncertain.value)
            | col(Outbox.reason).in_(_UNSURE_REASONS),
            Outbox.zalo_message_id == "",
        )
        .order_by(col(Outbox.id))
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )


def tracking_id(outbox_id: int) -> str:
    """Our mark in a template sent by phone, by which its receipt finds the row."""
    return f"m{outbox_id}"


def _echo_of(row: Outbox, echoes: Sequence[EarlyReceipt]) -> EarlyReceipt | None:
    mark, likely = tracking_id(row.id or 0), echoes_of(row.body, row.channel)
    for echo in echoes:
        same = bool(row.uid) and echo.uid == row.uid and echo.content in likely
        if echo.tracking_id == mark or (same and echo.created_at >= row.created_at):
            return echo
    return None


def _apply(session: Session, message_id: str, news: News) -> None:
    delivered = news.delivered_at or news.seen_at
    values: dict[str, Any] = {}
    lifted = [state.value for state in _LIFTED]
    if news.seen_at:
        values["seen_at"] = func.coalesce(col(Outbox.seen_at), news.seen_at)
        lifted.append(OutboxState.delivered.value)
    if delivered:
        values["delivered_at"] = func.coalesce(col(Outbox.delivered_at), delivered)
    if not values:
        return
    reached = OutboxState.seen if news.seen_at else OutboxState.delivered
    values["state"] = case((col(Outbox.state).in_(lifted), reached.value), else_=col(Outbox.state))
    session.connection().execute(
        update(Outbox).where(col(Outbox.zalo_message_id) == message_id).values(values)
    )


def _keep(session: Session, message_id: str, news: News, now: datetime) -> None:
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(EarlyReceipt) if dialect == "sqlite" else postgresql.insert(EarlyReceipt)
    row = insert.values(
        zalo_message_id=message_id,
        uid=news.uid,
        content=news.content,
        tracking_id=news.tracking_id,
        sent_at=news.sent_at,
        delivered_at=news.delivered_at,
        seen_at=news.seen_at,
        created_at=now,
    )
    new, table = row.excluded, EarlyReceipt
    session.connection().execute(
        row.on_conflict_do_update(
            index_elements=["zalo_message_id"],
            set_={
                "uid": case((new.uid != "", new.uid), else_=col(table.uid)),
                "content": case((new.content != "", new.content), else_=col(table.content)),
                "tracking_id": case(
                    (new.tracking_id != "", new.tracking_id), else_=col(table.tracking_id)
                ),
                "sent_at": func.coalesce(col(table.sent_at), new.sent_at),
                "delivered_at": func.coalesce(col(table.delivered_at), new.delivered_at),
                "seen_at": func.coalesce(col(table.seen_at), new.seen_at),
            },
        )
    )
