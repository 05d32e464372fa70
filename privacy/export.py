"""The copy a citizen asked for: everything kept about them, in words, without any ID number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.events import NotAnEvent, UserMessage, parse
from dossiers.identity import without_identities
from dossiers.names import mask_name
from dossiers.phones import Phone
from dossiers.times import show
from notify.broadcasts.said import what
from settings import Settings
from store.privacy_export import Everything
from store.tables import Broadcast, Dossier, InboundEvent, TopicChoice
from wording import Words

_PROOFS = {
    "claimed": "tự khai, chưa xác thực",
    "receipt": "phiếu tiếp nhận",
    "otp": "mã xác thực",
    "counter": "tại quầy",
}
_CONSENTS = {
    "link_phone": "liên kết số điện thoại",
    "watch_dossier": "theo dõi hồ sơ",
    "notify": "nhận tin",
    "counter_tick": "nhận thông báo Zalo (tại quầy)",
    "all": "toàn bộ",
}
_CUT = "Chỉ gồm những mục mới nhất; có nhiều hơn, xin hỏi cơ quan."


@dataclass(frozen=True)
class Section:
    """One kind of data: a title and rows of (label, value)."""

    title: str
    rows: tuple[tuple[tuple[str, str], ...], ...]
    note: str = ""


def sections(kept: Everything, settings: Settings) -> list[Section]:
    """What is kept, kind by kind; parts that hold nothing are left out."""
    words = Words("vi", settings)
    made = [
        Section("Tài khoản Zalo", _account(kept)),
        Section("Số điện thoại đã liên kết", tuple(_link(one) for one in kept.links)),
        Section("Sự đồng ý", tuple(_consent(one) for one in kept.consents)),
        _part("Hồ sơ theo dõi", kept, "watched", (_dossier(one, words) for one in kept.watched)),
        _part(
            "Hồ sơ theo số điện thoại",
            kept,
            "by_phone",
            (_dossier(one, words) for one in kept.by_phone),
        ),
        Section("Phản ánh, kiến nghị", tuple(_feedback(one) for one in kept.feedback)),
        Section("Bổ sung cho phản ánh", tuple(_added(one) for one in kept.added if one.text)),
        Section("Lần xin gặp cán bộ", tuple(_chat(one) for one in kept.chats)),
        _part("Tin nhận từ ông/bà", kept, "received", _received(kept.received)),
        _part("Tin đã gửi tới ông/bà", kept, "sent", _sent(kept)),
        Section("Chủ đề nhận tin đã chọn", tuple(_topic(one, words) for one in kept.topics)),
        Section("Nhãn cơ quan gắn cho ông/bà", tuple(_row(("Nhãn", one)) for one in kept.tags)),
        _part(
            "Thông báo chung đã gửi tới ông/bà",
            kept,
            "announcements",
            (_announcement(one, words) for one in kept.announcements),
        ),
        Section("Yêu cầu về dữ liệu cá nhân", tuple(_request(one) for one in kept.requests)),
    ]
    return [section for section in made if section.rows]


def as_json(parts: Sequence[Section], code: str, now: datetime, settings: Settings) -> bytes:
    """The copy as JSON, UTF-8, for programs."""
    document: dict[str, Any] = {
        "co_quan": settings.oa_name,
        "ma_yeu_cau": code,
        "lap_luc": now.isoformat(),
        "muc": [
            {
                "ten": part.title,
                **({"ghi_chu": part.note} if part.note else {}),
                "du_lieu": [dict(row) for row in part.rows],
            }
            for part in parts
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


_Rows = tuple[tuple[tuple[str, str], ...], ...]
_Row = tuple[tuple[str, str], ...]


def _part(title: str, kept: Everything, name: str, rows: Iterable[_Row]) -> Section:
    return Section(title, tuple(rows), _CUT if name in kept.cut else "")


def _row(*pairs: tuple[str, object]) -> _Row:
    """The pairs that hold something, moments as people read them, ID numbers taken out."""
    found = []
    for label, value in pairs:
        text = show(value) if isinstance(value, datetime) else str(value or "")
        if text:
            found.append((label, without_identities(text)))
    return tuple(found)


def _account(kept: Everything) -> _Rows:
    row = kept.follower
    if row is None:
        return ()
    return (
        _row(
            ("Mã tài khoản tại OA này", row.uid),
            ("Tên hiển thị", row.display_name),
            ("Ngôn ngữ", {"vi": "Tiếng Việt", "en": "English"}.get(row.language, row.language)),
            ("Quan tâm OA", "có" if row.followed else "không"),
            ("Quan tâm từ", row.followed_at),
            ("Bỏ quan tâm lúc", row.unfollowed_at),
            ("Thấy lần đầu", row.first_seen_at),
            ("Nhắn gần nhất", row.last_interaction_at),
            ("Nhận thông báo", "có" if row.notify else "không"),
            ("Rút lại sự đồng ý lúc", row.withdrawn_at),
        ),
    )


def _link(row: Any) -> _Row:
    return _row(
        ("Số điện thoại", _phone(row.phone)),
        ("Xác thực bằng", _PROOFS.get(row.proof, row.proof)),
        ("Khai lúc", row.claimed_at),
        ("Xác thực lúc", row.verified_at),
        ("Đã hủy lúc", row.revoked_at),
    )


def _consent(row: Any) -> _Row:
    return _row(
        ("Về", _CONSENTS.get(row.kind, row.kind)),
        ("Việc", "đồng ý" if row.action == "given" else "rút lại"),
        ("Lúc", row.at),
        ("Bản nội dung", row.wording_version),
        ("Số điện thoại", _phone(row.phone)),
        ("Ghi bởi", "chính ông/bà" if row.by == "citizen" else "cơ quan"),
    )


def _dossier(row: Dossier, words: Words) -> _Row:
    # A phone may be a family's: whose dossier it is stays half hidden (design).
    key = f"card.state.{row.state}"
    return _row(
        ("Mã hồ sơ", row.code),
        ("Thủ tục", row.procedure_name),
        ("Chủ hồ sơ", mask_name(row.owner_name) if row.owner_name else ""),
        ("Cơ quan", row.agency_name or row.unit_name),
        ("Ngày nộp", row.submitted_at),
        ("Ngày tiếp nhận", row.received_at),
        ("Ngày hẹn trả", row.promised_at),
        ("Trạng thái", words(key) if words.has(key) else row.state),
    )


def _feedback(row: Any) -> _Row:
    return _row(
        ("Mã", row.code),
        ("Gửi lúc", row.created_at),
        ("Nội dung", row.text),
        ("Nơi xảy ra", row.place),
        ("Tên đã ghi", row.name),
        ("Số điện thoại đã ghi", _phone(row.phone)),
        ("Trả lời", row.answer),
        ("Đánh giá", row.rating),
        ("Lời đánh giá", row.rating_note),
    )


def _added(row: Any) -> _Row:
    return _row(("Lúc", row.at), ("Nội dung", row.text))


def _chat(row: Any) -> _Row:
    return _row(("Từ", row.opened_at), ("Đến", row.closed_at))


def _received(rows: Sequence[InboundEvent]) -> Iterable[_Row]:
    for row in rows:
        try:
            event = parse(row.body or b"", server="ZNS" if row.zns else None)
        except NotAnEvent:
            continue
        if not isinstance(event, UserMessage):
            continue
        kinds = ", ".join(one.kind or "tệp" for one in event.attachments)
        yield _row(
            ("Lúc", row.sent_at or row.received_at),
            ("Nội dung", event.text or ""),
            ("Tệp kèm", kinds),
        )


def _topic(row: TopicChoice, words: Words) -> _Row:
    key = f"topic.{row.topic}"
    return _row(
        ("Chủ đề", words(key) if words.has(key) else row.topic),
        ("Nhận", "có" if row.wanted else "không"),
        ("Chọn lúc", row.at),
    )


def _announcement(row: Broadcast, words: Words) -> _Row:
    key = f"topic.{row.topic}"
    return _row(
        ("Thông báo", row.title),
        ("Chủ đề", words(key) if words.has(key) else row.topic),
        ("Gửi từ", row.started_at),
    )


def _sent(kept: Everything) -> Iterable[_Row]:
    for row in kept.sent:
        announced = kept.texts.get(row.broadcast_id or 0)
        said = (
            what(announced, row)
            if announced is not None
            else row.body.get("text") or row.body.get("title") or row.body.get("name")
        )
        yield _row(
            ("Lúc", row.sent_at or row.created_at),
            ("Nội dung", said),
            ("Tới số", _phone(row.phone)),
            ("Đã xem lúc", row.seen_at),
        )


def _request(row: Any) -> _Row:
    return _row(("Mã", row.code), ("Nhận lúc", row.received_at), ("Nội dung", row.details))


def _phone(e164: str) -> str:
    return Phone(e164).national if e164 else ""
