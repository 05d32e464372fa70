"""What keeps the machinery honest: keys, claimed ticks, heartbeats, open alarms."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from store.tables.columns import Json, big_key, partial_index


class ApiKey(SQLModel, table=True):
    """A key of another system; only its digest is kept."""

    __tablename__ = "api_key"

    id: int | None = big_key()
    name: str = Field(unique=True)
    key_hash: str = Field(unique=True)
    #: First characters, so that staff can tell keys apart.
    prefix: str
    #: Space separated: "dossiers:write events:write dossiers:read receipts:write".
    scopes: str
    #: Source systems it may speak for; [] = any. See `store.api_keys.may_speak_for`.
    sources: list[Any] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False, server_default="[]")
    )
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class IdempotencyRecord(SQLModel, table=True):
    """The answer given to a request that carried an Idempotency-Key."""

    __tablename__ = "idempotency_record"

    api_key_id: int = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_hash: str
    status: int
    answer: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    created_at: datetime = Field(index=True)


class JobRun(SQLModel, table=True):
    """One tick of one periodic job, claimed by exactly one worker."""

    __tablename__ = "job_run"

    job: str = Field(primary_key=True)
    slot: datetime = Field(primary_key=True)
    owner: str
    lease_until: datetime
    finished_at: datetime | None = None
    attempts: int = 1
    problem: str = ""


class WorkerHeartbeat(SQLModel, table=True):
    """That a worker lives."""

    __tablename__ = "worker_heartbeat"

    worker: str = Field(primary_key=True)
    at: datetime
    started_at: datetime


class Alarm(SQLModel, table=True):
    """Something a person must do; one open alarm a subject."""

    __tablename__ = "alarm"
    __table_args__ = (
        partial_index("uq_alarm_open", "kind", "subject", where="closed_at IS NULL", unique=True),
    )

    id: int | None = big_key()
    #: "token_refused", "token_dying", "human_wanted", "error_code", "event_parked", ...
    kind: str
    subject: str = ""
    #: Vietnamese sentence for staff: what is wrong and which setting or person mends it.
    text: str
    opened_at: datetime
    last_at: datetime
    times: int = 1
    closed_at: datetime | None = None
