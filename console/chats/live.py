"""The live view: a small script asks every two seconds for what is new (no WebSocket needed)."""

from __future__ import annotations

import hmac
import re
from datetime import timedelta

from flask import render_template, request

from console.access import Act
from console.chats import lines
from console.chats.desk import desk, standing
from console.chats.lines import Line, Place
from console.chats.words import hour
from console.frame import Answer, Console, person
from crypto import Vault
from notify import reply_window
from store import chat_queue, chats, followers

_MARK = re.compile(r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,12})-([0-9a-f]{32})", re.ASCII)
#: A page that did not ask for so long is loaded anew, which is written down again.
_LIFE = timedelta(hours=12)


def add(console: Console) -> None:
    """Add the addresses the script asks."""

    @console.page("/tro-chuyen/<int:chat_id>/moi", may=Act.chat)
    def chat_news(chat_id: int) -> Answer:
        # Only who opened the page, which the audit knows, holds a sealed place to ask from.
        place = unsealed(console, chat_id, request.args.get("tu", ""))
        if place is None:
            return console.json({"error": "reload"}, 409)
        now = console.clock.now()
        with console.database.read() as session:
            row = chats.get(session, chat_id, desk())
            follower = followers.get(session, row.uid) if row else None
            if row is None or follower is None:
                return console.json({"error": "gone"}, 404)
            view = lines.after(session, row.uid, place, now, console.settings)
            fates = lines.fates(session, row.uid, now)
            window = reply_window.window(session, follower, now, console.settings)
            stands = standing(session, row, now)
            waiting = chat_queue.waiting_count(session, person().agencies(Act.chat))
        return console.json(
            {
                "place": sealed(console, chat_id, view.top),
                "lines": [_shown(console, chat_id, line) for line in view.lines],
                "fates": {key: [one.words, one.wrong] for key, one in fates.items()},
                "window": {"words": window.words, "open": window.open, "free": window.free},
                "standing": {"kind": stands.kind, "words": stands.words},
                "waiting": waiting,
            }
        )


def _shown(console: Console, chat_id: int, line: Line) -> dict[str, object]:
    now = console.clock.now()
    html = render_template(
        "console/chats/_one.html", line=line, chat_id=chat_id, time=hour(line.shown_at, now)
    )
    text = line.said.text or ", ".join(piece.words for piece in line.said.pieces)
    return {"key": line.key, "side": line.side, "html": html, "spoken": f"{line.who}: {text}"[:300]}


def sealed(console: Console, chat_id: int, place: Place) -> str:
    """A place in a chat that only its reader can go on from, for some hours."""
    stamp = int(console.clock.now().timestamp())
    plain = f"{place.event}-{place.message}-{stamp}"
    return f"{plain}-{_seal(console.vault, chat_id, plain)}"


def unsealed(console: Console, chat_id: int, mark: str) -> Place | None:
    """The place back; None when it is not ours, another's, or too old."""
    found = _MARK.fullmatch(mark)
    if found is None:
        return None
    event, message, stamp, seal = found.groups()
    expected = _seal(console.vault, chat_id, f"{event}-{message}-{stamp}")
    age = int(console.clock.now().timestamp()) - int(stamp)
    if not hmac.compare_digest(seal, expected) or not 0 <= age < _LIFE.total_seconds():
        return None
    return Place(int(event), int(message))


def _seal(vault: Vault, chat_id: int, plain: str) -> str:
    return vault.form_token(f"chat:{chat_id}:{person().id}:{plain}")[:32]
