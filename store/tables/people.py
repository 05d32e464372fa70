"""Followers, their chats, phones and consent."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from store.tables.columns import Json, big_key, one_of, partial_index


class Proof(StrEnum):
    """How well a follower's claim to a phone is proven (design, "Whose dossier is it?")."""

    claimed = "claimed"
    receipt = "receipt"
    otp = "otp"
    counter = "counter"


VERIFIED = (Proof.receipt, Proof.otp, Proof.counter)


class Follower(SQLModel, table=True):
    """One citizen as this OA sees them; the key is Zalo's UID (protocol 0.5)."""

    __tablename__ = "follower"
    __table_args__ = (
        partial_index("ix_follower_unfollowed", "unfollowed_at", where="unfollowed_at IS NOT NULL"),
    )

    uid: str = Field(primary_key=True)
    display_name: str = ""
    language: str = "vi"
    #: True after "Quan tâm", false after unfollow; a non-follower may still chat.
    followed: bool = False
    follow_count: int = 0
    followed_at: datetime | None = None
    unfollowed_at: datetime | None = None
    first_seen_at: datetime
    last_interaction_at: datetime | None = None
    last_event_at: datetime | None = None
    #: Messages sent to a follower who never wrote (protocol 4.2: three are free).
    welcome_sent: int = 0
    #: "dừng / bật nhận tin".
    notify: bool = True
    #: Zalo's word that nothing reaches them (blocked, inactive); cleared by an interaction.
    unreachable: str = ""
    #: The chat belongs to a person until then: the bot keeps quiet.
    human_until: datetime | None = None
    human_requested_at: datetime | None = None
    withdrawn_at: datetime | None = None


class Conversation(SQLModel, table=True):
    """What the bot waits for in one chat."""

    __tablename__ = "conversation"

    uid: str = Field(primary_key=True)
    flow: str = ""
    step: str = ""
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    expires_at: datetime | None = None
    #: Digest and count of the last answer: never the same sentence three times running.
    last_answer: str = ""
    repeats: int = 0
    updated_at: datetime


class PhoneLink(SQLModel, table=True):
    """A follower's claim to a phone with its proof; a family may share a phone."""

    __tablename__ = "phone_link"
    __table_args__ = (
        one_of("proof", Proof, "proof"),
        partial_index(
            "uq_phone_link_live", "uid", "phone", where="revoked_at IS NULL", unique=True
        ),
        Index("ix_phone_link_phone", "phone"),
    )

    id: int | None = big_key()
    uid: str
    #: E.164, "+84...".
    phone: str
    proof: str = Proof.claimed
    claimed_at: datetime
    verified_at: datetime | None = None
    revoked_at: datetime | None = None


class Consent(SQLModel, table=True):
    """Proof of consent: append-only (Law 91/2025 Art. 9, domain 4.5)."""

    __tablename__ = "consent"
    __table_args__ = (one_of("action", ("given", "withdrawn"), "action"),)

    id: int | None = big_key()
    #: "link_phone", "counter_tick", "notify".
    kind: str
    action: str
    uid: str = Field(default="", index=True)
    phone: str = Field(default="", index=True)
    dossier_id: int | None = None
    wording_version: str
    at: datetime = Field(index=True)
    #: Who recorded it: "citizen", an API key's name, a staff name.
    by: str


class OtpChallenge(SQLModel, table=True):
    """A one-time code on its way to a phone; only its keyed hash is kept."""

    __tablename__ = "otp_challenge"

    id: int | None = big_key()
    uid: str = Field(index=True)
    phone: str = Field(index=True)
    code_hash: str
    created_at: datetime
    expires_at: datetime
    tries: int = 0
    used_at: datetime | None = None


class Throttle(SQLModel, table=True):
    """A counter in a fixed window, shared between machines."""

    __tablename__ = "throttle"

    key: str = Field(primary_key=True)
    window_start: datetime = Field(primary_key=True)
    used: int = 0
