"""Conversations in the console: seen live, taken by one, answered once, given back."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlmodel import col, select

from bot.messages import from_json
from dossiers.workdays import Calendar
from store import chats, delivery, uploads
from store.delivery import News
from store.tables import (
    ChatRequest,
    Dossier,
    DossierWatch,
    Feedback,
    Follower,
    Outbox,
    PhoneLink,
    Proof,
    SavedText,
    StoredFile,
)
from tests.console.conftest import Clerk, Office
from tests.handlers.conftest import Talk

CHATS = "/console/tro-chuyen"
KEY = "k" * 22


@dataclass
class Room:
    """An office with a citizen who writes to it."""

    office: Office
    talk: Talk
    clerk: Clerk

    def asks(self, name: str = "Nguyễn Thị Mẫu") -> int:
        """The citizen asks for a person; the number of the chat."""
        self.talk("gặp cán bộ")
        with self.talk.db.write() as session:
            session.get_one(Follower, self.talk.uid).display_name = name
        return self.chat().id or 0

    def chat(self) -> ChatRequest:
        """The citizen's newest request."""
        with self.talk.db.read() as session:
            found = session.exec(select(ChatRequest).order_by(col(ChatRequest.id).desc())).first()
            assert found is not None
            return found

    def claims(self, chat_id: int, clerk: Clerk | None = None) -> int:
        """A clerk presses "Nhận trả lời"; the status of the answer."""
        return (clerk or self.clerk).post(f"{CHATS}/{chat_id}/nhan").status_code

    def sends(self, chat_id: int, text: str, key: str = KEY, clerk: Clerk | None = None) -> Any:
        """A clerk answers as the page's script does."""
        return (clerk or self.clerk).post(
            f"{CHATS}/{chat_id}/gui",
            {"text": text, "key": key},
            headers={"Accept": "application/json"},
        )

    def uploads(self, chat_id: int, name: str, content: bytes, key: str = KEY) -> Any:
        """A clerk sends a file."""
        return self.clerk.post(
            f"{CHATS}/{chat_id}/gui-tep",
            {"key": key, "file": (io.BytesIO(content), name)},
            headers={"Accept": "application/json"},
            content_type="multipart/form-data",
        )

    def answers(self) -> list[Outbox]:
        """What staff sent."""
        return [row for row in self.talk.outbox() if row.kind == "staff_reply"]

    def news(self, chat_id: int, page: str) -> dict[str, Any]:
        """What the page's script would be told next."""
        place = place_of(page)
        answer = self.clerk.get(f"{CHATS}/{chat_id}/moi?tu={place}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        told: dict[str, Any] = json.loads(answer.get_data(as_text=True))
        return told


def place_of(page: str) -> str:
    found = re.search(r'data-place="([^"]+)"', page)
    assert found, page
    return found[1]


def keys(page: str) -> list[str]:
    return re.findall(r'data-line="([^"]+)"', page)


@pytest.fixture
def room(office: Office) -> Room:
    settings, clock = office.settings, office.clock
    calendar = Calendar.from_settings(settings)
    talk = Talk(office.database, settings, office.vault, clock, calendar)
    return Room(office, talk, office.sign_in("lan", "reception"))


def test_who_waits_is_listed_with_how_long_and_counted_in_the_navigation(room: Room) -> None:
    assert "Không có ai đang chờ" in room.clerk.text(CHATS)
    room.asks()
    room.office.clock.advance(minutes=12)
    room.talk("em hỏi về đất ạ")
    page = room.clerk.text(CHATS)
    assert "Nguyễn Thị Mẫu" in page
    assert "Chờ 12 phút" in page
    assert "1 tin chưa trả lời" in page
    assert re.search(r'data-badge="console.chat_list">1<', page)
    assert room.office.audited("chat.listed")
    assert "Nguyễn Thị Mẫu" in room.clerk.text(f"{CHATS}?q=nguyen thi")
    assert "Không có ai tên như vậy" in room.clerk.text(f"{CHATS}?q=tran")


def test_looking_at_a_chat_is_written_down_without_a_word_of_it(room: Room) -> None:
    chat_id = room.asks()
    room.talk("chuyện riêng của tôi")
    assert "chuyện riêng của tôi" in room.clerk.text(f"{CHATS}/{chat_id}")
    (entry,) = room.office.audited("chat.viewed")
    assert (entry.actor, entry.subject, entry.details) == ("lan", str(chat_id), {"via": "page"})


def test_the_first_to_take_a_chat_has_it(room: Room) -> None:
    chat_id = room.asks()
    other = room.office.sign_in("binh", "officer")
    assert room.claims(chat_id) == 303
    refused = other.post(f"{CHATS}/{chat_id}/nhan")
    assert refused.status_code == 409
    assert "Lan Mẫu đã nhận trước" in refused.get_data(as_text=True)
    assert room.sends(chat_id, "Tôi trả lời thay", clerk=other).status_code == 409
    assert "Chỉ người đang giữ" in other.text(f"{CHATS}/{chat_id}")
    assert "Bạn đang trả lời" in room.clerk.text(f"{CHATS}/{chat_id}")
    assert [e.actor for e in room.office.audited("chat.claimed")] == ["lan"]


def test_an_answer_goes_through_the_outbox_at_once_and_names_its_writer(room: Room) -> None:
    chat_id = room.asks()
    room.claims(chat_id)
    assert room.sends(chat_id, "Chào ông/bà, <b>hồ sơ</b> cần thêm bản sao.").status_code == 200
    (row,) = room.answers()
    assert (row.lane, row.uid, row.due_at) == ("reply", room.talk.uid, room.office.clock.now())
    assert row.facts == {"by": "lan"}
    assert getattr(from_json(row.body), "text", "").startswith("Chào ông/bà, <b>")
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    assert "&lt;b&gt;hồ sơ&lt;/b&gt;" in page
    assert "Lan Mẫu" in page
    assert room.chat().last_staff_at == room.office.clock.now()
    assert [e.details for e in room.office.audited("chat.answered")] == [{"kind": "text"}]


def test_a_double_click_sends_once_and_a_new_text_under_an_old_key_still_goes(room: Room) -> None:
    chat_id = room.asks()
    room.claims(chat_id)
    for _ in range(3):
        assert room.sends(chat_id, "Một lần thôi").status_code == 200
    assert len(room.answers()) == 1
    assert len(room.office.audited("chat.answered")) == 1
    assert room.sends(chat_id, "Câu khác, trang cũ").status_code == 200
    assert len(room.answers()) == 2


def test_answering_takes_a_chat_nobody_has(room: Room) -> None:
    chat_id = room.asks()
    assert room.sends(chat_id, "Chào ông/bà").status_code == 200
    assert room.chat().claimed_by_id


def test_a_text_too_long_is_refused_and_stays_in_the_box(room: Room) -> None:
    chat_id = room.asks()
    long = "đ" * 2001
    answer = room.clerk.post(f"{CHATS}/{chat_id}/gui", {"text": long, "key": KEY})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Tin dài 2001 ký tự" in page
    assert long in page
    assert room.sends(chat_id, "đ" * 2000).status_code == 200
    assert room.sends(chat_id, "   ").status_code == 422
    assert room.sends(chat_id, "x", key="!").status_code == 422


def test_without_a_script_the_form_leads_back_to_the_chat(room: Room) -> None:
    chat_id = room.asks()
    answer = room.clerk.post(f"{CHATS}/{chat_id}/gui", {"text": "Chào ông/bà", "key": KEY})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{CHATS}/{chat_id}#cuoi"


def test_new_messages_and_fates_come_without_reloading(room: Room) -> None:
    chat_id = room.asks()
    room.claims(chat_id)
    room.sends(chat_id, "Chào ông/bà")
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    room.office.clock.advance(seconds=90)
    assert room.news(chat_id, page)["lines"] == []
    room.talk("còn thiếu giấy gì ạ")
    told = room.news(chat_id, page)
    (line,) = told["lines"]
    assert line["side"] == "citizen"
    assert "còn thiếu giấy gì ạ" in line["html"]
    (row,) = room.answers()
    assert told["fates"][f"m{row.id}"] == ["Đang gửi…", False]
    now = room.office.clock.now()
    with room.talk.db.write() as session:
        stored = session.get_one(Outbox, row.id)
        stored.state, stored.zalo_message_id, stored.sent_at = "sent", "z1", now
        session.add(stored)
        session.flush()
        delivery.learn(session, "z1", News(seen_at=now), now)
    again = room.news(chat_id, f'data-place="{told["place"]}"')
    assert again["fates"][f"m{row.id}"] == ["Đã xem 10:01", False]
    assert len(room.office.audited("chat.viewed")) == 1, "the live view is part of the one look"


def test_an_event_not_handled_yet_is_seen_at_once(room: Room) -> None:
    chat_id = room.asks()
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    room.talk.store(room.talk.body("user_send_text", message={"text": "vừa mới tới"}))
    assert "vừa mới tới" in str(room.news(chat_id, page)["lines"])
    assert "vừa mới tới" in room.clerk.text(f"{CHATS}/{chat_id}")


@pytest.mark.parametrize("place", ["", "0-0-0-" + "0" * 32, "x", "1-1-1763000000-" + "f" * 32])
def test_news_are_told_only_to_who_opened_the_page(room: Room, place: str) -> None:
    chat_id = room.asks()
    room.clerk.text(f"{CHATS}/{chat_id}")
    assert room.clerk.get(f"{CHATS}/{chat_id}/moi?tu={place}").status_code == 409


def test_a_place_serves_neither_another_person_nor_another_chat(room: Room) -> None:
    chat_id = room.asks()
    place = place_of(room.clerk.text(f"{CHATS}/{chat_id}"))
    other = room.office.sign_in("binh", "officer")
    assert other.get(f"{CHATS}/{chat_id}/moi?tu={place}").status_code == 409
    room.talk.uid = "7000000000000000002"
    second = room.asks()
    assert room.clerk.get(f"{CHATS}/{second}/moi?tu={place}").status_code == 409


def test_looking_for_news_does_not_keep_a_session_alive(room: Room) -> None:
    chat_id = room.asks()
    place = place_of(room.clerk.text(f"{CHATS}/{chat_id}"))
    background = {"X-Background": "1", "Accept": "application/json"}
    for _ in range(4):
        room.office.clock.advance(minutes=10)
        last = room.clerk.client.get(f"{CHATS}/{chat_id}/moi?tu={place}", headers=background)
    assert last.status_code == 401


def test_every_line_of_a_long_chat_is_on_exactly_one_page(room: Room) -> None:
    for number in range(75):
        room.office.clock.advance(seconds=5)
        room.talk(f"câu số {number} của tôi")
    chat_id = room.asks()
    address, seen, texts = f"{CHATS}/{chat_id}", [], ""
    for _ in range(40):
        page = room.clerk.text(address)
        seen += keys(page)
        texts = page + texts
        older = re.search(r'href="([^"]+)">Xem tin cũ hơn', page)
        if older is None:
            break
        address = older[1]
    assert len(seen) == len(set(seen))
    assert len([key for key in seen if key.startswith("m")]) == len(room.talk.outbox())
    places = [texts.index(f"câu số {number} của tôi") for number in range(75)]
    assert places == sorted(places)
    assert {e.details["via"] for e in room.office.audited("chat.viewed")} == {"page", "older"}


def test_answers_in_zalos_own_tool_stand_in_the_chat_and_echoes_of_ours_do_not(room: Room) -> None:
    chat_id = room.asks()
    before = len(keys(room.clerk.text(f"{CHATS}/{chat_id}")))
    room.talk.event("oa_send_text", message={"text": "bản sao của tin trợ lý"})
    room.talk.event(
        "oa_send_text", sender={"admin_id": "5544332211"}, message={"text": "Tôi là Hoa ở một cửa"}
    )
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    assert "Tôi là Hoa ở một cửa" in page
    assert "Cán bộ trong Zalo OA (…2211)" in page
    assert "Có người đang trả lời trong Zalo OA" in page
    assert "bản sao của tin trợ lý" not in page
    assert len(keys(page)) == before + 1


def test_a_button_shows_its_words_and_everything_else_what_it_is(room: Room) -> None:
    room.talk("#tracuu")
    room.talk.photo(caption="giấy của tôi")
    for name, kind, payload in (
        ("file", "file", {"url": "https://zalo-file-dl1.zdn.vn/a", "name": "don.pdf",
                          "size": "48213", "type": "pdf"}),
        ("file", "file", {"url": "https://zalo-file-dl1.zdn.vn/b", "name": "vi-rut.exe",
                          "size": "9", "type": "exe"}),
        ("location", "location", {"coordinates": {"latitude": "21.8", "longitude": "105.2"}}),
        ("sticker", "sticker", {"id": "ff", "url": "https://api.zalo.me/st.png"}),
    ):  # fmt: skip
        room.talk.event(
            f"user_send_{name}", message={"attachments": [{"type": kind, "payload": payload}]}
        )
    room.talk.event("user_send_group_text", message={"text": "chuyện trong nhóm"})
    chat_id = room.asks()
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    assert re.search(r"Bấm nút</span> Tra cứu hồ sơ", page)
    assert "giấy của tôi" in page
    assert page.count("data-photo") == 1
    assert re.search(r"download>Tệp: don.pdf, 47 KB", page)
    assert "vi-rut.exe" in page
    assert not re.search(r"download>Tệp: vi-rut", page)
    assert "Vị trí: 21.800000, 105.200000" in page
    assert "Nhãn dán" in page
    assert "chuyện trong nhóm" not in page
    assert "zdn.vn" not in page, "nothing is loaded from Zalo's hosts"


def test_a_photo_is_fetched_by_the_rules_of_photos_and_never_for_somebody_elses_chat(
    room: Room,
) -> None:
    room.talk.event("user_send_image", message={"attachments": [
        {"type": "image", "payload": {"url": "https://127.0.0.1/inside"}}]})  # fmt: skip
    event_id = room.talk.event_id
    chat_id = room.asks()
    answer = room.clerk.get(f"{CHATS}/{chat_id}/su-kien/{event_id}/0")
    assert answer.status_code == 404
    assert [e.details for e in room.office.audited("chat.photo_viewed")] == [
        {"line": f"e{event_id}"}
    ]
    room.talk.uid = "7000000000000000002"
    other = room.asks()
    assert room.clerk.get(f"{CHATS}/{other}/su-kien/{event_id}/0").status_code == 404
    assert room.clerk.get(f"{CHATS}/{chat_id}/su-kien/{event_id}/7").status_code == 404
    assert len(room.office.audited("chat.photo_viewed")) == 1


def test_codes_for_signing_in_are_never_shown(room: Room) -> None:
    chat_id = room.asks()
    with room.talk.db.write() as session:
        row = session.exec(select(Outbox)).first()
        assert row is not None
        row.kind, row.body = "otp", {"kind": "text", "text": "Mã xác thực là 482913"}
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    assert "482913" not in page
    assert "không hiển thị" in page


def pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def photo(side: int, **more: Any) -> bytes:
    out = io.BytesIO()
    noise = Image.effect_noise((side, side), 90).convert("RGB")
    noise.save(out, "JPEG", quality=95, **more)
    return out.getvalue()


def test_a_document_is_kept_for_the_sender_and_sent_once(room: Room) -> None:
    chat_id = room.asks()
    for _ in range(2):
        answer = room.uploads(chat_id, "Hướng dẫn/nộp hồ sơ.pdf", pdf())
        assert answer.status_code == 200, answer.get_data(as_text=True)
    (row,) = room.answers()
    message = from_json(row.body)
    assert getattr(message, "name", "") == "Hướng dẫn nộp hồ sơ.pdf"
    with room.talk.db.read() as session:
        assert uploads.content(session, row.body["media"]) == pdf()
    shown = room.clerk.get(f"{CHATS}/{chat_id}/tin/{row.id}")
    assert shown.get_data() == pdf()
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert [e.details for e in room.office.audited("chat.answered")] == [{"kind": "file"}]


def test_a_photo_is_drawn_anew_without_metadata_and_fits_zalos_limit(room: Room) -> None:
    chat_id = room.asks()
    exif = Image.Exif()
    exif[0x010F] = "Camera of Mẫu"
    large = photo(1900, exif=exif)
    assert len(large) > 1024 * 1024
    assert room.uploads(chat_id, "anh.jpg", large).status_code == 200
    with room.talk.db.read() as session:
        stored = session.exec(select(StoredFile)).one()
    assert stored.mimetype == "image/jpeg"
    assert stored.size <= 1024 * 1024
    assert b"Camera" not in stored.content
    assert from_json(room.answers()[0].body)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("chay.exe", b"MZ\x90\x00" + b"x" * 100, "Chỉ gửi được PDF"),
        ("gia.pdf", b"<html>not a pdf</html>", "Chỉ gửi được PDF"),
        ("gia.jpg", b"\xff\xd8\xff\xe0 broken", "Không đọc được ảnh"),
        ("to.pdf", b"%PDF-1.4" + b"x" * (5 * 1024 * 1024), "lớn hơn 5 MB"),
        ("rong.pdf", b"", "Tệp rỗng"),
    ],
)
def test_other_files_are_refused_with_what_to_do(
    room: Room, name: str, content: bytes, words: str
) -> None:
    chat_id = room.asks()
    answer = room.uploads(chat_id, name, content)
    assert answer.status_code == 422
    assert words in answer.get_json()["problem"]
    assert room.answers() == []


