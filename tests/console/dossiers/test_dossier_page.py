"""A dossier's page: moved on with one click, reasons where citizens need them, every message's fate."""

from __future__ import annotations

import re

import pytest

from dossiers.moving import BY_KEY, MOVES, next_move, other_moves
from store.tables import DossierNote, Outbox, PhoneLink, Proof, SavedText, State
from tests.console.conftest import Office
from tests.console.dossiers.conftest import Counter, problems


def move(counter: Counter, number: int | None, step: str, **form: str) -> str:
    """Press a button; the page that comes back, or "" when it went well."""
    key = form.pop("key", f"an-nut-mau-{step}")
    answer = counter.clerk.post(
        f"/console/ho-so/{number}/chuyen/{step}", {"key": key, "reason": "", **form}
    )
    return "" if answer.status_code == 303 else answer.get_data(as_text=True)


def test_the_usual_way_is_one_button_after_the_other_and_each_tells_the_citizen(
    counter: Counter,
) -> None:
    counter.follower()
    row = counter.take_in()
    walked = []
    while True:
        counter.office.clock.advance(minutes=5)
        page = counter.clerk.text(f"/console/ho-so/{row.id}")
        found = re.search(r'/chuyen/([a-z-]+)">(?:(?!</form>).)*btn-primary btn-lg', page)
        if found is None:
            break
        walked.append(found[1])
        assert move(counter, row.id, found[1]) == ""
    assert walked == ["phan-cong", "tham-dinh", "ky-duyet", "co-ket-qua", "tra-ket-qua"]
    assert counter.dossier(row.id or 0).state == State.result_delivered
    told = [m.kind for m in counter.messages(row.id or 0) if m.kind.startswith("status_")]
    assert told[-1] == "status_result_delivered"
    assert len(told) == 6
    assert [e.details["move"] for e in counter.office.audited("dossier.moved")] == walked
    assert "Hồ sơ đã kết thúc" in page


@pytest.mark.parametrize("step", ["bo-sung", "tu-choi", "dung"])
def test_bad_news_needs_a_reason_which_the_citizen_reads(counter: Counter, step: str) -> None:
    row = counter.take_in()
    page = move(counter, row.id, step)
    assert "người nộp phải biết lý do" in problems(page)
    assert f'id="viec-{step}" open' in page
    assert counter.dossier(row.id or 0).state == "received"
    assert move(counter, row.id, step, reason="Thiếu bản sao căn cước") == ""
    kept = counter.dossier(row.id or 0)
    assert kept.national_state == BY_KEY[step].national
    assert kept.open_reason == "Thiếu bản sao căn cước"


def test_a_payment_says_how_much(counter: Counter) -> None:
    row = counter.take_in()
    page = move(counter, row.id, "thanh-toan", reason="Lệ phí cấp phiếu")
    assert "số tiền" in problems(page)
    assert move(counter, row.id, "thanh-toan", reason="Lệ phí cấp phiếu", amount="200000") == ""
    assert counter.dossier(row.id or 0).open_reason == "200.000 đồng. Lệ phí cấp phiếu"


def test_pressing_twice_moves_once(counter: Counter) -> None:
    row = counter.take_in()
    for _ in range(2):
        assert move(counter, row.id, "phan-cong", key="an-hai-lan-mau") == ""
    assert len(counter.events(row.id or 0)) == 2
    assert len(counter.office.audited("dossier.moved")) == 1


def test_what_a_colleague_did_meanwhile_is_not_run_over(counter: Counter) -> None:
    row = counter.take_in()
    move(counter, row.id, "phan-cong")
    page = move(counter, row.id, "tham-dinh", seen="received")
    assert "vừa được người khác chuyển" in page
    assert counter.dossier(row.id or 0).state == "assigned"


def test_a_dossier_of_another_system_says_whose_it_is(counter: Counter) -> None:
    row = counter.foreign()
    page = counter.clerk.text(f"/console/ho-so/{row.id}")
    assert "hệ thống igate quản lý" in page
    assert "/chuyen/" not in page
    assert "hệ thống igate" in move(counter, row.id, "ky-duyet")
    assert counter.events(row.id or 0) == []


def test_what_has_ended_stays_so(counter: Counter) -> None:
    row = counter.take_in()
    assert move(counter, row.id, "rut") == ""
    assert "đã kết thúc" in move(counter, row.id, "tham-dinh")
    assert move(counter, row.id, "khong-co") != ""


