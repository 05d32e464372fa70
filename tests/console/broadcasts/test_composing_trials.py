"""Trials to a staff member's own Zalo, and ZBS templates as Zalo tells of them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import requests
from sqlmodel import select

from bot.messages import File, Text, from_json
from bot.oauth import OAuthClient
from bot.tokens import Tokens
from notify.broadcasts.content import content_of
from sandbox.server import Running, running
from service.web import build
from store import staff
from store.tables import Outbox, Proof, StaffAccount
from tests.console.broadcasts.conftest import Desk, problems
from tests.e2e.conftest import free_port, settings_for

PHONE = "+84900000001"


def queued(desk: Desk) -> list[Outbox]:
    with desk.office.database.read() as session:
        return list(session.exec(select(Outbox)).all())


def trial(desk: Desk, number: int, **form: str) -> tuple[int, str]:
    answer = desk.clerk.post(f"/console/thong-bao/{number}/gui-thu", form)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_trial_goes_to_ones_own_zalo_as_it_would_be_sent(desk: Desk) -> None:
    number = desk.draft(vi_text="Chào {ten}", vi_title0="Xem", vi_value0="https://a.example/")
    status, page = trial(desk, number, to="me")
    assert status == 422
    assert "chưa ghi mã Zalo" in page
    with desk.office.database.write() as session:
        account = session.exec(select(StaffAccount)).one()
        account.zalo_uid = "7399999999999999999"
        session.add(account)
    assert "Gửi thử" in desk.clerk.text(f"/console/thong-bao/{number}/gui-thu")
    assert trial(desk, number, to="me")[0] == 303
    assert trial(desk, number, to="me")[0] == 303, "each press is a message of its own"
    first, second = queued(desk)
    assert (first.lane, first.kind, first.uid) == (
        "status",
        "broadcast_test",
        "7399999999999999999",
    )
    assert first.broadcast_id is None, "it counts for no announcement"
    said = from_json(first.body)
    assert isinstance(said, Text)
    assert said.text.startswith("Chào ông Nguyễn Văn Mẫu")
    assert "nhắn DỪNG" in said.text
    assert said.buttons[0].title == "Xem"
    assert second.dedupe_key != first.dedupe_key
    assert len(desk.office.audited("broadcast.tested")) == 2


def test_a_trial_by_phone_goes_to_staff_alone(desk: Desk) -> None:
    number = desk.draft()
    uid = desk.person(1)
    desk.link(uid, PHONE, Proof.claimed)
    status, page = trial(desk, number, to="phone", phone="0900 000 001")
    assert status == 422
    assert "Số này chưa là Zalo của cán bộ nào" in page
    citizen = desk.person(1)
    desk.link(citizen, PHONE)
    refused = trial(desk, number, to="phone", phone="0900 000 001")
    assert refused[0] == 422 and "Số này chưa là Zalo của cán bộ nào" in refused[1]
    assert "Không phải số di động" in trial(desk, number, to="phone", phone="12")[1]
    other = desk.person(1)
    desk.link(other, PHONE)
    _is_staff(desk, other)
    assert trial(desk, number, to="phone", phone="0900 000 001")[0] == 303
    assert [row.uid for row in queued(desk)] == [other]
    (line,) = desk.office.audited("broadcast.tested")
    assert line.details == {"to": "phone", "messages": 1}
    assert "Chưa có Zalo cán bộ" in trial(desk, number, to="staff")[1]


def _is_staff(desk: Desk, uid: str) -> None:
    """Somebody wrote this down as their own Zalo."""
    desk.office.account("mai", "reception")
    with desk.office.database.write() as session:
        account = staff.by_username(session, "mai")
        assert account is not None
        account.zalo_uid = uid
        session.add(account)


def test_nothing_written_is_no_trial(desk: Desk) -> None:
    number = desk.draft(vi_text="")
    assert "Chưa có nội dung" in trial(desk, number, to="phone", phone="0900 000 001")[1]
    assert queued(desk) == []


def test_a_file_goes_along(desk: Desk) -> None:
    number = desk.draft()
    desk.save(number, file=(io.BytesIO(b"%PDF-1.7"), "lich.pdf"))
    uid = desk.person(1)
    desk.link(uid, PHONE)
    _is_staff(desk, uid)
    trial(desk, number, to="phone", phone="0900 000 001")
    assert [type(from_json(row.body)) for row in queued(desk)] == [Text, File]


# ZBS


@pytest.fixture
def zalo(desk: Desk) -> Iterator[Running]:
    """The office with the sandbox for its Zalo."""
    office = desk.office
    with running(f"http://127.0.0.1:{free_port()}/webhook/zalo") as started:
        settings = settings_for(started, "http://127.0.0.1:1", office.database.url).model_copy(
            update={"secret_key": office.settings.secret_key}
        )
        office.settings = settings
        office.app = build(settings, office.database, office.clock)
        office.app.testing = True
        secret = settings.zalo_app_secret.get_secret_value()
        oauth = OAuthClient(settings.zalo_oauth_url, settings.zalo_app_id, secret)
        tokens = Tokens(office.database, office.vault, oauth, settings, office.clock)
        tokens.store_pair("test-access", "test-refresh")
        desk.clerk = office.sign_in("hoa", "broadcast")
        yield started


def test_a_template_is_chosen_and_its_parameters_become_fields(desk: Desk, zalo: Running) -> None:
    number = desk.draft(way="zbs")
    desk.person(24 * 30)
    page = desk.page(number)
    assert "Cập nhật trạng thái hồ sơ" in page
    desk.save(number, way="zbs", do="template", template_id="300001")
    chosen = content_of(desk.row(number)).zbs
    assert (chosen.template_id, chosen.phone_price) == ("300001", 300)
    assert "ma_ho_so" in chosen.params
    page = desk.page(number)
    assert 'name="zbs_ma_ho_so"' in page
    assert "Tham số ma_ho_so của mẫu ZBS còn trống" in page
    filled = {f"zbs_{name}": "Mẫu" for name in chosen.params}
    desk.save(number, way="zbs", **filled)
    assert set(content_of(desk.row(number)).zbs.params.values()) == {"Mẫu"}
    page = desk.page(number)
    assert "Đủ để trình" in page
    assert "Gửi được tới 1 trong 1 người, 200 đồng" in page
    # Chosen anew, what was filled in stays.
    desk.save(number, way="zbs", **filled, do="template", template_id="300001")
    assert set(content_of(desk.row(number)).zbs.params.values()) == {"Mẫu"}
    desk.save(number, way="zbs", do="drop_template")
    assert content_of(desk.row(number)).zbs.template_id == ""


@pytest.mark.parametrize(
    ("template", "said"),
    [("", "Chọn một mẫu"), ("300009", "đang chờ Zalo duyệt"), ("999", "Chưa hỏi được Zalo")],
)
def test_a_template_that_cannot_be_sent_is_refused(
    desk: Desk, zalo: Running, template: str, said: str
) -> None:
    number = desk.draft()
    answer = desk.send(number, way="zbs", do="template", template_id=template)
    assert answer.status_code == 422
    assert said in problems(answer.get_data(as_text=True))
    assert content_of(desk.row(number)).zbs.template_id == ""


def test_promotion_is_refused(desk: Desk, zalo: Running) -> None:
    told = requests.get(f"{zalo.url}/_control/templates", timeout=5).json()["templates"]
    known = next(one for one in told if one["id"] == "300001")
    requests.put(
        f"{zalo.url}/_control/templates/300001", json={**known, "tag": "PROMOTION"}, timeout=5
    )
    number = desk.draft()
    answer = desk.send(number, do="template", template_id="300001")
    assert "mẫu quảng cáo" in problems(answer.get_data(as_text=True))


def test_without_zalo_the_page_stands(desk: Desk) -> None:
    number = desk.draft()
    page = desk.clerk.text(f"/console/thong-bao/{number}/soan?zbs=1")
    assert "Chưa hỏi được Zalo danh sách mẫu" in page
    answer = desk.send(number, do="template", template_id="300001", title="Vẫn lưu")
    assert "Chưa hỏi được Zalo về mẫu này" in answer.get_data(as_text=True)
    assert desk.row(number).title == "Vẫn lưu"
