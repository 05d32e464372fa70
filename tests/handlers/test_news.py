"""News in the chat: five at a time, each with its button; covers only in Zalo's own list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.messages import Element, Listing, OpenUrl, Text
from bot.wire import consultation
from sandbox.message_shapes import read_message
from store import news, stored_files
from tests.handlers.conftest import Talk


def publish(talk: Talk, title: str, **more: Any) -> int:
    """A published item with a link."""
    values = {"title": title, "state": "published", "url": "https://tinh-mau.example/tin", **more}
    with talk.db.write() as session:
        row = news.put(session, None, values, "lan", talk.clock.now())
        assert row is not None
        return row.id or 0


def opened(talk: Talk) -> list[tuple[str, str]]:
    """Titles and addresses of the buttons that open a page."""
    return [
        (one.title, one.url)
        for message in talk.messages
        if isinstance(message, Text)
        for one in message.buttons
        if isinstance(one, OpenUrl)
    ]


def test_without_news_the_old_answer_stays(talk: Talk) -> None:
    publish(talk, "Bản nháp", state="draft")
    publish(talk, "Đã ẩn", state="hidden")
    publish(talk, "Hẹn giờ", published_at=talk.clock.now() + timedelta(hours=1))
    (answer,) = talk("tin tức")
    assert "được đăng tại Cổng Dịch vụ công quốc gia" in answer
    talk.clock.advance(hours=2)
    assert "1. Hẹn giờ (18/11/2026)" in talk("tin tức")[0]


def test_items_are_listed_with_dates_and_a_button_each(talk: Talk) -> None:
    publish(talk, "Tin cũ", published_at=talk.clock.now() - timedelta(days=2))
    publish(talk, "Video hướng dẫn", kind="video")
    publish(talk, "Tin ghim", pinned=True, published_at=talk.clock.now() - timedelta(days=9))
    publish(talk, "Tin không liên kết", url="", published_at=talk.clock.now() - timedelta(days=3))
    (answer,) = talk("#tintuc")
    assert answer.splitlines()[1:] == [
        "1. Tin ghim (09/11/2026)",
        "2. Video: Video hướng dẫn (18/11/2026)",
        "3. Tin cũ (16/11/2026)",
        "4. Tin không liên kết (15/11/2026)",
    ]
    assert opened(talk) == [
        ("1. Tin ghim", "https://tinh-mau.example/tin"),
        ("2. Video hướng dẫn", "https://tinh-mau.example/tin"),
        ("3. Tin cũ", "https://tinh-mau.example/tin"),
    ]
    assert talk.payloads == ["#menu"]


def test_the_next_page_is_one_tap_away_and_ends(talk: Talk) -> None:
    for number in range(12):
        publish(talk, f"Tin {number:02}", published_at=talk.clock.now() - timedelta(minutes=number))
    assert "5. Tin 04" in talk("#tintuc")[0]
    assert talk.payloads == ["#tintuc 2", "#menu"]
    assert len(opened(talk)) == 5
    assert "1. Tin 05" in talk("#tintuc 2")[0]
    assert "1. Tin 10" in talk("#tintuc 3")[0]
    assert talk.payloads == ["#menu"]
    assert "1. Tin 00" in talk("#tintuc 99999")[0]
    assert "1. Tin 00" in talk("#tintuc -1")[0]


def test_in_english_too(talk: Talk) -> None:
    publish(talk, "Lịch nghỉ")
    talk("#english")
    assert "Latest news of Tuyên Quang province:\n1. Lịch nghỉ" in talk("#tintuc")[0]


def test_as_zalos_list_with_covers_when_the_setting_says_so(
    talk_with: Callable[..., Talk],
) -> None:
    talk = talk_with(news_as_list=True, public_url="https://oa.tinh-mau.example")
    with talk.db.write() as session:
        media = stored_files.keep(session, b"\xff\xd8\xff", "image/jpeg", talk.clock.now())
    item = publish(talk, "Có bìa", summary="Tóm tắt", cover_media=media, pinned=True)
    publish(talk, "Bìa của cổng", cover_url="https://tinh-mau.example/b.jpg")
    talk("#tintuc")
    title, listed, after = talk.messages
    assert isinstance(title, Text)
    assert isinstance(after, Text)
    assert listed == Listing(
        (
            Element(
                "Có bìa",
                "https://tinh-mau.example/tin",
                "18/11/2026 · Tóm tắt",
                f"https://oa.tinh-mau.example/tin/{item}.jpg",
            ),
            Element(
                "Bìa của cổng",
                "https://tinh-mau.example/tin",
                "18/11/2026",
                "https://tinh-mau.example/b.jpg",
            ),
        )
    )
    # The local Zalo, which shares no code with us, takes it for a list.
    shape = read_message(consultation(listed))
    assert (shape.kind, len(shape.content["elements"])) == ("list", 2)
    payload = consultation(listed)["attachment"]["payload"]
    assert payload["template_type"] == "list"
    assert payload["elements"][0]["default_action"] == {
        "type": "oa.open.url",
        "url": "https://tinh-mau.example/tin",
    }


def test_an_item_without_a_link_keeps_the_list_as_text(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(news_as_list=True)
    publish(talk, "Không liên kết", url="")
    assert "1. Không liên kết" in talk("#tintuc")[0]
