"""What citizens ask is counted without saying who asked; what is no question is not kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlmodel import col, select

from clock import FixedClock
from handlers.plain_sentences import MOST, key_of, without_people
from notify import retention
from procedures.catalogue import import_file
from settings import ROOT, Settings
from store import asked
from store.engine import Database
from store.tables import AskedSentence
from tests.handlers.conftest import Talk


@pytest.fixture(autouse=True)
def catalogue(db: Database, clock: FixedClock) -> None:
    """The shipped procedures."""
    import_file(db, Path(ROOT) / "data" / "procedures.json", clock.now())


def kept(db: Database) -> dict[str, AskedSentence]:
    """Every sentence that was counted, by its text."""
    with db.read() as session:
        rows = session.exec(select(AskedSentence).order_by(col(AskedSentence.folded))).all()
    return {row.text: row for row in rows}


def test_a_question_is_counted_with_what_was_understood(db: Database, talk: Talk) -> None:
    talk("làm giấy khai sinh cần giấy tờ gì")
    talk("Làm giấy khai sinh cần giấy tờ gì?", uid="7000000000000000002")
    (row,) = kept(db).values()
    assert (row.times, row.understood, row.procedure_key) == (2, True, "1.001193")
    assert (row.intent, row.facet) == ("procedure_detail", "documents")


def test_what_nobody_understood_is_counted_as_such(db: Database, talk: Talk) -> None:
    talk("bao giờ thì sửa cái cầu treo đầu làng")
    talk("thủ tục nuôi cá mập trong ao nhà")
    assert {row.understood for row in kept(db).values()} == {False}
    assert len(kept(db)) == 2


@pytest.mark.parametrize(
    "said",
    [
        "#tracuu",
        "000.00.04.H60-230215-0028",
        "hồ sơ 000.00.04.H60-230215-0028 đến đâu rồi",
        "0912345678",
        "số điện thoại của tôi là 0912 345 678",
        "008099000123",
        "hồ sơ của Nguyễn Thị Mẫu tới đâu rồi",
        "xin chào",
        "menu",
        "cảm ơn",
        "tôi muốn phản ánh cán bộ phường thu tiền sai",
        "dừng nhận tin",
        "xóa dữ liệu của tôi",
        "1",
        "😀",
    ],
)
def test_codes_numbers_names_greetings_and_personal_matters_are_not_kept(
    db: Database, talk: Talk, said: str
) -> None:
    talk(said)
    assert kept(db) == {}


def test_answers_within_a_conversation_are_not_questions(db: Database, talk: Talk) -> None:
    talk("#tracuu")
    talk("tôi không nhớ mã của chồng tôi đâu em ơi")
    talk("#phananh")
    talk("đường thôn Mẫu hỏng đã lâu mà không ai sửa")
    assert kept(db) == {}


def test_nothing_is_kept_while_a_person_has_the_chat_nor_from_who_withdrew(
    db: Database, talk: Talk, clock: FixedClock
) -> None:
    talk.event("oa_send_text", message={"text": "Chào bác"}, sender={"admin_id": "9"})
    talk("làm giấy khai sinh cần giấy tờ gì")
    assert talk.handled is not None
    assert talk.handled.reason == "a person has the chat"
    other = "7000000000000000003"
    talk.event("user_withdraw", uid=other)
    clock.advance(hours=1)
    talk("làm giấy khai sinh cần giấy tờ gì", uid=other)
    assert kept(db) == {}


def test_an_answer_is_given_even_when_counting_fails(db: Database, talk: Talk) -> None:
    with db.engine.begin() as connection:
        connection.execute(sql("DROP TABLE asked_sentence"))
    assert talk("làm giấy khai sinh cần giấy tờ gì")
    assert talk.handled is not None
    assert talk.handled.state == "handled"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Cháu Nguyễn Văn Mẫu sinh 15/02/2026 làm khai sinh", "Cháu [tên] sinh 0 làm khai sinh"),
        ("khai sinh cho bé nguyễn thị mẫu ở phường", "khai sinh cho bé [tên] ở phường"),
        ("nguyen van mau lam ho so the nao", "[tên] lam ho so the nao"),
        ("anh Mẫu ở một cửa có làm không", "anh [tên] ở một cửa có làm không"),
        ("gửi về mau@example.vn hoặc https://example.vn/x nhé", "gửi về hoặc nhé"),
        ("sổ BHXH 0123 456 789 và cccd 008099000123 thì sao", "sổ BHXH 0 và cccd 0 thì sao"),
        ("làm văn bản ủy quyền", "làm văn bản ủy quyền"),
        ("LÀM LẠI CĂN CƯỚC CHO TRẦN MAI MẪU", "LÀM LẠI CĂN CƯỚC CHO [tên]"),
        ("phòng tài nguyên môi trường ở đâu", "phòng tài nguyên môi trường ở đâu"),
        ("LÀM CĂN CƯỚC Ở ĐÂU", "LÀM CĂN CƯỚC Ở ĐÂU"),
        ("Hồ sơ đất đai", "Hồ sơ đất đai"),
        ("lệ phí cấp đổi giấy phép lái xe", "lệ phí cấp đổi giấy phép lái xe"),
    ],
)
def test_names_numbers_and_addresses_are_taken_out_of_a_sentence(said: str, left: str) -> None:
    assert without_people(said) == left


def test_a_long_letter_is_cut_and_spelling_does_not_make_two_sentences() -> None:
    assert len(without_people("khai sinh " * 60)) <= MOST
    assert key_of("Làm  CĂN CƯỚC ở đâu ?!") == key_of("làm căn cước ở đâu")


def test_what_staff_settled_stays_as_they_labelled_it(
    db: Database, talk: Talk, clock: FixedClock
) -> None:
    talk("thủ tục nuôi cá mập trong ao nhà")
    (row,) = kept(db).values()
    with db.write() as session:
        label = {"intent": "other", "procedure_key": "", "facet": ""}
        assert asked.settle(session, row.folded, "test", "lan", **label)
    talk("thủ tục nuôi cá mập trong ao nhà", uid="7000000000000000002")
    (row,) = kept(db).values()
    assert (row.times, row.resolved, row.resolved_by, row.intent) == (2, "test", "lan", "other")


def test_old_sentences_are_forgotten_unless_something_was_made_of_them(
    db: Database, talk: Talk, clock: FixedClock, settings: Settings
) -> None:
    talk("làm giấy khai sinh cần giấy tờ gì")
    talk("thủ tục nuôi cá mập trong ao nhà", uid="7000000000000000002")
    with db.write() as session:
        asked.settle(session, key_of("thủ tục nuôi cá mập trong ao nhà"), "test", "lan")
    retention.forget(db, settings, clock.now() + timedelta(days=179))
    assert len(kept(db)) == 2
    retention.forget(db, settings, clock.now() + timedelta(days=181))
    assert list(kept(db)) == ["thủ tục nuôi cá mập trong ao nhà"]


def test_the_list_goes_on_where_a_page_ended(db: Database, clock: FixedClock) -> None:
    said = [("a", 3, True), ("b", 2, False), ("c", 2, False), ("d", 1, False)]
    with db.write() as session:
        for folded, times, understood in said:
            line = asked.Sentence(folded, folded.upper(), "other", "", "", understood)
            for _ in range(times):
                asked.note(session, line, clock.now())

    def keys(find: Callable[..., object] = asked.page, **which: object) -> list[str]:
        with db.read() as session:
            return [row.folded for row in asked.page(session, **which)]  # type: ignore[arg-type]

    assert keys() == ["a", "b", "c", "d"]
    assert keys(understood=False, limit=2) == ["b", "c"]
    assert keys(understood=False, after=asked.Place(2, "b")) == ["c", "d"]
    assert keys(words="c") == ["c"]
    assert keys(words="%") == []
    assert keys(since=clock.now() + timedelta(seconds=1)) == []
    with db.read() as session:
        assert asked.count(session, understood=False) == 3
