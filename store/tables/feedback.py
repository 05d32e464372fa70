"""Phản ánh, kiến nghị: what citizens reported, what was done, and the files they sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from store.tables.agencies import agency_ref
from store.tables.columns import BigId, Json, big_key, one_of, partial_index

#: What a feedback is about; the words for each are in the catalogue (feedback.kind.*).
FEEDBACK_KINDS = ("service", "procedure", "public_place", "suggestion", "other")
FEEDBACK_STATES = ("new", "accepted", "forwarded", "answered", "closed", "merged")


class Feedback(SQLModel, table=True):
    """One feedback under its code PA-YYMMDD-NNNN (domain 4.6)."""

    __tablename__ = "feedback"
    __table_args__ = (
        one_of("kind", FEEDBACK_KINDS, "kind"),
        one_of("state", FEEDBACK_STATES, "state"),
        Index("ix_feedback_state", "state", "id"),
        Index("ix_feedback_due", "state", "answer_due_at"),
        Index("ix_feedback_agency_state", "agency_id", "state", "id"),
        Index("ix_feedback_created", "created_at"),
        Index("ix_feedback_answered", "answered_at"),
        partial_index("ix_feedback_published", "id", where="published_at IS NOT NULL"),
    )

    id: int | None = big_key()
    code: str = Field(unique=True)
    #: The follower who wrote; "" when it was taken down at the counter or by telephone.
    uid: str = Field(default="", index=True)
    #: "zalo", "counter", "phone".
    source: str = "zalo"
    kind: str
    text: str
    #: Text and place folded, for the inbox's search.
    folded: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    dossier_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, index=True))
    #: Optional, as the citizen gave them; phone in E.164.
    name: str = ""
    phone: str = ""
    agency_id: int | None = agency_ref()
    assignee_id: int | None = Field(
        default=None, sa_column=Column(BigId, nullable=True, index=True)
    )
    state: str = "new"
    merged_into_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    created_at: datetime
    accept_due_at: datetime | None = None
    answer_due_at: datetime | None = None
    accepted_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    reopened: int = 0
    #: The answer as the citizen got it last.
    answer: str = ""
    #: 1 to 5, given after it was closed.
    rating: int | None = None
    rating_note: str = ""
    #: Published with the personal data removed: what everybody may read.
    published_at: datetime | None = None
    public_text: str = ""
    public_answer: str = ""
    updated_at: datetime
    version: int = 1


class FeedbackEntry(SQLModel, table=True):
    """One step in the life of a feedback: a message, an answer, a note, who it went to."""

    __tablename__ = "feedback_entry"
    __table_args__ = (Index("ix_feedback_entry_feedback", "feedback_id", "id"),)

    id: int | None = big_key()
    feedback_id: int = Field(
        sa_column=Column(BigId, ForeignKey("feedback.id", ondelete="CASCADE"), nullable=False)
    )
    at: datetime
    #: "added", "answer", "note", "accepted", "assigned", "forwarded", "closed", "reopened",
    #: "merged", "rated", "published", "unpublished".
    kind: str
    #: "citizen", "system", or a username.
    by: str
    text: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class FeedbackFile(SQLModel, table=True):
    """A photo or document sent with a feedback; no feedback yet while it is being written."""

    __tablename__ = "feedback_file"

    id: int | None = big_key()
    feedback_id: int | None = Field(
        default=None,
        sa_column=Column(
            BigId, ForeignKey("feedback.id", ondelete="CASCADE"), nullable=True, index=True
        ),
    )
    uid: str = Field(default="", index=True)
    #: "photo" or "file".
    kind: str
    name: str = ""
    #: Key of the `StoredFile`; a photo also has a small one for lists.
    media: str = Field(index=True)
    small_media: str = Field(default="", index=True)
    created_at: datetime


class StoredFile(SQLModel, table=True):
    """Bytes that citizens or staff sent, safe to serve: checked, photos re-encoded."""

    __tablename__ = "stored_file"

    #: "sha256:<hex>": the same bytes are kept once, and the sender uploads them under this key.
    media: str = Field(primary_key=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    mimetype: str
    size: int
    created_at: datetime = Field(index=True)
