"""Photos, files and places sent into a feedback: kept, counted, or refused with the reason."""

from __future__ import annotations

from datetime import timedelta

from bot.events import UserFile, UserImage, UserLocation, UserMessage, UserText
from bot.routing import Attached, Context, Incoming
from handlers.feedback_draft import MOST_FILES
from store import feedback_files, stored_files, throttles
from store.tables import FeedbackFile

_DAY = timedelta(days=1)
#: Far more than anybody needs, far less than fills a disk.
_MOST_PER_DAY = 60


def is_file(incoming: Incoming) -> bool:
    """Whether a message is a photo or a document."""
    return isinstance(incoming.event, UserImage | UserFile)


def is_place(incoming: Incoming) -> bool:
    """Whether a message is a place with coordinates that make sense."""
    return isinstance(incoming.event, UserLocation) and incoming.event.latitude is not None


def is_other(incoming: Incoming) -> bool:
    """Whether a message is neither words nor anything a feedback can hold."""
    return isinstance(incoming.event, UserMessage) and not (
        isinstance(incoming.event, UserText) or incoming.text
    )


def receive(
    incoming: Incoming, context: Context, kept: int, feedback_id: int | None = None
) -> tuple[list[int], str]:
    """Keep the files of a message beside the ``kept`` ones; their ids and what to say of the rest.

    The key of the catalogue says why the last refused one was refused, "" when all were taken.
    """
    taken: list[int] = []
    problem = "" if incoming.attached else "file_not_fetched"
    for one in incoming.attached or ():
        if one.problem or not one.content:
            problem = f"file_{one.problem or 'not_fetched'}"
        elif kept + len(taken) >= MOST_FILES or not _allowed(context):
            problem = "files_full"
        else:
            taken.append(_keep(context, one, feedback_id))
    return taken, problem


def said(context: Context, problem: str) -> str:
    """The sentence for a problem of `receive`."""
    megabytes = context.settings.feedback_file_max_bytes // (1024 * 1024) or 1
    values = {"file_too_big": {"megabytes": megabytes}, "files_full": {"most": MOST_FILES}}
    return context.words(f"feedback.{problem}", **values.get(problem, {}))


def _allowed(context: Context) -> bool:
    used = throttles.add(context.session, f"feedback_file:{context.uid}", context.now, _DAY)
    return used <= _MOST_PER_DAY


def _keep(context: Context, one: Attached, feedback_id: int | None) -> int:
    session, now = context.session, context.now
    row = FeedbackFile(
        feedback_id=feedback_id,
        uid=context.uid,
        kind=one.kind,
        name=one.name,
        media=stored_files.keep(session, one.content, one.mimetype, now),
        small_media=stored_files.keep(session, one.small, "image/jpeg", now) if one.small else "",
        created_at=now,
    )
    return feedback_files.add(session, row)


def place_of(incoming: Incoming) -> tuple[float, float] | None:
    """Latitude and longitude of a place message."""
    event = incoming.event
    if not isinstance(event, UserLocation) or event.latitude is None or event.longitude is None:
        return None
    return event.latitude, event.longitude
