"""The overview with a million dossiers: counting a day, the first page, a month's report.

SQLite; the rows are written by the database itself, spread over two years, and the day that is
counted has 5,000 new dossiers and 60,000 messages. Each time is the median of five, with the
processor's own time beside it, which means something on a busy machine too.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bench.rows import Options, Row
from clock import VIETNAM
from console.figures import days_to, today
from console.overview import numbers, waiting
from console.person import Person
from console.reports import reading
from notify import statistics as counting
from settings import Settings
from store import daily_counts, migrate
from store.engine import Database

DOSSIERS = 1_000_000
MESSAGES = 1_000_000
EVENTS = 300_000
UNITS = 150
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
_ROUNDS = 5

_SERIES = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})"
_AT = "strftime('%Y-%m-%d %H:%M:%f000', '{base}', '-' || ({seconds}) || ' seconds')"
_STATES = (
    "CASE WHEN i % 20 = 0 THEN 'received' WHEN i % 50 = 1 THEN 'supplement_required'"
    " ELSE 'result_delivered' END"
)


def run(_options: Options) -> Iterator[Row]:
    """Fill a database and measure; the numbers are milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(_filled(Path(folder)))
        settings = Settings(_env_file=None, environment="test")  # type: ignore[call-arg]
        try:
            yield from _measured(database, settings)
        finally:
            database.dispose()


def _measured(database: Database, settings: Settings) -> Iterator[Row]:
    day = today(NOW)
    first = _median(lambda: counting.count_day(database, settings, day, NOW))
    yield Row("-", "a day counted (60,000 messages)", "sqlite", first)
    _year(database)
    everywhere = Person(1, "quan", "", (("admin", 0), ("reception", 0)))
    codes = frozenset(f"H60.{n:02}" for n in range(40))
    some = Person(2, "lan", "", (("officer", 1),), {1: (frozenset({1}), codes)})
    for who, known in (("whole province", everywhere), ("40 units", some)):
        spent = _median(lambda known=known: _page(database, known, settings))  # type: ignore[misc]
        yield Row("-", f"overview's first page, {who}", "sqlite", spent)
    for who, units in (("whole province", None), ("40 units", codes)):
        spent = _median(lambda units=units: _report(database, settings, units))  # type: ignore[misc]
        yield Row("-", f"report of a month, {who}", "sqlite", spent)


def _page(database: Database, known: Person, settings: Settings) -> None:
    with database.read() as session:
        waiting.tasks(session, known, NOW)
        numbers.read(session, known, settings, NOW)


def _report(database: Database, settings: Settings, units: frozenset[str] | None) -> None:
    day = today(NOW)
    with database.read() as session:
        reading.read(session, settings, day - timedelta(days=29), day, NOW, units=units)


def _median(work: Callable[[], object]) -> dict[str, float]:
    spent, busy = [], []
    for _ in range(_ROUNDS):
        start, used = time.perf_counter(), time.process_time()
        work()
        spent.append((time.perf_counter() - start) * 1000)
        busy.append((time.process_time() - used) * 1000)
    return {"ms": statistics.median(spent), "processor_ms": statistics.median(busy)}


def _year(database: Database) -> None:
    """A year of numbers of every unit, as the clock would have left them."""
    subjects = ("received", "finished", "on_time", "late", "sent", "delivered", "seen", "cost")
    numbers_ = {f"{name}:unit:H60.{n:02}": n + 1 for name in subjects for n in range(UNITS)}
    numbers_ |= dict.fromkeys(subjects, 1000) | {"sent:consultation": 900, "dropped:no_tick": 9}
    families = {name.partition(":")[0] for name in numbers_}
    for day in days_to(today(NOW) - timedelta(days=1), 365):
        with database.write() as session:
            daily_counts.put(session, day, families, numbers_)
            daily_counts.put(session, day, ["counted"], {"counted:at": 1})


