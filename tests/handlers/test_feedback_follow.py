"""After a feedback was sent: how it stands, adding to it, stars, and being forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from bot.messages import from_json
from feedback.desk import Desk
from store import feedback as store
from store import followers
from store.tables import (
    Agency,
    Alarm,
    Feedback,
    FeedbackEntry,
    FeedbackFile,
    Outbox,
    Proof,
    StoredFile,
)
from tests.feedback_samples import TEXT, photo
from tests.handlers.conftest import Talk
from tests.handlers.samples import PHONE, add_link, said

OTHER = "7000000000000000009"
SENT = "PA-261118-0001"


@pytest.fixture
def sent(talk: Talk) -> Talk:
    """A citizen who has sent one feedback."""
    send(talk)
    return talk


def send(talk: Talk, *files: object) -> None:
    for answer in ("#phananh", "3", TEXT, "xong", "thôn Mẫu"):
        talk(answer)
    for one in files:
        talk.file(one)  # type: ignore[arg-type]
    for answer in ("1", "Nguyễn Thị Mẫu", "0900 000 001", "gửi"):
        talk(answer)


def at_desk(talk: Talk, act: Callable[[Desk, Feedback], object], code: str = SENT) -> None:
    """Staff do something with a feedback."""
    with talk.db.write() as session:
        row = store.by_code(session, code, lock=True)
        assert row is not None
        act(Desk(session, "canbo", talk.clock.now(), talk.settings, talk.calendar), row)


def feedback(talk: Talk, code: str = SENT) -> Feedback:
    with talk.db.read() as session:
        return session.exec(select(Feedback).where(Feedback.code == code)).one()


def entries(talk: Talk) -> list[tuple[str, str, str]]:
    with talk.db.read() as session:
        rows = session.exec(select(FeedbackEntry).order_by(col(FeedbackEntry.id))).all()
        return [(row.kind, row.by, row.text) for row in rows]


def told(talk: Talk, kind: str, uid: str = "") -> list[str]:
    """The texts queued for a citizen by the desk."""
    rows = [row for row in talk.outbox() if row.kind == kind and row.uid == (uid or talk.uid)]
    return [getattr(from_json(row.body), "text", "") for row in rows]


def open_alarms(talk: Talk) -> list[str]:
    with talk.db.read() as session:
        rows = session.exec(select(Alarm).where(col(Alarm.closed_at).is_(None))).all()
        return [row.subject for row in rows]


@pytest.mark.parametrize(
    "typed",
    ["PA-261118-0001", "pa 261118 0001", "Pa261118-0001", "PA–261118–1", "p.a 2611180001",
     "mã PA-261118-0001 ạ", "phản ánh PA-261118-0001 của tôi tới đâu rồi"]
)  # fmt: skip
def test_a_code_typed_any_way_shows_how_it_stands(sent: Talk, typed: str) -> None:
    answer = said(sent, typed)
    assert "Phản ánh PA-261118-0001" in answer
    assert "chờ cán bộ tiếp nhận (mục tiêu trước 19/11/2026" in answer
    assert "sạt lở" in answer
    assert f"#phananh them {SENT}" in sent.payloads


def test_to_others_a_code_that_exists_and_one_that_does_not_look_alike(sent: Talk) -> None:
    theirs = "\n".join(sent(SENT, uid=OTHER))
    nobodys = "\n".join(sent("PA-261118-0009", uid=OTHER))
    assert theirs.replace("0001", "") == nobodys.replace("0009", "")
    for way in ("xem", "them"):
        assert "sạt lở" not in "\n".join(sent(f"#phananh {way} {SENT}", uid=OTHER))
    assert "Chưa thấy" in "\n".join(sent(f"#danhgia {SENT} 5", uid=OTHER[:-1] + "8"))


def test_the_state_and_the_agency_are_shown_as_they_change(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.accept(row))
    assert "đang xử lý (mục tiêu trả lời trước 10/12/2026" in said(sent, SENT)
    assert open_alarms(sent) == []
    with sent.db.write() as session:
        agency = Agency(code="H60.04", name="Sở Xây dựng mẫu", updated_at=sent.clock.now())
        session.add(agency)
        session.flush()
        number = agency.id or 0
    at_desk(sent, lambda desk, row: desk.forward(row, number, "Sở Xây dựng mẫu", "xin xử lý"))
    answer = said(sent, SENT)
    assert "đã chuyển cơ quan có thẩm quyền" in answer
    assert "Cơ quan xử lý: Sở Xây dựng mẫu" in answer
    assert "xin xử lý" not in answer, "notes among staff stay there"
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã cho người ra sửa."))
    assert "Trả lời: Đã cho người ra sửa." in said(sent, SENT)


def test_ones_own_are_listed_and_opened_by_number(sent: Talk) -> None:
    send(sent)
    listed = said(sent, "phản ánh của tôi")
    assert "1. PA-261118-0002" in listed
    assert "2. PA-261118-0001" in listed
    assert "Phản ánh PA-261118-0001" in said(sent, "2")
    said(sent, "#phananh cuatoi")
    assert "từ 1 đến 2" in said(sent, "7")
    assert "chưa gửi phản ánh nào" in "\n".join(sent("phản ánh của tôi", uid=OTHER))


def test_a_long_list_has_pages(talk: Talk) -> None:
    for _ in range(7):
        send(talk)
    said(talk, "#phananh cuatoi")
    assert "#phananh cuatoi 2" in talk.payloads
    assert "2. PA-261118-0001" in said(talk, "#phananh cuatoi 2")


def test_words_photos_and_places_are_added_to_an_open_one(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.accept(row))
    assert "bổ sung cho phản ánh" in said(sent, f"#phananh them {SENT}")
    assert "(lần 1)" in said(sent, "Sáng nay lở thêm một đoạn nữa")
    assert "(lần 2)" in "\n".join(sent.file(photo()))
    assert "(lần 3)" in "\n".join(sent.place())
    assert "đã nhận phần bổ sung" in said(sent, "xong")
    assert ("added", "citizen", "Sáng nay lở thêm một đoạn nữa") in entries(sent)
    row = feedback(sent)
    assert row.latitude == 21.8236
    with sent.db.read() as session:
        assert session.exec(select(FeedbackFile.feedback_id)).all() == [row.id]
    assert open_alarms(sent) == [SENT], "staff are alerted again"


def test_adding_to_an_answered_one_puts_it_back_to_work(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa xong."))
    said(sent, f"#phananh them {SENT}")
    said(sent, "Chưa sửa gì cả, đường vẫn hỏng")
    row = feedback(sent)
    assert (row.state, row.reopened, row.answered_at) == ("accepted", 1, None)


def test_a_closed_one_takes_no_more(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa xong.", close=True))
    assert "đã kết thúc" in said(sent, f"#phananh them {SENT}")


def test_the_answer_reaches_the_writer_and_can_be_answered(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã cho người ra sửa."))
    (answer,) = told(sent, "feedback_answer")
    assert answer.startswith("Trả lời phản ánh, kiến nghị PA-261118-0001:\n\nĐã cho người ra sửa.")
    row = next(row for row in sent.outbox() if row.kind == "feedback_answer")
    assert (row.lane, row.facts) == ("reply", {"code": SENT})


def test_stars_are_asked_for_once_and_taken_once(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa.", close=True))
    at_desk(sent, lambda desk, row: desk.reopen(row, "sửa chưa xong"))
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa hẳn.", close=True))
    assert len(told(sent, "feedback_rating")) == 1
    assert "4/5" in said(sent, f"#danhgia {SENT} 4")
    assert "Đã ghi lời nhắn" in said(sent, "Cán bộ làm nhanh, cảm ơn")
    row = feedback(sent)
    assert (row.rating, row.rating_note) == (4, "Cán bộ làm nhanh, cảm ơn")
    assert "đã đánh giá" in said(sent, f"#danhgia {SENT} 1")
    assert feedback(sent).rating == 4


def test_a_typed_digit_is_stars_right_after_the_question(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa.", close=True))
    assert "5/5" in said(sent, "5")
    assert said(sent, "thôi").startswith("Xin cảm ơn")


def test_the_question_for_stars_never_breaks_into_a_conversation(sent: Talk) -> None:
    said(sent, "#phananh")
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa.", close=True))
    assert "viết việc gì" in said(sent, "3")


def test_stars_wait_until_it_is_closed_and_out_of_range_is_asked_again(sent: Talk) -> None:
    assert "chưa kết thúc" in said(sent, f"#danhgia {SENT} 5")
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa.", close=True))
    assert "từ 1 đến 5" in said(sent, f"#danhgia {SENT} 9")
    assert "2/5" in said(sent, "2")


def test_stars_are_heard_while_a_person_has_the_chat(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa.", close=True))
    said(sent, "gặp cán bộ")
    assert "3/5" in said(sent, f"#danhgia {SENT} 3")
    assert sent.follower().human_until is not None


def test_a_person_in_the_chat_breaks_nothing_of_a_feedback_being_written(talk: Talk) -> None:
    for answer in ("#phananh", "3", TEXT):
        talk(answer)
    echo = {"text": "Chào ông/bà, tôi là cán bộ."}
    talk.event("oa_send_text", sender={"admin_id": "900"}, message=echo)
    assert talk("xong") == [], "the bot keeps quiet while a person writes"
    talk.clock.advance(minutes=talk.settings.human_quiet_minutes - 1)
    talk("#trolai")
    assert talk("#phananh"), "and takes feedback again afterwards"


def test_the_answer_of_the_main_one_goes_to_who_was_merged_into_it(sent: Talk) -> None:
    first = sent.uid
    sent.uid = OTHER
    send(sent)
    sent.uid = first

    def merge(desk: Desk, row: Feedback) -> None:
        main = store.by_code(desk.session, SENT, lock=True)
        assert main is not None
        desk.merge(row, main)

    at_desk(sent, merge, "PA-261118-0002")
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa.", close=True))
    assert "PA-261118-0001" in told(sent, "feedback_answer")[0]
    assert "PA-261118-0002" in told(sent, "feedback_answer", OTHER)[0]
    shown = "\n".join(sent("PA-261118-0002", uid=OTHER))
    assert "gộp chung" in shown
    assert "Trả lời: Đã sửa." in shown
    assert "4/5" in "\n".join(sent("#danhgia PA-261118-0002 4", uid=OTHER))


def test_merging_late_sends_the_answer_that_was_already_given(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa."))
    sent.uid = OTHER
    send(sent)

    def merge(desk: Desk, row: Feedback) -> None:
        main = store.by_code(desk.session, SENT, lock=True)
        assert main is not None
        desk.merge(row, main)

    at_desk(sent, merge, "PA-261118-0002")
    assert "Đã sửa." in told(sent, "feedback_answer", OTHER)[0]
    assert len(told(sent, "feedback_answer")) == 1 or sent.uid == OTHER


def test_what_the_counter_took_down_is_followed_by_the_proven_phone(talk: Talk) -> None:
    from feedback import filing

    talk("hello")
    report = filing.Report(kind="other", text=TEXT, phone=PHONE)
    with talk.db.write() as session:
        filing.file(
            session, report, talk.clock.now(), talk.settings, talk.calendar,
            source="counter", by="canbo",
        )  # fmt: skip
    assert "Chưa thấy" in said(talk, SENT)
    add_link(talk, Proof.claimed)
    assert "Chưa thấy" in said(talk, SENT), "a claim is no proof"
    with talk.db.write() as session:
        from store import links

        links.verify(session, talk.uid, PHONE, Proof.otp, talk.clock.now())
    assert "sạt lở" in said(talk, SENT)
    at_desk(talk, lambda desk, row: desk.answer(row, "Đã sửa."))
    assert "Đã sửa." in told(talk, "feedback_answer")[0]


def erase(talk: Talk) -> None:
    with talk.db.write() as session:
        assert followers.erase(session, talk.uid, talk.clock.now())


def test_erasing_takes_the_writer_out_of_what_an_agency_works_on(talk: Talk) -> None:
    send(talk, photo())
    at_desk(talk, lambda desk, row: desk.accept(row))
    erase(talk)
    row = feedback(talk)
    assert (row.uid, row.name, row.phone) == ("", "", "")
    assert (row.text, row.state) == (TEXT, "accepted")
    with talk.db.read() as session:
        assert session.exec(select(FeedbackFile.uid)).all() == [""]
    at_desk(talk, lambda desk, row: desk.answer(row, "Đã sửa."))
    assert told(talk, "feedback_answer") == []


def test_erasing_empties_what_nobody_accepted_and_every_draft(talk: Talk) -> None:
    send(talk, photo())
    talk("#phananh")
    talk("3")
    talk.file(photo("red"))
    erase(talk)
    row = feedback(talk)
    assert (row.text, row.place, row.name, row.state) == ("", "", "", "closed")
    assert open_alarms(talk) == []
    with talk.db.read() as session:
        assert session.exec(select(FeedbackFile)).all() == []
        assert session.exec(select(StoredFile)).all() == []


def test_erasing_a_phone_takes_it_out_of_feedback(sent: Talk) -> None:
    at_desk(sent, lambda desk, row: desk.accept(row))
    with sent.db.write() as session:
        followers.erase_phone(session, PHONE, sent.clock.now())
    row = feedback(sent)
    assert (row.phone, row.uid) == ("", sent.uid)


def test_long_settled_feedback_is_emptied_but_still_counted(sent: Talk) -> None:
    from datetime import timedelta

    from notify.retention import forget

    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa.", close=True))
    said(sent, f"#danhgia {SENT} 5")
    later = sent.clock.now() + timedelta(days=sent.settings.keep_feedback_days)
    forget(sent.db, sent.settings, later - timedelta(minutes=1))
    assert feedback(sent).text == TEXT
    forget(sent.db, sent.settings, later + timedelta(minutes=1))
    row = feedback(sent)
    assert (row.text, row.answer, row.uid, row.place) == ("", "", "", "")
    assert (row.kind, row.rating, row.state) == ("public_place", 5, "closed")
    assert all(not text for _, _, text in entries(sent))


def test_an_opt_out_of_notices_does_not_silence_the_answer(sent: Talk) -> None:
    from notify.policy import Facts, Quotas, RecipientFacts, Send, decide
    from store.tables import Lane

    said(sent, "dừng nhận tin")
    at_desk(sent, lambda desk, row: desk.answer(row, "Đã sửa."))
    with sent.db.read() as session:
        row = session.exec(select(Outbox).where(Outbox.kind == "feedback_answer")).one()
    facts = Facts(Lane(row.lane), row.kind, row.created_at, row.expires_at)
    follower = sent.follower()
    who = RecipientFacts(
        uid=follower.uid, notify=False, last_interaction_at=follower.last_interaction_at
    )
    assert isinstance(decide(facts, who, sent.clock.now(), sent.settings, Quotas()), Send)
