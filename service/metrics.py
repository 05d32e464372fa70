"""``GET /metrics`` for Prometheus: sums of all processes, and how things stand at this moment.

Any web process of an installation tells the same, so one address is scraped however many machines
there are (docs/monitoring.md).
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from flask import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from clock import VIETNAM
from notify import measured as _sending  # noqa: F401 - what workers count must be known here
from service import counting
from settings import Settings
from store import allowances, gauges, measured
from store import health as queries
from store.engine import Database
from store.measured import Key

#: A worker that was silent for so long is not counted as alive.
ALIVE_SECONDS = 30
#: Periodic work whose last run is told; without it nobody would notice that nights are missed.
JOBS = ("retention", "statistics", "tokens", "backup")
_FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")
_LE = re.compile(r'(?:^|,)le="([^"]*)"')
#: Gauges: name -> what it says. Everything named here is exported, nothing else.
GAUGES = {
    "motcua_database_up": "1 when the database could be asked",
    "motcua_inbox_oldest_seconds": "How long the event that waits longest has been waiting",
    "motcua_outbox_due": "Messages that are due and wait, by lane",
    "motcua_outbox_oldest_seconds": "How long the longest of them has been due, by lane",
    "motcua_outbox_messages": "Messages that have not come to an end, by state",
    "motcua_uncertain_oldest_seconds": "Age of the oldest message of unknown fate",
    "motcua_sending_held": "1 while nothing is sent because the database came from a backup",
    "motcua_token_seconds": "Life left of the OA's tokens; negative: dead",
    "motcua_token_ok": "1 while Zalo accepts the OA's token pair",
    "motcua_allowance_left": "Package messages left this month",
    "motcua_rate_used": "Calls of this clock minute that are reserved, for the OA and the app",
    "motcua_rate_limit": "Calls a clock minute permits",
    "motcua_cost_vnd": "What messages of today and of this month cost, by channel",
    "motcua_workers_alive": "Workers that gave a sign of life within 30 seconds",
    "motcua_workers_silent": "Workers that fell silent without stopping, within a day",
    "motcua_worker_beat_seconds": "Age of the newest sign of life of any worker",
    "motcua_alarms_open": "Open alarms by kind",
    "motcua_broadcasts": "Announcements in work or held, by state",
    "motcua_backup_age_seconds": "Age of the newest backup; absent while there is none",
    "motcua_job_age_seconds": "How long ago periodic work was last done; absent when not in a week",
    "motcua_followers": "Followers; above twenty thousand as counted last night",
    "motcua_dossiers": "Dossiers; above twenty thousand as counted last night",
}


def admitted(request: Request, settings: Settings) -> bool:
    """Whether whoever asks may read: with METRICS_TOKEN, or from an address of METRICS_ALLOW.

    Without trusted proxies a forwarded request is a stranger's, though it comes from our machine.
    """
    wanted = settings.metrics_token.get_secret_value()
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if wanted and scheme.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), wanted.encode())
    if not settings.trusted_proxies and any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in ipaddress.ip_network(one) for one in settings.metrics_allow)


def text(database: Database, settings: Settings, now: datetime) -> str:
    """All of it in Prometheus' text format; with the database away only that it is away."""
    counting.of(database).flush_soon()
    try:
        with database.read() as session:
            stored = measured.sums(session)
            shown = list(_gauges(session, settings, now))
    except SQLAlchemyError:
        return _written([("motcua_database_up", "", 0)])
    return "".join(_counters(stored)) + _written(shown)


def _counters(stored: dict[Key, float]) -> Iterator[str]:
    by_name: dict[str, dict[str, float]] = defaultdict(dict)
    # Zero where nothing was counted yet: a rate is known from the first count on.
    for name, labels in counting.here():
        by_name[name][labels] = 0.0
    for (name, labels), value in stored.items():
        by_name[name][labels] = value
    for family in counting.families():
        told = family.name + ("_total" if family.type == "counter" else "")
        yield f"# HELP {told} {family.documentation}\n# TYPE {told} {family.type}\n"
        ends = ("_total",) if family.type == "counter" else ("_bucket", "_count", "_sum")
        for end in ends:
            name = family.name + end
            for labels in sorted(by_name[name], key=_order):
                yield _line(name, labels, by_name[name][labels])


