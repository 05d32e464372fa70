"""Saved audiences ("nhóm người nhận") and texts ("mẫu nội dung"): kept, used again, renamed."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import request, url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.broadcasts.reading import audience_of, draft_content
from console.forms import Text, read_form
from console.frame import Answer, Console, person
from store import broadcasts
from store.tables import Broadcast, BroadcastPiece

declare("broadcast_piece.saved", "Lưu nhóm người nhận hoặc mẫu thông báo", "kind")
declare("broadcast_piece.renamed", "Đổi tên nhóm người nhận hoặc mẫu thông báo", "kind")
declare("broadcast_piece.removed", "Xóa nhóm người nhận hoặc mẫu thông báo", "kind")

KINDS = {"segment": "Nhóm người nhận", "template": "Mẫu nội dung"}
_PRESSES = {"save_segment": "segment", "save_template": "template"}
_NAME = 100


class Renamed(BaseModel):
    """Another name for a piece."""

    name: Annotated[Text, Field(min_length=2, max_length=_NAME)]


class Chosen(BaseModel):
    """Which kind a page is about."""

    kind: Literal["segment", "template"]


def add(console: Console) -> None:
    """Add the list, the renaming and the removing; saving is a button of the compose page."""

    @console.page("/thong-bao/mau", may=Act.broadcast)
    def broadcast_pieces() -> Answer:
        with console.database.read() as session:
            found = {kind: broadcasts.pieces(session, kind) for kind in KINDS}
        return console.show("broadcasts/pieces.html", kinds=KINDS, found=found, mine=_may_change)

    @console.page("/thong-bao/mau/<int:piece_id>/ten", may=Act.broadcast, methods=["POST"])
    def broadcast_piece_rename(piece_id: int) -> Answer:
        form, errors = read_form(Renamed)
        back = url_for("console.broadcast_pieces")
        if form is None:
            return console.refuse(next(iter(errors.values())), back=back, status=422)
        with console.database.write() as session:
            row = _theirs(session, piece_id)
            if row is None:
                return console.missing()
            if not broadcasts.rename_piece(session, row, form.name, console.clock.now()):
                return console.refuse("Đã có mục khác mang tên này.", back=back)
            console.audit(
                session, "broadcast_piece.renamed", "broadcast_piece", str(piece_id), kind=row.kind
            )
        return console.redirect(back, "Đã đổi tên.")

    @console.page("/thong-bao/mau/<int:piece_id>/xoa", may=Act.broadcast, methods=["POST"])
    def broadcast_piece_remove(piece_id: int) -> Answer:
        with console.database.write() as session:
            row = _theirs(session, piece_id)
            if row is None:
                return console.missing()
            kind = row.kind
            broadcasts.remove_piece(session, row)
            console.audit(
                session, "broadcast_piece.removed", "broadcast_piece", str(piece_id), kind=kind
            )
        return console.redirect(url_for("console.broadcast_pieces"), "Đã xóa.")


def keep(console: Console, row: Broadcast, act: str) -> dict[str, str]:
    """Save the draft's audience or text under the typed name, where that button was pressed.

    Answers what is wrong by field. A name that is there already is replaced by whoever may.
    """
    kind = _PRESSES.get(act)
    if kind is None:
        return {}
    name = " ".join(request.form.get(f"{kind}_name", "").split())
    if not 2 <= len(name) <= _NAME:
        return {f"{kind}_name": f"Đặt tên từ 2 đến {_NAME} ký tự rồi bấm lưu."}
    if kind == "segment":
        # An uploaded list belongs to one announcement.
        kept = audience_of(row).model_copy(update={"listed": False})
        if row.agency_id and not kept.agencies:
            # "Everybody" of an agency's draft means the agency's, wherever the group is used.
            kept = kept.model_copy(update={"agencies": (row.agency_id,)})
        body = kept.model_dump(mode="json")
    else:
        body = draft_content(row).model_copy(update={"footer": {}}).model_dump(mode="json")
    with console.database.write() as session:
        there = next((one for one in broadcasts.pieces(session, kind) if one.name == name), None)
        if there is not None and not _may_change(there):
            return {f"{kind}_name": "Đã có mục cùng tên của người khác: đặt tên khác."}
        saved = broadcasts.put_piece(
            session, kind, name, body, person().username, console.clock.now()
        )
        console.audit(session, "broadcast_piece.saved", "broadcast_piece", str(saved.id), kind=kind)
    return {}


def _theirs(session: Session, piece_id: int) -> BroadcastPiece | None:
    row = session.get(BroadcastPiece, piece_id)
    return row if row is not None and _may_change(row) else None


def _may_change(row: BroadcastPiece) -> bool:
    """The province's account changes everybody's; one limited to an agency only its own."""
    return person().agencies(Act.broadcast) is None or row.changed_by == person().username
