"""Through which channel a message may go, asked at send time (design, "Decide").

One pure function over facts: what the message is, what is known of its recipient, the clock,
allowances, prices and settings. Rules: zalo-protocol 4.1, 4.2, 5.5; design, "Channels".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from clock import VIETNAM
from settings import Settings
from store.tables import Lane

FREE_WINDOW = timedelta(hours=48)
PAID_WINDOW = timedelta(days=7)
TEMPLATE_WINDOW = timedelta(days=365)
NIGHT_FROM, NIGHT_TO = time(22), time(6)
#: Kinds that tell no more than "there is news", so an unproven link may get them.
HINT_KINDS = frozenset({"status_hint", "claim_hint"})
#: Words of Zalo or of the citizen after which nothing of ours goes anywhere, by no channel.
_REFUSED_US = frozenset({"blocked", "opted_out"})


class Channel(StrEnum):
    """The ways to a citizen."""

    consultation = "consultation"
    zbs_uid = "zbs_uid"
    zbs_phone = "zbs_phone"


class Spend(StrEnum):
    """What an announcement's consultation messages may use up outside the free 48 hours."""

    free = "free"
    allowance = "allowance"
    paid = "paid"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an announcement is bound to: its ways, what it may spend, its template's prices."""

    channels: frozenset[Channel]
    spend: Spend = Spend.allowance
    #: VND; None = as the settings say.
    uid_price: int | None = None
    phone_price: int | None = None
    #: Disturbs at any hour.
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the policy needs to know of a message."""

    lane: Lane
    kind: str
    created_at: datetime
    expires_at: datetime | None = None
    #: There is a text, picture, file or form that can go as a consultation message.
    free_form: bool = True
    #: A ZBS template of settings fits this kind and its facts.
    template: bool = False
    #: Channels Zalo has already refused for this very message.
    refused: frozenset[Channel] = frozenset()
    #: Only announcements have them.
    terms: Terms | None = None

    def open(self, channel: Channel) -> bool:
        """Whether the message may try the channel at all."""
        return channel not in self.refused and (
            self.terms is None or channel in self.terms.channels
        )


@dataclass(frozen=True, slots=True)
class RecipientFacts:
    """What is known of the recipient, read when the message is about to go."""

    uid: str = ""
    phone: str = ""
    followed: bool = False
    followed_at: datetime | None = None
    unfollowed_at: datetime | None = None
    last_interaction_at: datetime | None = None
    welcome_sent: int = 0
    notify: bool = True
    unreachable: str = ""
    withdrawn: bool = False
    #: The message is about a dossier; then a link or a scanned receipt must still tie them to it.
    about_dossier: bool = False
    verified: bool = False
    claimed: bool = False
    #: The tick at the counter: the dossier's phone may be told by ZBS.
    tick: bool = False


@dataclass(frozen=True, slots=True)
class Quotas:
    """What is left of allowances; None when nobody knows."""

    consultation_left: int | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send now; ``cost`` in VND. ``allowance`` and ``welcome`` say what it uses up."""

    channel: Channel
    cost: int
    allowance: bool = False
    welcome: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Ask again at ``until``."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Never send; the reason is kept for staff."""

    reason: str


Decision = Send | Hold | Drop


def decide(
    message: Facts, recipient: RecipientFacts, now: datetime, settings: Settings, quotas: Quotas
) -> Decision:
    """The cheapest permitted channel, or until when to wait, or why it will never go.

    A permitted channel now is taken before waiting for a cheaper one: news of a dossier is worth
    more today. Waiting that would outlast ``expires_at`` is a drop.
    """
    if message.expires_at is not None and message.expires_at <= now:
        return Drop("expired")
    proactive = message.lane is not Lane.reply
    if proactive and (reason := _unwanted(message, recipient)):
        return Drop(reason)
    if message.terms is not None and not message.terms.urgent:
        opens = next_opening(now, settings)
        if opens > now:
            late = message.expires_at is not None and opens >= message.expires_at
            return Drop("expired") if late else Hold(opens, "hours")
    options = list(_options(message, recipient, now, settings, quotas))
    sends = [option for option in options if isinstance(option, Send)]
    if sends:
        return min(sends, key=lambda send: send.cost)
    useful = [
        option
        for option in options
        if isinstance(option, Hold)
        and (message.expires_at is None or option.until < message.expires_at)
    ]
    if useful:
        return min(useful, key=lambda hold: hold.until)
    return Drop(_why_no_channel(message, recipient, now, settings))


def _unwanted(message: Facts, recipient: RecipientFacts) -> str:
    """Why the recipient may not be told of their own accord; "" when they may."""
    if recipient.uid:
        if recipient.withdrawn:
            return "withdrawn"
        if not recipient.notify:
            return "opted_out"
        if recipient.unreachable in _REFUSED_US:
            return recipient.unreachable
        if not recipient.followed and recipient.unfollowed_at is not None:
            return "unfollowed"
        if recipient.about_dossier and not _entitled(message, recipient):
            return "not_linked"
    elif recipient.about_dossier and not recipient.tick:
        return "no_tick"
    return ""


def _entitled(message: Facts, recipient: RecipientFacts) -> bool:
    return recipient.verified or (recipient.claimed and message.kind in HINT_KINDS)


