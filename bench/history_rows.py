"""What ten years leave beside the dossiers: people, six events and ten messages a dossier.

Events and messages have the ids they would have got in order of time, so that one dossier's lie
scattered among everybody's, and retention has emptied the old ones (domain 4.5).
"""

from __future__ import annotations

import json

from bench.dossier_rows import (
    NOW,
    mixed_sql,
    people,
    person_sql,
    phone_sql,
    put,
    received_sql,
)
from bench.loading import Loader, epoch, loading
from store.engine import Database
from store.tables import (
    Dossier,
    DossierEvent,
    DossierWatch,
    DossierWord,
    Follower,
    InboundEvent,
    Outbox,
    PhoneLink,
)

EVENTS, MESSAGES = 6, 10
#: Waiting: so many messages and events that are due, and as many messages due tomorrow.
WAITING = 500
_TABLES = (Dossier, DossierEvent, DossierWatch, DossierWord, Follower, InboundEvent, Outbox)
_DAYS = 3650
_STATES = ("received", "assigned", "appraising", "signing", "result_ready", "result_delivered")
_NATIONAL = (2, 4, 4, 4, 9, 10)
_CARD = {
    "kind": "text",
    "text": "Hồ sơ 000.00.04.H60-230215-0028\nTên thủ tục: Đăng ký thay đổi (mẫu)\nNgày tiếp nhận: "
    "15/02/2023 08:00\nNgày hẹn trả: 22/02/2023 17:00\nTrạng thái: Đang xử lý",
}
_WEBHOOK = '{"event_name": "user_send_text", "message": {"text": "mẫu"}}'
_KEPT_MESSAGES, _KEPT_EVENTS = 365 * 86_400, 30 * 86_400
#: So much of what retention should have emptied is still there, for the measurement to empty.
_LEFT = 30 * 86_400


def fill(database: Database, wanted: int) -> None:
    """Everything for ``wanted`` dossiers into an empty database at head."""
    with loading(database, (*_TABLES, PhoneLink)) as loader:
        put(loader, wanted)
        _people(loader, wanted)
        _events(loader, wanted)
        _messages(loader, wanted)
        _inbound(loader, wanted)


def uid(person: int) -> str:
    """A person's Zalo id."""
    return str(7_300_000_000_000_000_000 + person)


def zalo_id(message: int) -> str:
    """Zalo's id of a message by our id."""
    return f"{(message - 1) * 2_654_435_761 % 4_294_967_291:010x}{message - 1:010x}"


def _uid_sql(person: str) -> str:
    return f"CAST(7300000000000000000 + {person} AS TEXT)"


