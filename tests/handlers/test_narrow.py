"""ID numbers and names: alone they reveal nothing, with a code they open one dossier."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import select

from store.tables import Conversation, InboundEvent, Proof
from tests.handlers.conftest import Talk
from tests.handlers.samples import (
    CODE,
    IDENTITY,
    NAME,
    OTHER,
    PHONE,
    add_dossier,
    add_link,
    links,
    said,
    told,
)

WHOLE = f"Người đại diện: {NAME}"


@pytest.mark.parametrize("typed", [IDENTITY, f"cccd {IDENTITY}", "hồ sơ của cccd 008 199 000 321"])
def test_an_id_number_alone_lists_nothing_and_asks_for_a_second_proof(
    talk: Talk, typed: str
) -> None:
    add_dossier(talk)
    answer = said(talk, typed)
    assert "nhập thêm mã hồ sơ" in answer
    assert CODE not in told(talk)
    assert "MẪU" not in told(talk)


def test_an_id_number_is_kept_only_as_a_keyed_hash(talk: Talk) -> None:
    add_dossier(talk)
    said(talk, IDENTITY)
    with talk.db.read() as session:
        kept = str(session.exec(select(Conversation)).one().data)
    assert IDENTITY not in kept
    assert IDENTITY[-3:] not in kept.replace(talk.vault.identity_hash(IDENTITY), "")
    assert talk.vault.identity_hash(IDENTITY) in kept
    assert IDENTITY not in told(talk)


@pytest.mark.parametrize(
    "typed",
    [
        "hồ sơ của Nguyễn Thị Mẫu",
        "tra cứu hồ sơ của ông Nguyễn Thị Mẫu",
        "tim ho so ten nguyen thi mau",
    ],
)
def test_a_name_alone_lists_nothing(talk: Talk, typed: str) -> None:
    add_dossier(talk)
    assert "không tra cứu được bằng tên" in said(talk, typed)
    assert CODE not in told(talk)


def test_a_name_in_answer_to_the_code_question_lists_nothing(talk: Talk) -> None:
    add_dossier(talk)
    talk("#tracuu")
    assert "không tra cứu được bằng tên" in said(talk, "Nguyễn Thị Mẫu")


def test_the_answer_is_the_same_whether_the_id_number_is_known_or_not(talk: Talk) -> None:
    add_dossier(talk)
    assert said(talk, IDENTITY) == said(talk, "008199000322")


def test_id_number_then_code_opens_that_one_dossier(talk: Talk) -> None:
    add_dossier(talk)
    talk(IDENTITY)
    assert WHOLE in said(talk, CODE)


@pytest.mark.parametrize("proof", ["321", IDENTITY, f"cccd {IDENTITY}"])
def test_code_with_the_last_digits_or_the_whole_number_opens_it(talk: Talk, proof: str) -> None:
    add_dossier(talk)
    assert WHOLE in said(talk, f"{CODE} {proof}")


@pytest.mark.parametrize("proof", ["321", IDENTITY])
def test_the_open_button_asks_for_the_digits(talk: Talk, proof: str) -> None:
    add_dossier(talk)
    assert "3 số cuối" in said(talk, f"#xacminh {CODE}")
    assert "đúng 3 số cuối" in said(talk, "4321")
    assert WHOLE in said(talk, proof)


@pytest.mark.parametrize("wrong", [f"{CODE} 999", f"{CODE} 008199000999", f"{OTHER} 321"])
def test_a_wrong_pair_never_says_which_part_was_wrong(talk: Talk, wrong: str) -> None:
    add_dossier(talk)
    answer = said(talk, wrong)
    assert answer.startswith("Thông tin chưa khớp")
    assert CODE not in told(talk)
    assert OTHER not in told(talk)


def test_asking_to_open_a_dossier_does_not_tell_whether_it_exists(talk: Talk) -> None:
    add_dossier(talk)
    known = said(talk, f"#xacminh {CODE}").replace(CODE, "X")
    assert known == said(talk, f"#xacminh {OTHER}").replace(OTHER, "X")


def test_a_scanned_receipt_with_code_and_id_opens_the_dossier_for_its_holder(talk: Talk) -> None:
    add_dossier(talk)
    url = f"https://motcua.example/portaldvc/tra-cuu?SGT={{}}&MHS={CODE}"
    assert "N*** T*** MẪU" in said(talk, url.format("008199000999"))
    answer = said(talk, url.format(IDENTITY))
    assert "có thông tin cá nhân" in answer
    assert WHOLE in answer
    assert IDENTITY not in told(talk)


def test_a_dossier_without_an_id_number_cannot_be_opened_with_digits(talk: Talk) -> None:
    add_dossier(talk, identity_hash="", identity_last3="")
    assert said(talk, f"{CODE} 000").startswith("Thông tin chưa khớp")


def test_wrong_digits_count_as_misses_and_end_in_a_pause(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(misses_per_hour=3)
    add_dossier(talk)
    for guess in ("001", "002", "003"):
        assert "chưa khớp" in said(talk, f"{CODE} {guess}")
        talk("#menu")
    assert "tra cứu nhiều lần" in said(talk, f"{CODE} 321")
    talk.clock.advance(hours=1)
    assert WHOLE in said(talk, f"{CODE} 321")


def test_many_accounts_together_cannot_guess_the_digits_of_one_dossier(talk: Talk) -> None:
    add_dossier(talk)
    for n in range(20):
        talk(f"{CODE} {n:03d}", uid=f"71000000{n:02d}")
    assert "chưa khớp" in said(talk, f"{CODE} 321")
    talk.clock.advance(days=1)
    assert WHOLE in said(talk, f"{CODE} 321")


def test_what_was_opened_stays_open_in_this_chat_only_and_only_for_a_while(talk: Talk) -> None:
    add_dossier(talk)
    talk(f"{CODE} 321")
    assert WHOLE in said(talk, f"#hoso {CODE}")
    assert "Đã gửi phiếu tiếp nhận" in said(talk, f"#phieu {CODE}")
    assert WHOLE in said(talk, CODE)
    assert "N*** T*** MẪU" in "\n".join(talk(CODE, uid="7000000000000000002"))
    talk.clock.advance(minutes=talk.settings.conversation_minutes + 1)
    assert "N*** T*** MẪU" in said(talk, CODE)


def test_opening_with_digits_proves_a_phone_claimed_before(talk: Talk) -> None:
    add_dossier(talk)
    add_link(talk, Proof.claimed)
    talk(f"{CODE} 321")
    assert links(talk) == [(PHONE, "receipt")]


def test_a_verified_follower_narrows_their_own_list_by_id_number_or_name(talk: Talk) -> None:
    add_dossier(talk)
    add_dossier(talk, code=OTHER, identity_hash="0" * 64, owner_folded="tran van khac")
    add_link(talk)
    for typed in (IDENTITY, "hồ sơ của Nguyễn Thị Mẫu"):
        answer = said(talk, typed)
        assert CODE in answer
        assert OTHER not in answer


def test_nine_digits_may_be_a_phone_or_an_old_id_and_the_answer_says_both(talk: Talk) -> None:
    answer = said(talk, "912345678")
    assert "CMND" in answer
    assert "đủ 10 số" in answer


def test_nothing_of_an_id_number_stays_in_the_inbox_columns(talk: Talk) -> None:
    talk(IDENTITY)
    with talk.db.read() as session:
        row = session.exec(select(InboundEvent)).one()
    assert IDENTITY not in f"{row.dedupe_key} {row.subject} {row.handler} {row.problem}"
