"""Erasing at the desk: what will go is shown in numbers, then it goes and a receipt is printed."""

from __future__ import annotations

from flask import request, url_for
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.frame import Answer, Console, person
from console.privacy.acts import identified
from console.privacy.request_page import show
from dossiers.phones import Phone
from privacy import erasing, requests
from privacy.requests import NotNow
from store import privacy as store
from store import privacy_export
from store.tables import PrivacyRequest

declare("privacy.erased", "Xóa dữ liệu cá nhân theo yêu cầu", "accounts", "phone")

_NOTHING = "Hệ thống không giữ dữ liệu cá nhân nào để xóa."


def add(console: Console) -> None:
    """Add the page."""

    @console.page(
        "/quyen-rieng-tu/<int:request_id>/xoa",
        may=Act.privacy,
        methods=["GET", "POST"],
        confirm=True,
    )
    def privacy_erase(request_id: int) -> Answer:
        with console.database.read() as session:
            row = store.get(session, request_id)
            if row is None:
                return console.missing()
            accounts = _accounts(session, row)
            kept = {uid: store.kept_of_user(session, uid) for uid, _ in accounts}
            of_phone = store.kept_of_phone(session, row.phone) if row.phone else None
        try:
            identified(row)
            if row.state not in store.OPEN:
                raise NotNow("Yêu cầu này đã kết thúc.")
            if request.method == "POST":
                chosen = {uid for uid, _ in accounts} & set(request.form.getlist("accounts"))
                _erase(console, request_id, chosen | ({row.uid} if row.uid else set()))
                return console.redirect(
                    url_for("console.privacy_receipt", request_id=request_id), "Đã xóa."
                )
        except NotNow as refused:
            return show(console, row, {"_": str(refused)})
        return console.show(
            "privacy/erase.html",
            row=row,
            accounts=accounts,
            kept=kept,
            of_phone=of_phone,
            national=Phone(row.phone).national if row.phone else "",
            counted=store.COUNTED,
        )


def _accounts(session: Session, row: PrivacyRequest) -> list[tuple[str, str]]:
    """The Zalo accounts that may go with it: whoever asked, or who holds the phone's links."""
    if row.uid:
        return [(row.uid, row.name)]
    if not row.phone:
        return []
    found = privacy_export.linked(session, row.phone)
    return [(link.uid, who.display_name if who else "") for link, who in found]


def _erase(console: Console, request_id: int, uids: set[str]) -> None:
    """Erase, end the request with what went, and write it down, all at once or not at all."""
    now, by, settings = console.clock.now(), person().username, console.settings
    with console.database.write(wake=True) as session:
        # Citizens before requests: the chat locks in this order too.
        done = [
            erasing.erase_user(session, uid, now, settings=settings, by=by) for uid in sorted(uids)
        ]
        row = store.get(session, request_id, lock=True)
        if row is None:
            raise NotNow("Yêu cầu này không còn.")
        if row.phone:
            done.append(erasing.erase_phone(session, row.phone, now, settings=settings, by=by))
        with_phone = bool(row.phone)
        outcome = " ".join(one for one in done if one) or _NOTHING
        requests.finish(
            session, row, outcome=outcome, by=by, settings=settings, now=now, tell=False
        )
        for uid in sorted(uids):
            erasing.close_others(session, uid, now, by)
        console.audit(
            session, "privacy.erased", "privacy", row.code, accounts=len(uids), phone=with_phone
        )
