"""Looking a dossier up by code, receipt or token; strangers, masks and throttles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlmodel import select

from bot.messages import Text
from handlers import lookup
from store.tables import DossierWatch, Proof, State
from tests.handlers.conftest import Talk
from tests.handlers.samples import (
    CODE,
    NAME,
    OTHER,
    PHONE,
    TOKEN,
    add_dossier,
    add_link,
    consents,
    links,
    said,
    told,
)

EMPTY = "000.00.04.H60-230215-9999"


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "000.00.04.h60-230215-0028",
        f"cho hỏi hồ sơ {CODE} tới đâu rồi ạ",
        f"TTHC {CODE}",
        "00000 04H60 230215 0028".replace("00000 04H60", "000.00.04 H60"),
        "０００.００.０４.Ｈ６０-２３０２１５-００２８",
        "OOO.00.04.H60–230215–0028",
        f"https://motcua.example/portaldvc/tra-cuu?SGT=008199000321&MHS={CODE}",
        f'{{"maHoSo": "{CODE}"}}',
        f"#hoso {CODE}",
    ],
)
def test_a_code_in_any_spelling_is_answered_with_the_card(talk: Talk, typed: str) -> None:
    add_dossier(talk)
    answer = said(talk, typed)
    assert "Tìm thấy tổng số 1 hồ sơ" in answer
    assert CODE in answer
    assert "Trạng thái hồ sơ: Đang xử lý – Thẩm định hồ sơ" in answer


def test_a_stranger_gets_state_and_dates_with_the_name_masked(talk: Talk) -> None:
    add_dossier(talk, open_reason="Thiếu căn cước", state=State.supplement_required)
    answer = said(talk, CODE)
    assert "N*** T*** MẪU" in answer
    assert "Ngày hẹn trả: " in answer
    for secret in (NAME, "Thiếu căn cước", "900000001", "321", TOKEN):
        assert secret not in told(talk)
    assert f"#xacminh {CODE}" in talk.payloads
    assert f"#nhanthongbao {CODE}" in talk.payloads


def test_a_claimed_phone_shows_no_more_than_a_stranger_sees(talk: Talk) -> None:
    add_dossier(talk)
    stranger = said(talk, CODE)
    add_link(talk, Proof.claimed)
    assert said(talk, CODE) == stranger


@pytest.mark.parametrize("proof", [Proof.receipt, Proof.otp, Proof.counter])
def test_a_proven_phone_shows_the_whole_dossier(talk: Talk, proof: Proof) -> None:
    add_dossier(talk, open_reason="Thiếu tờ khai", state=State.supplement_required)
    add_link(talk, proof)
    answer = said(talk, CODE)
    assert f"Người đại diện: {NAME}" in answer
    assert "Thiếu tờ khai" in answer
    assert f"#nhanthongbao {CODE}" not in talk.payloads


def test_several_codes_in_one_message_get_one_card_each(talk: Talk) -> None:
    add_dossier(talk)
    add_dossier(talk, code=OTHER)
    answer = said(talk, f"{CODE}, {OTHER}")
    assert answer.count("Tìm thấy tổng số 2 hồ sơ") == 1
    assert answer.index(CODE) < answer.index(OTHER)


def test_at_most_five_codes_are_answered_and_the_rest_is_said(talk: Talk) -> None:
    codes = [f"000.00.04.H60-230215-00{n}" for n in range(10, 17)]
    for code in codes:
        add_dossier(talk, code=code)
    answer = said(talk, " ".join(codes))
    assert [code in answer for code in codes] == [True] * 5 + [False] * 2
    assert "tối đa 5 hồ sơ" in answer


def test_an_impossible_date_is_asked_again_without_a_lookup(talk: Talk) -> None:
    answer = said(talk, "000.00.04.H60-231332-0028")
    assert "ngày tiếp nhận không đúng" in answer
    add_dossier(talk)
    assert "Tìm thấy" in said(talk, CODE)


def test_a_cut_code_is_asked_again(talk: Talk) -> None:
    assert "thiếu hoặc thừa số" in said(talk, "000.00.04.H60-230215")


def test_an_unknown_code_says_what_to_check_and_where_to_ask(talk: Talk) -> None:
    answer = said(talk, EMPTY)
    assert f"Không tìm thấy hồ sơ {EMPTY}" in answer
    assert "1900 0000" in answer
    assert {"#tracuu", "#gapcanbo"} <= set(talk.payloads)


def test_asking_for_a_lookup_shows_the_format_and_takes_the_code(talk: Talk) -> None:
    add_dossier(talk)
    assert "ví dụ: 000.00.04.H60-230215-0028" in said(talk, "#tracuu")
    assert "chưa đúng dạng mã hồ sơ" in said(talk, "12345678901234")
    assert "Tìm thấy" in said(talk, CODE)
    assert talk.conversation().flow == ""


def test_an_old_receipt_number_needs_its_prefix(talk: Talk) -> None:
    add_dossier(talk, receipt_number="00673810079")
    assert "Tìm thấy" not in said(talk, "00673810079")
    assert "Tìm thấy tổng số 1 hồ sơ" in said(talk, "số biên nhận 00673810079")


def test_one_receipt_number_of_two_offices_is_not_guessed(talk: Talk) -> None:
    add_dossier(talk, receipt_number="00673810079")
    add_dossier(talk, code=OTHER, receipt_number="00673810079")
    assert "Không tìm thấy" in said(talk, "số biên nhận 00673810079")


def test_a_receipt_url_is_never_echoed_or_kept(talk: Talk) -> None:
    add_dossier(talk)
    answer = said(talk, f"https://motcua.example/tra-cuu?SGT=008199000321&MHS={CODE}")
    assert "có thông tin cá nhân" in answer
    assert "008199000321" not in told(talk)
    assert "motcua.example" not in told(talk)
    assert "008199000321" not in str(talk.conversation().data)


def test_an_opaque_receipt_code_asks_for_the_printed_one(talk: Talk) -> None:
    url = "https://motcua.example/apiqr/qr?id=6f9619ff-8b86-d011-b42d-00c04fc964ff"
    assert "không chứa mã hồ sơ" in said(talk, url)


def test_an_identity_card_is_refused_and_its_number_kept_nowhere(talk: Talk) -> None:
    answer = said(talk, "008199000321|123456789|Nguyễn Thị Mẫu|02091990|Nữ|Tổ 1|01012021")
    assert "giấy tờ tùy thân" in answer
    assert "008199000321" not in told(talk) + str(talk.conversation().data)


@pytest.mark.parametrize("typed", ["{url}/h/{token}", "#hs {token}", "#HS {token}"])
def test_our_own_receipt_opens_the_dossier_and_watches_it(talk: Talk, typed: str) -> None:
    dossier_id = add_dossier(talk)
    answer = said(talk, typed.format(url=talk.settings.public_url, token=TOKEN))
    assert f"Người đại diện: {NAME}" in answer
    assert "từ nay mỗi thay đổi" in answer
    with talk.db.read() as session:
        watch = session.exec(select(DossierWatch)).one()
    assert (watch.dossier_id, watch.uid) == (dossier_id, talk.uid)
    assert consents(talk) == [("watch_dossier", "given", "", talk.settings.consent_version)]


def test_scanning_a_receipt_proves_a_phone_claimed_before(talk: Talk) -> None:
    add_dossier(talk)
    add_link(talk, Proof.claimed)
    assert "được xác thực nhờ giấy tiếp nhận" in said(talk, f"#hs {TOKEN}")
    assert links(talk) == [(PHONE, "receipt")]


def test_scanning_a_receipt_of_another_phone_proves_nothing_about_the_claim(talk: Talk) -> None:
    add_dossier(talk, phone="+84900000002")
    add_link(talk, Proof.claimed)
    said(talk, f"#hs {TOKEN}")
    assert links(talk) == [(PHONE, "claimed")]


def test_watching_can_be_taken_back(talk: Talk) -> None:
    add_dossier(talk)
    said(talk, f"#hs {TOKEN}")
    assert "thôi theo dõi" in said(talk, f"#botheodoi {CODE}")
    with talk.db.read() as session:
        assert session.exec(select(DossierWatch)).all() == []
    assert consents(talk)[-1][:2] == ("watch_dossier", "withdrawn")
    assert NAME not in said(talk, CODE)


def test_a_wrong_token_is_a_miss_and_tells_nothing(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(misses_per_hour=2)
    add_dossier(talk)
    for _ in range(2):
        assert "không còn hiệu lực" in said(talk, "#hs wrong-token-0123456789")
    assert "tra cứu nhiều lần" in said(talk, f"#hs {TOKEN}")


def test_guessing_codes_is_throttled_for_an_hour_and_then_free_again(
    talk_with: Callable[..., Talk],
) -> None:
    talk = talk_with(misses_per_hour=3)
    add_dossier(talk)
    for n in range(3):
        assert "Không tìm thấy" in said(talk, f"000.00.04.H60-230215-900{n}")
    blocked = said(talk, CODE)
    assert "tra cứu nhiều lần" in blocked
    assert "Tìm thấy" not in blocked
    assert "#gapcanbo" in talk.payloads
    talk.clock.advance(hours=1)
    assert "Tìm thấy" in said(talk, CODE)


def test_being_throttled_looks_the_same_for_real_and_invented_codes(
    talk_with: Callable[..., Talk],
) -> None:
    talk = talk_with(misses_per_hour=1)
    add_dossier(talk)
    said(talk, EMPTY)
    assert said(talk, CODE) == said(talk, EMPTY)


def test_lookups_are_limited_per_follower_and_not_for_their_own_dossiers(
    talk_with: Callable[..., Talk],
) -> None:
    talk = talk_with(lookups_per_hour=2)
    add_dossier(talk)
    add_dossier(talk, code=OTHER, phone="+84900000002")
    said(talk, OTHER)
    said(talk, OTHER)
    assert "tra cứu nhiều lần" in said(talk, OTHER)
    assert "Tìm thấy" in "\n".join(talk(OTHER, uid="7000000000000000002"))
    add_link(talk)
    assert f"Người đại diện: {NAME}" in said(talk, CODE)


@pytest.mark.parametrize("command", ["#phieu", "#thanhtoan", "#nhanthongbao", "#hoso"])
def test_no_button_is_a_way_round_the_throttle(
    talk_with: Callable[..., Talk], command: str
) -> None:
    talk = talk_with(misses_per_hour=1)
    add_dossier(talk)
    said(talk, EMPTY)
    assert "tra cứu nhiều lần" in said(talk, f"{command} {CODE}")


def test_a_lookup_in_english_is_answered_in_english(talk: Talk) -> None:
    add_dossier(talk)
    talk("#english")
    assert "Found 1 dossier" in said(talk, CODE)


def test_every_answer_fits_zalo_and_offers_a_way_back(talk: Talk) -> None:
    add_dossier(talk)
    for typed in (CODE, EMPTY, "#tracuu", "000.00.04.H60-231332-0028"):
        talk(typed)
        assert "#menu" in talk.payloads
        assert all(len(m.text) <= 2000 for m in talk.messages if isinstance(m, Text))


@given(st.text(max_size=300) | st.from_regex(r"[0-9.\-HG/=?& ]{0,80}"))
@example("h" * 2000)
@example('{"MaHoSo":' * 300)
def test_any_text_at_all_can_be_read_for_codes(text: str) -> None:
    asked = lookup.read(text)
    assert all(len(code) < 60 for code in asked.codes)


@pytest.mark.parametrize(
    "command",
    ["#hoso", "#hs", "#xacminh", "#phieu", "#thanhtoan", "#nhanthongbao", "#xacthuc", "#botheodoi"],
)
@pytest.mark.parametrize(
    "argument", ["", "'; DROP TABLE dossier", "\x00", "9" * 900, "[@all]", "…"]
)
def test_a_forged_button_is_answered_and_harms_nothing(
    talk: Talk, command: str, argument: str
) -> None:
    add_dossier(talk)
    assert said(talk, f"{command} {argument}")
    assert NAME not in told(talk)
    assert "Tìm thấy" in said(talk, CODE)
