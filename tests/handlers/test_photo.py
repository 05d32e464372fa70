"""A photo of a code is handled as if the code had been typed; others are met with advice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procedures.catalogue import import_file
from settings import ROOT
from store import receipt_codes
from tests.handlers.conftest import Talk
from tests.handlers.samples import CODE, IDENTITY, NAME, OTHER, TOKEN, add_dossier, watched


def test_our_own_receipts_qr_opens_the_dossier_and_follows_it(talk: Talk) -> None:
    known = add_dossier(talk)
    said = "\n".join(talk.photo(f"https://zalo.tinh-mau.gov.vn/h/{TOKEN}", CODE))
    assert "Ông/bà có giấy tiếp nhận" in said
    assert NAME in said
    assert watched(talk) == [known]


def test_a_bar_code_or_plain_code_is_looked_up(talk: Talk) -> None:
    add_dossier(talk)
    said = "\n".join(talk.photo(CODE))
    assert CODE in said
    assert NAME not in said, "who types a code sees a masked name, who photographs it too"


def test_several_receipts_on_one_photo_are_all_answered(talk: Talk) -> None:
    add_dossier(talk)
    add_dossier(talk, code=OTHER)
    said = "\n".join(talk.photo(CODE, OTHER))
    assert CODE in said
    assert OTHER in said


def test_another_systems_receipt_is_read_and_its_id_number_never_echoed(talk: Talk) -> None:
    add_dossier(talk)
    said = "\n".join(
        talk.photo(f"https://dvc.tinh-khac.example/portaldvc/tra-cuu?SGT={IDENTITY}&MHS={CODE}")
    )
    assert CODE in said
    assert IDENTITY not in said
    assert all(IDENTITY not in str(row.body) for row in talk.outbox())


def test_an_identity_card_is_refused_and_not_kept(talk: Talk) -> None:
    card = f"{IDENTITY}|201234567|Nguyễn Văn Mẫu|01011990|Nam|Thôn Mẫu|01012021"
    said = "\n".join(talk.photo(card))
    assert "giấy tờ tùy thân" in said
    assert IDENTITY not in said
    with talk.db.read() as session:
        from store.tables import InboundEvent

        row = session.get_one(InboundEvent, talk.event_id)
        assert IDENTITY.encode() not in (row.body or b"")


@pytest.mark.parametrize(
    "text",
    [
        "https://zalo.tinh-mau.gov.vn/t/1.001193",
        "https://dichvucong.gov.vn/p/home/x.html?ma_thu_tuc=1.001193",
        "1.001193.000.00.00.H60",
    ],
)
def test_a_procedures_code_on_a_board_shows_the_procedure(talk: Talk, text: str) -> None:
    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    assert "Thủ tục: Đăng ký khai sinh" in "\n".join(talk.photo(text))


def test_a_portals_own_number_leads_to_the_procedure_it_was_read_from(talk: Talk) -> None:
    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    address = "https://dichvucong.gov.vn/p/home/dvc-chi-tiet.html?ma_thu_tuc=141221"
    assert "người có uy tín" in "\n".join(talk.photo(address))


def test_a_photo_without_a_code_says_how_to_take_a_better_one(talk: Talk) -> None:
    (said,) = talk.photo()
    assert "chụp lại" in said
    assert "#gapcanbo" in talk.payloads


def test_a_code_of_something_else_says_so(talk: Talk) -> None:
    (said,) = talk.photo("00020101021238570010A000000727")
    assert "không phải mã hồ sơ" in said


def test_a_caption_with_a_code_is_answered_when_the_photo_is_not_read(talk: Talk) -> None:
    add_dossier(talk)
    assert CODE in "\n".join(talk.photo(caption=CODE, read=False))
    assert CODE in "\n".join(talk.photo(caption=f"hồ sơ {CODE}"))


def test_a_photo_that_could_not_be_had_gets_the_safe_answer(talk: Talk) -> None:
    (said,) = talk.photo(read=False)
    assert "gõ mã hồ sơ" in said


def test_a_photo_inside_a_feedback_is_left_to_it(talk: Talk) -> None:
    add_dossier(talk)
    talk("#phananh")
    assert CODE not in "\n".join(talk.photo(CODE))
    assert talk.conversation().flow == "feedback"


def test_a_short_code_from_the_page_links_the_dossier_once(talk: Talk) -> None:
    known = add_dossier(talk)
    until = talk.clock.now() + timedelta(minutes=15)
    with talk.db.write() as session:
        receipt_codes.keep(session, talk.vault.code_hash("receipt", "K7M4QX"), known, until)
    said = "\n".join(talk("#hs k7m4qx"))
    assert "Ông/bà có giấy tiếp nhận" in said
    assert watched(talk) == [known]
    again = "\n".join(talk("#HS K7M4QX", uid="7000000000000000009"))
    assert "không còn hiệu lực" in again
    assert watched(talk, "7000000000000000009") == []


def test_guessing_short_codes_is_throttled(talk: Talk) -> None:
    for n in range(talk.settings.misses_per_hour):
        talk(f"#HS AAAA{n + 2}B")
    assert "tra cứu nhiều lần" in "\n".join(talk("#HS K7M4QX"))


@pytest.mark.parametrize(
    "typed", ["#HS7K3M9P", "HS 7K3M9P", "# HS 7K3M9P", "hs: 7k3m9p", "#hs 7K3M9P "]
)
def test_a_short_code_is_taken_however_it_was_copied(talk: Talk, typed: str) -> None:
    known = add_dossier(talk)
    until = talk.clock.now() + timedelta(minutes=15)
    with talk.db.write() as session:
        receipt_codes.keep(session, talk.vault.code_hash("receipt", "7K3M9P"), known, until)
    talk(typed)
    assert watched(talk) == [known]


def test_a_word_behind_hs_is_no_short_code(talk: Talk) -> None:
    talk("hs khacgh")
    assert talk.handled is not None
    assert talk.handled.handler != "lookup-short"
