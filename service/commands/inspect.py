"""Looking at the running system: `doctor` for people, `routes` for engineers."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import click
from sqlalchemy.exc import SQLAlchemyError

from bot import verifier_page
from clock import SystemClock
from crypto import Vault
from notify.templates import unusable
from procedures import guides
from service import health, surroundings
from service.commands.group import as_staff_have_it, opened
from service.understand import lines
from settings import Settings, SettingsError, load, refuse_samples
from store import audit
from store import health as queries
from store.engine import Database

_QUEUE_LIMIT = timedelta(minutes=5)


@click.command()
def understand() -> None:
    """Read JSON lines {"text": "..."} and print what the chat understands and would answer."""
    settings = load()
    wrong = 0
    for fine, line in lines(sys.stdin, settings, SystemClock()):
        wrong += not fine
        click.echo(line)
    sys.exit(1 if wrong else 0)


@click.command()
def doctor() -> None:
    """Check settings, database, migrations, token, worker, queues, webhook, disk, clock, backup,
    holidays, templates; non-zero = somebody must act."""
    settings = load()
    findings: list[tuple[str, str]] = []
    try:
        refuse_samples(settings)
        findings.append(("settings", "ok"))
    except SettingsError as error:
        findings.append(("settings", str(error)))
    findings.append(("proxies", _proxies(settings)))
    with opened(settings) as database:
        settings = as_staff_have_it(settings, database)
        findings += [("templates", problem) for problem in unusable(settings)]
        findings += [("guides", problem) for problem in guides.check(settings)]
        if problem := verifier_page.problem(settings):
            findings.append(("verifier file", problem))
        now = SystemClock().now()
        parts = health.check(database, settings, now)
        findings += list(parts.items())
        findings.append(("disk", surroundings.disk(settings)))
        findings.append(("holidays", surroundings.holidays(settings, now)))
        if health.fine(parts.get("migrations", "")):
            findings += _queues(database, settings, now)
            findings.append(("sending", surroundings.held(database)))
            findings.append(("clock", surroundings.clock_skew(database, SystemClock().now())))
            findings.append(("backup", surroundings.backup(database, settings, now)))
            findings.append(("audit", _chain(database, settings)))
    for name, finding in findings:
        click.echo(f"{'ok  ' if health.fine(finding) else 'FAIL'} {name}: {finding}")
    sys.exit(0 if all(health.fine(finding) for _, finding in findings) else 1)


def _queues(database: Database, settings: Settings, now: datetime) -> list[tuple[str, str]]:
    try:
        with database.read() as session:
            oldest = queries.oldest_queued_event(session)
            due = queries.outbox_due(session, now)
            parked = queries.parked_events(session)
            alarms = queries.open_alarm_texts(session)
            token = queries.token(session, settings.zalo_oa_id)
            webhook = queries.last_webhook(session)
    except SQLAlchemyError:
        return [("queues", "the database cannot be read")]
    waiting = [since for _, since in due.values()]
    found = [
        ("inbox", _age(oldest, now, "events wait: is a worker running?")),
        ("outbox", _age(min(waiting, default=None), now, "messages wait: worker, token or quota?")),
        ("events", f"parked: {parked}, see events replay" if parked else "ok"),
        ("webhook", "ok" if webhook else "no event ever arrived: check the webhook address"),
        ("refresh token", _refresh_age(token, settings, now)),
    ]
    return found + [("alarm", text) for text in alarms]


def _chain(database: Database, settings: Settings) -> str:
    """Whether the audit is whole: every seal, every predecessor, no gap, no cut-off tail."""
    seal = Vault(settings.secret_key.get_secret_value()).audit_seal
    with database.read() as session:
        state = audit.verify(session, seal)
    if state.broken_at is None:
        return "ok"
    return (
        f"the chain is broken at entry {state.broken_at}: {state.problem}; keep the database as it "
        "is and call whoever answers for information security"
    )


def _proxies(settings: Settings) -> str:
    """We speak no TLS ourselves: an https address means that a proxy stands in front."""
    if settings.environment != "production" or settings.trusted_proxies:
        return "ok"
    if not settings.public_url.startswith("https://"):
        return "ok"
    return (
        "TRUSTED_PROXIES is 0 behind https: all callers seem to have the proxy's address; set it "
        "to the number of proxies in front (nginx on the same machine: 1)"
    )


def _age(since: datetime | None, now: datetime, advice: str) -> str:
    if since is None or now - since < _QUEUE_LIMIT:
        return "ok"
    return f"oldest waits {int((now - since).total_seconds())} s; {advice}"


def _refresh_age(token: queries.TokenHealth | None, settings: Settings, now: datetime) -> str:
    if token is None:
        return "none yet: python app.py oa connect"
    left = token.refresh_expires_at - now
    if left < timedelta(days=settings.refresh_token_alarm_days):
        return f"dies in {left.days} days: an OA admin must consent again, python app.py oa connect"
    return "ok"


@click.command()
def routes() -> None:
    """List what citizens can say or press, in the order in which handlers are asked."""
    from handlers import ROUTES

    for route in sorted(ROUTES, key=lambda route: route.rank):
        ways = [event.__name__ for event in route.events]
        ways += list(route.payloads)
        ways += [f"flow:{route.flow}"] if route.flow else []
        ways += [f"{len(route.words)} wordings"] if route.words else []
        ways += ["by content"] if route.when else []
        click.echo(f"{route.rank:3} {route.name:24} {', '.join(ways):60} {route.summary}")
