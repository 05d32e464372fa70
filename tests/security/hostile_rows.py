"""One row and more in every table, each text of which is an attack that names its column.

A new column of text is hostile by itself; only what the product sets and nobody types (states,
digests, keys of tables) is declared here. So a page that forgets to escape one is found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Float, Integer, LargeBinary, Table, insert
from sqlmodel import SQLModel

from store.engine import Database

#: Columns by number, so that an attack is short enough for every field.
NUMBERS = {
    f"{table.name}.{column.name}": number
    for number, (table, column) in enumerate(
        (table, column) for table in SQLModel.metadata.sorted_tables for column in table.columns
    )
}
SIGN = "7*191"
EVALUATED = str(7 * 191)


def attack(place: str) -> str:
    """Formula, quotes, markup and a template's expression in one, with its column's number."""
    number = NUMBERS[place]
    return (
        f"=\"'><script x={number}>window.hit=1</script><img src=x onerror=window.hit=1>"
        f"{{{{{SIGN}}}}}${{{SIGN}}}"
    )


def spelled(place: str) -> str:
    """What of an attack stands in a page that shows it, escaped or not."""
    return f"script x={NUMBERS[place]}"


KEY = "1.001193"
TOKEN = "mau-token-0123456789abcd"
CODE = "000.00.04.H60-230215-0028"
MEDIA = "sha256:" + "a" * 64
UID = "8880000000000000001"
PHONE = "+84900000001"

#: What the product sets by itself, by table and column.
OURS: dict[str, Any] = {
    "agency.code": "H60.04",
    "agency.code_pattern": "",
    "agency.parent_id": None,
    "alarm.kind": "feedback",
    "api_key.scopes": "dossiers:read",
    "api_key.sources": ["mau"],
    "asked_sentence.intent": "procedure_search",
    "asked_sentence.facet": "fee",
    "asked_sentence.procedure_key": "",
    "asked_sentence.resolved": "",
    "asked_sentence.understood": False,
    "audit_entry.id": 9_000_000,
    "audit_entry.action": "dossier.viewed",
    "broadcast.topic": "",
    "broadcast.way": "mixed",
    "broadcast.state": "draft",
    "broadcast.audience": {"fields": [attack("broadcast.audience")], "tags": ["x<b>"]},
    "broadcast.content": {
        "vi": {
            "text": attack("broadcast.content"),
            "buttons": [
                {"kind": "open_url", "title": "Mở<b>", "value": "https://tinh-mau.example/a?b=<c>"}
            ],
        },
        "en": {"text": attack("broadcast.content")},
    },
    "broadcast.estimate": {},
    "broadcast.preparing": {},
    "broadcast.figures": {},
    "broadcast.agency_id": 1,
    "broadcast_article.step": "unsure",
    "broadcast_piece.kind": "template",
    "broadcast_piece.body": {"vi": {"text": attack("broadcast_piece.body")}},
    "broadcast_recipient.uid": UID,
    "broadcast_recipient.phone": "",
    "broadcast_listed.phone": PHONE,
    "broadcast_repeat.rule": {"every": "month", "at": "08:00"},
    "broadcast_repeat.broadcast_id": 2,
    "chat_request.uid": UID,
    "chat_request.reason": "asked",
    "chat_request.agency_id": None,
    "consent.kind": "counter",
    "consent.action": "given",
    "consent.phone": PHONE,
    "content.kind": "text",
    "content.key": "card.greeting",
    "content.language": "vi",
    "content.body": {"text": attack("content.body")},
    "content_version.kind": "text",
    "content_version.key": "card.greeting",
    "content_version.language": "vi",
    "content_version.body": {"text": attack("content_version.body")},
    "conversation.uid": UID,
    "daily_count.subject": "received",
    "dossier.code": CODE,
    "dossier.procedure_code": KEY,
    "dossier.applicant_type": "citizen",
    "dossier.phone": PHONE,
    "dossier.phone_problem": "",
    "dossier.unit_code": "H60.04",
    "dossier.state": "supplement_required",
    "dossier.national_state": 5,
    "dossier.receipt_token": TOKEN,
    "dossier.pauses": [],
    "dossier.received_at": True,
    "dossier.promised_at": True,
    "dossier.submitted_at": True,
    "dossier_event.state": "supplement_required",
    "dossier_event.national_state": 5,
    "dossier_event.outcome": "announced",
    "dossier_watch.uid": UID,
    "dossier_word.word": "mau",
    "feedback.code": "PA-261118-0001",
    "feedback.uid": UID,
    "feedback.source": "zalo",
    "feedback.kind": "service",
    "feedback.state": "answered",
    "feedback.phone": PHONE,
    "feedback.agency_id": 1,
    "feedback.answered_at": True,
    "feedback.published_at": True,
    "feedback.latitude": 21.8,
    "feedback.longitude": 105.2,
    "feedback.rating": 3,
    "feedback.dossier_id": 1,
    "feedback_entry.kind": "note",
    "feedback_entry.details": {},
    "feedback_file.feedback_id": 1,
    "feedback_file.kind": "file",
    "feedback_file.media": MEDIA,
    "feedback_file.small_media": "",
    "feedback_file.name": "=\"'><script>window.hit=1<.pdf",
    "follower.uid": UID,
    "follower.language": "vi",
    "follower.followed": True,
    "follower.unreachable": "",
    "import_job.kind": "dossiers",
    "import_job.state": "done",
    "import_job.content": None,
    "import_job.columns": {},
    "import_job.problems": [[1, attack("import_job.problems"), attack("import_job.problems")]],
    "import_job.result": b"1,x\r\n",
    "inbound_event.event_name": "user_send_text",
    "inbound_event.subject": UID,
    "inbound_event.state": "handled",
    "inbound_event.zns": False,
    "inbound_event.body": json.dumps(
        {
            "event_name": "user_send_text",
            "timestamp": "1795000000000",
            "sender": {"id": UID},
            "recipient": {"id": "4100000000000000017"},
            "message": {"msg_id": "m1", "text": attack("inbound_event.body")},
        }
    ).encode(),
    "news_item.kind": "news",
    "news_item.state": "published",
    "news_item.cover_media": "",
    "news_item.url": "https://tinh-mau.example/?a=\"'><b>",
    "oa_token.state": "ok",
    "outbox.lane": "reply",
    "outbox.kind": "reply",
    "outbox.uid": UID,
    "outbox.phone": "",
    "outbox.state": "parked",
    "outbox.channel": "consultation",
    "outbox.body": {"kind": "text", "text": attack("outbox.body"), "buttons": []},
    "outbox.facts": {},
    "outbox.dossier_id": 1,
    "phone_link.uid": UID,
    "phone_link.phone": PHONE,
    "phone_link.proof": "claimed",
    "privacy_request.kind": "correct",
    "privacy_request.source": "counter",
    "privacy_request.uid": UID,
    "privacy_request.phone": PHONE,
    "privacy_request.state": "acknowledged",
    "privacy_request.dossier_code": CODE,
    "procedure.key": KEY,
    "procedure.code": KEY,
    "procedure.slug": "mau",
    "procedure.record": {},
    "procedure_version.record": {},
    "recovery_code.account_id": 2,
    "saved_filter.page": "dossiers",
    "saved_filter.query": "q=%22%3E%3Cscript%3E",
    "saved_text.purpose": "supplement",
    "saved_text.agency_id": None,
    "scan_count.subject": "receipt",
    "staff_account.id": 2,
    "staff_account.must_change": False,
    "staff_role.id": 90,
    "staff_role.account_id": 2,
    "staff_role.role": "reception",
    "stored_file.media": MEDIA,
    "stored_file.mimetype": "application/pdf",
    "stored_file.content": b"%PDF-1.7",
    "topic_choice.uid": UID,
    "topic_choice.topic": "khan_cap",
}
#: Further rows: the same with some values changed, so that other parts of the pages show too.
MORE: list[tuple[str, dict[str, Any]]] = [
    ("broadcast", {"id": 2, "state": "stopped"}),
    ("broadcast", {"id": 3, "state": "waiting"}),
    ("broadcast_piece", {"id": 2, "kind": "segment", "body": {"fields": ["<b>x"]}}),
    ("outbox", {"id": 2, "state": "dropped", "kind": "status_received", "lane": "status"}),
    ("feedback", {"id": 2, "state": "new", "code": "PA-261118-0002", "published_at": None}),
    ("feedback_entry", {"id": 2, "kind": "forwarded"}),
    ("news_item", {"id": 2, "state": "draft", "external_id": "2"}),
    ("saved_text", {"id": 2, "purpose": "chat"}),
    ("saved_text", {"id": 3, "purpose": "feedback"}),
]
#: Made by the console itself, or never shown.
LEFT_OUT = frozenset(
    {"audit_head", "content", "content_version", "metric_sample", "rate_window", "throttle"}
)
_UNIQUE = "dedupe_key"


def fill(database: Database, now: datetime, records: Mapping[str, Any]) -> None:
    """Put the rows in; ``records``: values of ``procedure.record`` and the like."""
    values = {**OURS, **records}
    with database.write() as session:
        connection = session.connection()
        for table in SQLModel.metadata.sorted_tables:
            if table.name in LEFT_OUT:
                continue
            row = {c.name: _value(table, c, now, values) for c in table.columns}
            connection.execute(insert(table), [row])
            for name, changed in MORE:
                if name == table.name:
                    other = {_UNIQUE: f"m{changed['id']}"} if _UNIQUE in row else {}
                    connection.execute(insert(table), [{**row, **other, **changed}])


def _value(table: Table, column: Any, now: datetime, values: Mapping[str, Any]) -> Any:
    place = f"{table.name}.{column.name}"
    kind = column.type
    if place in values and values[place] is not True:
        return values[place]
    wanted = values.get(place) is True
    if isinstance(kind, DateTime) or "DATETIME" in str(kind) or "TIMESTAMP" in str(kind):
        return now - timedelta(hours=1) if wanted or not column.nullable else None
    if isinstance(kind, Boolean):
        return wanted
    if isinstance(kind, Date):
        return date(2026, 11, 18) if not column.nullable else None
    if isinstance(kind, Integer) or "INT" in str(kind):
        return 1 if not column.nullable or column.foreign_keys else None
    if isinstance(kind, Float):
        return 1.0 if not column.nullable else None
    if isinstance(kind, LargeBinary):
        return b"x"
    if "JSON" in str(kind):
        return {}
    return attack(place)
