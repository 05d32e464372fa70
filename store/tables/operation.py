"""What keeps the machinery honest: keys, ticks, heartbeats, alarms, counters, backups."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from store.tables.columns import BigId, Json, big_key, partial_index


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


class MetricSample(SQLModel, table=True):
    """A counter of all processes together, as `/metrics` shows it (`store.measured`)."""

    __tablename__ = "metric_sample"

    #: "motcua_webhooks_total", "motcua_send_seconds_bucket".
    name: str = Field(primary_key=True)
    #: Labels as Prometheus writes them: 'channel="zbs_phone",code="0"'; "" for none.
    labels: str = Field(primary_key=True)
    value: float = 0


class BackupTaken(SQLModel, table=True):
    """A backup that was made, or tried: when, which file, why not."""

    __tablename__ = "backup_taken"

    id: int | None = big_key()
    at: datetime = Field(index=True)
    #: Name without folder; "" when it failed.
    file_name: str = ""
    size: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    sha256: str = ""
    problem: str = ""


class Restoration(SQLModel, table=True):
    """The database came from a backup: until a person goes on, nothing is sent."""

    __tablename__ = "restoration"

    id: int | None = big_key()
    restored_at: datetime
    #: The newest moment the backup knows of: what was sent later is not in it.
    backup_at: datetime
    file_name: str
    #: Events from Zalo up to this id were in the backup: their answers may have been given.
    last_inbound_id: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    #: Messages that were open in the backup and may have been sent after it.
    unsure: int = 0
    #: None: sending is held.
    continued_at: datetime | None = None
    continued_by: str = ""