def test_every_state_has_a_way_on_or_is_an_end() -> None:
    for state in State:
        moves = [m for m in (next_move(state), *other_moves(state)) if m]
        ended = state in ("refused", "withdrawn", "stopped", "result_delivered")
        assert bool(moves) is not ended, state
        assert len({m.key for m in moves}) == len(moves)
    assert {m.state for m in MOVES} == set(State) - {State.submitted}


def test_the_timeline_says_what_when_and_who(counter: Counter) -> None:
    row = counter.take_in()
    counter.office.clock.advance(minutes=20)
    move(counter, row.id, "bo-sung", reason="Thiếu đơn")
    page = counter.clerk.text(f"/console/ho-so/{row.id}")
    timeline = page.partition('<ol class="timeline">')[2].partition("</ol>")[0]
    assert timeline.index("Yêu cầu bổ sung") < timeline.index("Tiếp nhận hồ sơ")
    assert "18/11/2026 10:20" in timeline
    assert "Lan Mẫu" in timeline
    assert "Thiếu đơn" in timeline


def test_each_messages_fate_is_told_in_words_with_its_time(counter: Counter) -> None:
    silent = counter.take_in(phone="0900000009")
    page = counter.clerk.text(f"/console/ho-so/{silent.id}")
    assert "Người nộp chưa quan tâm OA" in page
    counter.follower()
    row = counter.take_in()
    now = counter.office.clock.now()
    with counter.office.database.write() as session:
        message = session.get(Outbox, counter.messages(row.id or 0)[0].id)
        assert message is not None
        message.state, message.channel, message.cost_vnd = "seen", "consultation", 55
        message.sent_at = message.delivered_at = message.seen_at = now
    page = counter.clerk.text(f"/console/ho-so/{row.id}")
    assert "Đã xem 10:00" in page
    assert "55 đ" in page
    assert "T*** V*** Mẫu" in page
    assert "Trần Văn Mẫu" not in page


def test_a_message_that_stopped_is_sent_again_by_a_button(counter: Counter) -> None:
    counter.follower()
    row = counter.take_in()
    first = counter.messages(row.id or 0)[0]
    address = f"/console/ho-so/{row.id}/tin/{first.id}/gui-lai"
    assert counter.clerk.post(address).status_code == 303
    assert counter.office.audited("message.requeued") == [], "it was on its way already"
    with counter.office.database.write() as session:
        held = session.get(Outbox, first.id)
        assert held is not None
        held.state, held.reason = "parked", "internal"
    assert "Gửi lại" in counter.clerk.text(f"/console/ho-so/{row.id}")
    counter.clerk.post(address)
    assert counter.messages(row.id or 0)[0].state == "queued"
    assert len(counter.office.audited("message.requeued")) == 1
    other = counter.take_in(phone="0900000005")
    wrong = f"/console/ho-so/{other.id}/tin/{first.id}/gui-lai"
    assert counter.clerk.post(wrong).status_code == 404


def test_a_claim_is_proven_at_the_counter_only_after_comparing(counter: Counter) -> None:
    link = counter.follower(proof=Proof.claimed)
    row = counter.take_in()
    address = f"/console/ho-so/{row.id}/lien-ket/{link}/xac-nhan"
    assert counter.clerk.post(address).status_code == 422
    assert counter.all(PhoneLink)[0].proof == "claimed"
    assert counter.clerk.post(address, {"compared": "1"}).status_code == 303
    assert counter.all(PhoneLink)[0].proof == "counter"
    assert len(counter.office.audited("link.proven")) == 1


def test_a_link_is_ended_with_its_consent(counter: Counter) -> None:
    link = counter.follower()
    row = counter.take_in()
    counter.clerk.post(f"/console/ho-so/{row.id}/lien-ket/{link}/huy")
    assert counter.all(PhoneLink)[0].revoked_at is not None
    assert ("link_phone", "withdrawn", "lan", "2026-01") in counter.consents()
    other = counter.take_in(phone="0900000005")
    again = counter.clerk.post(f"/console/ho-so/{other.id}/lien-ket/{link}/huy")
    assert again.status_code == 404, "a link of another phone is not this dossier's"


