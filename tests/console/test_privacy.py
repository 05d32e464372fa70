"""The privacy desk: queue by legal clock, identity before data, copies, erasing, corrections."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select

from privacy import requests
from store import links
from store import privacy as store
from store.engine import Database
from store.tables import (
    Consent,
    Dossier,
    DossierWord,
    Follower,
    Outbox,
    PhoneLink,
    PrivacyRequest,
    Proof,
)
from tests.console.conftest import Clerk, Office

UID, PHONE = "7000000000000000001", "+84912345678"
CODE = "H60.12-261118-0001"
DESK = "/console/quyen-rieng-tu"
COUNTER = {"kind": "delete", "phone": "0912 345 678", "identity_check": "can_cuoc"}


@pytest.fixture
def clerk(office: Office) -> Clerk:
    """Somebody at the reception."""
    return office.sign_in("lan", "reception")


@pytest.fixture
def citizen(office: Office) -> str:
    """A citizen with a proven phone and a dossier."""
    now = office.clock.now()
    with office.database.write() as session:
        session.add(Follower(uid=UID, display_name="Bà Mẫu", first_seen_at=now))
        session.flush()
        links.claim(session, UID, PHONE, now)
        links.verify(session, UID, PHONE, Proof.otp, now)
        session.add(
            Dossier(
                code=CODE,
                phone=PHONE,
                owner_name="NGUYỄN THỊ MẬU",
                owner_folded="nguyen thi mau",
                zalo_notify=True,
                state_at=now,
                created_at=now,
                updated_at=now,
                receipt_token="t",
            )
        )
    return UID


def asked(office: Office, kind: str = "see", **more: Any) -> PrivacyRequest:
    """A request from the chat."""
    told: dict[str, Any] = {"uid": UID, "name": "Bà Mẫu", "source": "chat", **more}
    with office.database.write() as session:
        return requests.open_request(
            session,
            kind=kind,
            now=office.clock.now(),
            calendar=office.app.extensions["console"].calendar,
            settings=office.settings,
            by="citizen",
            **told,
        )


def stored(database: Database) -> PrivacyRequest:
    """The only request."""
    with database.read() as session:
        return session.exec(select(PrivacyRequest)).one()


def identified(office: Office, clerk: Clerk, row: PrivacyRequest, how: str = "zalo") -> None:
    """Write down how it was made sure who asks."""
    answer = clerk.post(f"{DESK}/{row.id}/xac-minh", {"identity_check": how})
    assert answer.status_code == 303, answer.get_data(as_text=True)


def test_the_counter_takes_a_request_down(office: Office, clerk: Clerk, citizen: str) -> None:
    assert clerk.post(f"{DESK}/moi", COUNTER).status_code == 303
    row = stored(office.database)
    assert (row.code, row.kind, row.source) == ("DL-261118-001", "delete", "counter")
    assert (row.phone, row.created_by) == (PHONE, "lan")
    page = clerk.text(DESK)
    assert "DL-261118-001" in page
    assert "còn 20 ngày" in page
    assert "0912 345 678" in clerk.text(f"{DESK}/{row.id}")
    actions = [entry.action for entry in office.audited() if entry.action.startswith("privacy")]
    assert actions == ["privacy.opened", "privacy.listed", "privacy.viewed"]
    assert PHONE not in str([entry.details for entry in office.audited()])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"phone": "024 3825 0000"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"phone": "", "dossier_code": "không phải mã"}, "dossier_code"),
        ({"phone": "", "dossier_code": "H60.12-261118-9999"}, "dossier_code"),
        ({"kind": "all"}, "kind"),
        ({"identity_check": "tin"}, "identity_check"),
        ({"received_at": "2099-01-01T00:00"}, "received_at"),
        ({"received_at": "mai"}, "received_at"),
        ({"details": "x" * 1001}, "details"),
    ],
)
def test_a_wrong_field_is_named(clerk: Clerk, changed: dict[str, str], field: str) -> None:
    answer = clerk.post(f"{DESK}/moi", {**COUNTER, **changed})
    assert answer.status_code == 422
    assert f'href="#o-{field}"' in answer.get_data(as_text=True)


def test_a_dossier_is_enough_to_know_the_phone(office: Office, clerk: Clerk, citizen: str) -> None:
    form = {"kind": "see", "dossier_code": "h60.12 261118 0001", "received_at": "2026-11-16T09:00"}
    assert clerk.post(f"{DESK}/moi", form).status_code == 303
    row = stored(office.database)
    assert (row.phone, row.dossier_code) == (PHONE, CODE)
    assert row.due_at.date() < (office.clock.now() + timedelta(days=15)).date()


def test_the_queue_shows_first_what_runs_out_first(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    late = asked(office, "delete")
    office.clock.advance(days=18)
    clerk = office.sign_in("lan")
    fresh = asked(office, "see", uid="")
    page = clerk.text(DESK)
    assert "1 yêu cầu đã quá hạn theo luật" in page
    assert page.index(late.code) < page.index(fresh.code)
    assert "quá hạn" in page
    assert 'data-badge="console.privacy_queue">2' in page
    assert late.code in clerk.text(f"{DESK}?ma={late.code.lower()}")
    assert "Không có yêu cầu mang mã này" in clerk.text(f"{DESK}?ma=DL-1")
    assert "Chưa có yêu cầu nào đã xong" in clerk.text(f"{DESK}?da_xong=1")


def test_acknowledging_extending_and_ending_reach_the_chat(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    row = asked(office)
    assert clerk.post(f"{DESK}/{row.id}/xac-nhan").status_code == 303
    assert clerk.post(f"{DESK}/{row.id}/xac-nhan").status_code == 422
    far = {"until": "2027-06-01", "reason": "Cần tra hồ sơ giấy"}
    assert clerk.post(f"{DESK}/{row.id}/gia-han", far).status_code == 422
    assert clerk.post(f"{DESK}/{row.id}/gia-han", {**far, "until": "x"}).status_code == 422
    good = {**far, "until": "2026-12-10"}
    assert clerk.post(f"{DESK}/{row.id}/gia-han", good).status_code == 303
    page = clerk.text(f"{DESK}/{row.id}")
    assert "đã gia hạn: Cần tra hồ sơ giấy" in page
    assert "Đang chờ gửi" in page
    assert clerk.post(f"{DESK}/{row.id}/ket-thuc", {"outcome": "x"}).status_code == 422
    end = {"outcome": "Đã đưa bản sao tại quầy.", "result": "done"}
    assert clerk.post(f"{DESK}/{row.id}/ket-thuc", end).status_code == 303
    assert clerk.post(f"{DESK}/{row.id}/ket-thuc", end).status_code == 422
    with office.database.read() as session:
        texts = [one.body["text"] for one in session.exec(select(Outbox).order_by(Outbox.id))]
    assert len(texts) == 3
    assert "cần thêm thời gian" in texts[1]
    assert texts[2].endswith("Đã đưa bản sao tại quầy.")
    assert "đã được xóa khi kết thúc" in clerk.text(f"{DESK}/{row.id}")
    assert "Đã đưa bản sao" in clerk.text(f"{DESK}?da_xong=1")


def test_no_data_goes_out_before_it_is_sure_who_asks(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    row = asked(office, "delete")
    for path in ("ban-sao.json", "ban-sao.pdf", "xoa"):
        answer = clerk.get(f"{DESK}/{row.id}/{path}")
        assert answer.status_code == 422
        assert "Chưa xác minh người yêu cầu" in answer.get_data(as_text=True)
    assert clerk.post(f"{DESK}/{row.id}/xoa").status_code == 422
    assert clerk.post(f"{DESK}/{row.id}/rut-dong-y").status_code == 422
    with office.database.read() as session:
        assert session.get_one(Follower, UID).display_name == "Bà Mẫu"


def test_the_copy_is_one_press_away_and_written_down(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    row = asked(office)
    identified(office, clerk, row)
    made = json.loads(clerk.client.get(f"{DESK}/{row.id}/ban-sao.json").data)
    assert made["ma_yeu_cau"] == row.code
    assert CODE in json.dumps(made)
    pdf = clerk.client.get(f"{DESK}/{row.id}/ban-sao.pdf")
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="{row.code}.pdf"'
    assert "Bà Mẫu" in PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()
    assert [entry.details for entry in office.audited("privacy.exported")] == [
        {"form": "json"},
        {"form": "pdf"},
    ]
    assert clerk.get(f"{DESK}/{row.id}/ban-sao.exe").status_code == 404
    office.clock.advance(minutes=office.settings.confirm_minutes + 1)
    again = clerk.client.get(f"{DESK}/{row.id}/ban-sao.json")
    assert "/console/xac-nhan" in again.headers["Location"]


def test_erasing_at_the_counter_leaves_a_receipt_and_no_data(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    clerk.post(f"{DESK}/moi", COUNTER)
    row = stored(office.database)
    page = clerk.text(f"{DESK}/{row.id}/xoa")
    assert "Xóa khỏi hồ sơ: 1" in page
    assert "Xóa cả tài khoản Bà Mẫu" in page
    answer = clerk.post(f"{DESK}/{row.id}/xoa", {"accounts": [UID, "somebody else"]})
    assert answer.headers["Location"].endswith(f"{row.id}/bien-nhan")
    receipt = clerk.text(f"{DESK}/{row.id}/bien-nhan")
    assert "DL-261118-001" in receipt
    assert "số điện thoại trong hồ sơ (1)" in receipt
    paper = receipt.partition("<main")[2]
    assert "Bà Mẫu" not in paper
    assert "912" not in paper
    with office.database.read() as session:
        assert session.get_one(Follower, UID).display_name == ""
        assert session.exec(select(Dossier)).one().phone == ""
    (entry,) = office.audited("privacy.erased")
    assert entry.details == {"accounts": 1, "phone": True}
    assert clerk.post(f"{DESK}/{row.id}/xoa").status_code == 422


def test_erasing_only_the_phone_leaves_the_familys_chat(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    clerk.post(f"{DESK}/moi", COUNTER)
    row = stored(office.database)
    clerk.post(f"{DESK}/{row.id}/xoa")
    with office.database.read() as session:
        assert session.get_one(Follower, UID).display_name == "Bà Mẫu"
        assert session.exec(select(PhoneLink)).all() == []


def test_a_dossier_is_corrected_and_found_by_its_new_name(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    row = asked(office, "correct", details="tên sai")
    identified(office, clerk, row)
    path = f"{DESK}/{row.id}/sua"
    form = {"dossier_code": CODE, "owner_name": "NGUYỄN THỊ MẪU", "new_phone": "0987654321"}
    assert clerk.post(path, {**form, "dossier_code": "H60.12-261118-0002"}).status_code == 422
    assert clerk.post(path, {**form, "new_phone": "19001000"}).status_code == 422
    assert clerk.post(path, {"dossier_code": CODE}).status_code == 422
    assert clerk.post(path, form).status_code == 303
    with office.database.read() as session:
        dossier = session.exec(select(Dossier)).one()
        words = set(session.exec(select(DossierWord.word)).all())
    assert (dossier.owner_name, dossier.phone) == ("NGUYỄN THỊ MẪU", "+84987654321")
    assert "mau" in words
    (entry,) = office.audited("privacy.corrected")
    assert entry.details == {"dossier": CODE, "fields": "owner_name phone"}


def test_a_link_is_ended_with_its_consent(office: Office, clerk: Clerk, citizen: str) -> None:
    row = asked(office, "correct")
    identified(office, clerk, row)
    with office.database.read() as session:
        (link,) = session.exec(select(PhoneLink)).all()
    assert clerk.post(f"{DESK}/{row.id}/huy-lien-ket/999").status_code == 422
    assert clerk.post(f"{DESK}/{row.id}/huy-lien-ket/{link.id}").status_code == 303
    with office.database.read() as session:
        assert session.exec(select(PhoneLink)).one().revoked_at is not None
        assert session.exec(select(Consent)).one().action == "withdrawn"


def test_withdrawing_stops_notices_and_keeps_the_dossier(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    clerk.post(f"{DESK}/moi", {**COUNTER, "kind": "withdraw"})
    row = stored(office.database)
    assert clerk.post(f"{DESK}/{row.id}/rut-dong-y").status_code == 303
    with office.database.read() as session:
        dossier = session.exec(select(Dossier)).one()
        assert (dossier.phone, dossier.zalo_notify) == (PHONE, False)
        assert session.exec(select(PhoneLink)).one().revoked_at is not None
    assert stored(office.database).outcome.startswith("Đã dừng thông báo của 1 hồ sơ")


def test_withdrawing_for_a_chat_silences_it(office: Office, clerk: Clerk, citizen: str) -> None:
    row = asked(office, "withdraw")
    identified(office, clerk, row)
    assert clerk.post(f"{DESK}/{row.id}/rut-dong-y").status_code == 303
    with office.database.read() as session:
        assert session.get_one(Follower, UID).notify is False


def test_two_desks_that_end_one_request_end_it_once(
    office: Office, clerk: Clerk, citizen: str
) -> None:
    row = asked(office)
    other = office.sign_in("hoa", "reception")
    end = {"outcome": "Đã đưa bản sao.", "result": "done"}
    statuses = [one.post(f"{DESK}/{row.id}/ket-thuc", end).status_code for one in (clerk, other)]
    assert statuses == [303, 422]
    assert len(office.audited("privacy.ended")) == 1


def test_what_is_not_there_is_missing(clerk: Clerk) -> None:
    for path in ("999", "999/bien-nhan", "999/ban-sao.pdf", "999/xoa", "su-co/999"):
        assert clerk.get(f"{DESK}/{path}").status_code == 404, path
    for path in ("999/xac-nhan", "999/rut-dong-y", "su-co/999/dong"):
        assert clerk.post(f"{DESK}/{path}").status_code == 404, path


def test_a_clerk_of_one_agency_only_has_no_desk_for_the_province(office: Office) -> None:
    agency = office.agency("H60.12", "Sở Tài chính mẫu")
    limited = office.sign_in("hoa", "reception", agency=agency)
    assert limited.get(DESK).status_code == 403


def test_periods_are_shown_with_their_settings(office: Office, clerk: Clerk) -> None:
    page = clerk.text(f"{DESK}/thoi-han")
    assert "KEEP_MESSAGES_DAYS" in page
    assert "365 ngày" in page
    assert "không giữ số; chỉ mã băm" in page


def test_an_incident_has_72_hours_a_history_and_a_report(office: Office, clerk: Clerk) -> None:
    form = {
        "title": "Gửi nhầm danh sách cho đơn vị khác",
        "discovered_at": "2026-11-18T08:00",
        "affected": "Tên và số điện thoại, khoảng 20 người",
    }
    assert clerk.post(f"{DESK}/su-co/moi", form).status_code == 303
    with office.database.read() as session:
        (row,) = store.incidents(session)
    assert row.notify_due_at - row.discovered_at == timedelta(hours=72)
    path = f"{DESK}/su-co/{row.id}"
    assert "còn 69 giờ" in clerk.text(path) or "còn 70 giờ" in clerk.text(path)
    assert clerk.post(path, {**form, "measures": "Đã thu hồi"}).status_code == 303
    for step in ("co-quan", "cong-dan", "dong", "dong"):
        assert clerk.post(f"{path}/{step}").status_code == 303
    assert clerk.post(f"{path}/khac").status_code == 404
    page = clerk.text(path)
    assert "Cập nhật sự cố" in page
    assert "Đã báo cơ quan chuyên trách" in page
    assert len(office.audited("incident.marked")) == 3
    report = clerk.text(f"{path}/bao-cao")
    assert "khoảng 20 người" in report
    assert "Đã thu hồi" in report
    assert "Gửi nhầm danh sách" in clerk.text(f"{DESK}/su-co")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": "x"}, "title"),
        ({"discovered_at": ""}, "discovered_at"),
        ({"discovered_at": "2099-01-01T00:00"}, "discovered_at"),
        ({"description": "x" * 8001}, "description"),
    ],
)
def test_a_wrong_field_of_an_incident_is_named(
    clerk: Clerk, changed: dict[str, str], field: str
) -> None:
    form = {"title": "Lộ danh sách mẫu", "discovered_at": "2026-11-18T08:00", **changed}
    answer = clerk.post(f"{DESK}/su-co/moi", form)
    assert answer.status_code == 422
    assert f'href="#o-{field}"' in answer.get_data(as_text=True)


def test_a_late_incident_says_so(office: Office, clerk: Clerk) -> None:
    clerk.post(
        f"{DESK}/su-co/moi", {"title": "Mất máy tính mẫu", "discovered_at": "2026-11-10T08:00"}
    )
    assert "quá hạn" in clerk.text(f"{DESK}/su-co")
    with office.database.read() as session:
        assert store.count_unreported(session, office.clock.now()) == 1
