"""Messages on their way to citizens."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from store.tables.columns import BigId, Json, big_key, one_of, partial_index


class Lane(StrEnum):
    """Who goes first: a reply before a status message before a reminder before a broadcast."""

    reply = "reply"
    status = "status"
    reminder = "reminder"
    broadcast = "broadcast"


LANE_RANK = {Lane.reply: 0, Lane.status: 1, Lane.reminder: 2, Lane.broadcast: 3}


class OutboxState(StrEnum):
    """A message moves right, never left: queued, leased, then one of the ends, then receipts."""

    queued = "queued"
    leased = "leased"
    #: Left us and no answer came: sent once more after a pause, or never (by kind).
    uncertain = "uncertain"
    sent = "sent"
    delivered = "delivered"
    seen = "seen"
    dropped = "dropped"
    parked = "parked"


WAITING = (OutboxState.queued, OutboxState.leased, OutboxState.uncertain)
#: Kinds whose contents are secret and not kept once the message was handed over.
SECRET_KINDS = frozenset({"otp"})


class Outbox(SQLModel, table=True):
    """One message for one recipient; committed together with what caused it."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("state", OutboxState, "state"),
        one_of("lane", Lane, "lane"),
        partial_index(
            "ix_outbox_due", "rank", "due_at", "id", where="state IN ('queued', 'uncertain')"
        ),
        partial_index(
            "ix_outbox_order", "order_key", "id", where="state IN ('queued', 'leased', 'uncertain')"
        ),
        partial_index("ix_outbox_leased", "lease_until", where="state = 'leased'"),
        partial_index("ix_outbox_parked", "id", where="state = 'parked'"),
        partial_index("ix_outbox_kept", "created_at", where="order_key != ''"),
        Index("ix_outbox_event", "dossier_event_id"),
        Index("ix_outbox_zalo_id", "zalo_message_id"),
        Index("ix_outbox_uid", "uid", "id"),
        partial_index(
            "ix_outbox_broadcast", "broadcast_id", "state", where="broadcast_id IS NOT NULL"
        ),
    )

    id: int | None = big_key()
    #: event + recipient + kind: the same cause never queues the same message twice.
    dedupe_key: str = Field(unique=True)
    lane: str
    rank: int
    #: Message kind: names a price, a ZBS template, an expiry, e.g. "status_received", "reply".
    kind: str
    uid: str = ""
    phone: str = ""
    #: recipient + lane: rows that share it are sent in the order of their ids. Emptied with
    #: the contents by retention.
    order_key: str
    #: `bot.messages.to_json`; the text a follower would get as a consultation message.
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    #: Facts for a ZBS template of this kind: {"code": ..., "state": ...}.
    facts: dict[str, str] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    dossier_id: int | None = Field(default=None, sa_column=Column(BigId, index=True))
    dossier_event_id: int | None = Field(default=None, sa_column=Column(BigId))
    #: The announcement this is a part of; its text stands there, the body only refers to it.
    broadcast_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    correlation_id: str
    created_at: datetime
    due_at: datetime
    #: After this it is no longer useful and is dropped, never sent late.
    expires_at: datetime | None = None
    state: str = OutboxState.queued
    #: Why it waits or ended: "night", "window", "opted_out", "no_follower", an error code.
    reason: str = ""
    attempts: int = 0
    lease_owner: str = ""
    lease_until: datetime | None = None
    channel: str = ""
    zalo_message_id: str = ""
    cost_vnd: int = 0
    error_code: int | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    seen_at: datetime | None = None


class RateWindow(SQLModel, table=True):
    """Calls used in one clock minute, per OA and per app (protocol 3.1)."""

    __tablename__ = "rate_window"

    #: "oa:<id>" or "app:<id>".
    scope: str = Field(primary_key=True)
    #: Minutes since the epoch.
    minute: int = Field(primary_key=True)
    used: int = 0
    #: What Zalo's headers or a -32 taught us; 0 = only the setting counts.
    learned_limit: int = 0
    #: No more calls in this minute, whatever the count says.
    closed: bool = False


class Allowance(SQLModel, table=True):
    """Package messages used in a month (Vietnam time), and what Zalo last said remains."""

    __tablename__ = "allowance"

    #: "consultation:2026-11".
    key: str = Field(primary_key=True)
    used: int = 0
    remain_told: int | None = None
    told_at: datetime | None = None


class EarlyReceipt(SQLModel, table=True):
    """What an echo or receipt said about a message whose id we did not know yet.

    The echo may overtake the answer of the send call, and after a timeout it is the only word
    that the message was taken (protocol 8.7).
    """

    __tablename__ = "early_receipt"
    __table_args__ = (Index("ix_early_receipt_uid", "uid", "content"),)

    zalo_message_id: str = Field(primary_key=True)
    uid: str = ""
    #: What was sent, as a digest; "" when only a receipt arrived.
    content: str = ""
    #: Our own mark of a template sent by phone, as receipts repeat it (protocol 5.2).
    tracking_id: str = Field(default="", index=True)
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    seen_at: datetime | None = None
    created_at: datetime = Field(index=True)
