"""Each recipient of an announcement and what became of their message; half hidden, as everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from flask import url_for
from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.broadcasts.outcomes import CHANNELS, FATES, ended_words, fate_words
from console.broadcasts.reach import address, seen
from console.dossiers.words import masked
from console.forms import MaybeInt, read_query, tidy
from console.frame import Answer, Console
from console.tables import Cell
from dossiers.names import mask_name
from store import broadcast_figures
from store.broadcast_figures import Told
from store.tables import Broadcast

declare("broadcast.recipients", "Xem người nhận của thông báo", "filters")
declare("broadcast.exported", "Xuất người nhận của thông báo", "filters", "count")

_PAGE = 50
_PIECE = 1000
_MOST_EXPORTED = 50_000
_HEADER = (
    "Người nhận", "Điện thoại", "Mã hồ sơ", "Kết quả", "Lý do", "Kênh", "Phí (đồng)",
    "Gửi lúc", "Tới điện thoại lúc", "Xem lúc",
)  # fmt: skip


class Listed(BaseModel):
    """The filters; wrong values fall back to everybody."""

    state: Literal[
        "", "queued", "leased", "uncertain", "sent", "delivered", "seen", "dropped", "parked"
    ] = ""
    reason: Annotated[str, BeforeValidator(tidy), Field(max_length=60)] = ""
    after: MaybeInt = Field(default=None, ge=0, le=2**62)

    @property
    def used(self) -> str:
        """What was filtered by, for the audit."""
        found = {"state": self.state, "reason": self.reason}
        return " ".join(f"{name}={value}" for name, value in found.items() if value)

    @property
    def states(self) -> tuple[str, ...]:
        """The states to ask for; () for all."""
        return (self.state,) if self.state else ()


def add(console: Console) -> None:
    """Add the list and its export."""

    @console.page("/thong-bao/<int:broadcast_id>/nguoi-nhan", may=Act.view_broadcasts)
    def broadcast_recipients(broadcast_id: int) -> Answer:
        wanted = read_query(Listed)
        with console.database.read() as session:
            row = seen(session, broadcast_id)
            if row is None:
                return console.missing()
            wanted = _known(row, wanted)
            found = broadcast_figures.told(
                session,
                broadcast_id,
                states=wanted.states,
                reason=wanted.reason,
                after=wanted.after or 0,
                limit=_PAGE + 1,
            )
        console.looked("broadcast.recipients", "broadcast", str(broadcast_id), filters=wanted.used)
        query: dict[str, Any] = {
            "broadcast_id": broadcast_id,
            "state": wanted.state,
            "reason": wanted.reason,
        }
        more = found[_PAGE - 1][0] if len(found) > _PAGE else None
        return console.show(
            "broadcasts/recipients.html",
            row=row,
            wanted=wanted,
            rows=[(one, _named(one), masked(one.phone)) for _, one in found[:_PAGE]],
            states=[(state.value, words) for state, words in FATES.items()],
            reasons=[(name, ended_words(name)[:80]) for name in _reasons(row)],
            fate=fate_words,
            ended=ended_words,
            channels=CHANNELS,
            following=url_for("console.broadcast_recipients", **query, after=more) if more else "",
            first=url_for("console.broadcast_recipients", **query) if wanted.after else "",
            export=url_for("console.broadcast_recipients_csv", **query),
            back=address(row.id),
        )

    @console.page("/thong-bao/<int:broadcast_id>/nguoi-nhan.csv", may=Act.view_broadcasts)
    def broadcast_recipients_csv(broadcast_id: int) -> Answer:
        wanted = read_query(Listed)
        with console.database.read() as session:
            row = seen(session, broadcast_id)
            if row is None:
                return console.missing()
            wanted = _known(row, wanted)
            rows = [_line(one) for one in _everybody(session, broadcast_id, wanted)]
        if len(rows) > _MOST_EXPORTED:
            cut = f"Danh sách dài hơn {_MOST_EXPORTED} dòng: thêm điều kiện lọc."
            rows = [*rows[:_MOST_EXPORTED], (cut,)]
        console.looked(
            "broadcast.exported",
            "broadcast",
            str(broadcast_id),
            filters=wanted.used,
            count=len(rows),
        )
        return console.csv(f"thong-bao-{broadcast_id}", _HEADER, rows)


def _everybody(session: Session, broadcast_id: int, wanted: Listed) -> Iterator[Told]:
    """Piece after piece in the order of sending, one more than an export may hold."""
    after, given = 0, 0
    while given <= _MOST_EXPORTED:
        found = broadcast_figures.told(
            session,
            broadcast_id,
            states=wanted.states,
            reason=wanted.reason,
            after=after,
            limit=_PIECE,
        )
        yield from (one for _, one in found)
        given += len(found)
        if len(found) < _PIECE:
            return
        after = found[-1][0]


def _named(one: Told) -> str:
    if not one.uid:
        return "theo số điện thoại"
    return mask_name(one.name) if one.name else f"…{one.uid[-4:]}"


def _reasons(row: Broadcast) -> list[str]:
    """The reasons there are, those of failures first."""
    names: dict[str, None] = {}
    for group in ("failed_by", "ruled_out_by"):
        names |= dict.fromkeys(row.figures.get(group) or {})
    return [name for name in names if name]


def _known(row: Broadcast, wanted: Listed) -> Listed:
    """Without a reason nobody met: what is typed into an address must not enter the audit."""
    return wanted if wanted.reason in _reasons(row) else wanted.model_copy(update={"reason": ""})


def _line(one: Told) -> tuple[Cell, ...]:
    reached = one.state in ("sent", "delivered", "seen")
    return (
        _named(one),
        masked(one.phone),
        one.code,
        fate_words(one.state),
        "" if reached or not one.reason else ended_words(one.reason, one.channel),
        CHANNELS.get(one.channel, ""),
        one.cost,
        one.sent_at,
        one.delivered_at,
        one.seen_at,
    )
