"""The channel policy as a table, and two promises that hold for everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.policy import (
    Channel,
    Decision,
    Drop,
    Facts,
    Hold,
    Quotas,
    RecipientFacts,
    Send,
    decide,
    is_night,
    morning,
    next_month,
    tomorrow,
)
from settings import Settings
from store.tables import Lane

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 18, 23, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATUS = Facts(Lane.status, "status_received", NOW - HOUR, NOW + 3 * DAY)
WITH_TEMPLATE = replace(STATUS, template=True)
REPLY = replace(STATUS, lane=Lane.reply, kind="reply")
OTP = Facts(Lane.reply, "otp", NOW, NOW + 5 * HOUR / 60, free_form=False, template=True)
HERE = RecipientFacts(
    uid="u",
    followed=True,
    followed_at=NOW - 30 * DAY,
    last_interaction_at=NOW - HOUR,
    about_dossier=True,
    verified=True,
)
THREE_DAYS = replace(HERE, last_interaction_at=NOW - 3 * DAY)
LONG_AGO = replace(HERE, last_interaction_at=NOW - 20 * DAY)
NEW = replace(HERE, followed_at=NOW - HOUR, last_interaction_at=NOW - HOUR)
PHONE = RecipientFacts(phone="+84900000001", about_dossier=True, tick=True)
ROUND = replace(LONG_AGO, phone="+84900000001", tick=True)
FREE = Send(Channel.consultation, 0)
PLENTY, NOTHING = Quotas(100), Quotas(0)


def settings(**changes: object) -> Settings:
    return Settings(_env_file=None, environment="test", **changes)  # type: ignore[call-arg,arg-type]


CASES: list[tuple[str, Facts, RecipientFacts, dict[str, object], Decision]] = [
    ("inside 48 hours it is free", STATUS, HERE, {}, FREE),
    ("free beats a template", WITH_TEMPLATE, HERE, {}, FREE),
    (
        "from 48 hours on the package pays",
        STATUS,
        THREE_DAYS,
        {},
        Send(Channel.consultation, 0, allowance=True),
    ),
    (
        "at exactly 48 hours the free window is over",
        STATUS,
        replace(HERE, last_interaction_at=NOW - 2 * DAY),
        {},
        Send(Channel.consultation, 0, allowance=True),
    ),
    (
        "at seven days the window is closed",
        STATUS,
        replace(HERE, last_interaction_at=NOW - 7 * DAY),
        {},
        Drop("no_channel"),
    ),
    (
        "outside the window a template by UID goes",
        WITH_TEMPLATE,
        LONG_AGO,
        {},
        Send(Channel.zbs_uid, 200),
    ),
    (
        "outside the window without a template nothing goes",
        STATUS,
        LONG_AGO,
        {},
        Drop("no_channel"),
    ),
    (
        "after a year a template by UID is no channel",
        WITH_TEMPLATE,
        replace(LONG_AGO, followed_at=NOW - 400 * DAY, last_interaction_at=NOW - 366 * DAY),
        {},
        Drop("no_channel"),
    ),
    (
        "a cheaper phone template is taken",
        WITH_TEMPLATE,
        ROUND,
        {"zbs_phone_price": 100},
        Send(Channel.zbs_phone, 100),
    ),
    (
        "the way round by phone needs the tick",
        WITH_TEMPLATE,
        replace(ROUND, tick=False),
        {"zbs_phone_price": 100},
        Send(Channel.zbs_uid, 200),
    ),
    (
        "when the UID was refused the phone is asked",
        replace(WITH_TEMPLATE, refused=frozenset({Channel.zbs_uid})),
        ROUND,
        {},
        Send(Channel.zbs_phone, 300),
    ),
    (
        "a new follower gets a welcome message",
        STATUS,
        NEW,
        {},
        Send(Channel.consultation, 0, welcome=True),
    ),
    (
        "three welcome messages and no more",
        STATUS,
        replace(NEW, welcome_sent=3),
        {},
        Drop("no_channel"),
    ),
    (
        "following opens the window where it is set so",
        STATUS,
        replace(NEW, welcome_sent=3),
        {"follow_opens_window": True},
        FREE,
    ),
    (
        "a follower of whom nothing is known gets a welcome message",
        STATUS,
        replace(NEW, last_interaction_at=None),
        {},
        Send(Channel.consultation, 0, welcome=True),
    ),
    (
        "a stranger gets none",
        STATUS,
        replace(NEW, followed=False, last_interaction_at=None),
        {},
        Drop("no_channel"),
    ),
    (
        "a phone with the tick gets the template",
        WITH_TEMPLATE,
        PHONE,
        {},
        Send(Channel.zbs_phone, 300),
    ),
    (
        "a phone without the tick gets nothing",
        WITH_TEMPLATE,
        replace(PHONE, tick=False),
        {},
        Drop("no_tick"),
    ),
    ("a phone without a template has no channel", STATUS, PHONE, {}, Drop("no_channel")),
    (
        "who said stop hears nothing",
        WITH_TEMPLATE,
        replace(ROUND, notify=False),
        {},
        Drop("opted_out"),
    ),
    (
        "who unfollowed hears nothing",
        WITH_TEMPLATE,
        replace(ROUND, followed=False, unfollowed_at=NOW),
        {},
        Drop("unfollowed"),
    ),
    (
        "who withdrew hears nothing",
        WITH_TEMPLATE,
        replace(ROUND, withdrawn=True),
        {},
        Drop("withdrawn"),
    ),
    (
        "who blocked us hears nothing, by phone neither",
        WITH_TEMPLATE,
        replace(ROUND, unreachable="blocked"),
        {},
        Drop("blocked"),
    ),
    (
        "who is inactive may be reached by phone",
        WITH_TEMPLATE,
        replace(ROUND, unreachable="inactive"),
        {},
        Send(Channel.zbs_phone, 300),
    ),
    (
        "who is inactive and has no phone is not reached",
        STATUS,
        replace(HERE, unreachable="inactive"),
        {},
        Drop("inactive"),
    ),
    ("a revoked link ends it", STATUS, replace(HERE, verified=False), {}, Drop("not_linked")),
    (
        "a claim is not enough for a card",
        STATUS,
        replace(HERE, verified=False, claimed=True),
        {},
        Drop("not_linked"),
    ),
    (
        "a claim is enough for a hint",
        replace(STATUS, kind="status_hint"),
        replace(HERE, verified=False, claimed=True),
        {},
        FREE,
    ),
    ("what is too old is dropped", replace(STATUS, expires_at=NOW), HERE, {}, Drop("expired")),
    ("a reply goes to who said stop", REPLY, replace(HERE, notify=False, verified=False), {}, FREE),
    (
        "a reply goes to who unfollowed and wrote",
        REPLY,
        replace(HERE, followed=False, unfollowed_at=NOW - DAY),
        {},
        FREE,
    ),
    (
        "the last word to who had their data erased goes",
        REPLY,
        replace(HERE, withdrawn=True, notify=False, last_interaction_at=None, followed=False),
        {},
        FREE,
    ),
    (
        "a one-time code goes by phone without a tick",
        OTP,
        replace(PHONE, about_dossier=False, tick=False),
        {},
        Send(Channel.zbs_phone, 300),
    ),
    (
        "a person who answers in the chat does not stop status messages",
        STATUS,
        HERE,
        {"human_quiet_minutes": 30},
        FREE,
    ),
]


@pytest.mark.parametrize(
    ("message", "recipient", "changes", "wanted"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_the_table(
    message: Facts, recipient: RecipientFacts, changes: dict[str, object], wanted: Decision
) -> None:
    assert decide(message, recipient, NOW, settings(**changes), PLENTY) == wanted


@pytest.mark.parametrize(
    ("message", "changes", "wanted"),
    [
        (STATUS, {}, Send(Channel.consultation, 55)),
        (WITH_TEMPLATE, {"zbs_uid_price": 20}, Send(Channel.zbs_uid, 20)),
        (WITH_TEMPLATE, {"pay_beyond_allowance": False}, Send(Channel.zbs_uid, 200)),
        (STATUS, {"pay_beyond_allowance": False}, Drop("no_channel")),
    ],
    ids=["it is paid for", "a cheaper template goes", "a template goes instead", "nothing goes"],
)
def test_when_the_allowance_is_used_up(
    message: Facts, changes: dict[str, object], wanted: Decision
) -> None:
    assert decide(message, THREE_DAYS, NOW, settings(**changes), NOTHING) == wanted


def test_a_used_up_allowance_waits_for_the_month_when_that_is_still_useful() -> None:
    end = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
    message = replace(STATUS, expires_at=end + 3 * DAY)
    recipient = replace(HERE, last_interaction_at=end - 3 * DAY)
    quiet = settings(pay_beyond_allowance=False)
    month = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
    assert decide(message, recipient, end, quiet, NOTHING) == Hold(month, "allowance")
    closed = replace(recipient, last_interaction_at=end - 6.9 * DAY)
    assert decide(message, closed, end, quiet, NOTHING) == Drop("no_channel")


@pytest.mark.parametrize("lane", [Lane.status, Lane.reminder])
def test_at_night_the_phone_waits_for_the_morning(lane: Lane) -> None:
    message = replace(WITH_TEMPLATE, lane=lane)
    assert decide(message, PHONE, NIGHT, settings(), PLENTY) == Hold(MORNING, "night")
    soon = replace(message, expires_at=NIGHT + HOUR)
    assert decide(soon, PHONE, NIGHT, settings(), PLENTY) == Drop("no_channel")
    free = settings(zbs_night_rule=False)
    assert decide(message, PHONE, NIGHT, free, PLENTY) == Send(Channel.zbs_phone, 300)


def test_at_night_a_template_by_uid_goes_unless_settings_forbid_it() -> None:
    assert decide(WITH_TEMPLATE, LONG_AGO, NIGHT, settings(), PLENTY) == Send(Channel.zbs_uid, 200)
    strict = settings(zbs_uid_night_rule=True)
    assert decide(WITH_TEMPLATE, LONG_AGO, NIGHT, strict, PLENTY) == Hold(MORNING, "night")


def test_a_one_time_code_never_waits_for_the_morning() -> None:
    code = replace(OTP, expires_at=NIGHT + HOUR)
    owner = RecipientFacts(phone="+84900000001")
    assert decide(code, owner, NIGHT, settings(), PLENTY) == Send(Channel.zbs_phone, 300)


def test_the_night_is_from_ten_to_six_in_vietnam() -> None:
    at = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
    assert not is_night(at - timedelta(seconds=1)) and is_night(at)
    assert is_night(at + timedelta(hours=8, seconds=-1)) and not is_night(at + 8 * HOUR)
    assert morning(at) == at + 8 * HOUR
    assert morning(at + 7 * HOUR) == at + 8 * HOUR
    assert tomorrow(NOW) == datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
    assert next_month(datetime(2026, 12, 31, 16, 59, tzinfo=UTC)) == datetime(
        2026, 12, 31, 17, 0, tzinfo=UTC
    )


moments = st.none() | st.timedeltas(timedelta(0), timedelta(days=500)).map(lambda age: NOW - age)
facts = st.builds(
    Facts,
    st.sampled_from(Lane),
    st.sampled_from(["reply", "status_hint", "status_received", "otp"]),
    st.just(NOW),
    moments | st.just(NOW + DAY),
    st.booleans(),
    st.booleans(),
    st.frozensets(st.sampled_from(Channel)),
)
people = st.builds(
    RecipientFacts,
    uid=st.sampled_from(["", "u"]),
    phone=st.sampled_from(["", "+84900000001"]),
    followed=st.booleans(),
    followed_at=moments,
    unfollowed_at=moments,
    last_interaction_at=moments,
    welcome_sent=st.integers(0, 5),
    notify=st.booleans(),
    unreachable=st.sampled_from(["", "blocked", "inactive", "opted_out"]),
    withdrawn=st.booleans(),
    about_dossier=st.booleans(),
    verified=st.booleans(),
    claimed=st.booleans(),
    tick=st.booleans(),
)


@given(facts, people, st.integers(0, 23), st.booleans(), st.none() | st.integers(0, 3))
def test_nothing_is_sent_outside_a_window_nor_to_who_does_not_want_it(
    message: Facts, person: RecipientFacts, hour: int, pays: bool, left: int | None
) -> None:
    now = NOW + hour * HOUR
    decision = decide(message, person, now, settings(pay_beyond_allowance=pays), Quotas(left))
    if isinstance(decision, Hold):
        assert decision.until > now
        assert message.expires_at is None or decision.until < message.expires_at
    if not isinstance(decision, Send):
        return
    assert message.expires_at is None or message.expires_at > now
    assert decision.channel not in message.refused
    proactive = message.lane is not Lane.reply
    if proactive and person.uid:
        assert person.notify and not person.withdrawn
        assert person.unreachable not in ("blocked", "opted_out")
        assert person.followed or person.unfollowed_at is None
        assert person.verified or person.claimed or not person.about_dossier
    if decision.channel is Channel.consultation:
        spoke = person.last_interaction_at
        last_word = message.kind == "reply" and person.withdrawn
        assert person.uid and message.free_form
        assert decision.welcome or last_word or (spoke and now - spoke < timedelta(days=7))
        assert not decision.welcome or person.welcome_sent < 3
        assert decision.cost == 0 or pays
    else:
        assert message.template
    if decision.channel is Channel.zbs_phone:
        assert person.phone
        assert not proactive or not (person.about_dossier or person.uid) or person.tick
        assert not proactive or not is_night(now)


@pytest.mark.parametrize("lane", [Lane.status, Lane.reminder, Lane.broadcast])
def test_a_phone_hears_of_a_dossier_only_with_the_tick_of_the_counter(lane: Lane) -> None:
    message = Facts(lane=lane, kind="status", created_at=NOW, free_form=False, template=True)
    phone = RecipientFacts(phone="+84900000001", about_dossier=True)
    assert decide(message, phone, NOW, settings(), Quotas()) == Drop("no_tick")
    ticked = replace(phone, tick=True)
    assert isinstance(decide(message, ticked, NOW, settings(), Quotas()), Send)
