"""What was read with a claimed message, in the words of the policy."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.messages import Message, Template
from clock import Clock
from notify.policy import Channel, Facts, RecipientFacts, Terms
from store import recheck
from store.engine import Database
from store.sending import Claimed
from store.tables import Lane

#: What was read so long ago is read again before the call. Claimed messages wait longer than this
#: only when answers are slow; a sender at full speed is spared a query for each message.
_FRESH = timedelta(seconds=0.1)


class Recheck:
    """Whether somebody changed their mind between the claim of their message and its call."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def latest(self, row: Claimed, claimed_at: datetime) -> Claimed | None:
        """The message as it stands at most a tenth of a second before its call; None = erased."""
        if timedelta() <= self._clock.now() - claimed_at <= _FRESH:
            return row
        with self._database.read() as session:
            return recheck.latest(session, row)


def message_facts(
    row: Claimed,
    message: Message | None,
    template: Template | None,
    refused: frozenset[Channel],
    terms: Terms | None = None,
) -> Facts:
    """The message's side; ``refused`` are the channels Zalo would not take it through."""
    return Facts(
        lane=Lane(row.lane),
        kind=row.kind,
        created_at=row.created_at,
        expires_at=row.expires_at,
        free_form=message is not None and not isinstance(message, Template),
        template=template is not None,
        refused=refused,
        terms=terms,
    )


def recipient_facts(row: Claimed, welcomed: int = 0) -> RecipientFacts:
    """The recipient's side; ``welcomed`` counts welcome messages sent since the row was read."""
    return RecipientFacts(
        uid=row.uid,
        phone=row.phone,
        followed=bool(row.followed),
        followed_at=row.followed_at,
        unfollowed_at=row.unfollowed_at,
        last_interaction_at=row.last_interaction_at,
        welcome_sent=(row.welcome_sent or 0) + welcomed,
        # Nobody unknown to us has asked for silence; the windows still keep them out.
        notify=row.notify is not False,
        unreachable=row.unreachable or "",
        withdrawn=row.withdrawn_at is not None,
        about_dossier=row.dossier_id is not None,
        verified=row.tie == 2,
        claimed=row.tie == 1,
        # A dossier whose phone was corrected meanwhile no longer speaks for the old number.
        tick=bool(row.tick) and row.phone == row.dossier_phone,
    )
