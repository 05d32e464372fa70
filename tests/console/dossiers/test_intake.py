"""Taking in a dossier: consent is asked for, the date computed, the code issued, the citizen told."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from dossiers.moving import OUR_SYSTEM
from store.tables import Dossier, Proof
from tests.console.conftest import Office
from tests.console.dossiers.conftest import FORM, PHONE, Counter, problems


def test_a_dossier_is_taken_in_and_everything_about_it_is_kept(counter: Counter) -> None:
    row = counter.take_in()
    assert row.code == "H60.04-261118-0001"
    assert (row.state, row.source_system, row.unit_code) == ("received", OUR_SYSTEM, "H60.04")
    assert (row.owner_name, row.phone, row.applicant_type) == ("Nguyễn Thị Mẫu", PHONE, "citizen")
    assert row.procedure_name
    assert row.agency_name == "Sở Nội vụ mẫu"
    (event,) = counter.events(row.id or 0)
    assert (event.national_state, event.step, event.officer) == (2, "Tiếp nhận hồ sơ", "Lan Mẫu")
    assert event.outcome == "announced"
    (entry,) = counter.office.audited("dossier.received")
    assert (entry.actor, entry.subject) == ("lan", row.code)


def test_the_identity_number_is_nowhere_in_clear(counter: Counter) -> None:
    row = counter.take_in()
    assert row.identity_last3 == "321"
    assert row.identity_hash == counter.office.vault.identity_hash("008090000321")
    told = str(row.model_dump()) + str([e.model_dump() for e in counter.office.audited()])
    assert "008090000321" not in told


def test_the_tick_is_never_set_beforehand_and_stands_beside_its_wording(counter: Counter) -> None:
    page = counter.clerk.text("/console/ho-so/moi")
    box = re.search(r'<input[^>]*id="o-zalo"[^>]*>', page)
    assert box is not None
    assert "checked" not in box[0]
    assert "Đăng ký nhận thông báo trạng thái hồ sơ qua Zalo" in page
    assert "rút lại bất cứ lúc nào" in page


def test_without_the_tick_nothing_is_agreed_to(counter: Counter) -> None:
    assert not counter.take_in().zalo_notify
    assert counter.consents() == []


def test_the_tick_is_kept_as_consent_with_who_and_which_wording(counter: Counter) -> None:
    assert counter.take_in(zalo="1").zalo_notify
    assert counter.consents() == [("counter_tick", "given", "lan", "2026-01")]


def test_the_tick_needs_a_phone(counter: Counter) -> None:
    answer = counter.clerk.post("/console/ho-so/moi", {**FORM, "zalo": "1", "phone": ""})
    assert answer.status_code == 422
    assert "cần số điện thoại" in problems(answer.get_data(as_text=True))
    assert counter.all(Dossier) == []


def test_a_proven_follower_is_told_at_once(counter: Counter) -> None:
    counter.follower()
    row = counter.take_in()
    kinds = [message.kind for message in counter.messages(row.id or 0)]
    assert kinds[0] == "status_received"
    assert "receipt_file" in kinds


def test_the_promised_date_comes_from_the_procedure_and_may_be_changed(counter: Counter) -> None:
    page = counter.clerk.text("/console/ho-so/moi?thu-tuc=1.001193")
    shown = re.search(r'name="promised"[^>]*value="([^"]*)"', page)
    assert shown is not None
    computed = counter.take_in()
    assert computed.promised_at is not None
    assert f"{computed.promised_at:%Y-%m-%d}" == shown[1][:10]
    changed = counter.take_in(promised="2026-12-01T16:30")
    assert changed.promised_at == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"procedure": "khong-co"}, "chọn một dòng"),
        ({"owner": ""}, "họ tên"),
        ({"identity": "12"}, "12 chữ số"),
        ({"identity": "12", "kind": "organisation"}, "Mã số thuế"),
        ({"phone": "0207 3822 345"}, "Số cố định"),
        ({"phone": "0912"}, "kiểm tra lại"),
        ({"promised": "2020-01-01T10:00"}, "sau bây giờ"),
        ({"promised": "mai"}, "sau bây giờ"),
        ({"key": "ngan"}, "dạng yêu cầu"),
    ],
)
def test_what_cannot_be_right_is_named_and_nothing_is_stored(
    counter: Counter, changed: dict[str, str], says: str
) -> None:
    answer = counter.clerk.post("/console/ho-so/moi", {**FORM, **changed})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert says in problems(page)
    if "owner" not in changed:
        assert 'value="Nguyễn Thị Mẫu"' in page, "what was typed is not lost"
    assert counter.all(Dossier) == []


def test_an_organisation_has_a_tax_code(counter: Counter) -> None:
    row = counter.take_in(kind="organisation", identity="5000123456", owner="Công ty Mẫu")
    assert (row.applicant_type, row.identity_last3) == ("organisation", "456")


def test_pressing_twice_makes_one_dossier(counter: Counter) -> None:
    first = counter.clerk.post("/console/ho-so/moi", FORM)
    again = counter.clerk.post("/console/ho-so/moi", FORM)
    assert first.headers["Location"] == again.headers["Location"]
    assert len(counter.all(Dossier)) == 1
    assert len(counter.office.audited("dossier.received")) == 1


def test_a_clerk_takes_in_only_for_their_own_agency(counter: Counter) -> None:
    other = counter.office.agency("H60.09", "Sở Y tế mẫu")
    answer = counter.clerk.post("/console/ho-so/moi", {**FORM, "agency": str(other)})
    assert answer.status_code == 422
    assert "chọn cơ quan" in problems(answer.get_data(as_text=True))


def test_a_useless_pattern_is_told_to_the_clerk(office: Office, counter: Counter) -> None:
    agency = office.agency("H60.10", "Sở Mẫu", code_pattern="sai")
    clerk = office.sign_in("mai", "reception", agency=agency)
    answer = clerk.post("/console/ho-so/moi", FORM)
    assert answer.status_code == 422
    assert "trang Cơ quan" in problems(answer.get_data(as_text=True))


def test_without_a_script_the_procedure_is_found_by_a_button(counter: Counter) -> None:
    form = {**FORM, "act": "tim", "procedure": "", "procedure_words": "khai sinh"}
    page = counter.clerk.post("/console/ho-so/moi", form).get_data(as_text=True)
    assert 'type="radio" name="procedure"' in page
    assert 'type="hidden" name="procedure"' not in page, "the choice must not be shadowed"
    assert 'value="Nguyễn Thị Mẫu"' in page


def test_procedures_are_found_while_typing(counter: Counter) -> None:
    answer = counter.clerk.get("/console/ho-so/moi/thu-tuc?q=khai sinh").get_json()
    first = answer["procedures"][0]
    assert "khai sinh" in first["name"].lower()
    assert set(first) == {"key", "code", "name", "field", "limit", "due"}
    by_code = counter.clerk.get("/console/ho-so/moi/thu-tuc?q=1.001193").get_json()
    assert [one["code"] for one in by_code["procedures"]] == ["1.001193"]
    assert counter.clerk.get("/console/ho-so/moi/thu-tuc?q=").get_json() == {"procedures": []}


@pytest.mark.parametrize(
    ("typed", "good", "says"),
    [
        ("0900 000 001", True, "chưa quan tâm OA"),
        ("0120 0000001", True, "Đầu số cũ đã đổi thành 0700 000 001"),
        ("0207 3822 345", False, "Số cố định"),
        ("1900 1234", False, "tổng đài"),
        ("0912", False, "kiểm tra lại"),
        ("", False, ""),
    ],
)
def test_the_phone_is_checked_while_typing(
    counter: Counter, typed: str, good: bool, says: str
) -> None:
    told = counter.clerk.post("/console/ho-so/moi/dien-thoai", {"phone": typed}).get_json()
    assert told["good"] is good
    assert says in told["words"]


@pytest.mark.parametrize(
    ("proof", "says"), [(Proof.otp, "đã liên kết"), (Proof.claimed, "chưa xác thực")]
)
def test_the_clerk_learns_whether_the_phone_reaches_zalo(
    counter: Counter, proof: Proof, says: str
) -> None:
    counter.follower(proof=proof)
    told = counter.clerk.post("/console/ho-so/moi/dien-thoai", {"phone": "0900000001"}).get_json()
    assert says in told["words"]
    (entry,) = counter.office.audited("phone.checked")
    assert "0900000001" not in str(entry.model_dump())


def test_after_it_the_receipt_and_the_guide_are_at_hand(counter: Counter) -> None:
    row = counter.take_in()
    page = counter.clerk.text(f"/console/ho-so/{row.id}/da-tiep-nhan")
    assert row.code in page
    assert "In giấy tiếp nhận" in page
    for part in ("giay/01?size=A5", "giay/01?size=A4", "the-huong-dan?size=A6"):
        paper = counter.clerk.client.get(f"/console/ho-so/{row.id}/{part}")
        assert paper.mimetype == "application/pdf"
        assert paper.data.startswith(b"%PDF")
    for code in ("oa", "ho-so"):
        assert (
            counter.clerk.client.get(f"/console/ho-so/{row.id}/ma/{code}.png").mimetype
            == "image/png"
        )
    forms = [entry.details["form"] for entry in counter.office.audited("dossier.printed")]
    assert forms == ["01", "01", "guide"]
