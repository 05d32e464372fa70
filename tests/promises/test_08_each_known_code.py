"""8. Each known code of `bot/error_table.py`: the right end at the right time, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
from sqlmodel import select

from bot.error_rules import Api, Effect, Retry, Rule
from bot.error_table import OA_RULES, OAUTH_RULES, ZBS_RULES
from bot.oauth import OAuthClient
from bot.tokens import Tokens
from clock import FixedClock
from crypto import Vault
from notify import policy
from notify.alarms import open_alarms
from sandbox.server import running
from settings import Settings
from store import outbox
from store.engine import Database
from store.tables import Follower, Outbox
from tests.notify.outgoing import draft, followers, queue, rows, sending, until
from tests.notify.test_sender import SEND, Zalo, one, settled
from tests.promises.logs import discreet

PHONE_PATH = "/message/template"
PHONE = "+84900000001"


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running(rate_oa=100_000) as sandbox:
        template = sandbox.world.templates.get("300009").model_copy(update={"status": "ENABLE"})
        sandbox.world.templates.put(template)
        yield Zalo(sandbox)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "zalo_rate_per_minute": 100_000,
            "zalo_app_rate_per_minute": 100_000,
            "sender_threads": 4,
            "uncertain_pause_seconds": 60,
            "zbs_night_rule": False,
        }
    )


BY_API = {Api.oa: OA_RULES, Api.zbs: ZBS_RULES}
CLASSES = [
    (api, retry, tuple(rules))
    for api, table in BY_API.items()
    for retry, rules in groupby(sorted(table, key=lambda r: r.retry), key=lambda r: r.retry)
    if retry is not Retry.ok
]
_TEMPLATE = {"status": {"template_id": "300009", "params": {"ma_ho_so": "{code}"}}}


def test_no_code_of_the_table_is_left_out() -> None:
    tried = sum(len(rules) for _, _, rules in CLASSES)
    assert tried == len(OA_RULES) + len(ZBS_RULES) - 2, "all but the two zeros"


@pytest.mark.parametrize(
    ("api", "retry", "rules"), CLASSES, ids=[f"{api}-{retry}" for api, retry, _ in CLASSES]
)
def test_each_known_code_has_its_end_and_nothing_is_lost(
    db: Database,
    zalo: Zalo,
    settings: Settings,
    clock: FixedClock,
    capfd: pytest.CaptureFixture[str],
    api: Api,
    retry: Retry,
    rules: tuple[Rule, ...],
) -> None:
    by_phone = settings.model_copy(update={"zbs_templates": _TEMPLATE})
    settings = settings if api is Api.oa else by_phone
    path = SEND if api is Api.oa else PHONE_PATH
    people = {rule.code: zalo.person(str(rule.code)) for rule in rules}
    followers(db, list(people.values()), clock.now())
    zalo.control("POST", "people", name="Mẫu", phone=PHONE)
    with discreet(capfd, *people.values(), PHONE[3:], "test-access", "H60-230215"):
        for rule in rules:
            to = {"uid": people[rule.code]} if api is Api.oa else {"phone": PHONE}
            facts = {"code": "000.00.04.H60-230215-0028"}
            name = str(rule.code)
            # One after another: by phone they all go to the same person.
            queue(db, [draft(name, clock.now(), facts=facts, **to)], clock.now())
            zalo.fault("error", path=path, code=rule.code)
            with sending(db, zalo.url, settings, clock):
                until(lambda one=name: settled(db) and rows(db)[one].reason)  # type: ignore[misc]
            row = rows(db)[name]
            assert (row.state, row.reason) == _first(rule, api), rule
            assert row.error_code == rule.code, rule
            _check_when(row, rule, clock)
            zalo.control("DELETE", "faults")
            _check_person(db, row, rule)
            if row.state in ("queued", "parked"):
                _goes_in_the_end(db, zalo, settings, clock, row)
    told = rows(db)
    ended = {str(r.code) for r in rules if _first(r, api)[0] == "dropped"}
    assert {name for name, row in told.items() if row.state == "dropped"} == ended
    assert {name for name, row in told.items() if row.state == "sent"} == set(told) - ended


def _first(rule: Rule, api: Api) -> tuple[str, str]:
    """State and reason after the first answer with this code."""
    code = str(rule.code)
    match rule.retry:
        case Retry.minute:
            return "queued", "rate"
        case Retry.refresh:
            return "queued", "no_token"
        case Retry.soon | Retry.reupload | Retry.night | Retry.tomorrow | Retry.later:
            return "queued", code
        case Retry.wait_interaction | Retry.other_channel:
            return "dropped", code
        case Retry.permanent if rule.effect is not Effect.none:
            return "dropped", code
    # Nothing about this person: somebody must mend a setting, a template or the account.
    return "parked", code


def _check_when(row: Outbox, rule: Rule, clock: FixedClock) -> None:
    """It is tried when it may work, and what was no look at the message counts as no attempt."""
    now, spread = clock.now(), timedelta(minutes=2)
    counts = rule.retry not in (Retry.minute, Retry.refresh)
    assert row.attempts == (1 if counts else 0), rule
    earliest = {
        Retry.night: policy.morning(now),
        Retry.tomorrow: policy.tomorrow(now),
        Retry.later: policy.next_month(now),
    }
    if row.state != "queued":
        return
    start = earliest.get(rule.retry, now)
    if rule.effect is Effect.quota_recipient:
        start = policy.tomorrow(now)
    assert start <= row.due_at <= start + spread, (rule, row.due_at)


def _check_person(db: Database, row: Outbox, rule: Rule) -> None:
    """Staff are told when a person must act; what Zalo says of the citizen is on the record."""
    with db.read() as session:
        follower = session.get(Follower, row.uid) if row.uid else None
        told = {alarm.subject for alarm in open_alarms(session)}
    assert (str(rule.code) in told) == (row.state == "parked"), rule
    if follower is None:
        return
    words = {
        Effect.blocked: "blocked",
        Effect.inactive: "inactive",
        Effect.opted_out: "opted_out",
        Effect.opted_out_type: "opted_out_type",
        Effect.unreachable: "unreachable",
    }
    assert follower.unreachable == words.get(rule.effect, ""), rule
    assert follower.followed == (rule.effect is not Effect.not_follower), rule


def _goes_in_the_end(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, row: Outbox
) -> None:
    """Once its time has come, or somebody has put it right, it reaches the citizen."""
    start = clock.now()
    if row.state == "parked":
        with db.write() as session:
            assert outbox.requeue(session, row.id or 0, clock.now())
    else:
        clock.set(max(row.due_at, clock.now()) + timedelta(seconds=61))
    if row.uid:
        # Months may have passed: they have written meanwhile.
        with db.write() as session:
            follower = session.get(Follower, row.uid)
            assert follower is not None
            follower.last_interaction_at = clock.now() - timedelta(hours=1)
    with sending(db, zalo.url, settings, clock):
        until(lambda: rows(db)[row.dedupe_key].state == "sent")
    clock.set(start)


@pytest.mark.parametrize("code", [-230, -213, -249])
def test_where_another_way_is_open_it_goes_that_way_at_once(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, code: int
) -> None:
    settings = settings.model_copy(update={"zbs_templates": _TEMPLATE})
    zalo.fault("error", path=SEND, code=code)
    row = one(db, zalo, settings, clock, facts={"code": "000.00.04.H60-230215-0028"})
    assert (row["state"], row["channel"]) == ("sent", "zbs_uid")


@pytest.mark.parametrize("rule", [r for r in OAUTH_RULES if r.code], ids=lambda r: str(r.code))
def test_each_known_code_of_the_token_server_stops_nothing_for_good(
    db: Database,
    zalo: Zalo,
    settings: Settings,
    vault: Vault,
    clock: FixedClock,
    capfd: pytest.CaptureFixture[str],
    rule: Rule,
) -> None:
    secret = zalo.sandbox.config.app_secret
    known: dict[str, Any] = {
        "zalo_access_token": "test-access",
        "zalo_refresh_token": "test-refresh",
    }
    settings = Settings(_env_file=None, **{**settings.model_dump(), **known})
    oauth = OAuthClient(zalo.url, zalo.sandbox.config.app_id, secret, (2, 5))
    tokens = Tokens(db, vault, oauth, settings, clock)
    uid = zalo.person()
    followers(db, [uid], clock.now())
    queue(db, [draft("m", clock.now(), uid=uid)], clock.now())
    zalo.control("POST", "tokens", action="expire")
    zalo.fault("error", path="/v4/oa/access_token", code=rule.code)
    with discreet(capfd, uid, "test-access", "test-refresh", secret):
        with sending(db, zalo.url, settings, clock, tokens=tokens):
            until(lambda: settled(db) and rows(db)["m"].reason)
        row = rows(db)["m"]
        assert (row.state, row.reason, row.attempts) == ("queued", "no_token", 0)
        with db.read() as session:
            alarms = [alarm.text for alarm in open_alarms(session)]
        assert any(str(rule.code) in text and rule.staff in text for text in alarms)
        zalo.control("DELETE", "faults")
        if rule.retry is Retry.human:
            # An OA admin gave consent anew.
            fresh = zalo.control("POST", "tokens", action="issue")
            tokens.store_pair(fresh["access_token"], fresh["refresh_token"])
        clock.set(row.due_at)
        with sending(db, zalo.url, settings, clock, tokens=tokens):
            until(lambda: rows(db)["m"].state == "sent")
    assert zalo.texts(uid) == ["tin m"]
    with db.read() as session:
        assert session.exec(select(Outbox)).one().attempts == 1