def _filled(folder: Path) -> str:
    url = f"sqlite:///{folder / 'overview.db'}"
    migrate.upgrade(url)
    database = Database(url)
    base = NOW.strftime("%Y-%m-%d %H:%M:%S")
    spread = 2 * 365 * 86_400

    def at(seconds: str) -> str:
        return _AT.format(base=base, seconds=seconds)

    # Every 200th dossier and every 16th message is of today's first hours.
    local = NOW.astimezone(VIETNAM)
    early = local.hour * 3600
    recent = f"CASE WHEN i % 200 = 0 THEN i % {early} ELSE i * 631 % {spread} END"
    sent = f"CASE WHEN i % 16 = 0 THEN i % {early} ELSE i * 631 % {spread} END"
    ready = f"CASE WHEN i % 20 = 0 OR i % 50 = 1 THEN NULL ELSE {at(recent)} END"
    statements = (
        f"INSERT INTO dossier (id, code, receipt_number, procedure_code, procedure_name, field_name,"
        " owner_name, owner_folded, applicant_type, identity_hash, identity_last3, phone,"
        " phone_problem, zalo_notify, unit_name, agency_name, unit_code, result_form, summary,"
        " source_system, received_at, promised_at, result_ready_at, state, national_state, step,"
        " open_reason, state_at, pauses, receipt_token, created_at, updated_at, version)"
        f" {_SERIES.format(count=DOSSIERS)} SELECT i + 1, 'H60.' || (i % {UNITS}) || '-' || i, '', '',"
        f" '', '', '', '', '', '', '', '', '', 1, '', '', printf('H60.%02d', i % {UNITS}), '', '', '',"
        f" {at(recent)}, {at(f'{recent} - 864000')}, {ready}, {_STATES}, 4, '', '', {at(recent)}, '[]',"
        f" 't' || i, {at(recent)}, {at(recent)}, 1 FROM n",
        f"INSERT INTO dossier_event (id, dossier_id, source_system, source_event_id, national_state,"
        " state, step, occurred_at, recorded_at, content, officer, unit_name, outcome)"
        f" {_SERIES.format(count=MESSAGES)} SELECT i + 1, i % {DOSSIERS} + 1, 's', 'e' || i, 4,"
        f" 'assigned', '', {at(sent)}, {at(sent)}, '', '', '', 'announced' FROM n",
        f"INSERT INTO outbox (id, dedupe_key, lane, rank, kind, uid, phone, order_key, body, facts,"
        " dossier_id, dossier_event_id, correlation_id, created_at, due_at, state, reason, attempts,"
        " lease_owner, channel, zalo_message_id, cost_vnd, sent_at, delivered_at)"
        f" {_SERIES.format(count=MESSAGES)} SELECT i + 1, 'k' || i, 'status', 1, 'status_assigned',"
        f" 'u' || (i % 50000), '', 'u|status', '{{}}', '{{}}', i % {DOSSIERS} + 1, i + 1, 'c', {at(sent)},"
        f" {at(sent)}, CASE WHEN i % 10 = 0 THEN 'dropped' WHEN i % 3 = 0 THEN 'seen' ELSE 'delivered'"
        " END, CASE WHEN i % 10 = 0 THEN 'no_tick' ELSE '' END, 1, '', CASE WHEN i % 10 = 0 THEN ''"
        f" ELSE 'consultation' END, 'z' || i, 0, {at(sent)}, {at(sent)} FROM n",
        f"INSERT INTO inbound_event (id, dedupe_key, event_name, subject, body, zns, correlation_id,"
        " received_at, state, attempts, lease_owner, handler, problem)"
        f" {_SERIES.format(count=EVENTS)} SELECT i + 1, 'd' || i, CASE WHEN i % 50 = 0 THEN 'follow'"
        " ELSE 'user_send_text' END, 'u' || (i % 5000), x'7b7d', 0, 'c',"
        f" {at(sent)}, 'handled', 1, '', 'lookup', '' FROM n",
    )
    with database.engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement.replace(":%M", r"\:%M").replace(":%f", r"\:%f")))
            connection.commit()
    database.dispose()
    return url
