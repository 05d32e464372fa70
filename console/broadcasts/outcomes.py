"""What became of messages, in the words staff read; and the rule each way of sending follows."""

from __future__ import annotations

from console.broadcasts.words import REASONS
from notify.staff import SENTENCES, sentence
from settings import Settings
from store.tables import OutboxState, Way

CHANNELS = {
    "consultation": "Tin tư vấn",
    "zbs_uid": "Mẫu ZBS tới tài khoản Zalo",
    "zbs_phone": "Mẫu ZBS tới số điện thoại",
}
#: States of one person's message.
FATES = {
    OutboxState.queued: "Đang chờ",
    OutboxState.leased: "Đang gửi",
    OutboxState.uncertain: "Chưa rõ đã tới chưa",
    OutboxState.sent: "Đã gửi tới Zalo",
    OutboxState.delivered: "Đã tới điện thoại",
    OutboxState.seen: "Đã xem",
    OutboxState.dropped: "Không gửi",
    OutboxState.parked: "Không gửi được",
}
#: Why a message was not sent or not tried again.
_ENDED = {
    "cancelled": "Thông báo bị hủy trước khi gửi",
    "expired": "Quá hạn hoặc hết giá trị trước khi gửi được",
    "night": "Chờ hết giờ nghỉ đêm, gửi từ 06:00",
    "rate": "Chờ phút sau: đã dùng hết số lời gọi mỗi phút",
    "uncertain": "Zalo không trả lời: có thể đã tới, không gửi lại",
    "lease_expired": "Máy gửi dừng giữa chừng: có thể đã tới, không gửi lại",
    "file_gone": "Ảnh hoặc tệp không còn trong hệ thống",
    "invalid": "Nội dung không đúng quy định của Zalo, hoặc không còn là bản đã duyệt",
    "erased": "Đã yêu cầu xóa dữ liệu cá nhân",
    "opted_out_type": "Không nhận loại tin này từ OA",
    "no_tick": "Không đăng ký nhận tin qua Zalo",
    "silenced": "Đã nhắn DỪNG, không nhận tin nào",
}
#: Why an announcement was missed.
_MISSED = {
    "late": "Hệ thống không chạy được vào giờ đã hẹn, đến lúc chạy lại thì đã quá muộn.",
    "changed": "Nội dung không còn đúng bản đã duyệt nên hệ thống không gửi.",
}


def ended_words(reason: str, channel: str = "") -> str:
    """Why one message ended so: a word of ours, or the number of a code of Zalo's."""
    if not reason:
        return "Không rõ lý do"
    if known := _ENDED.get(reason) or REASONS.get(reason) or SENTENCES.get(reason):
        return known
    if reason.lstrip("-").isdigit():
        return f"Mã {reason} của Zalo. {sentence('parked', reason, channel)}"
    return f"Lý do khác ({reason})"


def fate_words(state: str) -> str:
    """Where one person's message stands."""
    return FATES.get(OutboxState(state), state)


def missed_words(reason: str) -> str:
    """Why it was not sent at its hour."""
    return _MISSED.get(reason, "Không gửi được vào giờ đã hẹn.")


def rule_words(way: str, urgent: bool, settings: Settings) -> list[str]:
    """The rules this announcement follows, sentence by sentence."""
    hours = f"{settings.broadcast_from:%H:%M} đến {settings.broadcast_to:%H:%M}"
    if way == Way.article:
        return [
            "Bài viết gửi một lần cho người quan tâm OA theo bộ lọc của Zalo; Zalo xét khoảng 30 phút "
            "rồi tự gửi, và không cho biết từng người nhận.",
            "Zalo không nhận bài gửi hàng loạt từ 22:00 đến 06:00.",
        ]
    said = {
        Way.mixed: "Mỗi người nhận bằng cách rẻ nhất được phép vào lúc gửi: tin tư vấn nếu họ nhắn OA "
        "trong 7 ngày (miễn phí trong 48 giờ, sau đó trừ gói), nếu không thì mẫu ZBS.",
        Way.consultation: "Chỉ tin tư vấn, cho người nhắn OA trong 7 ngày: miễn phí trong 48 giờ, sau "
        "đó trừ gói của OA.",
        Way.zbs: "Chỉ mẫu tin ZBS đã được Zalo duyệt, trả phí từng tin; không gửi từ 22:00 đến 06:00.",
    }
    if urgent:
        return [
            said[Way(way)],
            "Tin khẩn: gửi ngay cả ngoài giờ và cho người đã tắt chủ đề; người nhắn DỪNG vẫn không nhận.",
        ]
    return [said[Way(way)], f"Chỉ gửi từ {hours}; tin của hồ sơ và trả lời luôn được đi trước."]