def test_the_window_is_told_before_anything_is_typed(room: Room) -> None:
    chat_id = room.asks()
    assert "Trả lời miễn phí đến 20/11/2026 10:00 (còn 2 ngày)" in room.clerk.text(
        f"{CHATS}/{chat_id}"
    )
    room.claims(chat_id)
    room.office.clock.advance(hours=49)
    clerk = room.office.sign_in("lan")
    page = clerk.text(f"{CHATS}/{chat_id}")
    assert "mỗi tin dùng 1 lượt của gói OA (còn 500 lượt)" in page
    room.office.clock.advance(days=6)
    clerk = room.office.sign_in("lan")
    page = clerk.text(f"{CHATS}/{chat_id}")
    assert "Không gửi được nữa" in page
    answer = room.sends(chat_id, "Quá muộn", clerk=clerk)
    assert answer.status_code == 409
    assert "quá 7 ngày" in answer.get_json()["problem"]
    assert room.answers() == []


def test_who_had_their_data_erased_is_not_written_to(room: Room) -> None:
    chat_id = room.asks()
    room.talk.event("user_withdraw")
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    assert "hệ thống" in page
    started = room.clerk.post(f"{CHATS}/mo", {"uid": room.talk.uid})
    chat_id = int(started.headers["Location"].rpartition("/")[2])
    answer = room.sends(chat_id, "Chào ông/bà")
    assert answer.status_code == 409
    assert "xóa dữ liệu" in answer.get_json()["problem"]


