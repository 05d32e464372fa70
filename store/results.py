"""Writing back what became of claimed messages, and what Zalo's answers say of their recipients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlmodel import Session, SQLModel

from store import driver
from store.delivery import apply_early, settle_uncertain
from store.sending import Result
from store.tables import OutboxState

_MOMENT = SQLModel.metadata.tables["outbox"].c.due_at.type
_MEMBERS = {
    "state": "text",
    "due_at": "timestamptz",
    "reason": "text",
    "attempts": "int",
    "channel": "text",
    "zalo_message_id": "text",
    "cost_vnd": "int",
    "error_code": "int",
    "sent_at": "timestamptz",
}
# A row that was erased, or taken over by another worker after its lease ran out, is not ours to
# write; one that was only swept is, for now the truth is known.
_MINE = "outbox.lease_owner = :owner AND outbox.state IN ('leased', 'uncertain')"
_FREE = "lease_owner = '', lease_until = NULL"
# One step for all rows: the driver gives the interpreter away at every step, and with many threads
# at work it takes long to get it back.
_SQLITE = (
    "UPDATE outbox SET "
    + ", ".join(f"{n} = json_extract(r.value, '$[{i}]')" for i, n in enumerate(_MEMBERS))
    + f", {_FREE} FROM json_each(:rows) AS r"
    f" WHERE outbox.id = json_extract(r.value, '$[{len(_MEMBERS)}]') AND {_MINE}"
)
_EARLY = "SELECT zalo_message_id FROM early_receipt WHERE zalo_message_id"
_POSTGRESQL = (
    f"WITH done AS (UPDATE outbox SET {', '.join(f'{n} = r.{n}' for n in _MEMBERS)}, {_FREE}"
    f" FROM unnest({', '.join(f'CAST(:{n} AS {t}[])' for n, t in _MEMBERS.items())},"
    " CAST(:id AS bigint[]))"
    f" AS r({', '.join(_MEMBERS)}, id) WHERE outbox.id = r.id AND {_MINE})"
    f" {_EARLY} = ANY(:zalo_message_id)"
)
_UNSURE = (OutboxState.uncertain, OutboxState.parked)
_FORGET = "UPDATE outbox SET body = '{{}}', facts = '{{}}' WHERE {ids}"


@dataclass(frozen=True, slots=True)
class Learned:
    """What an answer says of a follower's record; ``asked_at`` is when the call was made."""

    uid: str
    asked_at: datetime
    #: Words for `Follower.unreachable`; "" leaves it.
    unreachable: str = ""
    not_follower: bool = False
    window_closed: bool = False
    welcome_used: int = 0


def finish(
    session: Session, owner: str, results: Sequence[Result], learned: Sequence[Learned] = ()
) -> None:
    """Write the results of messages this owner holds, in one go with what was learned.

    Followers first: whoever erases a person locks them before their messages.
    """
    for fact in sorted(learned, key=lambda fact: fact.uid):
        _learn(session, fact)
    if not results:
        return
    # Zalo's echo or receipt may have come before its answer to the call (protocol 8.7).
    if early := _write(session.connection(), owner, [_values(result) for result in results]):
        apply_early(session, early)
    if any(result.state in _UNSURE for result in results):
        settle_uncertain(session)
    secret = [result.id for result in results if result.forget]
    if secret:
        connection = session.connection()
        which = driver.among(connection, "id", "ids")
        driver.execute(connection, _FORGET.format(ids=which), {"ids": secret})


def _write(connection: Connection, owner: str, rows: list[tuple[Any, ...]]) -> list[str]:
    """Write the rows; answers which of their message ids have been heard of already."""
    columns = dict(zip((*_MEMBERS, "id"), map(list, zip(*rows, strict=True)), strict=True))
    if connection.dialect.name == "sqlite":
        driver.execute(connection, _SQLITE, {"rows": driver.sqlite_rows(rows), "owner": owner})
        which = "IN (SELECT value FROM json_each(:ids))"
        found = driver.execute(connection, f"{_EARLY} {which}", {"ids": columns["zalo_message_id"]})
    else:
        found = driver.execute(connection, _POSTGRESQL, {**columns, "owner": owner})
    return [str(row[0]) for row in found]


def _values(result: Result) -> tuple[Any, ...]:
    return (
        result.state.value,
        result.due_at,
        result.reason,
        result.attempts,
        result.channel,
        result.zalo_message_id,
        result.cost_vnd,
        result.error_code,
        result.sent_at,
        result.id,
    )


def _learn(session: Session, fact: Learned) -> None:
    """Each only as far as nothing newer is known: the citizen may have written meanwhile."""
    values = {"uid": fact.uid, "at": fact.asked_at, "word": fact.unreachable[:32]}
    values |= {"closed": fact.asked_at - timedelta(days=7), "used": fact.welcome_used}
    quiet = "(last_interaction_at IS NULL OR last_interaction_at <= :at)"
    changes = []
    if fact.unreachable:
        changes.append(("unreachable = :word", quiet))
    if fact.not_follower:
        changes.append(("followed = FALSE", "(followed_at IS NULL OR followed_at <= :at)"))
    if fact.window_closed:
        changes.append(
            ("last_interaction_at = :closed", f"{quiet} AND last_interaction_at > :closed")
        )
    if fact.welcome_used:
        changes.append(("welcome_sent = welcome_sent + :used", "TRUE"))
    for change, condition in changes:
        statement = text(f"UPDATE follower SET {change} WHERE uid = :uid AND {condition}")
        wanted = {name: values[name] for name in statement._bindparams}
        typed = [bindparam(n, type_=_MOMENT) for n in ("at", "closed") if n in wanted]
        session.connection().execute(statement.bindparams(*typed), wanted)
