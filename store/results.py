"""Writing back what became of claimed messages, and what Zalo's answers say of their recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, text
from sqlmodel import Session, SQLModel

from store import delivery
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
_SQLITE = text(
    f"UPDATE outbox SET {', '.join(f'{n} = :{n}' for n in _MEMBERS)}, {_FREE}"
    f" WHERE id = :id AND {_MINE}"
).bindparams(bindparam("due_at", type_=_MOMENT), bindparam("sent_at", type_=_MOMENT))
_POSTGRESQL = text(
    f"UPDATE outbox SET {', '.join(f'{n} = r.{n}' for n in _MEMBERS)}, {_FREE}"
    f" FROM unnest(CAST(:id AS bigint[]), {', '.join(f'CAST(:{n} AS {t}[])' for n, t in _MEMBERS.items())})"
    f" AS r(id, {', '.join(_MEMBERS)}) WHERE outbox.id = r.id AND {_MINE}"
)
_UNSURE = (OutboxState.uncertain, OutboxState.parked)
_FORGET = text("UPDATE outbox SET body = '{}', facts = '{}' WHERE id = :id")


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
    rows = [_values(result, owner) for result in results]
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(_SQLITE, rows)
    else:
        columns: dict[str, Any] = {n: [row[n] for row in rows] for n in ("id", *_MEMBERS)}
        connection.execute(_POSTGRESQL, {**columns, "owner": owner})
    # The echo may have overtaken the answer, and after a timeout it is the answer (8.7).
    delivery.apply_early(session, [result.zalo_message_id for result in results])
    if any(result.state in _UNSURE for result in results):
        delivery.settle_uncertain(session)
    secret = [{"id": result.id} for result in results if result.forget]
    if secret:
        connection.execute(_FORGET, secret)


def _values(result: Result, owner: str) -> Mapping[str, object]:
    return {
        "owner": owner,
        "id": result.id,
        "state": result.state.value,
        "due_at": result.due_at,
        "reason": result.reason,
        "attempts": result.attempts,
        "channel": result.channel,
        "zalo_message_id": result.zalo_message_id,
        "cost_vnd": result.cost_vnd,
        "error_code": result.error_code,
        "sent_at": result.sent_at,
    }


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