def _people(loader: Loader, wanted: int) -> None:
    long_ago, lately = (loader.moment(str(epoch(NOW) - days * 86_400)) for days in (900, 2))
    count = people(wanted)
    follower = {
        "uid": _uid_sql("i"),
        "display_name": "'Người Mẫu'",
        "language": "'vi'",
        "followed": "TRUE",
        "follow_count": "1",
        "followed_at": long_ago,
        "first_seen_at": long_ago,
        "last_interaction_at": lately,
        "welcome_sent": "0",
        "notify": "TRUE",
        "unreachable": "''",
    }
    loader.insert("follower", follower, count)
    link = {
        "id": "i + 1",
        "uid": _uid_sql("i"),
        "phone": f"'+849' || {loader.padded(phone_sql('i'), 8)}",
        "proof": "'otp'",
        "claimed_at": long_ago,
        "verified_at": long_ago,
    }
    loader.insert("phone_link", link, count)
    dossier = "(i * 10 + 1)"
    watch = {
        "dossier_id": dossier,
        "uid": _uid_sql(person_sql(dossier, wanted)),
        "created_at": lately,
    }
    loader.insert("dossier_watch", watch, wanted // 10)


def _place(each: int, step_days: int, wanted: int) -> tuple[str, str]:
    """Which one of a dossier's it is, and whose: in order of time they are ``step_days`` apart."""
    which = f"(i % {each})"
    shift = wanted * step_days // _DAYS
    return which, f"((i / {each} - {which} * {shift} + {each * shift}) % {wanted} + 1)"


def _at(which: str, dossier: str, step_days: int, wanted: int) -> str:
    # One seconds' worth of rounding apart at most; never in the future.
    return f"({received_sql(dossier, wanted)} + {which} * {step_days * 86_400})"


def _events(loader: Loader, wanted: int) -> None:
    which, dossier = _place(EVENTS, 5, wanted)
    at = loader.moment(loader.least(_at(which, dossier, 5, wanted), str(epoch(NOW))))
    columns = {
        "id": "i + 1",
        "dossier_id": dossier,
        "source_system": "'MOTCUA'",
        "source_event_id": f"'e' || {loader.padded('i', 10)}",
        "national_state": _chosen(which, _NATIONAL),
        "state": _chosen(which, [f"'{state}'" for state in _STATES]),
        "step": "''",
        "occurred_at": at,
        "recorded_at": at,
        "content": "'Chuyển hồ sơ đến bộ phận chuyên môn'",
        "officer": "'Cán bộ mẫu'",
        "unit_name": "'Bộ phận một cửa'",
        "outcome": "'announced'",
    }
    loader.insert("dossier_event", columns, EVENTS * wanted)


def _messages(loader: Loader, wanted: int) -> None:
    which, dossier = _place(MESSAGES, 3, wanted)
    total = MESSAGES * wanted
    now = epoch(NOW)
    person = _uid_sql(person_sql(dossier, wanted))
    made = loader.least(_at(which, dossier, 3, wanted), str(now - 3600))
    due = f"CASE WHEN i >= {total - WAITING} THEN {now + 86_400} ELSE {made} END"
    # By id, so that it does not hang on the wrapped ones.
    kept = f"(i >= {total - total * (_KEPT_MESSAGES + _LEFT) // (_DAYS * 86_400)})"
    waits = f"i >= {total - 2 * WAITING}"
    lane = f"CASE {which} WHEN 6 THEN 'reply' WHEN 7 THEN 'reply' WHEN 8 THEN 'reminder' ELSE 'status' END"
    body = json.dumps(_CARD, ensure_ascii=False).replace("'", "''")
    columns = {
        "id": "i + 1",
        "dedupe_key": f"'ev:' || {loader.padded('i', 11)} || ':' || {person} || ':status'",
        "lane": lane,
        "rank": f"CASE {which} WHEN 6 THEN 0 WHEN 7 THEN 0 WHEN 8 THEN 2 ELSE 1 END",
        "kind": f"CASE {which} WHEN 6 THEN 'reply' WHEN 7 THEN 'reply' WHEN 8 THEN 'reminder'"
        " ELSE 'status_assigned' END",
        "uid": person,
        "phone": "''",
        "order_key": f"CASE WHEN {kept} THEN {person} || '|' || {lane} ELSE '' END",
        "body": loader.json(f"CASE WHEN {kept} THEN '{body}' ELSE '{{}}' END"),
        "facts": loader.json("'{}'"),
        "dossier_id": dossier,
        "dossier_event_id": f"(i * {EVENTS} / {MESSAGES} + 1)",
        "correlation_id": loader.hexed("i", 16),
        "created_at": loader.moment(made),
        "due_at": loader.moment(due),
        "state": f"CASE WHEN {waits} THEN 'queued' WHEN i % 1000003 = 17 THEN 'parked'"
        " WHEN i % 20 = 0 THEN 'dropped' WHEN i % 20 < 4 THEN 'sent'"
        " WHEN i % 20 < 10 THEN 'delivered' ELSE 'seen' END",
        "reason": f"CASE WHEN i % 20 = 0 AND NOT {waits} THEN 'opted_out' ELSE '' END",
        "attempts": f"CASE WHEN {waits} THEN 0 ELSE 1 END",
        "lease_owner": "''",
        "channel": f"CASE WHEN {waits} THEN '' ELSE 'consultation' END",
        "zalo_message_id": f"CASE WHEN {waits} THEN '' ELSE"
        f" {loader.hexed(mixed_sql('i'), 10)} || {loader.hexed('i', 10)} END",
        "cost_vnd": "0",
        "sent_at": f"CASE WHEN {waits} THEN NULL ELSE {loader.moment(made)} END",
        "delivered_at": f"CASE WHEN {waits} OR i % 20 < 4 THEN NULL ELSE {loader.moment(made)} END",
    }
    loader.insert("outbox", columns, total)


def _inbound(loader: Loader, wanted: int) -> None:
    at = loader.least(received_sql("(i + 1)", wanted), str(epoch(NOW) - 60))
    kept = f"i >= {wanted - wanted * (_KEPT_EVENTS + _LEFT) // (_DAYS * 86_400)}"
    waits = f"i >= {wanted - WAITING}"
    encoded = ("CAST('%s' AS BLOB)" if loader.is_sqlite else "convert_to('%s', 'UTF8')") % _WEBHOOK
    columns = {
        "id": "i + 1",
        "dedupe_key": f"{loader.padded('i', 32)} || {loader.hexed(mixed_sql('i'), 32)}",
        "event_name": "'user_send_text'",
        "subject": _uid_sql(f"({mixed_sql('i')} % {people(wanted)})"),
        "body": f"CASE WHEN {kept} OR {waits} THEN {encoded} ELSE NULL END",
        "zns": "FALSE",
        "correlation_id": loader.hexed("i", 16),
        "received_at": loader.moment(at),
        "sent_at": loader.moment(at),
        "state": f"CASE WHEN {waits} THEN 'queued' ELSE 'handled' END",
        "attempts": "1",
        "lease_owner": "''",
        "handled_at": f"CASE WHEN {waits} THEN NULL ELSE {loader.moment(at)} END",
        "handler": "'lookup'",
        "problem": "''",
    }
    loader.insert("inbound_event", columns, wanted)


def _chosen(which: str, values: object) -> str:
    cases = " ".join(f"WHEN {n} THEN {value}" for n, value in enumerate(values))  # type: ignore[arg-type]
    return f"CASE {which} {cases} END"
