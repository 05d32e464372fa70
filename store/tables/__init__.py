"""Every table, under one name each."""

from store.tables.dossiers import (
    Dossier,
    DossierEvent,
    DossierWatch,
    Procedure,
    ReceiptFile,
    State,
)
from store.tables.edge import InboundEvent, InboundState, OaToken, OauthAttempt, ZaloUpload
from store.tables.operation import Alarm, ApiKey, IdempotencyRecord, JobRun, WorkerHeartbeat
from store.tables.people import (
    VERIFIED,
    Consent,
    Conversation,
    Follower,
    OtpChallenge,
    PhoneLink,
    Proof,
    Throttle,
)
from store.tables.sending import (
    LANE_RANK,
    WAITING,
    Allowance,
    EarlyReceipt,
    Lane,
    Outbox,
    OutboxState,
    RateWindow,
)

__all__ = [
    "LANE_RANK",
    "VERIFIED",
    "WAITING",
    "Alarm",
    "Allowance",
    "ApiKey",
    "Consent",
    "Conversation",
    "Dossier",
    "DossierEvent",
    "DossierWatch",
    "EarlyReceipt",
    "Follower",
    "IdempotencyRecord",
    "InboundEvent",
    "InboundState",
    "JobRun",
    "Lane",
    "OaToken",
    "OauthAttempt",
    "OtpChallenge",
    "Outbox",
    "OutboxState",
    "PhoneLink",
    "Procedure",
    "Proof",
    "RateWindow",
    "ReceiptFile",
    "State",
    "Throttle",
    "WorkerHeartbeat",
    "ZaloUpload",
]
