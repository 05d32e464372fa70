"""What is still missing or wrong in an announcement, in staff's words, before anybody agrees to it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.messages import TEXT_LIMIT
from bot.text import units
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import PLACEHOLDERS, Content, content_of, names_in
from notify.broadcasts.topics import BY_KEY
from store.tables import Broadcast, Way

#: Tags of ZBS templates that are promotion, in the words Zalo uses for them (zalo-protocol 5.3).
_PROMOTION = frozenset({"3", "PROMOTION", "CUSTOMER_PROMOTION"})
PROMOTION_WORDS = "Mẫu này là mẫu quảng cáo. Cơ quan nhà nước chỉ gửi mẫu giao dịch, chăm sóc."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend; ``field`` names where."""

    field: str
    sentence: str


def problems(row: Broadcast, footers: dict[str, str]) -> list[Problem]:
    """Everything that keeps the announcement from being submitted; empty when it may be.

    ``footers`` by language are counted with the texts, for they are sent with them.
    """
    try:
        content, audience = content_of(row), Audience.model_validate(row.audience)
    except ValueError:
        return [Problem("content", "Nội dung đã lưu không còn đọc được. Xin soạn lại.")]
    found: list[Problem] = []
    if not row.title.strip():
        found.append(
            Problem("title", "Đặt tên để mọi người nhận ra thông báo này trong danh sách.")
        )
    if row.topic not in BY_KEY:
        found.append(
            Problem("topic", "Chọn chủ đề, để người không nhận chủ đề đó không bị làm phiền.")
        )
    if row.urgent and not row.urgent_reason.strip():
        found.append(
            Problem("urgent_reason", "Tin khẩn phải ghi lý do; lý do vào nhật ký kiểm toán.")
        )
    if row.way == Way.article:
        return found + _article_audience(row, audience) + _article(content)
    found += _texts(row.way, content, footers)
    found += _names(content, audience.about_dossiers or row.agency_id is not None)
    return found + _zbs(row.way, content)


def promotional(tag: str) -> bool:
    """Whether Zalo's tag of a template says that it advertises."""
    return tag.upper() in _PROMOTION


def _texts(way: str, content: Content, footers: dict[str, str]) -> list[Problem]:
    found: list[Problem] = []
    if not content.vi.text.strip() and way != Way.zbs:
        found.append(Problem("vi.text", "Chưa có nội dung tiếng Việt."))
    for language, texts in (("vi", content.vi), ("en", content.en)):
        long = units(texts.text) + units(footers.get(language, "")) + 2
        if texts.text and long > TEXT_LIMIT:
            over = long - TEXT_LIMIT
            found.append(
                Problem(
                    f"{language}.text", f"Nội dung dài quá {over} ký tự (Zalo cho {TEXT_LIMIT})."
                )
            )
    if content.en.buttons and not content.en.text:
        found.append(Problem("en.text", "Có nút tiếng Anh nhưng chưa có nội dung tiếng Anh."))
    return found


def _names(content: Content, about_dossiers: bool) -> list[Problem]:
    named = names_in(content)
    found = [
        Problem("vi.text", f"Không có thông tin nào tên {{{name}}}.")
        for name in sorted(named - set(PLACEHOLDERS))
    ]
    if named & set(PLACEHOLDERS[1:]) and not about_dossiers:
        found.append(
            Problem(
                "vi.text",
                "Mã hồ sơ, thủ tục, ngày hẹn chỉ dùng được khi chọn người nhận theo hồ sơ.",
            )
        )
    return found


def _zbs(way: str, content: Content) -> list[Problem]:
    chosen = content.zbs
    if not chosen.template_id:
        return [Problem("zbs", "Chọn một mẫu ZBS đã được Zalo duyệt.")] if way == Way.zbs else []
    found = []
    if promotional(chosen.tag):
        found.append(Problem("zbs", PROMOTION_WORDS))
    for name, value in chosen.params.items():
        if not value.strip():
            found.append(Problem(f"zbs.{name}", f"Tham số {name} của mẫu ZBS còn trống."))
    return found


def _article_audience(row: Broadcast, audience: Audience) -> list[Problem]:
    """Zalo alone decides who gets an article: criteria of ours would be promised and not kept."""
    found = []
    if audience.narrowed:
        found.append(
            Problem(
                "audience",
                "Bài viết đi tới mọi người quan tâm theo bộ lọc của Zalo. Bỏ các điều kiện khác ở "
                "phần người nhận, hoặc chọn cách gửi khác.",
            )
        )
    if row.agency_id is not None:
        found.append(
            Problem("way", "Bài viết đi tới cả tỉnh, nên chỉ tài khoản của cả tỉnh gửi được.")
        )
    return found


def _article(content: Content) -> list[Problem]:
    article = content.article
    found = []
    if not article.title.strip():
        found.append(Problem("article.title", "Bài viết chưa có tiêu đề."))
    if not article.description.strip():
        found.append(Problem("article.description", "Bài viết chưa có đoạn mô tả."))
    if not article.body:
        found.append(Problem("article.body", "Bài viết chưa có nội dung."))
    if not content.picture:
        found.append(Problem("picture", "Bài viết cần ảnh bìa."))
    return found
