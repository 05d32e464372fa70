"""The words staff read of dossiers: states, messages, links; and what stays half hidden in lists."""

from __future__ import annotations

from datetime import datetime

from clock import VIETNAM
from dossiers.phones import Phone
from store.tables import Dossier, State

STATES = {
    State.submitted: "Mới nộp",
    State.received: "Đã tiếp nhận",
    State.assigned: "Đã phân công thụ lý",
    State.appraising: "Đang thẩm định",
    State.signing: "Đang ký duyệt",
    State.supplement_required: "Chờ bổ sung",
    State.payment_required: "Chờ nộp phí",
    State.refused: "Từ chối, trả lại",
    State.withdrawn: "Đã rút",
    State.stopped: "Dừng giải quyết",
    State.result_ready: "Đã có kết quả",
    State.result_delivered: "Đã trả kết quả",
}
KINDS = {"citizen": "Cá nhân", "organisation": "Tổ chức", "household": "Hộ kinh doanh"}
PROOFS = {
    "claimed": "tự nhận, chưa xác thực",
    "receipt": "xác thực bằng giấy tiếp nhận",
    "otp": "xác thực bằng mã một lần",
    "counter": "cán bộ đối chiếu tại quầy",
    "watch": "giữ giấy tiếp nhận",
}
PHONE_PROBLEMS = {
    "landline": "số cố định",
    "old_landline": "số cố định cũ",
    "service": "số tổng đài",
    "several": "ghi nhiều số",
    "invalid": "số không đúng",
    "erased": "đã xóa theo yêu cầu của người nộp",
}
#: Why an event told nobody.
OUTCOMES = {
    "announced": "đã báo người nộp",
    "late": "đến muộn, không báo",
    "repeat": "lặp lại, không báo",
    "old": "việc cũ, không báo",
    "date": "chỉ đổi ngày hẹn, không báo",
    "foreign": "của hệ thống khác, không đổi trạng thái",
    "silent": "nhập không gửi tin",
}
_MESSAGES = {
    "receipt_file": "Giấy tiếp nhận (PDF)",
    "status_hint": "Báo có cập nhật mới",
    "claim_hint": "Báo có cập nhật mới",
    "continued": "Phần tiếp của tin trạng thái",
    "apology": "Xin lỗi trễ hẹn",
    "reminder_supplement_required": "Nhắc bổ sung",
    "reminder_payment_required": "Nhắc nộp phí",
    "broadcast": "Thông báo chung",
    "broadcast_more": "Ảnh/tệp của thông báo",
    "broadcast_test": "Gửi thử thông báo",
}
CHANNELS = {
    "consultation": "Tin trong Zalo OA",
    "zbs_uid": "Tin mẫu ZBS tới tài khoản",
    "zbs_phone": "Tin mẫu ZBS tới số điện thoại",
}


def state_words(state: str) -> str:
    """A state in the staff's words."""
    return STATES.get(State(state), state)


def message_words(kind: str) -> str:
    """What a message is about."""
    told = kind.removeprefix("status_")
    if kind.startswith("status_") and told in State.__members__:
        return f"Tin trạng thái: {STATES[State(told)]}"
    return _MESSAGES.get(kind, "Tin trả lời trong Zalo")


def masked(phone: str) -> str:
    """ "091*****78"; "" for none."""
    return Phone(phone).masked if phone else ""


def short(moment: datetime | None, now: datetime) -> str:
    """ "10:42" today, else "10:42 17/11" and the year when it is another; "" for none."""
    if moment is None:
        return ""
    local, today = moment.astimezone(VIETNAM), now.astimezone(VIETNAM)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%H:%M %d/%m}" if local.year == today.year else f"{local:%H:%M %d/%m/%Y}"


def phone_words(dossier: Dossier) -> str:
    """The phone half hidden, or why there is none."""
    if dossier.phone:
        return masked(dossier.phone)
    problem = PHONE_PROBLEMS.get(dossier.phone_problem, dossier.phone_problem)
    return f"không có ({problem})" if problem else "không có"
