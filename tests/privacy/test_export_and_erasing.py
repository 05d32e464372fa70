"""The copy holds everything and no ID number; erasing leaves nothing and a receipt without data."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select

from privacy import erasing
from privacy.export import as_json, sections
from privacy.papers import copy_pdf
from settings import Settings
from store import consents, links, privacy_export
from store import privacy as store
from store.engine import Database
from store.tables import (
    Dossier,
    DossierWatch,
    Feedback,
    Follower,
    InboundEvent,
    Outbox,
    PhoneLink,
    PrivacyRequest,
    Proof,
)
from tests.conftest import MORNING

UID, OTHER = "7000000000000000001", "7000000000000000002"
PHONE, UNPROVEN = "+84912345678", "+84987654321"
IDENTITY = "008199000123"


def dossier(code: str, phone: str) -> Dossier:
    """A dossier of somebody plainly made up."""
    return Dossier(
        code=code,
        phone=phone,
        owner_name="NGUYỄN THỊ MẪU",
        identity_hash="mã băm bí mật",
        identity_last3="123",
        procedure_name="Đăng ký khai sinh",
        zalo_notify=True,
        state_at=MORNING,
        created_at=MORNING,
        updated_at=MORNING,
        receipt_token=f"t-{code}",
    )


def said(number: int, uid: str, text: str) -> InboundEvent:
    """A handled message of a citizen."""
    body = {
        "app_id": "1",
        "event_name": "user_send_text",
        "timestamp": "1795000000000",
        "sender": {"id": uid},
        "recipient": {"id": "4"},
        "message": {"msg_id": f"m{number}", "text": text},
    }
    return InboundEvent(
        dedupe_key=f"k{number}",
        event_name="user_send_text",
        subject=uid,
        body=json.dumps(body, ensure_ascii=False).encode(),
        correlation_id="c",
        received_at=MORNING,
        state="handled",
    )


@pytest.fixture
def town(db: Database) -> Database:
    """A citizen with a proven and a claimed phone, messages, a feedback; and a stranger."""
    with db.write() as session:
        session.add(Follower(uid=UID, display_name="Bà Mẫu", followed=True, first_seen_at=MORNING))
        session.add(Follower(uid=OTHER, display_name="Người khác", first_seen_at=MORNING))
        session.flush()
        links.claim(session, UID, PHONE, MORNING)
        links.verify(session, UID, PHONE, Proof.otp, MORNING)
        links.claim(session, UID, UNPROVEN, MORNING)
        consents.record(
            session,
            kind="link_phone",
            action="given",
            version="1",
            now=MORNING,
            uid=UID,
            phone=PHONE,
        )
        session.add(dossier("H60.12-261118-0001", PHONE))
        session.add(dossier("H60.12-261118-0002", UNPROVEN))
        session.add(dossier("H60.12-261118-0003", ""))
        session.flush()
        watched = session.exec(select(Dossier).where(Dossier.phone == "")).one()
        session.add(DossierWatch(dossier_id=watched.id or 0, uid=UID, created_at=MORNING))
        session.add(said(1, UID, f"căn cước của tôi {IDENTITY}, hồ sơ H60.12-261118-0001"))
        session.add(said(2, OTHER, "tin của người khác"))
        session.add(
            Outbox(
                dedupe_key="o1",
                lane="reply",
                rank=0,
                kind="reply",
                uid=UID,
                order_key=f"{UID}|reply",
                body={"kind": "text", "text": "Hồ sơ của bà đã có kết quả"},
                correlation_id="c",
                created_at=MORNING,
                due_at=MORNING,
                state="sent",
            )
        )
        session.add(
            Feedback(
                code="PA-261118-0001",
                uid=UID,
                kind="service",
                # In work: the agency keeps what was said, not who said it (docs/feedback.md).
                state="accepted",
                text="Chờ lâu quá",
                name="Bà Mẫu",
                phone=PHONE,
                created_at=MORNING,
                updated_at=MORNING,
            )
        )
    return db


def copied(db: Database, settings: Settings) -> dict[str, Any]:
    """The copy of the citizen, part by part."""
    with db.read() as session:
        kept = privacy_export.of_user(session, UID)
    made = as_json(sections(kept, settings), "DL-261118-001", MORNING, settings)
    document: dict[str, Any] = json.loads(made)
    return {part["ten"]: part["du_lieu"] for part in document["muc"]}


def test_the_copy_holds_everything_of_theirs_and_nothing_of_others(
    town: Database, settings: Settings
) -> None:
    parts = copied(town, settings)
    assert parts["Tài khoản Zalo"][0]["Tên hiển thị"] == "Bà Mẫu"
    assert [row["Số điện thoại"] for row in parts["Số điện thoại đã liên kết"]] == [
        "0987 654 321",
        "0912 345 678",
    ]
    assert [row["Mã hồ sơ"] for row in parts["Hồ sơ theo dõi"]] == ["H60.12-261118-0003"]
    # A bare claim to a phone shows nobody's dossiers.
    assert [row["Mã hồ sơ"] for row in parts["Hồ sơ theo số điện thoại"]] == ["H60.12-261118-0001"]
    assert parts["Hồ sơ theo số điện thoại"][0]["Chủ hồ sơ"] == "N*** T*** MẪU"
    assert parts["Tin đã gửi tới ông/bà"][0]["Nội dung"] == "Hồ sơ của bà đã có kết quả"
    assert parts["Phản ánh, kiến nghị"][0]["Nội dung"] == "Chờ lâu quá"
    assert "người khác" not in json.dumps(parts, ensure_ascii=False)


def test_no_id_number_leaves_the_house(town: Database, settings: Settings) -> None:
    whole = json.dumps(copied(town, settings), ensure_ascii=False)
    assert IDENTITY not in whole
    assert "căn cước của tôi [số giấy tờ], hồ sơ H60.12-261118-0001" in whole
    assert "mã băm bí mật" not in whole


def test_the_pdf_says_the_same(town: Database, settings: Settings) -> None:
    with town.read() as session:
        parts = sections(privacy_export.of_user(session, UID), settings)
    pdf = copy_pdf(parts, "DL-261118-001", MORNING, settings)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "BẢN SAO DỮ LIỆU CÁ NHÂN" in text
    assert "Bà Mẫu" in text
    assert "Chờ lâu quá" in text
    assert IDENTITY not in text
    nothing = copy_pdf([], "", MORNING, settings)
    assert "không giữ dữ liệu" in PdfReader(io.BytesIO(nothing)).pages[0].extract_text()


def test_a_phone_has_a_copy_too(town: Database, settings: Settings) -> None:
    with town.read() as session:
        parts = {
            part.title: part for part in sections(privacy_export.of_phone(session, PHONE), settings)
        }
    assert len(parts["Hồ sơ theo số điện thoại"].rows) == 1
    assert "Tài khoản Zalo" not in parts


def test_erasing_counts_what_goes_and_names_nobody(town: Database, settings: Settings) -> None:
    with town.write() as session:
        outcome = erasing.erase_user(session, UID, MORNING, settings=settings, by="lan")
        assert erasing.erase_user(session, "nobody", MORNING, settings=settings, by="lan") == ""
    assert outcome == (
        "Đã xóa: tên hiển thị, liên kết số điện thoại (2), theo dõi hồ sơ (1), nội dung tin đã gửi "
        "(1), nội dung tin đã nhận (1), tên, số điện thoại trong phản ánh (1). Đã dừng mọi thông báo."
    )
    with town.read() as session:
        assert session.exec(select(PhoneLink)).all() == []
        feedback = session.exec(select(Feedback)).one()
        assert (feedback.uid, feedback.name, feedback.phone) == ("", "", "")
        assert feedback.text == "Chờ lâu quá"
        kept = store.kept_of_user(session, UID)
        # Proof of consent and its withdrawal stay, without the phone.
        assert kept == store.Kept(consents=2)
        assert copied(town, settings).keys() == {"Tài khoản Zalo", "Sự đồng ý"}


def test_erasing_a_phone_keeps_the_dossiers(town: Database, settings: Settings) -> None:
    with town.write() as session:
        outcome = erasing.erase_phone(session, PHONE, MORNING, settings=settings, by="lan")
    assert "số điện thoại trong hồ sơ (1)" in outcome
    with town.read() as session:
        row = session.exec(select(Dossier).where(Dossier.code == "H60.12-261118-0001")).one()
        assert (row.phone, row.phone_problem, row.zalo_notify) == ("", "erased", False)
        assert session.exec(select(Feedback)).one().phone == ""


def test_erasing_in_the_chat_ends_what_was_asked_before(town: Database, settings: Settings) -> None:
    with town.write() as session:
        store.add(
            session,
            PrivacyRequest(
                code="DL-261117-001",
                kind="see",
                source="chat",
                uid=UID,
                name="Bà Mẫu",
                received_at=MORNING,
                acknowledge_due_at=MORNING,
                due_at=MORNING,
                updated_at=MORNING,
            ),
        )
        erasing.erased_at_once(
            session, UID, MORNING, settings=settings, kind="delete", source="chat"
        )
    with town.read() as session:
        for row in session.exec(select(PrivacyRequest)).all():
            assert (row.state, row.uid, row.name) == ("done", "", "")