def test_the_tick_is_given_and_taken_back_with_proof(counter: Counter) -> None:
    row = counter.take_in()
    address = f"/console/ho-so/{row.id}/dang-ky-zalo"
    assert counter.clerk.post(address, {"on": "1"}).status_code == 422, "not without hearing it"
    counter.clerk.post(address, {"on": "1", "heard": "1"})
    assert counter.dossier(row.id or 0).zalo_notify
    counter.clerk.post(address, {"on": ""})
    assert not counter.dossier(row.id or 0).zalo_notify
    assert [(c[0], c[1]) for c in counter.consents()] == [
        ("counter_tick", "given"),
        ("counter_tick", "withdrawn"),
    ]


def test_another_phone_ends_the_consent_given_for_the_old_one(counter: Counter) -> None:
    row = counter.take_in(zalo="1")
    address = f"/console/ho-so/{row.id}/so-dien-thoai"
    assert counter.clerk.post(address, {"phone": "0912"}).status_code == 422
    counter.clerk.post(address, {"phone": "0900 000 007"})
    kept = counter.dossier(row.id or 0)
    assert (kept.phone, kept.zalo_notify) == ("+84900000007", False)
    assert counter.consents()[-1][:2] == ("counter_tick", "withdrawn")
    foreign = counter.foreign()
    sent = counter.clerk.post(f"/console/ho-so/{foreign.id}/so-dien-thoai", {"phone": "0900000007"})
    assert sent.status_code == 409


def test_notes_are_for_colleagues(counter: Counter) -> None:
    row = counter.take_in()
    counter.clerk.post(f"/console/ho-so/{row.id}/ghi-chu", {"text": "Đã gọi <b>hẹn</b> chiều"})
    page = counter.clerk.text(f"/console/ho-so/{row.id}")
    assert "Đã gọi &lt;b&gt;hẹn&lt;/b&gt; chiều" in page
    assert [note.by for note in counter.all(DossierNote)] == ["Lan Mẫu"]
    (entry,) = counter.office.audited("dossier.noted")
    assert entry.details == {}


def test_letters_carry_a_reason_or_are_not_made(counter: Counter) -> None:
    row = counter.take_in()
    client = counter.clerk.client
    assert client.get(f"/console/ho-so/{row.id}/giay/03").status_code == 409
    for form in ("02", "03", "04"):
        made = client.get(f"/console/ho-so/{row.id}/giay/{form}?reason=Thiếu đơn")
        assert made.data.startswith(b"%PDF")
        assert made.headers["Content-Disposition"].startswith("inline")
    assert client.get(f"/console/ho-so/{row.id}/giay/09?reason=x").status_code == 404


def test_saved_texts_are_offered_where_they_are_for(counter: Counter) -> None:
    text = {"purpose": "supplement", "title": "Thiếu bản sao", "text": "Nộp thêm bản sao"}
    own = {**text, "agency": str(counter.agency)}
    assert counter.clerk.post("/console/mau-cau/moi", text).status_code == 422, "not for everybody"
    assert counter.clerk.post("/console/mau-cau/moi", own).status_code == 303
    row = counter.take_in()
    assert 'value="Nộp thêm bản sao"' in counter.clerk.text(f"/console/ho-so/{row.id}")
    (kept,) = counter.all(SavedText)
    counter.clerk.post(f"/console/mau-cau/{kept.id}", {**own, "title": "Bản sao"})
    assert "Bản sao" in counter.clerk.text("/console/mau-cau?muc=supplement")
    counter.clerk.post(f"/console/mau-cau/{kept.id}/xoa")
    assert counter.all(SavedText) == []


def test_texts_of_other_agencies_and_works_are_out_of_reach(
    office: Office, counter: Counter
) -> None:
    own = {"purpose": "supplement", "title": "Mẫu", "text": "Câu mẫu", "agency": counter.agency}
    counter.clerk.post("/console/mau-cau/moi", own)
    (kept,) = counter.all(SavedText)
    agency = office.agency("H60.09", "Sở Y tế mẫu")
    other = office.sign_in("mai", "officer", agency=agency)
    assert "Câu mẫu" not in other.text("/console/mau-cau?muc=supplement")
    assert other.post(f"/console/mau-cau/{kept.id}", own).status_code == 404
    assert other.post(f"/console/mau-cau/{kept.id}/xoa").status_code == 404
    speaker = office.sign_in("ha", "feedback")
    assert speaker.post("/console/mau-cau/moi", {**own, "agency": ""}).status_code == 422
    assert speaker.get(f"/console/mau-cau/{kept.id}").status_code == 404
    assert len(counter.all(SavedText)) == 1
