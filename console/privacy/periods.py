"""How long each kind of data is kept, in words, with the setting that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.access import Act
from console.frame import Answer, Console
from settings import Settings


@dataclass(frozen=True)
class Period:
    """One kind of data; ``setting`` is the name of the setting behind it, "" when it is fixed."""

    data: str
    purpose: str
    kept: Callable[[Settings], str]
    setting: str = ""


def _days(name: str) -> Callable[[Settings], str]:
    return lambda settings: f"{getattr(settings, name)} ngày"


def _fixed(words: str) -> Callable[[Settings], str]:
    return lambda _: words


PERIODS = (
    Period(
        "Nội dung sự kiện từ Zalo (tin công dân nhắn)",
        "Trả lời trong chat, cán bộ đọc lại cuộc trò chuyện",
        _days("keep_event_bodies_days"),
        "KEEP_EVENT_BODIES_DAYS",
    ),
    Period(
        "Nội dung và số điện thoại của tin đã gửi",
        "Gửi lại khi lỗi, giải đáp khi công dân hỏi",
        _days("keep_messages_days"),
        "KEEP_MESSAGES_DAYS",
    ),
    Period(
        "Phản ánh, kiến nghị: tên, số điện thoại, nội dung, ảnh",
        "Giải quyết và trả lời phản ánh",
        _days("keep_feedback_days"),
        "KEEP_FEEDBACK_DAYS",
    ),
    Period(
        "Câu hỏi công dân hay hỏi, đã bỏ số và tên",
        "Dạy trợ lý hiểu tốt hơn; không gắn với ai",
        _days("keep_questions_days"),
        "KEEP_QUESTIONS_DAYS",
    ),
    Period("Tệp cán bộ tải lên để nhập hồ sơ", "Nhập và xem kết quả", _fixed("7 ngày")),
    Period(
        "Câu hỏi đang dở trong chat",
        "Hiểu câu trả lời tiếp theo",
        lambda settings: f"{settings.conversation_minutes} phút, dọn sau một ngày",
        "CONVERSATION_MINUTES",
    ),
    Period(
        "Mã xác thực một lần, mã trên trang phiếu",
        "Xác thực số điện thoại",
        _fixed("2 ngày, chỉ mã băm"),
    ),
    Period(
        "Liên kết số điện thoại, theo dõi hồ sơ",
        "Gửi đúng người",
        _fixed("đến khi công dân hủy hoặc yêu cầu xóa"),
    ),
    Period(
        "Bằng chứng đồng ý và rút lại",
        "Luật yêu cầu giữ bằng chứng",
        _fixed("không xóa; sau khi xóa dữ liệu chỉ còn thời điểm, không còn số điện thoại"),
    ),
    Period(
        "Hồ sơ: tên chủ hồ sơ, số điện thoại",
        "Giải quyết thủ tục, báo tiến độ",
        _fixed("theo thời hạn lưu hồ sơ của cơ quan; số điện thoại xóa ngay khi có yêu cầu"),
    ),
    Period(
        "Số giấy tờ tùy thân",
        "Tra cứu khi công dân nêu số",
        _fixed("không giữ số; chỉ mã băm có khóa và 3 số cuối"),
    ),
    Period(
        "Yêu cầu về dữ liệu cá nhân",
        "Chứng minh đã giải quyết đúng hạn",
        _fixed("không xóa; khi xong chỉ còn mã, loại, thời điểm và kết quả"),
    ),
    Period(
        "Nhật ký của cán bộ",
        "Kiểm tra ai đã xem, đã sửa gì",
        _fixed("không xóa, không chứa nội dung"),
    ),
)


def add(console: Console) -> None:
    """Add the page."""

    @console.page("/quyen-rieng-tu/thoi-han", may=Act.privacy)
    def privacy_periods() -> Answer:
        rows = [(one, one.kept(console.settings)) for one in PERIODS]
        return console.show("privacy/periods.html", rows=rows)