@pytest.mark.parametrize(
    ("language", "fragment"),
    [("vi", "Cán bộ đã kết thúc phần trao đổi"), ("en", "The officer has ended")],
)
def test_giving_the_chat_back_tells_the_citizen_in_their_language(
    room: Room, language: str, fragment: str
) -> None:
    if language == "en":
        room.talk("#english")
    chat_id = room.asks()
    room.claims(chat_id)
    assert room.talk("xin chào") == []
    assert room.clerk.post(f"{CHATS}/{chat_id}/giao-tro-ly", {"tell": "1"}).status_code == 303
    (row,) = [row for row in room.talk.outbox() if row.kind == "chat_ended"]
    assert fragment in row.body["text"]
    assert room.talk("xin chào"), "the bot answers again"
    assert room.chat().closed_by == "lan"
    assert [e.details for e in room.office.audited("chat.handed_back")] == [{"told": True}]
    assert room.clerk.post(f"{CHATS}/{chat_id}/giao-tro-ly").status_code == 409


def test_it_can_be_given_back_in_silence(room: Room) -> None:
    chat_id = room.asks()
    room.clerk.post(f"{CHATS}/{chat_id}/giao-tro-ly")
    assert not [row for row in room.talk.outbox() if row.kind == "chat_ended"]
    assert "Nhắn lại" in room.clerk.text(f"{CHATS}/{chat_id}")


