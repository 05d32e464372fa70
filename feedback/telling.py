"""What a writer is told of their feedback: the answer, and once it is closed the question for stars.

It answers what a person asked, so it goes as a reply: an opt-out of notices does not silence it,
Zalo's windows still decide whether it can go (`notify.policy`, zalo-protocol 4).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.messages import Query, Text, split, to_json
from settings import Settings
from store import conversations
from store import feedback as store
from store.outbox import Draft, enqueue
from store.tables import Agency, Feedback, FeedbackEntry, Follower, Lane
from wording import Words

KIND = "feedback_answer"
RATING_KIND = "feedback_rating"
RATE = "#danhgia"
#: Typed digits are stars for so long; afterwards they are the menu's again.
_STARS_FOR = timedelta(days=1)


def answer_messages(row: Feedback, text: str, agency: str, words: Words) -> list[Text]:
    """The answer as its writer reads it; ``agency`` signs it."""
    said = words("feedback.answer", code=row.code, text=text, agency=agency)
    said = f"{said}\n\n{words('feedback.answer_more')}"
    buttons = (
        Query(words("feedback.button.add"), f"#phananh them {row.code}"),
        Query(words("feedback.button.follow"), f"#phananh xem {row.code}"),
    )
    return split(said, buttons)


def rate_question(words: Words, code: str) -> Text:
    """One to five stars, as buttons and as numbers."""
    stars = [words(f"feedback.star.{n}") for n in range(1, 6)]
    buttons = tuple(Query(text, f"{RATE} {code} {n}") for n, text in enumerate(stars, 1))
    return Text("\n".join([words("feedback.rate", code=code), *stars]), buttons)


def tell_answer(
    session: Session, row: Feedback, entry: FeedbackEntry, now: datetime, settings: Settings
) -> list[str]:
    """Queue an answer for its writer and those merged into it; the keys of the messages."""
    agency = session.get(Agency, row.agency_id) if row.agency_id else None
    drafts: list[Draft] = []
    for one in (row, *store.merged_into(session, row.id or 0)):
        for follower in store.readers(session, one):
            words = Words(follower.language, settings)
            made = answer_messages(one, entry.text, agency.name if agency else "", words)
            drafts += _drafts(made, one, follower, KIND, f"answer:{entry.id}", now, settings)
    enqueue(session, drafts, now)
    return [draft.dedupe_key for draft in drafts]


def ask_for_stars(session: Session, row: Feedback, now: datetime, settings: Settings) -> None:
    """Ask the writers of an answered feedback how satisfied they are, once."""
    for one in (row, *store.merged_into(session, row.id or 0)):
        if one.rating is not None:
            continue
        for follower in store.readers(session, one):
            words = Words(follower.language, settings)
            made = [rate_question(words, one.code)]
            drafts = _drafts(made, one, follower, RATING_KIND, "stars", now, settings)
            if enqueue(session, drafts, now):
                _expect_stars(session, one.code, follower.uid, now)


def _expect_stars(session: Session, code: str, uid: str, now: datetime) -> None:
    """A typed digit is the answer to the stars, unless the chat is in the middle of something."""
    chat = conversations.lock_if_free(session, uid)
    if chat is None or (chat.flow and (chat.expires_at is None or chat.expires_at > now)):
        return
    chat.flow, chat.step, chat.data = "feedback", "rate", {"code": code}
    chat.expires_at = now + _STARS_FOR
    session.add(chat)


def _drafts(
    messages: list[Text],
    row: Feedback,
    follower: Follower,
    kind: str,
    cause: str,
    now: datetime,
    settings: Settings,
) -> list[Draft]:
    return [
        Draft(
            dedupe_key=f"feedback:{row.id}:{cause}:{follower.uid}:{n}",
            lane=Lane.reply,
            kind=kind,
            body=to_json(message),
            correlation_id=f"feedback-{row.code}",
            due_at=now,
            uid=follower.uid,
            facts={"code": row.code},
            expires_at=now + timedelta(hours=settings.status_expiry_hours),
        )
        for n, message in enumerate(messages)
    ]
