"""What staff read about a message: why it waits, why it ended, what helps (contract 3)."""

from __future__ import annotations

from datetime import datetime

from bot.errors import Api, rule_for
from clock import VIETNAM
from store.tables import Outbox

#: Reasons of ours, as `notify.announce`, `notify.policy` and `notify.results` write them.
SENTENCES = {
    # Nobody to tell
    "no_follower": "Người nộp chưa quan tâm OA, và chưa cài mẫu tin ZBS để gửi theo số điện thoại.",
    "no_tick": "Người nộp chưa quan tâm OA và không chọn nhận thông báo qua Zalo khi nộp hồ sơ.",
    "not_verified": (
        "Có người nhắn OA nhận số điện thoại này nhưng chưa xác thực; họ chỉ được báo là có cập "
        "nhật mới. Hướng dẫn người nộp quét mã trên phiếu tiếp nhận hoặc nhập mã xác thực."
    ),
    "no_phone": "Hồ sơ không có số điện thoại và chưa ai quét mã trên phiếu tiếp nhận.",
    "phone_invalid": (
        "Số điện thoại ghi trên hồ sơ không dùng được với Zalo. Một cửa hỏi lại người nộp và sửa."
    ),
    "erased": "Người nộp đã yêu cầu xóa dữ liệu cá nhân, không gửi thông báo nữa.",
    # The recipient does not want or cannot
    "opted_out": "Người nhận đã tắt nhận tin. Họ có thể nhắn BẬT cho OA để nhận lại.",
    "unfollowed": "Người nhận đã bỏ quan tâm OA.",
    "withdrawn": "Người nhận đã rút lại sự đồng ý và yêu cầu xóa dữ liệu.",
    "not_linked": "Người nhận không còn liên kết với số điện thoại của hồ sơ.",
    "blocked": "Người nhận đã chặn OA trên Zalo.",
    "inactive": "Tài khoản Zalo của người nhận bị khóa hoặc không hoạt động trên 45 ngày.",
    "opted_out_type": "Người nhận không nhận loại tin này từ OA.",
    "unreachable": "Zalo không gửi được tin này tới người nhận.",
    # Channels and time
    "no_channel": (
        "Không còn kênh được phép: người nhận lâu không nhắn OA và không có mẫu tin ZBS phù hợp."
    ),
    "hours": "Chờ đến giờ được gửi thông báo (đặt ở Cài đặt).",
    "window": "Người nhận không nhắn OA trong 7 ngày, và thông báo không có mẫu ZBS để gửi.",
    "expired": "Tin quá hạn nên không còn hữu ích và không được gửi.",
    "night": "Chờ hết giờ nghỉ đêm (sau 06:00 sẽ gửi).",
    "allowance": "Chờ đầu tháng: đã dùng hết số tin Tư vấn của gói OA.",
    "rate": "Chờ phút sau: đã dùng hết số lời gọi mỗi phút.",
    # Machinery
    "uncertain": "Zalo không trả lời nên chưa rõ tin đã tới hay chưa.",
    "lease_expired": "Tiến trình gửi dừng giữa chừng nên chưa rõ tin đã tới hay chưa.",
    "restored": (
        "Hệ thống được khôi phục từ bản sao lưu nên chưa rõ tin này đã gửi hay chưa; được tìm trong "
        "cuộc trò chuyện ở Zalo trước, không tìm được thì chờ người quyết định."
    ),
    "no_token": "Chờ quyền gửi tin của OA: quản trị viên OA cấp quyền lại (python app.py oa connect).",
    "no_connection": "Không kết nối được tới Zalo; hệ thống đang thử lại.",
    "invalid": "Nội dung tin không đúng quy định của Zalo; báo cho người vận hành.",
    "internal": "Lỗi trong hệ thống khi gửi tin; báo cho người vận hành xem nhật ký.",
    "file_gone": "Tệp đính kèm không còn trong hệ thống; gửi lại phiếu tiếp nhận qua API.",
}

_STATES = {
    "queued": "Đang chờ gửi.",
    "leased": "Đang gửi.",
    "uncertain": "Chưa rõ tin đã tới hay chưa; hệ thống sẽ thử lại.",
    "sent": "Đã gửi tới Zalo.",
    "delivered": "Đã tới điện thoại người nhận.",
    "seen": "Người nhận đã xem.",
    "dropped": "Không gửi.",
    "parked": "Dừng lại chờ người xử lý; sửa nguyên nhân rồi chạy python app.py outbox requeue ID.",
}


def sentence(state: str, reason: str, channel: str = "") -> str:
    """One Vietnamese sentence on where a message stands; never the bare code alone.

    ``reason`` is one of ours, or the number of a code of Zalo's, which is looked up in the error
    table of the interface that ``channel`` uses.
    """
    if state in ("sent", "delivered", "seen") or not reason:
        return _STATES.get(state, _STATES["queued"])
    if reason in SENTENCES:
        return SENTENCES[reason]
    try:
        code = int(reason)
    except ValueError:
        return f"{_STATES.get(state, _STATES['queued'])} ({reason})"
    return rule_for(Api.zbs if channel == "zbs_phone" else Api.oa, code).staff


def fate(row: Outbox, now: datetime) -> str:
    """The same with its time: "Đã xem 10:42", "Đã tới điện thoại 10:41 17/11", or why it waits.

    A message that waits says until when; times are those of Vietnam, with the day when it is not
    today.
    """
    told = {"seen": ("Đã xem", row.seen_at), "delivered": ("Đã tới điện thoại", row.delivered_at)}
    told["sent"] = ("Đã gửi tới Zalo", row.sent_at)
    if row.state in told:
        words, at = told[row.state]
        return f"{words} {_clock(at, now)}" if at else f"{words}."
    said = sentence(row.state, row.reason, row.channel)
    if row.state == "queued" and row.due_at > now:
        return f"{said} Dự kiến gửi {_clock(row.due_at, now)}."
    return said


def _clock(at: datetime, now: datetime) -> str:
    local, today = at.astimezone(VIETNAM), now.astimezone(VIETNAM)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%H:%M %d/%m}" if local.year == today.year else f"{local:%H:%M %d/%m/%Y}"