def test_nobody_gives_back_what_another_has(room: Room) -> None:
    chat_id = room.asks()
    room.claims(chat_id)
    other = room.office.sign_in("binh", "officer")
    assert other.post(f"{CHATS}/{chat_id}/giao-tro-ly").status_code == 409
    assert other.post(f"{CHATS}/{chat_id}/tra-hang-cho").status_code == 409
    assert room.chat().closed_at is None


def test_a_chat_is_handed_to_a_colleague_or_an_agency_and_seen_only_there(room: Room) -> None:
    agency = room.office.agency("H60.04", "Sở Tài chính")
    chat_id = room.asks()
    limited = room.office.sign_in("thu", "officer", agency=agency)
    assert limited.get(f"{CHATS}/{chat_id}").status_code == 404
    assert "Nguyễn Thị Mẫu" not in limited.text(CHATS)
    room.claims(chat_id)
    answer = room.clerk.post(f"{CHATS}/{chat_id}/chuyen", {"to": f"a:{agency}"})
    assert answer.status_code == 303
    assert "Sở Tài chính" in limited.text(f"{CHATS}/{chat_id}")
    assert room.claims(chat_id, limited) == 303
    with room.talk.db.read() as session:
        lan = session.exec(select(ChatRequest)).one()
    assert lan.agency_id == agency
    people = re.findall(r'value="(p:\d+)">([^<]+)', limited.text(f"{CHATS}/{chat_id}"))
    (to,) = [key for key, name in people if name == "Lan Mẫu"]
    assert limited.post(f"{CHATS}/{chat_id}/chuyen", {"to": to}).status_code == 303
    assert "Bạn đang trả lời" in room.clerk.text(f"{CHATS}/{chat_id}")
    for wrong in ("p:99999", "a:99999", "x:1", ""):
        status = room.clerk.post(f"{CHATS}/{chat_id}/chuyen", {"to": wrong}).status_code
        assert status in (409, 422), wrong
    assert len(room.office.audited("chat.passed")) == 2


