"""The columns of the error table: when to try again, and what a refusal says of the recipient."""

from dataclasses import dataclass
from enum import StrEnum


class Api(StrEnum):
    """Which of Zalo's interfaces answered; the same number means different things (3.12, 5.6)."""

    oa = "oa"
    zbs = "zbs"
    oauth = "oauth"


class Retry(StrEnum):
    """When, if ever, the same message may be tried again."""

    ok = "ok"
    refresh = "refresh"
    """Renew the access token, then once more (2.4)."""
    minute = "minute"
    """When the rate window, a clock minute, is over (3.1)."""
    soon = "soon"
    """A few times with backoff, then parked for a person."""
    night = "night"
    """After 06:00 Vietnam time (4.2)."""
    tomorrow = "tomorrow"
    """After 00:00 Vietnam time, when daily quotas start anew."""
    later = "later"
    """When a longer period starts: the month, or the recipient's own cap."""
    reupload = "reupload"
    """Upload the file again, then once more: ids live 7 days (3.5)."""
    wait_interaction = "wait_interaction"
    """When the citizen next writes; another channel may go now (8.16)."""
    other_channel = "other_channel"
    """Never this way; try the next channel of the policy."""
    permanent = "permanent"
    """Never."""
    human = "human"
    """When a person has put something right at Zalo."""
    config = "config"
    """When a setting of ours has been put right."""


class Effect(StrEnum):
    """What the code tells about the recipient, to be kept on their record."""

    none = "none"
    not_follower = "not_follower"
    blocked = "blocked"
    inactive = "inactive"
    """Banned, or not on Zalo for 45 days."""
    window_closed = "window_closed"
    opted_out_type = "opted_out_type"
    """Refuses this kind of message from us."""
    opted_out = "opted_out"
    """Refuses all template messages from us."""
    no_zalo = "no_zalo"
    """No living Zalo account behind this phone number."""
    unreachable = "unreachable"
    """Has Zalo but cannot receive this message."""
    quota_recipient = "quota_recipient"
    """Has received as much as Zalo allows for now."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `staff` is the sentence for staff, naming the setting or person that fixes it."""

    code: int
    retry: Retry
    effect: Effect
    staff: str
    known: bool = True
