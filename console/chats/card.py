"""The citizen beside the chat: no more than a clerk needs to answer, and only what they may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from console.access import Act
from console.frame import person
from dossiers.phones import Phone
from settings import Settings
from store import chat_card, followers, links
from store.tables import Feedback, Follower, Proof
from wording import Words

_PROOFS = {
    Proof.claimed: "chưa xác thực",
    Proof.receipt: "xác thực bằng phiếu tiếp nhận",
    Proof.otp: "xác thực bằng mã",
    Proof.counter: "một cửa đã đối chiếu",
}
_FEEDBACK = {
    "new": "mới",
    "accepted": "đã tiếp nhận",
    "forwarded": "đã chuyển",
    "answered": "đã trả lời",
}


@dataclass(frozen=True)
class Case:
    """One dossier or feedback: its page's number, code, and one line about it."""

    id: int
    code: str
    words: str


@dataclass(frozen=True)
class Card:
    """What stands beside a chat."""

    name: str
    follows: str
    language: str
    told: str
    last_spoke: datetime | None
    phones: Sequence[str]
    dossiers: Sequence[Case]
    feedback: Sequence[Case]


def card_of(session: Session, uid: str, settings: Settings) -> Card | None:
    """The card of one citizen as the signed-in person may see it."""
    follower = followers.get(session, uid)
    if follower is None:
        return None
    reader, words = person(), Words("vi", settings)
    cases: list[Case] = []
    if reader.may(Act.view_dossiers):
        for row in chat_card.dossiers(session, uid, reader.units(Act.view_dossiers)):
            state = words(f"card.state.{row.state}")
            cases.append(Case(row.id or 0, row.code, f"{row.procedure_name}: {state}".strip(": ")))
    reports: Sequence[Feedback] = ()
    if reader.may(Act.view_feedback):
        reports = chat_card.open_feedback(session, uid, reader.agencies(Act.view_feedback))
    return Card(
        name=follower.display_name or "Công dân chưa rõ tên",
        follows=_follows(follower),
        language="Tiếng Anh" if follower.language == "en" else "Tiếng Việt",
        told="Có nhận thông báo" if follower.notify else "Đã tắt nhận tin",
        last_spoke=follower.last_interaction_at,
        phones=[
            f"{Phone(link.phone).masked} ({_PROOFS[Proof(link.proof)]})"
            for link in links.live(session, uid)
        ],
        dossiers=cases,
        feedback=[
            Case(one.id or 0, one.code, _FEEDBACK.get(one.state, one.state)) for one in reports
        ],
    )


def _follows(follower: Follower) -> str:
    if follower.followed:
        return "Đang quan tâm OA"
    return "Đã bỏ quan tâm OA" if follower.unfollowed_at else "Chưa quan tâm OA"
