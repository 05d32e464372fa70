"""Linking a phone: wording, agreement, claim, proof, and taking it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.messages import AskInfo, Template, from_json
from store import links as link_store
from store.tables import DossierWatch, OtpChallenge, Proof
from tests.handlers.conftest import Talk
from tests.handlers.samples import (
    CODE,
    IDENTITY,
    NAME,
    OTHER,
    PHONE,
    TOKEN,
    TYPED,
    ZBS,
    add_dossier,
    add_link,
    consents,
    links,
    said,
    told,
)

VERSION = "2026-01"


def claim(talk: Talk, typed: str = TYPED) -> str:
    """Type a number and agree."""
    talk(typed)
    return said(talk, "#dongy")


def test_the_link_begins_with_the_wording_its_version_and_the_form(talk: Talk) -> None:
    answer = said(talk, "#lienket")
    assert f"(bản {VERSION})" in answer
    assert "hủy liên kết" in answer
    assert {"#dongy", "#khongdongy", "#menu"} <= set(talk.payloads)
    assert isinstance(talk.messages[-1], AskInfo)
    assert links(talk) == []
    assert consents(talk) == []


@pytest.mark.parametrize("typed", ["liên kết số điện thoại", "lien ket sdt", "đổi số điện thoại"])
def test_words_begin_it_too(talk: Talk, typed: str) -> None:
    assert "LIÊN KẾT SỐ ĐIỆN THOẠI" in said(talk, typed)


@pytest.mark.parametrize("yes", ["#dongy", "đồng ý", "Dong y", "vâng ạ"])
def test_a_typed_number_is_linked_only_after_agreeing(talk: Talk, yes: str) -> None:
    assert "Liên kết số 090*****01" in said(talk, f"số của tôi là {TYPED}")
    assert links(talk) == []
    assert consents(talk) == []
    assert "Đã ghi nhận số 090*****01" in said(talk, yes)
    assert links(talk) == [(PHONE, "claimed")]
    assert consents(talk) == [("link_phone", "given", PHONE, VERSION)]


def test_agreeing_first_and_typing_afterwards_links_at_once(talk: Talk) -> None:
    talk("#lienket")
    assert "nhập số điện thoại" in said(talk, "đồng ý")
    assert "Đã ghi nhận" in said(talk, TYPED)
    assert links(talk) == [(PHONE, "claimed")]


@pytest.mark.parametrize("no", ["#khongdongy", "không đồng ý", "thôi"])
def test_not_agreeing_stores_nothing(talk: Talk, no: str) -> None:
    talk(TYPED)
    assert "chưa được liên kết" in said(talk, no)
    assert links(talk) == []
    assert consents(talk) == []
    assert PHONE not in str(talk.conversation().data)


@pytest.mark.parametrize("phone", ["84900000001", "0900000001", "+84900000001", 84900000001])
def test_the_form_sent_after_the_wording_is_the_agreement(talk: Talk, phone: object) -> None:
    talk("#lienket")
    answer = "\n".join(talk.event("user_submit_info", info={"name": "Mẫu", "phone": phone}))
    assert "Đã ghi nhận số 090*****01" in answer
    assert links(talk) == [(PHONE, "claimed")]
    assert consents(talk) == [("link_phone", "given", PHONE, VERSION)]


def test_a_form_without_the_wording_shown_asks_first(talk: Talk) -> None:
    answer = "\n".join(talk.event("user_submit_info", info={"phone": "84900000001"}))
    assert f"(bản {VERSION})" in answer
    assert links(talk) == []
    talk("#dongy")
    assert links(talk) == [(PHONE, "claimed")]


def test_a_form_sent_long_after_the_wording_asks_again(talk: Talk) -> None:
    talk("#lienket")
    talk.clock.advance(minutes=talk.settings.conversation_minutes + 1)
    talk.event("user_submit_info", info={"phone": "84900000001"})
    assert links(talk) == []


def test_zalos_own_text_beside_the_form_is_passed_over(talk: Talk) -> None:
    talk("#lienket")
    talk.event("user_submit_info", info={"phone": "84900000001"})
    before = dict(talk.conversation().data)
    assert talk("Bạn đã gởi thông tin cho OA") == []
    assert talk.conversation().data == before


def test_a_form_without_a_phone_says_what_is_missing(talk: Talk) -> None:
    talk("#lienket")
    answer = talk.event("user_submit_info", info={"name": "Mẫu"})
    assert "chưa có số điện thoại" in answer[0]


def test_a_business_card_is_refused_because_it_may_be_somebody_elses(talk: Talk) -> None:
    description = '{"phone":"84900000001","qrCodeUrl":"https://qr.example/b"}'
    card = {"type": "link", "payload": {"description": description}}
    answer = talk.event("user_send_business_card", message={"attachments": [card]})
    assert "danh thiếp" in answer[0]
    assert links(talk) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("02438253536", "số điện thoại cố định"),
        ("0438253536", "mã vùng cũ"),
        ("19001234", "số tổng đài"),
        ("0912345678, 0987654321", "nhiều số điện thoại"),
        ("09123456789", "chưa đúng"),
    ],
)
def test_each_unusable_number_has_its_own_sentence(talk: Talk, typed: str, sentence: str) -> None:
    talk("#lienket")
    talk("đồng ý")
    assert sentence in said(talk, typed)
    assert "Đã ghi nhận" in said(talk, TYPED)


@pytest.mark.parametrize(
    ("typed", "phone"),
    [("01201234567", "+84701234567"), ("0162 123 4567", "+84321234567"), ("0084900000001", PHONE)],
)
def test_old_and_foreign_spellings_are_normalised(talk: Talk, typed: str, phone: str) -> None:
    claim(talk, typed)
    assert links(talk) == [(phone, "claimed")]


def test_a_claim_is_told_what_it_is_worth_and_how_to_prove_it(talk: Talk) -> None:
    add_dossier(talk)
    answer = claim(talk)
    assert "chưa được xác thực" in answer
    assert {"#bienlai", "#taiquay"} <= set(talk.payloads)
    assert "#otp" not in talk.payloads
    assert CODE not in told(talk)
    assert NAME not in told(talk)


def test_a_receipt_held_before_proves_the_claim_at_once(talk: Talk) -> None:
    add_dossier(talk)
    talk(f"#hs {TOKEN}")
    assert "Đã xác thực số 090*****01" in claim(talk)
    assert links(talk) == [(PHONE, "receipt")]


def test_a_dossier_opened_with_digits_proves_the_claim_at_once(talk: Talk) -> None:
    add_dossier(talk)
    talk(f"{CODE} 321")
    assert "Đã xác thực" in claim(talk)
    assert links(talk) == [(PHONE, "receipt")]


@pytest.mark.parametrize(
    "steps",
    [
        ["#bienlai", f"{CODE} 321"],
        ["1", CODE, "321"],
        ["#bienlai", CODE, IDENTITY],
        [f"{CODE} 321"],
    ],
)
def test_code_and_digits_of_a_dossier_with_that_phone_prove_it(
    talk: Talk, steps: list[str]
) -> None:
    add_dossier(talk)
    claim(talk)
    for step in steps:
        answer = said(talk, step)
    assert "Đã xác thực số 090*****01" in answer
    assert "theo dõi 1 hồ sơ" in answer
    assert f"1. {CODE}" in answer
    assert links(talk) == [(PHONE, "receipt")]


@pytest.mark.parametrize("wrong", [f"{CODE} 999", f"{OTHER} 321", f"{OTHER} 555"])
def test_wrong_code_digits_or_phone_get_one_and_the_same_answer(talk: Talk, wrong: str) -> None:
    add_dossier(talk)
    add_dossier(talk, code=OTHER, phone="+84900000002")
    claim(talk)
    talk("#bienlai")
    assert said(talk, wrong).startswith("Thông tin chưa khớp nên chưa xác thực được")
    assert links(talk) == [(PHONE, "claimed")]


def test_proving_by_guesses_is_throttled(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(misses_per_hour=2)
    add_dossier(talk)
    claim(talk)
    talk("#bienlai")
    talk(f"{CODE} 001")
    talk(f"{CODE} 002")
    assert "tra cứu nhiều lần" in said(talk, f"{CODE} 321")
    assert links(talk) == [(PHONE, "claimed")]


def test_being_told_of_a_dossier_leads_through_the_link_to_its_proof(talk: Talk) -> None:
    add_dossier(talk)
    talk(CODE)
    assert "LIÊN KẾT SỐ ĐIỆN THOẠI" in said(talk, f"#nhanthongbao {CODE}")
    talk("đồng ý")
    talk(TYPED)
    assert f"đã khai trong hồ sơ {CODE}" in said(talk, "#bienlai")
    assert "Đã xác thực" in said(talk, "321")
    assert "đang được nhận thông báo" in said(talk, f"#nhanthongbao {CODE}")


def test_linking_towards_a_dossier_never_tells_whether_the_phone_is_the_right_one(
    talk: Talk,
) -> None:
    add_dossier(talk)
    answers = []
    for number, uid in ((TYPED, "7000000000000000003"), ("0900000099", "7000000000000000004")):
        talk(f"#nhanthongbao {CODE}", uid=uid)
        talk("đồng ý", uid=uid)
        answers.append("\n".join(talk(number, uid=uid)))
    assert answers[0].replace("090*****01", "X") == answers[1].replace("090*****99", "X")


def test_a_dossier_opened_with_digits_can_be_watched_without_a_phone(talk: Talk) -> None:
    dossier_id = add_dossier(talk)
    talk(f"{CODE} 321")
    assert "từ nay mỗi thay đổi" in said(talk, f"#nhanthongbao {CODE}")
    with talk.db.read() as session:
        assert session.exec(select(DossierWatch.dossier_id)).all() == [dossier_id]


def test_the_target_of_a_link_does_not_reveal_whether_it_exists(talk: Talk) -> None:
    add_dossier(talk)
    add_link(talk, Proof.claimed)
    answers = []
    for code in (CODE, OTHER):
        talk(f"#xacthuc {code}")
        answers.append(said(talk, "#bienlai").replace(code, "X"))
    assert answers[0] == answers[1]


def send_code(talk: Talk) -> str:
    """Ask for a one-time code; the code that went out."""
    talk("#otp")
    (row,) = talk.also()
    assert (row.kind, row.phone, row.uid) == ("otp", PHONE, "")
    message = from_json(row.body)
    assert isinstance(message, Template)
    assert message.data["otp"] == row.facts["otp"]
    assert row.expires_at == talk.clock.now() + timedelta(minutes=talk.settings.otp_minutes)
    return row.facts["otp"]


def test_a_one_time_code_proves_the_phone(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(zbs_templates=ZBS)
    add_dossier(talk)
    claim(talk)
    assert "#otp" in talk.payloads
    code = send_code(talk)
    assert re.fullmatch(r"[0-9]{6}", code)
    assert "Đã xác thực" in said(talk, f"{code[:3]} {code[3:]}")
    assert links(talk) == [(PHONE, "otp")]


def test_a_one_time_code_is_stored_only_as_a_hash(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(zbs_templates=ZBS)
    claim(talk)
    code = send_code(talk)
    with talk.db.read() as session:
        row = session.exec(select(OtpChallenge)).one()
    assert code not in row.code_hash
    assert row.code_hash == talk.vault.code_hash(f"{talk.uid}|{PHONE}", code)
    assert code not in str(talk.conversation().data)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_one_time_code_has_five_tries(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(zbs_templates=ZBS)
    claim(talk)
    code = send_code(talk)
    answers = [said(talk, wrong(code)) for _ in range(5)]
    assert "còn 4 lần" in answers[0]
    assert "quá số lần" in answers[4]
    assert "hết hạn hoặc đã dùng" in said(talk, code)
    assert links(talk) == [(PHONE, "claimed")]


def test_a_one_time_code_lives_five_minutes(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(zbs_templates=ZBS)
    claim(talk)
    code = send_code(talk)
    talk.clock.advance(minutes=5)
    assert "hết hạn" in said(talk, code)
    assert links(talk) == [(PHONE, "claimed")]


def test_a_new_code_voids_the_one_before(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(zbs_templates=ZBS)
    claim(talk)
    first = send_code(talk)
    second = send_code(talk)
    if first != second:
        assert "còn 4 lần" in said(talk, first)
    assert "Đã xác thực" in said(talk, second)


def test_a_code_works_once(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(zbs_templates=ZBS)
    claim(talk)
    code = send_code(talk)
    talk(code)
    talk(f"#huylienket {_link_id(talk)}")
    claim(talk)
    context = talk.conversation()
    assert context.step == "choose"
    assert "Đã xác thực" not in said(talk, code)
    assert links(talk) == [(PHONE, "claimed")]


def _link_id(talk: Talk) -> int:
    with talk.db.read() as session:
        return link_store.live(session, talk.uid)[0].id or 0


def test_codes_are_limited_per_follower_a_day(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(zbs_templates=ZBS, otp_per_day=2)
    claim(talk)
    send_code(talk)
    talk.clock.advance(hours=1)
    send_code(talk)
    assert "quá nhiều mã" in said(talk, "#otp")
    assert talk.also() == []
    talk.clock.advance(hours=24)
    talk(f"#xacthuc {CODE}")
    send_code(talk)


def test_one_phone_cannot_be_rung_by_many_accounts(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(zbs_templates=ZBS, otp_per_day=2)
    for uid in ("7000000000000000011", "7000000000000000012", "7000000000000000013"):
        talk.uid = uid
        claim(talk)
        answer = said(talk, "#otp")
    assert "quá nhiều mã" in answer


def test_without_a_template_no_code_is_offered_or_sent(talk: Talk) -> None:
    claim(talk)
    assert "chưa gửi được mã" in said(talk, "#otp")
    assert talk.also() == []


def test_the_counter_says_where_and_what_to_bring(talk: Talk) -> None:
    claim(talk)
    assert "giấy tờ tùy thân" in said(talk, "#taiquay")


def test_a_family_may_share_a_phone(talk: Talk) -> None:
    add_dossier(talk)
    add_link(talk, Proof.counter, uid="7000000000000000009")
    claim(talk)
    talk(f"{CODE} 321")
    assert links(talk) == [(PHONE, "receipt")]
    assert links(talk, "7000000000000000009") == [(PHONE, "counter")]


def test_one_account_links_at_most_five_phones(talk: Talk) -> None:
    for n in range(1, 6):
        claim(talk, f"090000000{n}")
    assert "tối đa 5 số" in claim(talk, "0900000006")
    assert len(links(talk)) == 5


def test_claiming_a_proven_phone_again_changes_nothing(talk: Talk) -> None:
    add_link(talk, Proof.counter)
    assert "từ trước" in claim(talk)
    assert links(talk) == [(PHONE, "counter")]


def test_which_of_several_claims_is_to_be_proven_is_asked(talk: Talk) -> None:
    claim(talk, "0900000001")
    claim(talk, "0900000002")
    talk("#menu")
    assert "1. 090*****01\n2. 090*****02" in said(talk, "#xacthuc")
    assert "Xin xác thực số 090*****02" in said(talk, "2")


@pytest.mark.parametrize("typed", ["#huylienket", "hủy liên kết", "huy lien ket"])
def test_unlinking_lists_what_is_linked_with_masked_numbers(talk: Talk, typed: str) -> None:
    add_link(talk, Proof.counter)
    add_link(talk, Proof.claimed, "+84900000002")
    answer = said(talk, typed)
    assert "1. Số 090*****01 (đã xác thực)" in answer
    assert "2. Số 090*****02 (chưa xác thực)" in answer
    assert "900000001" not in told(talk)


def test_a_number_ends_that_link_and_the_withdrawal_is_on_record(talk: Talk) -> None:
    add_link(talk, Proof.counter)
    add_link(talk, Proof.claimed, "+84900000002")
    talk("#huylienket")
    assert "Đã hủy liên kết số 090*****01" in said(talk, "1")
    assert links(talk) == [("+84900000002", "claimed")]
    assert consents(talk) == [("link_phone", "withdrawn", PHONE, VERSION)]


def test_all_can_be_ended_at_once_watched_dossiers_too(talk: Talk) -> None:
    add_dossier(talk, phone="+84900000002")
    talk(f"#hs {TOKEN}")
    add_link(talk, Proof.counter)
    assert f"Theo dõi hồ sơ {CODE}" in said(talk, "#huylienket")
    talk("tất cả")
    assert links(talk) == []
    with talk.db.read() as session:
        assert session.exec(select(DossierWatch)).all() == []


def test_taking_a_phone_back_ends_the_watches_of_its_dossiers(talk: Talk) -> None:
    add_dossier(talk)
    talk(f"#hs {TOKEN}")
    claim(talk)
    talk(f"#huylienket {_link_id(talk)}")
    with talk.db.read() as session:
        assert session.exec(select(DossierWatch)).all() == []
    assert NAME not in said(talk, CODE)


def test_nobody_can_end_somebody_elses_link(talk: Talk) -> None:
    add_link(talk, Proof.counter, uid="7000000000000000009")
    with talk.db.read() as session:
        other = link_store.live(session, "7000000000000000009")[0].id
    assert "chưa liên kết" in said(talk, f"#huylienket {other}")
    assert links(talk, "7000000000000000009") == [(PHONE, "counter")]


def test_a_link_ended_can_be_made_anew_and_is_a_claim_again(talk: Talk) -> None:
    add_link(talk, Proof.counter)
    talk("#huylienket")
    talk("1")
    claim(talk)
    assert links(talk) == [(PHONE, "claimed")]


def test_who_does_not_follow_or_turned_notices_off_is_told_so(talk: Talk) -> None:
    add_dossier(talk)
    talk("#dung")
    claim(talk)
    answer = said(talk, f"{CODE} 321")
    assert "bấm Quan tâm" in answer
    assert "đang tắt nhận tin" in answer
    assert "#bat" in talk.payloads


def test_a_code_typed_while_linking_is_a_lookup(talk: Talk) -> None:
    add_dossier(talk)
    talk("#lienket")
    assert "Tìm thấy" in said(talk, CODE)
