"""One request: its clocks, whose it is, what can be done next."""

from __future__ import annotations

from flask import Response
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.frame import Answer, Console
from console.privacy.queue import CHECKS
from dossiers.phones import Phone
from notify.staff import sentence
from privacy.clocks import days_left, due_of
from privacy.requests import KINDS, SOURCES, STATES, longest, message_keys
from store import followers, links, privacy_export
from store import privacy as store
from store.tables import Follower, PhoneLink, PrivacyRequest

declare("privacy.viewed", "Xem yêu cầu dữ liệu cá nhân")

_PROOFS = {
    "claimed": "tự khai",
    "receipt": "phiếu tiếp nhận",
    "otp": "mã xác thực",
    "counter": "tại quầy",
}


def add(console: Console) -> None:
    """Add the page of a request and its receipt."""

    @console.page("/quyen-rieng-tu/<int:request_id>", may=Act.privacy)
    def privacy_request(request_id: int) -> Answer:
        with console.database.read() as session:
            row = store.get(session, request_id)
        if row is None:
            return console.missing()
        console.looked("privacy.viewed", "privacy", row.code)
        return show(console, row)

    @console.page("/quyen-rieng-tu/<int:request_id>/bien-nhan", may=Act.privacy)
    def privacy_receipt(request_id: int) -> Answer:
        with console.database.read() as session:
            row = store.get(session, request_id)
        if row is None:
            return console.missing()
        return console.show(
            "privacy/receipt.html", row=row, kinds=KINDS, states=STATES, checks=CHECKS
        )


def show(console: Console, row: PrivacyRequest, errors: dict[str, str] | None = None) -> Response:
    """The page; with ``errors`` what was wrong with the act just tried."""
    with console.database.read() as session:
        told = store.told(session, message_keys(row))
        follower, phones = _whose(session, row)
    return console.show(
        "privacy/request.html",
        status=422 if errors else 200,
        row=row,
        errors=errors or {},
        open=row.state in store.OPEN,
        due=due_of(row),
        longest=longest(row, console.settings),
        follower=follower,
        phones=phones,
        national=Phone(row.phone).national if row.phone else "",
        told=[(one, sentence(one.state, one.reason, one.channel)) for one in told],
        kinds=KINDS,
        states=STATES,
        sources=SOURCES,
        checks=CHECKS,
        proofs=_PROOFS,
        days_left=days_left,
        now=console.clock.now(),
    )


def _whose(
    session: Session, row: PrivacyRequest
) -> tuple[Follower | None, list[tuple[PhoneLink, str, str]]]:
    """The follower who asked, and links as (link, phone, the account's name)."""
    follower = followers.get(session, row.uid) if row.uid else None
    if row.uid:
        name = follower.display_name if follower else ""
        return follower, [(one, _national(one), name) for one in links.live(session, row.uid)]
    if not row.phone:
        return None, []
    found = privacy_export.linked(session, row.phone)
    return None, [(one, _national(one), who.display_name if who else "") for one, who in found]


def _national(link: PhoneLink) -> str:
    return Phone(link.phone).national
