"""Follow, menu, stop and start, help, language, news, and everything nobody else answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.messages import OpenPhone, OpenUrl, Text
from bot.routing import MENU
from store.tables import Consent
from tests.handlers.conftest import Talk


@dataclass(frozen=True)
class Known:
    """What Zalo told about a citizen."""

    display_name: str | None = "Nguyễn Trang"
    is_follower: bool | None = True


def test_a_new_follower_is_welcomed_by_name_with_the_menu_in_two_messages(talk: Talk) -> None:
    first, menu = talk.event("follow", profile=Known())
    assert first.startswith("Chào mừng Nguyễn Trang đã đến với Chính quyền số tỉnh Tuyên Quang")
    assert "1. Tra cứu hồ sơ" in menu
    assert set(MENU) <= set(talk.payloads)
    follower = talk.follower()
    assert (follower.followed, follower.display_name) == (True, "Nguyễn Trang")
    assert follower.last_interaction_at == talk.clock.now()


def test_the_welcome_works_without_a_name(talk: Talk) -> None:
    assert talk.event("follow")[0].startswith("Chào mừng ông/bà đã đến với")


def test_a_second_follow_greets_as_returning(talk: Talk) -> None:
    talk.event("follow", profile=Known())
    talk.clock.advance(minutes=5)
    talk.event("unfollow")
    assert not talk.follower().followed
    talk.clock.advance(minutes=5)
    assert talk.event("follow")[0].startswith("Chào mừng Nguyễn Trang đã quay lại")
    assert talk.follower().followed


def test_who_stopped_notices_is_told_so_when_they_return(talk: Talk) -> None:
    talk.event("follow")
    talk("dừng")
    talk.clock.advance(minutes=1)
    talk.event("unfollow")
    talk.clock.advance(minutes=1)
    assert "đang tắt nhận tin" in talk.event("follow")[0]
    assert "#bat" in talk.payloads


def test_unfollow_is_met_with_silence(talk: Talk) -> None:
    talk.event("follow")
    talk.clock.advance(minutes=1)
    assert talk.event("unfollow") == []
    assert talk.handled and talk.handled.handler == "unfollow"


def test_an_unfollow_that_arrives_late_does_not_undo_a_newer_follow(talk: Talk) -> None:
    earlier = talk.clock.now()
    talk.clock.advance(minutes=10)
    talk.event("follow")
    assert talk.event("unfollow", at=earlier) == []
    assert talk.follower().followed
    late = talk.clock.now() - timedelta(minutes=5)
    talk.clock.advance(minutes=1)
    talk.event("unfollow")
    assert talk.event("follow", at=late) == []
    assert not talk.follower().followed


def test_opening_the_chat_is_greeted(talk: Talk) -> None:
    hello, menu = talk.event("user_click_chatnow", profile=Known(is_follower=False))
    assert hello.startswith("Xin chào Nguyễn Trang")
    assert "6. Hỗ trợ" in menu
    assert not talk.follower().followed


@pytest.mark.parametrize(
    "text", ["menu", "MENU", "#menu", "#MENU", "0", "quay lại", "quay lai", "Back", "về menu"]
)
def test_the_way_back_always_leads_to_the_menu_and_ends_what_was_open(
    talk: Talk, text: str
) -> None:
    talk("#phananh")
    assert talk.conversation().flow == "feedback"
    assert talk(text)[0].startswith("Ông/bà cần việc gì?")
    assert talk.conversation().flow == ""
    assert set(MENU) <= set(talk.payloads)


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("3", "procedures"),
        ("số 3", "procedures"),
        ("#thutuc", "procedures"),
        ("thủ tục", "procedures"),
        ("DVC", "procedures"),
        ("4", "feedback"),
        ("phan anh kien nghi", "feedback"),
        ("PAKN", "feedback"),
        ("5.", "news"),
        ("tin tuc", "news"),
        ("6", "help"),
        ("hỗ trợ", "help"),
        ("giúp tôi với", "help"),
        ("#hotro", "help"),
        ("hôm nay có làm việc không ạ?", "help"),
    ],
)
def test_numbers_words_and_buttons_all_reach_the_same_thing(
    talk: Talk, text: str, route: str
) -> None:
    assert talk(text)
    assert talk.handled and talk.handled.handler == route


@pytest.mark.parametrize(
    "text", ["dừng", "DUNG", "stop", "Hủy nhận tin", "huy nhan tin", "tắt tb giúp tôi", "#dung",
             "tôi không muốn nhận tin nhắn này nữa"]
)  # fmt: skip
def test_stopping_notices_is_kept_with_its_proof(talk: Talk, text: str) -> None:
    assert "Đã dừng gửi thông báo" in talk(text)[0]
    assert not talk.follower().notify
    assert "đang tắt nhận tin" in talk(text)[0]
    with talk.db.read() as session:
        rows = session.exec(select(Consent)).all()
    assert [(row.kind, row.action, row.wording_version) for row in rows] == [
        ("notify", "withdrawn", talk.settings.consent_version)
    ]


@pytest.mark.parametrize("text", ["đúng", "dùng", "làm sao để tắt thông báo?", "dũng"])
def test_words_that_only_fold_alike_stop_nothing(talk: Talk, text: str) -> None:
    talk(text)
    assert talk.follower().notify


def test_bat_turns_notices_on_again(talk: Talk) -> None:
    talk("dừng")
    assert "Đã bật nhận tin" in talk("bật")[0]
    assert talk.follower().notify
    assert "đang bật nhận tin" in talk("nhận lại")[0]


def test_stopping_works_in_the_middle_of_another_question(talk: Talk) -> None:
    talk("#phananh")
    assert "Đã dừng" in talk("dừng")[0]


def test_help_names_hours_and_hotline_and_leaves_no_holes(talk: Talk) -> None:
    text = talk("#hotro")[0]
    assert "thứ Hai đến thứ Sáu" in text
    assert "Đường dây nóng: 1900 0000." in text
    assert "Nơi tiếp nhận" not in text


def test_a_hotline_with_a_dialling_code_gets_a_button(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(hotline="0207 381 2345")
    talk("#hotro")
    first = talk.messages[0]
    assert isinstance(first, Text)
    assert OpenPhone("Gọi đường dây nóng", "842073812345") in first.buttons


def test_english_is_kept_for_later_answers(talk: Talk) -> None:
    assert talk("english")[0].startswith("The assistant now answers in English")
    assert talk("menu")[0].startswith("What do you need?")
    assert talk("tieng viet")[0].startswith("Từ nay trợ lý trả lời bằng tiếng Việt")


def test_news_opens_the_page_of_the_settings_or_the_portal(
    talk: Talk, talk_with: Callable[..., Talk]
) -> None:
    talk("#tintuc")
    assert _opens(talk) == [talk.settings.portal_url]
    other = talk_with(news_url="https://tin.example.vn/")
    other("#tintuc")
    assert _opens(other) == ["https://tin.example.vn/"]


def _opens(talk: Talk) -> list[str]:
    return [
        button.url
        for message in talk.messages
        if isinstance(message, Text)
        for button in message.buttons
        if isinstance(button, OpenUrl)
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image", "không bao giờ gửi ảnh căn cước"),
        ("sticker", "Ông/bà cần việc gì"),
        ("gif", "Ông/bà cần việc gì"),
        ("audio", "gõ nội dung"),
        ("video", "gõ nội dung"),
        ("file", "không được tính là nộp hồ sơ"),
        ("location", "Giờ làm việc"),
        ("link", "không mở liên kết"),
    ],
)
def test_every_kind_of_message_gets_a_fitting_answer(talk: Talk, kind: str, expected: str) -> None:
    answer = talk.event(f"user_send_{kind}", message={"attachments": []})
    assert expected in "\n".join(answer)
    assert talk.payloads


@pytest.mark.parametrize("text", ["asdf qwer", "#khongco", "###", "🙂", "?", "9", "x" * 3000])
def test_what_nobody_understands_still_gets_help(talk: Talk, text: str) -> None:
    assert talk(text)
    assert talk.handled and talk.handled.handler == "fallback"
    assert {"#tracuu", "#menu"} <= set(talk.payloads)


def test_thanks_greetings_and_abuse_each_get_their_own_answer(talk: Talk) -> None:
    assert "Rất vui được phục vụ" in talk("cảm ơn nhé")[0]
    assert talk("xin chào ạ")[0].startswith("Xin chào ông/bà!")
    abuse = talk("đồ ngu")[0]
    assert "ngu" not in abuse.lower().split()
    assert "#gapcanbo" in talk.payloads


def test_the_same_answer_is_never_given_three_times_running(talk: Talk) -> None:
    answers = [talk("blorp")[0] for _ in range(8)]
    assert answers[0] == answers[1]
    assert all(len(set(answers[at : at + 3])) > 1 for at in range(6))
    assert "vẫn chưa hiểu" in answers[2]
    assert "gặp cán bộ" in answers[3]


def test_a_right_answer_asked_for_again_says_that_nothing_changed(talk: Talk) -> None:
    answers = [talk("#tintuc")[0] for _ in range(3)]
    assert "chưa có gì thay đổi" in answers[2]


def test_the_same_question_tomorrow_gets_its_plain_answer(talk: Talk) -> None:
    first = talk("#tintuc")
    talk("#tintuc")
    talk.clock.advance(days=1)
    assert talk("#tintuc") == first
