"""Who a citizen is, asked of Zalo before an event is handled: handlers never speak HTTP."""

from __future__ import annotations

from collections.abc import Callable

import journal
from bot.client import ZaloClient
from bot.events import NotAnEvent, parse
from bot.facts import needs_profile
from bot.outcomes import CallFailed, Profile
from store.engine import Database
from store.tables import Follower, InboundEvent


class Profiles:
    """Asks once for a name that is missing; whatever goes wrong, the event goes on without it."""

    def __init__(
        self, database: Database, client: ZaloClient, may_call: Callable[[], bool]
    ) -> None:
        self._database = database
        self._client = client
        self._may_call = may_call

    def wanted_for(self, row: InboundEvent) -> Profile | None:
        """The profile for this event's citizen, or None when it is not needed or not to be had."""
        if not row.subject or row.body is None:
            return None
        try:
            event = parse(row.body, server="ZNS" if row.zns else None)
        except NotAnEvent:
            return None
        with self._database.read() as session:
            follower = session.get(Follower, row.subject)
        if not needs_profile(event, follower) or not self._may_call():
            return None
        try:
            return self._client.user_detail(row.subject)
        except CallFailed as error:
            journal.get("profiles").info(
                "no_profile",
                inbound_id=row.id,
                error_type=type(error).__name__,
                correlation_id=row.correlation_id,
            )
            return None
