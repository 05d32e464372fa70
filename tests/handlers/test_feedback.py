"""Phản ánh kiến nghị: from the first word to the code, whatever order a citizen goes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from store.tables import Alarm, Feedback, FeedbackFile, Proof, StoredFile
from tests.feedback_samples import TEXT, document, photo
from tests.handlers.conftest import Talk
from tests.handlers.samples import CODE, PHONE, add_dossier, add_link, said

OTHER = "7000000000000000009"


def alarms(talk: Talk) -> list[Alarm]:
    with talk.db.read() as session:
        return list(session.exec(select(Alarm)).all())


def feedback(talk: Talk) -> Sequence[Feedback]:
    with talk.db.read() as session:
        return session.exec(select(Feedback).order_by(col(Feedback.id))).all()


def files(talk: Talk) -> Sequence[FeedbackFile]:
    with talk.db.read() as session:
        return session.exec(select(FeedbackFile).order_by(col(FeedbackFile.id))).all()


def write(talk: Talk, *answers: str) -> str:
    """A conversation of typed words; the last answer."""
    last = ""
    for answer in answers:
        last = said(talk, answer)
    return last


#: Kind, text, done, place, no files, no name, no phone: then the review.
SHORT = ("#phananh", "3", TEXT, "xong", "thôn Mẫu, xã Mẫu", "1", "1", "1")


def test_an_old_farmer_gets_through_with_numbers_and_words_alone(talk: Talk) -> None:
    assert "5. Việc khác" in said(talk, "4")
    assert "viết việc gì, ở đâu" in said(talk, "3")
    assert "Tiếp tục" in said(talk, TEXT)
    assert "ở đâu" in said(talk, "1")
    assert "ảnh hoặc tệp" in said(talk, "thôn Mẫu, xã Mẫu")
    assert "ghi tên không" in said(talk, "không có")
    assert "số điện thoại" in said(talk, "Nguyễn Thị Mẫu")
    review = said(talk, "0912 345 678")
    assert TEXT in review
    assert "Nơi xảy ra: thôn Mẫu, xã Mẫu" in review
    assert "Người gửi: Nguyễn Thị Mẫu" in review
    assert "Điện thoại: 0912 345 678" in review
    sent = said(talk, "gửi")
    assert "PA-261118-0001" in sent
    assert "Mục tiêu: tiếp nhận trước 19/11/2026" in sent
    (row,) = feedback(talk)
    assert (row.kind, row.text, row.place) == ("public_place", TEXT, "thôn Mẫu, xã Mẫu")
    assert (row.name, row.phone, row.uid) == ("Nguyễn Thị Mẫu", "+84912345678", talk.uid)
    assert (row.state, row.source) == ("new", "zalo")
    assert "sat lo" in row.folded
    assert talk.conversation().flow == ""


def test_targets_follow_the_calendar_and_the_settings(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(feedback_accept_hours=2, feedback_answer_days=3)
    # Friday 16:00 in Vietnam, one office hour before closing; Tuesday is 24/11, a holiday.
    talk.clock.set(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))
    sent = write(talk, *SHORT, "1")
    assert "tiếp nhận trước 23/11/2026 08:30, trả lời trước 26/11/2026 16:00" in sent


def test_staff_are_told_but_never_what_was_written(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(staff_uids=("111", "222"))
    write(talk, *SHORT, "1")
    (alarm,) = alarms(talk)
    assert (alarm.kind, alarm.subject) == ("feedback", "PA-261118-0001")
    assert [(row.uid, row.kind) for row in talk.also()] == [("111", "staff"), ("222", "staff")]
    for told in (alarm.text, *(str(row.body) for row in talk.also())):
        assert "sạt lở" not in told
        assert "PA-261118-0001" in told


def test_the_bot_goes_on_answering_after_a_feedback(talk: Talk) -> None:
    write(talk, *SHORT, "1")
    assert talk.follower().human_until is None
    assert "Ông/bà cần việc gì" in said(talk, "menu")


def test_codes_count_up_and_start_again_every_day(talk: Talk) -> None:
    write(talk, *SHORT, "1")
    write(talk, *SHORT, "gửi")
    talk.clock.advance(days=1)
    write(talk, *SHORT, "#phananh gui")
    codes = [row.code for row in feedback(talk)]
    assert codes == ["PA-261118-0001", "PA-261118-0002", "PA-261119-0001"]


def test_a_message_that_holds_it_all_begins_with_its_text(talk: Talk) -> None:
    asked = said(talk, "Tôi muốn phản ánh đường hỏng ở thôn 3 xã Mẫu đã hai tháng nay")
    assert "Đã ghi nội dung" in asked
    assert "ở đâu" in said(talk, "3"), "the text is not asked for again"
    write(talk, "bỏ qua", "1", "1", "1", "1")
    assert "đường hỏng ở thôn 3" in feedback(talk)[0].text


def test_text_may_come_in_pieces(talk: Talk) -> None:
    write(talk, "#phananh", "1")
    assert "ngắn quá" in said(talk, "rất bực")
    assert "Đã ghi" in said(talk, "cán bộ nói với dân rất khó nghe")
    said(talk, "hôm qua ở bộ phận một cửa xã Mẫu")
    write(talk, "xong", "1", "1", "1", "1", "1")
    said(talk, "1")
    text = feedback(talk)[0].text
    assert text.split("\n") == [
        "rất bực", "cán bộ nói với dân rất khó nghe", "hôm qua ở bộ phận một cửa xã Mẫu"
    ]  # fmt: skip


def test_too_short_a_text_cannot_be_sent_and_all_can_be_dropped(talk: Talk) -> None:
    write(talk, "4", "3")
    assert "ngắn quá" in said(talk, "rác")
    assert "ngắn quá" in said(talk, "#phananh tiep")
    assert "chưa có phản ánh nào được gửi" in said(talk, "thôi")
    assert alarms(talk) == []
    assert talk.conversation().flow == ""


def test_photos_files_and_place_may_come_at_any_time(talk: Talk) -> None:
    write(talk, "#phananh", "3")
    assert "Đã nhận 1/5" in "\n".join(talk.file(photo("red")))
    assert "Đã ghi vị trí" in "\n".join(talk.place())
    said(talk, TEXT)
    assert "ghi tên không" in said(talk, "xong"), "place and photos are not asked for again"
    assert "Đã nhận 2/5" in "\n".join(talk.file(document(), document=True))
    review = write(talk, "1", "1")
    assert "Ảnh, tệp: 2" in review
    assert "vị trí trên bản đồ" in review
    said(talk, "1")
    (row,) = feedback(talk)
    assert (row.latitude, row.longitude) == (21.8236, 105.218)
    assert [(one.kind, one.name, one.feedback_id) for one in files(talk)] == [
        ("photo", "", row.id),
        ("file", "don.pdf", row.id),
    ]


def test_a_caption_belongs_to_the_text(talk: Talk) -> None:
    write(talk, "#phananh", "3")
    talk.file(photo(), caption="Cống trước nhà văn hóa thôn Mẫu bị tắc")
    write(talk, "xong", "1", "1", "1", "1")
    assert feedback(talk)[0].text == "Cống trước nhà văn hóa thôn Mẫu bị tắc"


def test_the_sixth_file_is_refused_and_said(talk: Talk) -> None:
    write(talk, *SHORT[:5])
    for color in ("red", "green", "blue", "white", "black"):
        talk.file(photo(color))
    assert "Đã đủ 5" in "\n".join(talk.file(photo("pink")))
    assert len(files(talk)) == 5


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("not_fetched", "Xin gửi lại"),
        ("too_big", "dưới 5 MB"),
        ("wrong_type", "Chỉ nhận ảnh và tệp PDF"),
        ("identity", "không được lưu"),
    ],
)
def test_what_could_not_be_kept_is_said(talk: Talk, problem: str, words: str) -> None:
    from bot.routing import Attached

    write(talk, "#phananh", "3")
    assert words in "\n".join(talk.file(Attached(problem=problem)))
    assert files(talk) == []
    assert talk.conversation().flow == "feedback"


def test_a_photo_nobody_fetched_may_be_sent_again(talk: Talk) -> None:
    write(talk, "#phananh", "3")
    assert "Xin gửi lại" in "\n".join(talk.photo(read=False))
    assert talk.conversation().step == "text"


@pytest.mark.parametrize("name", ["user_send_sticker", "user_send_audio", "user_send_video"])
def test_voices_and_stickers_are_answered_with_what_can_be_sent(talk: Talk, name: str) -> None:
    write(talk, "#phananh", "3")
    assert "bằng chữ" in "\n".join(talk.event(name, message={"attachments": []}))
    assert talk.conversation().step == "text"


def test_dropping_a_feedback_deletes_its_photos(talk: Talk) -> None:
    write(talk, "#phananh", "3")
    talk.file(photo())
    said(talk, "hủy")
    assert files(talk) == []
    with talk.db.read() as session:
        assert session.exec(select(StoredFile)).all() == []


def test_own_dossiers_are_offered_for_what_may_be_about_one(talk: Talk) -> None:
    known = add_dossier(talk)
    add_link(talk, Proof.counter)
    write(talk, "#phananh", "2", "Hồ sơ của tôi quá hẹn mười ngày chưa ai gọi", "xong", "1")
    asked = said(talk, "1")
    assert f"1. {CODE}" in asked
    assert "Không về hồ sơ nào" in asked
    assert "ghi tên" in said(talk, "1")
    write(talk, "1")
    offered = said(talk, "#phananh lui")
    assert "ghi tên" in offered
    review = write(talk, "1", "1")
    assert f"Hồ sơ: {CODE}" in review
    assert "0900 000 001" in review, "the first choice was the linked phone"
    said(talk, "1")
    (row,) = feedback(talk)
    assert (row.dossier_id, row.phone) == (known, PHONE)


def test_a_typed_dossier_code_is_kept_even_when_nobody_knows_it(talk: Talk) -> None:
    write(talk, "#phananh", "2", "Hồ sơ của tôi quá hẹn mười ngày chưa ai gọi", "xong", "1", "1")
    assert "Chưa đọc được mã" in said(talk, "mã gì không nhớ")
    write(talk, CODE, "1", "1", "1")
    (row,) = feedback(talk)
    assert row.dossier_id is None
    assert f"(Về hồ sơ {CODE})" in row.text


def test_the_name_on_zalo_is_one_tap(talk: Talk) -> None:
    talk("hello")
    with talk.db.write() as session:
        from store.tables import Follower

        session.get_one(Follower, talk.uid).display_name = "Nguyễn Thị Mẫu"
    write(talk, *SHORT[:6])
    assert "#phananh tenzalo" in talk.payloads
    assert "Người gửi: Nguyễn Thị Mẫu" in write(talk, "1", "1")


def test_going_back_asks_the_step_before_and_from_the_first_the_menu(talk: Talk) -> None:
    write(talk, *SHORT[:5])
    assert talk.conversation().step == "files"
    assert "ở đâu" in said(talk, "quay lại")
    assert "Đã ghi" in said(talk, "quay lại")
    assert "thuộc loại nào" in said(talk, "trở lại")
    assert said(talk, "quay lại").startswith("Ông/bà cần việc gì?")


def test_anything_can_be_changed_before_it_is_sent(talk: Talk) -> None:
    write(talk, *SHORT)
    asked = said(talk, "2")
    assert "2. Nội dung" in asked
    assert "7. Số điện thoại" in asked
    assert "viết lại" in said(talk, "2")
    said(talk, "Cầu treo thôn Mẫu bị đứt một dây cáp, rất nguy hiểm")
    review = said(talk, "xong")
    assert "Cầu treo" in review
    assert "sạt lở" not in review
    write(talk, "sửa", "3")
    assert "Nơi xảy ra" not in said(talk, "bỏ qua")
    write(talk, "sửa", "1")
    assert "Loại: Kiến nghị, góp ý" in said(talk, "4")


def test_further_words_at_the_review_are_added(talk: Talk) -> None:
    write(talk, *SHORT)
    review = said(talk, "quên chưa nói: có một cháu đã bị ngã")
    assert "có một cháu đã bị ngã" in review
    assert TEXT in review


@pytest.mark.parametrize("text", ["menu", "#menu", "0"])
def test_the_menu_is_always_a_way_out(talk: Talk, text: str) -> None:
    write(talk, *SHORT[:6])
    assert said(talk, text).startswith("Ông/bà cần việc gì?")
    assert feedback(talk) == []


def test_an_explicit_stop_is_heard_inside(talk: Talk) -> None:
    write(talk, *SHORT[:3])
    assert "Đã dừng gửi thông báo" in said(talk, "dừng nhận tin")
    assert not talk.follower().notify


def test_a_draft_that_was_left_open_is_found_again(talk: Talk) -> None:
    write(talk, *SHORT[:5])
    assert "đang viết dở" in said(talk, "#phananh")
    assert talk.conversation().step == "files"
    assert "về việc gì" in said(talk, "#phananh moi")


def test_expiring_loses_nothing_that_was_sent(talk: Talk) -> None:
    write(talk, *SHORT, "1")
    write(talk, *SHORT[:4])
    talk.clock.advance(minutes=talk.settings.conversation_minutes + 1)
    assert "Không có phản ánh nào đang viết dở" in said(talk, "#phananh gui")
    assert len(feedback(talk)) == 1


def test_pressing_send_twice_sends_once(talk: Talk) -> None:
    write(talk, *SHORT, "#phananh gui")
    assert "Không có phản ánh nào đang viết dở" in said(talk, "#phananh gui")
    assert len(feedback(talk)) == 1


def test_a_question_instead_of_a_kind_is_answered(talk: Talk) -> None:
    from procedures.catalogue import import_file
    from settings import ROOT

    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    said(talk, "#phananh")
    assert "Giấy tờ cần nộp" in said(talk, "khai sinh cần giấy tờ gì")
    assert talk.conversation().flow != "feedback"


def test_nobody_floods_the_office(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(feedback_per_day=1)
    write(talk, *SHORT, "1")
    assert "vào ngày mai" in write(talk, *SHORT, "1")
    assert len(feedback(talk)) == 1
    talk.clock.advance(days=1)
    assert "Mã: PA-261119-0001" in write(talk, *SHORT, "1")


@pytest.mark.parametrize(
    "text", ["tôi muốn khiếu nại quyết định đất đai", "to cao can bo xa nhan hoi lo"]
)
@pytest.mark.parametrize("opening", [(), ("#phananh",), ("#phananh", "1"), SHORT[:4]])
def test_complaints_are_directed_to_the_reception_office_without_a_code(
    talk: Talk, text: str, opening: tuple[str, ...]
) -> None:
    write(talk, *opening)
    assert "Ban Tiếp công dân" in said(talk, text)
    assert "#phananh van" in talk.payloads
    assert feedback(talk) == []
    assert alarms(talk) == []


def test_who_did_not_mean_a_complaint_goes_on_with_the_same_words(talk: Talk) -> None:
    said(talk, "nhà xây to cao che hết nắng sân nhà văn hóa thôn Mẫu")
    assert "loại nào" in said(talk, "1")
    write(talk, "3", "xong", "1", "1", "1", "1", "1")
    assert "nhà xây to cao" in feedback(talk)[0].text


def test_after_the_reception_office_other_things_are_open(talk: Talk) -> None:
    said(talk, "tôi muốn khiếu nại quyết định đất đai")
    assert talk("#tintuc")
    said(talk, "tôi muốn khiếu nại quyết định đất đai")
    assert "Tin tức" in said(talk, "5")


def test_the_same_question_may_be_asked_in_english(talk: Talk) -> None:
    said(talk, "#english")
    assert "What is your feedback about?" in said(talk, "#phananh")
    write(talk, "3", "The road to Mau village has been broken for two weeks", "done")
    assert "Please check before it is sent" in write(talk, "skip", "skip", "skip", "skip")
    assert "Code: PA-261118-0001" in said(talk, "send")


def test_many_photos_never_get_the_same_sentence_three_times(talk: Talk) -> None:
    write(talk, *SHORT[:5])
    told = ["\n".join(talk.file(photo(color))) for color in ("red", "green", "blue", "white")]
    assert len(set(told)) == 4


def test_files_older_than_two_days_without_a_feedback_are_forgotten(talk: Talk) -> None:
    from notify.retention import forget

    write(talk, "#phananh", "3")
    talk.file(photo())
    forget(talk.db, talk.settings, talk.clock.now() + timedelta(days=1))
    assert len(files(talk)) == 1
    forget(talk.db, talk.settings, talk.clock.now() + timedelta(days=2, minutes=1))
    assert files(talk) == []
    with talk.db.read() as session:
        assert session.exec(select(StoredFile)).all() == []
