"""While it goes and when it stands still: watched, paused, gone on with, ended, tried again."""

from __future__ import annotations

from typing import Any

from flask import render_template
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.broadcasts.moving import move
from console.broadcasts.progress import progress_of
from console.broadcasts.reach import address, held, seen
from console.frame import Answer, Console, person
from notify.alarms import close_alarm
from notify.broadcasts import article_choices, figures, moves
from notify.broadcasts.moves import NotNow
from store import broadcast_articles, broadcast_figures, broadcasts
from store.tables import Broadcast, Way

declare("broadcast.paused", "Tạm dừng gửi thông báo")
declare("broadcast.resumed", "Gửi tiếp thông báo")
declare("broadcast.cancelled", "Hủy thông báo", "dropped")
declare("broadcast.again", "Gửi lại thông báo cho người chưa nhận được", "of")
declare("broadcast.article_taken", "Xác nhận Zalo đã nhận bài gửi hàng loạt")
declare("broadcast.article_again", "Cho gửi lại bài gửi hàng loạt")


def add(console: Console) -> None:
    """Add the acts and the numbers that move."""

    @console.page("/thong-bao/<int:broadcast_id>/tien-do.json", may=Act.view_broadcasts)
    def broadcast_progress(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = seen(session, broadcast_id)
        if row is None:
            return console.json({"error": "missing"}, 404)
        told = progress_of(row, console.settings, console.clock.now())
        return console.json(
            {
                "state": told.state,
                "said": told.said,
                "time": told.time,
                "done": told.done,
                "total": told.total,
                "numbers": told.shown,
                "reasons": render_template("console/broadcasts/_reasons.html", progress=told),
            }
        )

    @console.page("/thong-bao/<int:broadcast_id>/tam-dung", may=Act.broadcast, methods=["POST"])
    def broadcast_pause(broadcast_id: int) -> Answer:
        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            moves.pause(row, f"{person().name} đã tạm dừng.", console.clock.now())
            return {}

        notice = "Đã tạm dừng. Chỉ những tin đang gửi dở tới Zalo còn đi."
        return move(console, broadcast_id, Act.broadcast, "broadcast.paused", notice, how)

    @console.page("/thong-bao/<int:broadcast_id>/gui-tiep", may=Act.broadcast, methods=["POST"])
    def broadcast_resume(broadcast_id: int) -> Answer:
        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            now = console.clock.now()
            if row.way == Way.article:
                article_choices.retry(broadcast_articles.lock(session, broadcast_id), now)
            moves.resume(session, row, person().username, now)
            close_alarm(session, "broadcast_stopped", str(broadcast_id), now)
            return {}

        return move(
            console, broadcast_id, Act.broadcast, "broadcast.resumed", "Đang gửi tiếp.", how
        )

    @console.page(
        "/thong-bao/<int:broadcast_id>/huy", may=Act.broadcast, methods=["POST"], confirm=True
    )
    def broadcast_cancel(broadcast_id: int) -> Answer:
        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            now = console.clock.now()
            dropped = moves.cancel(session, row, f"{person().name} đã hủy.", now)
            for kind in ("broadcast_missed", "broadcast_stopped"):
                close_alarm(session, kind, str(broadcast_id), now)
            return {"dropped": dropped}

        notice = "Đã hủy. Những tin đã giao cho Zalo vẫn tới người nhận."
        done = move(console, broadcast_id, Act.broadcast, "broadcast.cancelled", notice, how)
        _recount(console, broadcast_id)
        return done

    @console.page("/thong-bao/<int:broadcast_id>/gui-lai", may=Act.broadcast, methods=["POST"])
    def broadcast_again(broadcast_id: int) -> Answer:
        return _again(console, broadcast_id)

    @console.page(
        "/thong-bao/<int:broadcast_id>/bai-viet/da-nhan", may=Act.broadcast, methods=["POST"]
    )
    def broadcast_article_taken(broadcast_id: int) -> Answer:
        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            now = console.clock.now()
            article_choices.taken(row, broadcast_articles.lock(session, broadcast_id), now)
            close_alarm(session, "broadcast_stopped", str(broadcast_id), now)
            return {}

        notice = "Đã ghi: Zalo đã nhận bài. Không gửi lại."
        return move(console, broadcast_id, Act.broadcast, "broadcast.article_taken", notice, how)

    @console.page(
        "/thong-bao/<int:broadcast_id>/bai-viet/gui-lai",
        may=Act.broadcast,
        methods=["POST"],
        confirm=True,
    )
    def broadcast_article_again(broadcast_id: int) -> Answer:
        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            now = console.clock.now()
            article_choices.send_again(row, broadcast_articles.lock(session, broadcast_id), now)
            close_alarm(session, "broadcast_stopped", str(broadcast_id), now)
            return {}

        notice = "Bài đang được gửi lại."
        return move(console, broadcast_id, Act.broadcast, "broadcast.article_again", notice, how)


def _again(console: Console, broadcast_id: int) -> Answer:
    try:
        with console.database.write() as session:
            row = held(session, broadcast_id, Act.broadcast)
            if row is None:
                return console.missing()
            if not broadcast_figures.failed_after(session, broadcast_id, 0, 1)[0]:
                raise NotNow("Không còn ai chưa nhận được mà còn được phép gửi lại.")
            made = moves.again(session, row, person().username, console.clock.now())
            console.audit(session, "broadcast.again", "broadcast", str(made.id), of=broadcast_id)
    except NotNow as refused:
        return console.refuse(str(refused), back=address(broadcast_id))
    notice = "Đã tạo bản gửi lại cho những người chưa nhận được. Nội dung vẫn là bản đã duyệt."
    return console.redirect(address(made.id), notice)


def _recount(console: Console, broadcast_id: int) -> None:
    """The workers look no more at what was cancelled: its last figures are counted here."""
    with console.database.read() as session:
        row = broadcasts.get(session, broadcast_id)
        if row is None or row.state != "cancelled" or row.started_at is None:
            return
        fresh = figures.count(session, row, console.clock.now())
    with console.database.write() as session:
        row = broadcasts.lock(session, broadcast_id)
        if row is not None:
            row.figures = fresh
            session.add(row)
