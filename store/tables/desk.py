"""What staff keep at their desks: chats they took, texts they reuse, filters, imports, notes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.tables.agencies import agency_ref
from store.tables.columns import BigId, Json, big_key, one_of, partial_index
from store.tables.dossiers import dossier_key
from store.tables.staff import account_key

#: What a saved text is for.
TEXT_PURPOSES = ("chat", "feedback", "supplement", "refusal", "stop", "payment", "apology")
IMPORT_STATES = ("uploaded", "queued", "running", "done", "failed", "cancelled")


class ChatRequest(SQLModel, table=True):
    """A chat that asks for a person, from the asking until it goes back to the bot."""

    __tablename__ = "chat_request"
    __table_args__ = (
        partial_index("uq_chat_request_open", "uid", where="closed_at IS NULL", unique=True),
        Index("ix_chat_request_opened", "opened_at"),
    )

    id: int | None = big_key()
    uid: str = Field(index=True)
    #: "asked", "feedback", "staff" (a person wrote first), "zalo" (answered in Zalo's own tool).
    reason: str
    opened_at: datetime
    agency_id: int | None = agency_ref(index=False)
    claimed_by_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    claimed_at: datetime | None = None
    last_staff_at: datetime | None = None
    closed_at: datetime | None = None
    #: A username, "citizen" (back to the bot), "system" (nobody wrote any more).
    closed_by: str = ""


class SavedText(SQLModel, table=True):
    """A canned reply, an answer's template, or a reason staff use again."""

    __tablename__ = "saved_text"
    __table_args__ = (
        one_of("purpose", TEXT_PURPOSES, "purpose"),
        Index("ix_saved_text_purpose", "purpose", "title"),
    )

    id: int | None = big_key()
    purpose: str
    title: str
    text: str
    agency_id: int | None = agency_ref(index=False)
    changed_by: str = ""
    updated_at: datetime


class SavedFilter(SQLModel, table=True):
    """A list's filters somebody keeps under a name."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("account_id", "page", "name", name="uq_saved_filter_name"),)

    id: int | None = big_key()
    account_id: int = account_key(index=False)
    #: "dossiers", "feedback", "audit".
    page: str
    name: str
    #: The query string without the place in the list.
    query: str
    created_at: datetime


class DossierNote(SQLModel, table=True):
    """What staff write for each other about a dossier; citizens never see it."""

    __tablename__ = "dossier_note"

    id: int | None = big_key()
    dossier_id: int = dossier_key(index=True)
    at: datetime
    by: str
    text: str


class DossierWord(SQLModel, table=True):
    """The words a dossier is found by: its owner's name folded, the last part of its code."""

    __tablename__ = "dossier_word"

    word: str = Field(primary_key=True)
    dossier_id: int = dossier_key(index=True, primary=True)


class ImportJob(SQLModel, table=True):
    """A file somebody uploaded to be imported, worked off by a worker piece by piece."""

    __tablename__ = "import_job"
    __table_args__ = (
        one_of("state", IMPORT_STATES, "state"),
        partial_index("ix_import_job_open", "id", where="state IN ('queued', 'running')"),
    )

    id: int | None = big_key()
    #: "dossiers" or "procedures".
    kind: str
    file_name: str
    #: Emptied by retention once the job has ended.
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    #: Column header -> field name, as confirmed by the person.
    columns: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    dry_run: bool = True
    announce: bool = False
    state: str = "uploaded"
    rows_total: int = 0
    rows_done: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    warned: int = 0
    #: The first problems, for the page; all of them are in ``result``.
    problems: list[Any] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    #: The result file (CSV, UTF-8 with mark).
    result: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    problem: str = ""
    by: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease_owner: str = ""
    lease_until: datetime | None = None


class AskedSentence(SQLModel, table=True):
    """A sentence citizens asked, numbers and names taken out, counted and not tied to anybody."""

    __tablename__ = "asked_sentence"
    __table_args__ = (
        Index("ix_asked_sentence_times", "understood", "times"),
        Index("ix_asked_sentence_last", "last_at"),
    )

    folded: str = Field(primary_key=True)
    text: str
    intent: str = ""
    #: The procedure it was answered with, "" for none.
    procedure_key: str = ""
    #: The side asked for: "documents", "fee", ... (contract 1), "" for none.
    facet: str = ""
    understood: bool = True
    times: int = 1
    first_at: datetime
    last_at: datetime
    #: "", "alias", "test", "ignored".
    resolved: str = ""
    resolved_by: str = ""


class DailyCount(SQLModel, table=True):
    """One number of one day in Vietnam: "received", "sent:consultation", "cost:zbs_phone", ...

    A unit's own stands beside it: "received:unit:H60.04". All subjects: `notify.statistics`.
    """

    __tablename__ = "daily_count"
    __table_args__ = (Index("ix_daily_count_day", "day"),)

    subject: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    value: int = Field(default=0, sa_column=Column(BigId, nullable=False))


class NewsItem(SQLModel, table=True):
    """News or a video: written here, or fetched from the portal's feed."""

    __tablename__ = "news_item"
    __table_args__ = (
        one_of("kind", ("news", "video"), "kind"),
        one_of("state", ("draft", "published", "hidden"), "state"),
        Index("ix_news_item_shown", "state", "published_at"),
        partial_index(
            "uq_news_item_external", "external_id", where="external_id != ''", unique=True
        ),
    )

    id: int | None = big_key()
    kind: str = "news"
    title: str
    summary: str = ""
    url: str = ""
    #: Key of the `StoredFile` with the cover, or an address of one.
    cover_media: str = ""
    cover_url: str = ""
    #: "" when written here; the feed's own id otherwise, which keeps it from coming twice.
    external_id: str = ""
    state: str = "draft"
    published_at: datetime
    pinned: bool = False
    changed_by: str = ""
    created_at: datetime
    updated_at: datetime