def _order(labels: str) -> tuple[str, float]:
    found = _LE.search(labels)
    return (_LE.sub("", labels), float(found[1])) if found else (labels, 0.0)


def _line(name: str, labels: str, value: float) -> str:
    number = f"{value:.0f}" if float(value).is_integer() else repr(round(value, 6))
    return f"{name}{{{labels}}} {number}\n" if labels else f"{name} {number}\n"


def _written(samples: list[tuple[str, str, float]]) -> str:
    by_name: dict[str, list[str]] = defaultdict(list)
    for name, labels, value in samples:
        by_name[name].append(_line(name, labels, value))
    return "".join(
        f"# HELP {name} {GAUGES[name]}\n# TYPE {name} gauge\n{''.join(lines)}"
        for name, lines in by_name.items()
    )


def _gauges(
    session: Session, settings: Settings, now: datetime
) -> Iterator[tuple[str, str, float]]:
    yield "motcua_database_up", "", 1
    oldest = queries.oldest_queued_event(session)
    yield "motcua_inbox_oldest_seconds", "", _age(oldest, now)
    for lane, (count, since) in queries.outbox_due(session, now).items():
        yield "motcua_outbox_due", f'lane="{lane}"', count
        yield "motcua_outbox_oldest_seconds", f'lane="{lane}"', _age(since, now)
    for state, count in queries.outbox_states(session).items():
        yield "motcua_outbox_messages", f'state="{state}"', count
    unsure = gauges.oldest_uncertain(session)
    yield "motcua_uncertain_oldest_seconds", "", _age(unsure, now)
    yield from _of_zalo(session, settings, now)
    yield from _of_work(session, now)
    today = now.astimezone(VIETNAM).date()
    for period, first in (("today", today), ("month", today.replace(day=1))):
        for channel, cost in gauges.costs(session, first, today).items():
            yield "motcua_cost_vnd", f'channel="{channel}",period="{period}"', cost
    for subject in ("followers", "dossiers"):
        yield f"motcua_{subject}", "", gauges.size(session, subject, today)


def _of_zalo(
    session: Session, settings: Settings, now: datetime
) -> Iterator[tuple[str, str, float]]:
    token = queries.token(session, settings.zalo_oa_id)
    yield "motcua_token_ok", "", 1 if token is not None and token.state == "ok" else 0
    if token is not None:
        for name, ends in (("access", token.expires_at), ("refresh", token.refresh_expires_at)):
            yield "motcua_token_seconds", f'token="{name}"', (ends - now).total_seconds()
    left = allowances.left(session, now, settings.consultation_allowance)
    yield "motcua_allowance_left", 'kind="consultation"', left
    minute = int(now.timestamp()) // 60
    limits = (
        ("oa", f"oa:{settings.zalo_oa_id}", settings.zalo_rate_per_minute),
        ("app", f"app:{settings.zalo_app_id}", settings.zalo_app_rate_per_minute),
    )
    for scope, key, limit in limits:
        told = gauges.rate(session, key, minute)
        yield "motcua_rate_used", f'scope="{scope}"', told.used
        allowed = min(told.learned, limit) if told.learned else limit
        yield "motcua_rate_limit", f'scope="{scope}"', allowed


def _of_work(session: Session, now: datetime) -> Iterator[tuple[str, str, float]]:
    beats = gauges.heartbeats(session)
    alive = sum((now - at).total_seconds() < ALIVE_SECONDS for at in beats)
    yield "motcua_workers_alive", "", alive
    yield "motcua_workers_silent", "", len(beats) - alive
    if beats:
        yield "motcua_worker_beat_seconds", "", _age(beats[0], now)
    yield "motcua_sending_held", "", 1 if queries.held(session) else 0
    for kind, count in gauges.alarms(session).items():
        yield "motcua_alarms_open", f'kind="{kind}"', count
    for state, count in gauges.broadcasts(session).items():
        yield "motcua_broadcasts", f'state="{state}"', count
    backup = gauges.last_backup(session)
    if backup is not None:
        yield "motcua_backup_age_seconds", "", _age(backup, now)
    for job in JOBS:
        done = gauges.last_run(session, job)
        if done is not None:
            yield "motcua_job_age_seconds", f'job="{job}"', _age(done, now)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, round((now - since).total_seconds(), 3)) if since else 0.0