def _options(
    message: Facts, recipient: RecipientFacts, now: datetime, settings: Settings, quotas: Quotas
) -> Iterator[Decision]:
    reply = message.lane is Lane.reply
    reachable = reply or not recipient.unreachable
    if recipient.uid and reachable:
        if message.free_form and message.open(Channel.consultation):
            yield from _consultation(message, recipient, now, settings, quotas)
        if (
            message.template
            and message.open(Channel.zbs_uid)
            and _known_within_a_year(recipient, now)
        ):
            yield _template(Channel.zbs_uid, _uid_price(message, settings), reply, now, settings)
    by_phone = message.template and message.open(Channel.zbs_phone)
    # Through a follower's row the phone is only the way round, and needs the counter's tick.
    if by_phone and recipient.phone and (not recipient.uid or (recipient.tick and not reply)):
        yield _template(Channel.zbs_phone, _phone_price(message, settings), reply, now, settings)


def _consultation(
    message: Facts, recipient: RecipientFacts, now: datetime, settings: Settings, quotas: Quotas
) -> Iterator[Decision]:
    spoke = _last_spoke(message, recipient, settings)
    if spoke is None:
        # The few welcome messages are for news of dossiers, not for announcements.
        if (
            message.terms is None
            and _welcome_left(recipient, settings)
            and (recipient.followed or message.lane is Lane.reply)
        ):
            yield Send(Channel.consultation, 0, welcome=True)
        return
    age = now - spoke
    if age < FREE_WINDOW:
        yield Send(Channel.consultation, 0)
    elif age < PAID_WINDOW:
        left = quotas.consultation_left
        spend = message.terms.spend if message.terms else Spend.paid
        pays = settings.pay_beyond_allowance and spend is Spend.paid
        if (left is None or left > 0) and spend is not Spend.free:
            yield Send(Channel.consultation, 0, allowance=True)
        elif pays:
            yield Send(Channel.consultation, settings.consultation_price)
        elif message.terms is None:
            start = next_month(now)
            if start - spoke < PAID_WINDOW:
                yield Hold(start, "allowance")


def _last_spoke(message: Facts, recipient: RecipientFacts, settings: Settings) -> datetime | None:
    """When the window was opened; None when only a follow is known, which may not open it (11.6).

    A reply to someone whose record was erased proves by itself that they just wrote.
    """
    if message.lane is Lane.reply and message.kind == "reply" and recipient.withdrawn:
        return message.created_at
    spoke, followed = recipient.last_interaction_at, recipient.followed_at
    if spoke and followed and spoke <= followed and not settings.follow_opens_window:
        return None
    return spoke


def _uid_price(message: Facts, settings: Settings) -> int:
    told = message.terms.uid_price if message.terms else None
    return settings.zbs_uid_price if told is None else told


def _phone_price(message: Facts, settings: Settings) -> int:
    told = message.terms.phone_price if message.terms else None
    return settings.zbs_phone_price if told is None else told


def _welcome_left(recipient: RecipientFacts, settings: Settings) -> bool:
    return recipient.welcome_sent < settings.welcome_messages


def _known_within_a_year(recipient: RecipientFacts, now: datetime) -> bool:
    moments = (recipient.last_interaction_at, recipient.followed_at)
    return any(moment and now - moment < TEMPLATE_WINDOW for moment in moments)


def _template(
    channel: Channel, price: int, reply: bool, now: datetime, settings: Settings
) -> Decision:
    night_rule = (
        settings.zbs_night_rule if channel is Channel.zbs_phone else (settings.zbs_uid_night_rule)
    )
    # A one-time code is awaited by somebody awake, and dead by morning.
    if night_rule and not reply and is_night(now):
        return Hold(morning(now), "night")
    return Send(channel, price)


def _why_no_channel(
    message: Facts, recipient: RecipientFacts, now: datetime, settings: Settings
) -> str:
    if recipient.uid and recipient.unreachable and message.lane is not Lane.reply:
        return recipient.unreachable
    if message.terms is not None and message.open(Channel.consultation):
        spoke = _last_spoke(message, recipient, settings)
        if spoke is not None and now - spoke < PAID_WINDOW:
            return "allowance"
        return "window"
    return "no_channel"


def next_opening(now: datetime, settings: Settings) -> datetime:
    """When people may be disturbed with what is not urgent: ``now``, or the next such moment."""
    local = now.astimezone(VIETNAM)
    start = datetime.combine(local.date(), settings.broadcast_from, VIETNAM)
    if local < start:
        return start
    end = datetime.combine(local.date(), settings.broadcast_to, VIETNAM)
    return now if local < end else start + timedelta(days=1)


def is_night(now: datetime) -> bool:
    """22:00:00 to 05:59:59 Vietnam time (protocol 4.2)."""
    at = now.astimezone(VIETNAM).time()
    return at >= NIGHT_FROM or at < NIGHT_TO


def morning(now: datetime) -> datetime:
    """The next 06:00 Vietnam time."""
    local = now.astimezone(VIETNAM)
    day = local.date() if local.time() < NIGHT_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, NIGHT_TO, VIETNAM)


def tomorrow(now: datetime) -> datetime:
    """The next midnight in Vietnam, when daily quotas start anew."""
    return datetime.combine(now.astimezone(VIETNAM).date() + timedelta(days=1), time(0), VIETNAM)


def next_month(now: datetime) -> datetime:
    """The first moment of the next month in Vietnam, when monthly allowances start anew."""
    first = now.astimezone(VIETNAM).date().replace(day=1)
    return datetime.combine((first + timedelta(days=32)).replace(day=1), time(0), VIETNAM)
