"""Announcements to many: what is said, to whom, by which ways, and who agreed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from store.tables.agencies import agency_ref
from store.tables.columns import BigId, Json, big_key, one_of, partial_index


class BroadcastState(StrEnum):
    """The life of an announcement; `notify.broadcasts` has the moves that are allowed."""

    draft = "draft"
    #: Somebody else has to agree.
    waiting = "waiting"
    approved = "approved"
    scheduled = "scheduled"
    #: Its time passed while nobody could send it: a person decides.
    missed = "missed"
    #: Its recipients are being fixed.
    preparing = "preparing"
    sending = "sending"
    paused = "paused"
    #: Stopped by itself, because too many failed or left.
    stopped = "stopped"
    cancelled = "cancelled"
    done = "done"


#: States in which a worker has something to do.
AT_WORK = (BroadcastState.scheduled, BroadcastState.preparing, BroadcastState.sending)


class Way(StrEnum):
    """How an announcement travels (zalo-protocol 3.4, 4.2)."""

    #: Each person by the cheapest permitted way.
    mixed = "mixed"
    consultation = "consultation"
    zbs = "zbs"
    #: An article to followers by Zalo's own targeting.
    article = "article"


class Broadcast(SQLModel, table=True):
    """One announcement. Its text stands here once; messages refer to it."""

    __tablename__ = "broadcast"
    __table_args__ = (
        one_of("state", BroadcastState, "state"),
        one_of("way", Way, "way"),
        partial_index(
            "ix_broadcast_work",
            "id",
            where="state IN ('scheduled', 'preparing', 'sending')",
        ),
        Index("ix_broadcast_state", "state", "id"),
        Index("ix_broadcast_started", "started_at"),
    )

    id: int | None = big_key()
    title: str = ""
    title_folded: str = ""
    #: A key of `notify.topics`.
    topic: str = ""
    way: str = Way.mixed
    #: `notify.audience.Audience` as JSON.
    audience: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    #: `notify.compose.Content` as JSON.
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    #: Disaster: own rules and a reason of its own in the audit.
    urgent: bool = False
    urgent_reason: str = ""
    state: str = BroadcastState.draft
    #: Counts up with every saved change, so that two windows never overwrite each other.
    version: int = 0
    #: Digest of everything the approver saw; what is sent must still have it.
    approved_hash: str = ""
    agency_id: int | None = agency_ref(index=False)
    created_by: str
    created_at: datetime
    updated_at: datetime
    submitted_by: str = ""
    submitted_at: datetime | None = None
    approved_by: str = ""
    approved_at: datetime | None = None
    #: What the approver wrote when they sent it back.
    remark: str = ""
    start_at: datetime | None = None
    started_by: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: Not handed to Zalo after this.
    expires_at: datetime | None = None
    #: What was promised before it started: `notify.estimate.Estimate` as JSON.
    estimate: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    #: Where fixing the recipients has got to: {"step": ..., "after": ...}.
    preparing: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    total: int = 0
    #: Recipients up to this key, uid then phone, have their messages in the outbox.
    fed_uid: str = ""
    fed_phone: str = ""
    fed: int = 0
    #: Why it is paused, stopped, missed or cancelled.
    reason: str = ""
    #: What became of it, kept when its messages' contents are long gone.
    figures: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    repeat_id: int | None = Field(default=None, sa_column=Column(BigId, index=True))
    #: The announcement whose failed recipients this one tries again.
    again_of: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))


class BroadcastRecipient(SQLModel, table=True):
    """One person of an announcement, fixed when it starts; either a UID or a phone.

    Nothing here changes afterwards: how far the sending got stands in `Broadcast.fed_uid`, what
    became of each message in the outbox. The key is the promise that nobody is there twice.
    """

    __tablename__ = "broadcast_recipient"
    # No second index: a million rows are written at once, and who asks for a person knows which
    # announcements matter.
    __table_args__ = ({"sqlite_with_rowid": False},)

    broadcast_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    uid: str = Field(primary_key=True)
    phone: str = Field(primary_key=True)
    #: The dossier for which they are told, newest first; None when none matters.
    dossier_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))


class BroadcastListed(SQLModel, table=True):
    """A phone or dossier of an uploaded list."""

    __tablename__ = "broadcast_listed"
    __table_args__ = ({"sqlite_with_rowid": False},)

    broadcast_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    #: E.164; "" for a dossier.
    phone: str = Field(primary_key=True)
    #: 0 for a phone.
    dossier_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))


class BroadcastRepeat(SQLModel, table=True):
    """An announcement that comes back, for example each month's closing days."""

    __tablename__ = "broadcast_repeat"

    id: int | None = big_key()
    #: The announcement it copies; approved as it stands.
    broadcast_id: int = Field(sa_column=Column(BigId, nullable=False, unique=True))
    #: `notify.repeats.Rule` as JSON.
    rule: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    active: bool = Field(default=True, index=True)
    next_at: datetime | None = None
    changed_by: str
    updated_at: datetime


class BroadcastPiece(SQLModel, table=True):
    """A saved audience ("segment") or a saved text ("template")."""

    __tablename__ = "broadcast_piece"
    __table_args__ = (
        one_of("kind", ("segment", "template"), "kind"),
        Index("uq_broadcast_piece_name", "kind", "name", unique=True),
    )

    id: int | None = big_key()
    kind: str
    name: str
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    changed_by: str
    updated_at: datetime


class BroadcastArticle(SQLModel, table=True):
    """How far an article has got at Zalo (zalo-protocol 3.10, 3.4)."""

    __tablename__ = "broadcast_article"
    __table_args__ = (
        one_of("step", ("create", "verify", "send", "handed", "unsure", "refused"), "step"),
    )

    broadcast_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    step: str = "create"
    token: str = ""
    article_id: str = ""
    zalo_message_id: str = ""
    tries: int = 0
    next_at: datetime
    problem: str = ""
    updated_at: datetime


class TopicChoice(SQLModel, table=True):
    """A follower's own word about a topic; without one the topic's default counts."""

    __tablename__ = "topic_choice"

    uid: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    wanted: bool
    at: datetime


class FollowerTag(SQLModel, table=True):
    """A tag of the OA on a follower, as Zalo's events and lists tell (zalo-protocol 3.7)."""

    __tablename__ = "follower_tag"

    tag: str = Field(primary_key=True)
    uid: str = Field(primary_key=True, index=True)
