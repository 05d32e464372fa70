"""The pages of one announcement from its submission on: itself, its acts, its progress."""

from __future__ import annotations

from console.access import Act
from console.broadcasts import deciding, running, showing
from console.broadcasts.reach import address, may, seen
from console.frame import Answer, Console
from notify.broadcasts.content import content_of
from store import stored_files
from store.tables import BroadcastState


def add(console: Console) -> None:
    """Add the page, its picture and everything that can be done there."""
    deciding.add(console)
    running.add(console)

    @console.page("/thong-bao/<int:broadcast_id>", may=Act.view_broadcasts)
    def broadcast_item(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = seen(session, broadcast_id)
            if row is None:
                return console.missing()
            if row.state == BroadcastState.draft and may(row, Act.broadcast):
                return console.redirect(f"{address(row.id)}/soan")
            return showing.page(console, session, row)

    @console.page("/thong-bao/<int:broadcast_id>/hinh-da-gui.jpg", may=Act.view_broadcasts)
    def broadcast_shown_picture(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = seen(session, broadcast_id)
            try:
                media = content_of(row).picture if row is not None else ""
            except ValueError:
                media = ""
            stored = stored_files.get(session, media) if media else None
        if stored is None:
            return console.missing()
        return console.download(stored.content, "hinh.jpg", stored.mimetype, inline=True)