def test_put_back_into_the_queue_it_waits_at_its_old_place(room: Room) -> None:
    chat_id = room.asks()
    room.claims(chat_id)
    assert room.clerk.post(f"{CHATS}/{chat_id}/tra-hang-cho").status_code == 303
    assert room.chat().claimed_by_id is None
    assert "Nhận trả lời" in room.clerk.text(f"{CHATS}/{chat_id}")


def test_staff_write_first_to_whom_they_know(room: Room) -> None:
    room.talk("xin chào")
    answer = room.clerk.post(f"{CHATS}/mo", {"uid": room.talk.uid})
    assert answer.status_code == 303
    chat = room.chat()
    assert (chat.reason, answer.headers["Location"]) == ("staff", f"{CHATS}/{chat.id}")
    assert room.talk("một câu hỏi") == [], "the bot steps back"
    assert room.clerk.post(f"{CHATS}/mo", {"uid": "nobody"}).status_code == 404
    agency = room.office.agency("H60.04", "Sở Tài chính")
    limited = room.office.sign_in("thu", "officer", agency=agency)
    assert limited.post(f"{CHATS}/mo", {"uid": room.talk.uid}).status_code == 404


def test_the_card_shows_what_this_clerk_may_see_and_no_whole_number(room: Room) -> None:
    agency = room.office.agency("H60.04", "Sở Tài chính")
    chat_id = room.asks()
    now = room.office.clock.now()
    with room.talk.db.write() as session:
        for code, unit in (("H60.04-261118-0001", "H60.04"), ("H60.09-261118-0002", "H60.09")):
            row = Dossier(
                code=code, procedure_name="Đăng ký kinh doanh", unit_code=unit, state_at=now,
                receipt_token=code, created_at=now, updated_at=now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(DossierWatch(dossier_id=row.id or 0, uid=room.talk.uid, created_at=now))
        session.add(PhoneLink(uid=room.talk.uid, phone="+84912345678", proof=Proof.otp,
                              claimed_at=now))  # fmt: skip
        session.add(Feedback(code="PA-261118-0001", uid=room.talk.uid, kind="other",
                             text="Đèn hỏng", created_at=now, updated_at=now))  # fmt: skip
        request = session.get_one(ChatRequest, chat_id)
        request.agency_id = agency
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    assert "091*****78 (xác thực bằng mã)" in page
    assert "912345678" not in page
    assert "H60.04-261118-0001" in page and "H60.09-261118-0002" in page
    assert "PA-261118-0001" not in page, "reception does not read feedback"
    limited = room.office.sign_in("thu", "officer", agency=agency)
    page = limited.text(f"{CHATS}/{chat_id}")
    assert "H60.04-261118-0001" in page
    assert "H60.09-261118-0002" not in page
    reader = room.office.sign_in("hoa", "feedback")
    assert "PA-261118-0001" in reader.text(f"{CHATS}/{chat_id}")


def test_canned_replies_are_those_of_the_province_and_of_ones_agency(room: Room) -> None:
    agency = room.office.agency("H60.04", "Sở Tài chính")
    other = room.office.agency("H60.09", "Sở Xây dựng")
    now = room.office.clock.now()
    chat_id = room.asks()
    with room.talk.db.write() as session:
        for title, owner, purpose in (
            ("Chào hỏi", None, "chat"), ("Giờ của sở", agency, "chat"),
            ("Của sở khác", other, "chat"), ("Lý do từ chối", None, "refusal"),
        ):  # fmt: skip
            session.add(SavedText(purpose=purpose, title=title, text="...", agency_id=owner,
                                  updated_at=now))  # fmt: skip
        session.get_one(ChatRequest, chat_id).agency_id = agency
    page = room.office.sign_in("thu", "officer", agency=agency).text(f"{CHATS}/{chat_id}")
    assert "Chào hỏi" in page and "Giờ của sở" in page
    assert "Của sở khác" not in page and "Lý do từ chối" not in page


def test_a_message_that_cannot_go_says_why_in_words(room: Room) -> None:
    chat_id = room.asks()
    room.sends(chat_id, "Chào ông/bà")
    with room.talk.db.write() as session:
        row = session.exec(select(Outbox).where(Outbox.kind == "staff_reply")).one()
        row.state, row.reason = "dropped", "blocked"
    assert "Không gửi được: Người nhận đã chặn OA" in room.clerk.text(f"{CHATS}/{chat_id}")


def test_contents_removed_by_retention_are_told_in_one_line(room: Room) -> None:
    from store import retention

    for text in ("câu một", "câu hai"):
        room.talk(text)
    chat_id = room.asks()
    later = room.office.clock.now() + timedelta(days=1)
    with room.talk.db.write() as session:
        retention.empty_events(session, later, 100)
    page = room.clerk.text(f"{CHATS}/{chat_id}")
    assert "3 tin của công dân đã xóa nội dung" in page
    assert "câu một" not in page


def test_the_lists_renew_themselves(room: Room) -> None:
    found = re.search(r'data-lists="([^"]+)"', room.clerk.text(CHATS))
    assert found
    room.asks()
    told = room.clerk.get(found[1].replace("&amp;", "&")).get_json()
    assert told["waiting"] == 1
    assert "Nguyễn Thị Mẫu" in told["html"]
    assert room.clerk.get(f"{CHATS}/danh-sach").status_code == 409, "only from an opened list"


def test_ended_chats_of_today_say_whether_anybody_answered(room: Room) -> None:
    room.asks()
    room.talk("#trolai")
    page = room.clerk.text(CHATS)
    assert "công dân quay lại trợ lý (chưa ai trả lời)" in page
    room.office.clock.advance(hours=24)
    room.clerk = room.office.sign_in("lan")
    assert "chưa ai trả lời" not in room.clerk.text(CHATS)


def test_a_chat_nobody_may_see_looks_like_none(room: Room) -> None:
    assert room.clerk.get(f"{CHATS}/4711").status_code == 404
    assert room.clerk.post(f"{CHATS}/4711/nhan").status_code == 404
    assert chats.BY_SYSTEM
