"""What every event teaches about a citizen, whoever answers it (zalo-protocol 4.1, 1.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.events import (
    ChatNow,
    Event,
    Follow,
    Unfollow,
    UserMessage,
    Withdraw,
    counts_as_interaction,
)
from bot.text import clean, shorten
from store.tables import Follower

_NAME_LIMIT = 60


class Profile(Protocol):
    """The part of `user/detail` that matters here (zalo-protocol 3.6)."""

    @property
    def display_name(self) -> str | None:
        """The name the citizen shows."""

    @property
    def is_follower(self) -> bool | None:
        """Whether they follow, when Zalo says so."""


def needs_profile(event: Event, follower: Follower | None) -> bool:
    """Whether Zalo should be asked who this is before handling: a name is missing.

    Asked on follow and chat-now and for a first message, never for every message: a name Zalo
    does not tell would be asked for each time.
    """
    if isinstance(event, Follow | ChatNow):
        return follower is None or not follower.display_name
    return isinstance(event, UserMessage) and follower is None


def moment(event: Event, now: datetime) -> datetime:
    """When it happened by Zalo's clock, never in our future."""
    return min(event.at, now) if event.at else now


def learn(follower: Follower, event: Event, profile: Profile | None, now: datetime) -> bool:
    """Update the follower; False when the event is overtaken by a later one and changes nothing.

    Zalo redelivers for an hour and may reorder: what counts is the time Zalo printed, so a late
    "follow" cannot undo the "unfollow" that came after it.
    """
    at = moment(event, now)
    if isinstance(event, Follow | Unfollow | Withdraw) and _overtaken(follower, event, at):
        return False
    if isinstance(event, Follow):
        follower.followed, follower.followed_at = True, at
        follower.follow_count += 1
        if follower.withdrawn_at:
            # Following anew is a new consent to be told.
            follower.withdrawn_at, follower.notify = None, True
    elif isinstance(event, Unfollow):
        follower.followed, follower.unfollowed_at = False, at
    if counts_as_interaction(event):
        follower.last_interaction_at = max(at, follower.last_interaction_at or at)
        follower.unreachable = ""
    follower.last_event_at = max(at, follower.last_event_at or at)
    if profile is not None:
        _know(follower, event, profile)
    if follower.human_until and follower.human_until <= now:
        follower.human_until = follower.human_requested_at = None
    return True


def _overtaken(follower: Follower, event: Event, at: datetime) -> bool:
    if isinstance(event, Withdraw):
        # Somebody who followed again after withdrawing did so knowingly.
        return bool(follower.followed_at and at < follower.followed_at)
    known = [t for t in (follower.followed_at, follower.unfollowed_at) if t]
    return bool(known) and at < max(known)


def _know(follower: Follower, event: Event, profile: Profile) -> None:
    name = clean(profile.display_name or "").replace("\n", " ")
    if name:
        follower.display_name = shorten(name, _NAME_LIMIT)
    if profile.is_follower and not isinstance(event, Follow | Unfollow) and not follower.followed:
        # They followed before this system was connected; nobody sent us that event.
        follower.followed = True
