"""What a row of an announcement said, for people who read it later: staff, or whom it went to.

An outbox row of an announcement holds no text of its own (`notify.broadcasts.announced`).
"""

from __future__ import annotations

from bot.messages import File, Image, Message, Text
from notify.broadcasts import content as words
from store.tables import Broadcast, Outbox


def part_of(announced: Broadcast, row: Outbox) -> Message | None:
    """The message of one row; None where only a template went, or nothing can be read any more."""
    part, language = str(row.body.get("part", "")), str(row.body.get("language", "vi"))
    try:
        return words.message(words.content_of(announced), part, language, row.facts)
    except ValueError:
        return None


def what(announced: Broadcast, row: Outbox) -> str:
    """Title and text of one row in words."""
    title = f"Thông báo: {announced.title}"
    said = part_of(announced, row)
    if isinstance(said, Text) or (isinstance(said, Image) and said.text):
        return f"{title}\n{said.text}"
    if isinstance(said, File):
        return f"{title} (tệp {said.name})"
    return f"{title} (ảnh)" if isinstance(said, Image) else title
