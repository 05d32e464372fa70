"""ZBS templates per message kind: which kinds there are, and whether a mapping fits Zalo's template.

Rules: zalo-protocol 5.2, 5.3; what is not enabled, lacks a parameter or is too long is refused by
Zalo at every send, so it is said here before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.outcomes import TemplateInfo
from notify.templates import as_template, facts_of, rule_of
from settings import Settings

#: Message kinds that may have a template; "status" stands for every state without its own.
KINDS = {
    "status": "Trạng thái hồ sơ (mọi trạng thái chưa có mẫu riêng)",
    "status_received": "Đã tiếp nhận",
    "status_supplement_required": "Yêu cầu bổ sung",
    "status_payment_required": "Yêu cầu nộp phí, lệ phí",
    "status_refused": "Từ chối",
    "status_stopped": "Dừng giải quyết",
    "status_withdrawn": "Công dân rút hồ sơ",
    "status_result_ready": "Đã có kết quả",
    "status_result_delivered": "Đã trả kết quả",
    "reminder": "Nhắc hẹn (bổ sung, nộp phí, nhận kết quả)",
    "apology": "Xin lỗi hồ sơ quá hẹn",
    "feedback_answer": "Trả lời phản ánh, kiến nghị",
    "status_hint": "Báo có cập nhật, cho người chưa xác thực số điện thoại",
    "otp": "Mã xác thực số điện thoại",
}
#: Facts with the words staff read and a sample as long as such facts mostly are.
FACT_WORDS = {
    "code": ("Mã hồ sơ", "000.00.04.H60-230215-0028"),
    "code_tail": ("Bốn số cuối mã hồ sơ", "0028"),
    "name": ("Tên người nộp", "Nguyễn Thị Mẫu"),
    "state": ("Trạng thái", "Yêu cầu bổ sung"),
    "step": ("Bước xử lý", "Thẩm định hồ sơ"),
    "procedure": ("Tên thủ tục", "Đăng ký khai sinh có yếu tố nước ngoài"),
    "field": ("Lĩnh vực", "Hộ tịch"),
    "unit": ("Đơn vị xử lý", "Trung tâm Phục vụ hành chính công"),
    "agency": ("Cơ quan", "Sở Tư pháp"),
    "date": ("Thời điểm thay đổi", "18/11/2026 10:00"),
    "received": ("Ngày tiếp nhận", "18/11/2026 10:00"),
    "promised": ("Ngày hẹn trả", "25/11/2026 17:00"),
    "reason": ("Lý do, nội dung cần bổ sung", "Bổ sung bản sao giấy tờ tùy thân của cha mẹ"),
    "next": ("Việc cần làm tiếp", "Xin nộp bổ sung trước ngày hẹn."),
    "otp": ("Mã xác thực", "123456"),
}
#: Words for the states Zalo gives templates (5.3).
STATES = {
    "ENABLE": "đang dùng được",
    "PENDING_REVIEW": "đang chờ Zalo duyệt",
    "REJECT": "bị Zalo từ chối",
    "DISABLE": "đã bị tắt",
    "DELETE": "đã xóa",
}


@dataclass(frozen=True)
class Finding:
    """One result of the check: "good", "look" (may go wrong) or "bad" (will be refused)."""

    level: Literal["good", "look", "bad"]
    text: str


def sample(chosen: Mapping[str, Any], kind: str, settings: Settings) -> dict[str, str]:
    """What the parameters of a mapping hold for sample facts, shortened as at sending."""
    facts = {name: FACT_WORDS[name][1] for name in facts_of(kind)}
    tried = settings.model_copy(update={"zbs_templates": {kind: dict(chosen)}})
    made = as_template(kind, facts, None, "mau", tried)
    return dict(made.data) if made else {}


def check(
    chosen: Mapping[str, Any], kind: str, told: TemplateInfo, settings: Settings
) -> list[Finding]:
    """Hold a mapping against what Zalo says of its template."""
    found = [_state(told)]
    params = chosen.get("params")
    params = params if isinstance(params, Mapping) else {}
    values = sample(chosen, kind, settings)
    wanted = {one.name: one for one in told.parameters}
    for name, one in wanted.items():
        if name not in params:
            if one.required:
                found.append(Finding("bad", f"Thiếu tham số {name}: mẫu bắt buộc có."))
            else:
                found.append(Finding("look", f"Tham số {name} không bắt buộc, đang để trống."))
            continue
        length, most = len(values.get(name, "")), one.max_length
        if most is not None and length > most:
            text = f"Tham số {name} dài {length} ký tự với giá trị mẫu, mẫu nhận đến {most}."
            found.append(Finding("bad", text))
        elif most is not None and rule_of(params[name])[1] > most:
            text = f"Tham số {name} có thể dài hơn {most} ký tự mà mẫu nhận; chọn loại ngắn hơn."
            found.append(Finding("look", text))
    for name in params:
        if name not in wanted:
            found.append(Finding("bad", f"Mẫu không có tham số {name}: xin bỏ dòng này."))
    found += _price(told, settings)
    return found


def _state(told: TemplateInfo) -> Finding:
    words = STATES.get(told.status or "", f"trạng thái {told.status or 'không rõ'}")
    name = told.name or told.template_id
    if told.status != "ENABLE":
        return Finding("bad", f"Mẫu {name} {words}: Zalo sẽ không gửi.")
    if told.quality == "LOW":
        return Finding("look", f"Mẫu {name} {words}, nhưng chất lượng thấp: Zalo có thể tắt.")
    return Finding("good", f"Mẫu {name} {words}.")


def _price(told: TemplateInfo, settings: Settings) -> list[Finding]:
    found = []
    for price, ours, words in (
        (told.price_phone or told.price, settings.zbs_phone_price, "theo số điện thoại"),
        (told.price_uid, settings.zbs_uid_price, "theo người dùng Zalo"),
    ):
        if price is None:
            continue
        text = f"Giá {words}: {price:,.0f} đồng/tin".replace(",", ".")
        if int(price) == ours:
            found.append(Finding("good", f"{text}."))
        else:
            found.append(Finding("look", f"{text}, cài đặt đang ghi {ours} đồng."))
    return found
