"""Who hears of a dossier: links of its phone proven or ended at the counter, the tick on or off."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from console.access import Act
from console.auditing import declare
from console.dossiers.acts import back
from console.dossiers.view import show_again
from console.forms import Text, Tick, read_form
from console.frame import Answer, Console, person
from dossiers.moving import OUR_SYSTEM
from dossiers.reception import phone_words
from store import consents, dossier_pages, links
from store.tables import Proof

declare("link.proven", "Xác nhận liên kết Zalo tại quầy")
declare("link.ended", "Hủy liên kết Zalo tại quầy")
declare("dossier.tick_changed", "Đổi đăng ký nhận tin Zalo", "on")
declare("dossier.phone_changed", "Sửa số điện thoại của hồ sơ")

_ERASED = "erased"


class Ticked(BaseModel):
    """The tick, and that the wording was read out."""

    on: Tick = False
    heard: Tick = False


class NewPhone(BaseModel):
    """Another phone for the dossier."""

    phone: Annotated[Text, Field(max_length=60)] = ""


class Compared(BaseModel):
    """That the papers of the person at the counter were compared."""

    compared: Tick = False


def add(console: Console) -> None:
    """Add links and tick."""

    @console.page(
        "/ho-so/<int:dossier_id>/lien-ket/<int:link_id>/xac-nhan",
        may=Act.move_dossiers,
        methods=["POST"],
    )
    def link_prove(dossier_id: int, link_id: int) -> Answer:
        form, _ = read_form(Compared)
        if form is None or not form.compared:
            said = {
                "compared": "Chỉ xác nhận sau khi đã đối chiếu giấy tờ và điện thoại của người nộp."
            }
            return show_again(console, dossier_id, said)
        return _link(console, dossier_id, link_id, prove=True)

    @console.page(
        "/ho-so/<int:dossier_id>/lien-ket/<int:link_id>/huy",
        may=Act.move_dossiers,
        methods=["POST"],
    )
    def link_end(dossier_id: int, link_id: int) -> Answer:
        return _link(console, dossier_id, link_id, prove=False)

    @console.page("/ho-so/<int:dossier_id>/dang-ky-zalo", may=Act.move_dossiers, methods=["POST"])
    def dossier_tick(dossier_id: int) -> Answer:
        form, _ = read_form(Ticked)
        if form is None or (form.on and not form.heard):
            said = {"heard": "Xin đọc nội dung đồng ý cho người nộp rồi tích xác nhận."}
            return show_again(console, dossier_id, said, "dang-ky")
        return _tick(console, dossier_id, form.on)

    @console.page("/ho-so/<int:dossier_id>/so-dien-thoai", may=Act.move_dossiers, methods=["POST"])
    def dossier_phone_change(dossier_id: int) -> Answer:
        form, errors = read_form(NewPhone)
        told = phone_words(form.phone) if form else None
        if told is None or not told.e164:
            said = errors or {"phone": told.words if told else "Số không dùng được."}
            return show_again(console, dossier_id, said, "so-dien-thoai")
        return _phone(console, dossier_id, told.e164)


def _link(console: Console, dossier_id: int, link_id: int, *, prove: bool) -> Answer:
    now, who = console.clock.now(), person()
    with console.database.write() as session:
        row = dossier_pages.held_by(session, dossier_id, who.units(Act.move_dossiers))
        if row is None:
            return console.missing()
        listed = {one.link_id: one for one in dossier_pages.listeners(session, row)}
        found = listed.get(link_id)
        if found is None:
            return console.missing("Liên kết này không còn.")
        if prove:
            done = links.verify(session, found.uid, row.phone, Proof.counter, now)
            action, told = "link.proven", "Đã xác nhận: từ nay người này nhận đủ thông báo."
        else:
            done = links.revoke(session, found.uid, link_id, now) is not None
            action, told = "link.ended", "Đã hủy liên kết."
            consents.record(
                session,
                kind="link_phone",
                action="withdrawn",
                version=console.settings.consent_version,
                now=now,
                uid=found.uid,
                phone=row.phone,
                by=who.username,
            )
        if done:
            console.audit(session, action, "dossier", row.code)
    return console.redirect(back(dossier_id, "zalo"), told if done else "Liên kết đã đổi trước đó.")


def _tick(console: Console, dossier_id: int, on: bool) -> Answer:
    now, who = console.clock.now(), person()
    with console.database.write() as session:
        row = dossier_pages.held_by(session, dossier_id, who.units(Act.move_dossiers))
        if row is None:
            return console.missing()
        if on and not row.phone:
            return console.refuse(
                "Hồ sơ không có số điện thoại dùng được: ghi số trước.", back=back(dossier_id)
            )
        if row.zalo_notify != on:
            row.zalo_notify, row.updated_at = on, now
            row.version += 1
            session.add(row)
            consents.record(
                session,
                kind="counter_tick",
                action="given" if on else "withdrawn",
                version=console.settings.consent_version,
                now=now,
                phone=row.phone,
                dossier_id=row.id,
                by=who.username,
            )
            console.audit(session, "dossier.tick_changed", "dossier", row.code, on=on)
    told = "Đã ghi nhận đăng ký nhận tin." if on else "Đã dừng gửi tin theo số điện thoại này."
    return console.redirect(back(dossier_id, "zalo"), told)


def _phone(console: Console, dossier_id: int, phone: str) -> Answer:
    """Another phone ends the tick: consent was given for the one before (domain 4.5)."""
    now, who = console.clock.now(), person()
    with console.database.write() as session:
        row = dossier_pages.held_by(session, dossier_id, who.units(Act.move_dossiers))
        if row is None:
            return console.missing()
        if row.source_system != OUR_SYSTEM:
            return console.refuse(
                f"Số điện thoại do hệ thống {row.source_system or 'nguồn'} gửi sang: sửa trên phần "
                "mềm đó, nếu không lần gửi sau sẽ ghi đè.",
                back=back(dossier_id),
            )
        if row.phone_problem == _ERASED:
            return console.refuse(
                "Người nộp đã yêu cầu xóa dữ liệu: không ghi lại số điện thoại.",
                back=back(dossier_id),
            )
        if row.phone != phone:
            if row.zalo_notify:
                consents.record(
                    session,
                    kind="counter_tick",
                    action="withdrawn",
                    version=console.settings.consent_version,
                    now=now,
                    phone=row.phone,
                    dossier_id=row.id,
                    by=who.username,
                )
            row.phone, row.phone_problem, row.zalo_notify = phone, "", False
            row.updated_at = now
            row.version += 1
            session.add(row)
            console.audit(session, "dossier.phone_changed", "dossier", row.code)
    return console.redirect(
        back(dossier_id, "zalo"),
        "Đã sửa số điện thoại. Đăng ký nhận tin cần hỏi lại người nộp với số mới.",
    )
