"""Behaviour of Zalo that is unknown or disputed, each as a switch (protocol 9, 10, 11)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Switches(BaseModel):
    """Everything the operator may change while the sandbox runs."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # Tokens (2.2, 2.4)
    lapsed_token_code: Literal[-216, -220] = Field(
        default=-216, title="Mã lỗi khi access token hết hạn"
    )
    access_token_seconds: int = Field(
        default=90_000, ge=1, le=10**9, title="Tuổi thọ access token (giây)"
    )
    refresh_token_seconds: int = Field(
        default=90 * 86_400, ge=1, le=10**9, title="Tuổi thọ refresh token (giây)"
    )
    rotation_restarts_life: bool = Field(default=True, title="Làm mới token thì tính lại 3 tháng")
    appsecret_proof: bool = Field(default=False, title="Bắt buộc appsecret_proof")

    # The OA's standing (3.12)
    oa_enabled: bool = Field(default=True, title="OA đang hoạt động (tắt: -204)")
    oa_authorised: bool = Field(default=True, title="OA đã cấp quyền cho ứng dụng (tắt: -223)")
    oa_verified: bool = Field(default=True, title="OA đã xác thực (tắt: -221)")
    oa_package: bool = Field(default=True, title="Gói OA đủ quyền OpenAPI (tắt: -224)")
    getoa_id_member: Literal["oa_id", "oaid", "both"] = Field(
        default="oa_id", title="Tên trường ở getoa"
    )

    # Who may be written to (4.1, 4.2)
    follow_opens_window: bool = Field(default=False, title="Quan tâm mở cửa sổ 48 giờ")
    welcome_limit: int = Field(default=3, ge=0, le=100, title="Số tin chào (welcome_msg)")
    sub_quota_total: int = Field(
        default=500, ge=0, le=10**7, title="Hạn mức Tư vấn ngoài 48 giờ mỗi tháng"
    )
    bill_beyond_quota: bool = Field(default=True, title="Hết hạn mức thì tính tiền (tắt: -211)")
    reply_numbers: bool = Field(
        default=False, title="quota reply có remain/total (trước 01/03/2026)"
    )
    blocked_user_code: Literal[-217, -227, -244, -213, -222] = Field(
        default=-217, title="Mã lỗi khi người dùng chặn OA"
    )
    uid_template_needs_year: bool = Field(
        default=False, title="Template UID cần tương tác trong 1 năm"
    )

    # ZBS by phone (5)
    zbs_daily_quota: int = Field(default=20_000, ge=0, le=10**7, title="Hạn mức ZBS mỗi ngày")
    zbs_night_blocked: bool = Field(default=False, title="Cấm ZBS 22:00-06:00 (-133)")
    unknown_phone_has_zalo: bool = Field(default=False, title="Số lạ coi như có Zalo (tắt: -118)")
    zbs_admin_phones: list[str] = Field(
        default=[], max_length=50, title="Số của quản trị (chế độ thử)"
    )

    # The paying account (5.1)
    zca_linked: bool = Field(default=True, title="Đã liên kết ZCA (tắt: -136, qua UID -320)")
    zca_charge_works: bool = Field(default=True, title="Trừ tiền được (tắt: -137, qua UID -321)")
    zbs_balance_vnd: int | None = Field(
        default=None, ge=0, le=10**12, title="Số dư (đồng; trống: không giới hạn, hết: -115, -321)"
    )

    # Articles and broadcasts (3.4, 3.10, 4.3)
    article_processing_seconds: int = Field(
        default=5, ge=0, le=10**6, title="Thời gian xử lý bài viết (giây, -214)"
    )
    article_monthly_quota: int | None = Field(
        default=None, ge=0, le=10**6, title="Số bài viết mỗi tháng (trống: không giới hạn, -223)"
    )
    broadcast_allowed: bool = Field(default=True, title="Loại OA được broadcast (tắt: -235)")
    broadcast_hidden_refused: bool = Field(default=False, title="Từ chối bài viết đang ẩn (-201)")
    broadcast_monthly_total: int = Field(
        default=40, ge=0, le=10**6, title="Số broadcast của gói mỗi tháng"
    )
    broadcast_quota_code: Literal[-211, -218, -224] = Field(
        default=-211, title="Mã lỗi khi hết số broadcast"
    )
    broadcast_review_seconds: int = Field(
        default=1800, ge=0, le=10**6, title="Thời gian duyệt broadcast (giây)"
    )
    broadcast_rejected: bool = Field(default=False, title="Kết quả duyệt là từ chối")
    broadcast_daily_cap: int = Field(
        default=1, ge=0, le=1000, title="Broadcast mỗi người nhận trong ngày"
    )
    broadcast_monthly_cap: int = Field(
        default=4, ge=0, le=1000, title="Broadcast mỗi người nhận trong tháng"
    )
    broadcast_receipts: bool = Field(default=False, title="Broadcast có sự kiện đã nhận / đã xem")

    # Promotion templates, tag 3 (4.2, 4.3, 5.6)
    promotion_daily_cap: int = Field(
        default=1, ge=0, le=1000, title="Tin truyền thông mỗi người nhận trong ngày"
    )
    promotion_monthly_cap: int = Field(
        default=4, ge=0, le=1000, title="Tin truyền thông mỗi người nhận trong tháng"
    )
    promotion_cap_shared: bool = Field(
        default=True, title="Broadcast và tin truyền thông đếm chung cho mỗi người"
    )
    promotion_monthly_code: Literal[-1441, -1471] = Field(
        default=-1441, title="Mã lỗi khi đủ tin truyền thông trong tháng"
    )
    promotion_uid_codes: Literal["zbs", "oa"] = Field(
        default="zbs", title="Mã lỗi vượt mức qua UID (zbs: -1472, -1441; oa: -218)"
    )

    # Rates (3.1, 4.5)
    rate_oa: int = Field(default=100, ge=1, le=10**7, title="Giới hạn gọi API của OA mỗi phút")
    rate_app: int = Field(
        default=4000, ge=1, le=10**7, title="Giới hạn gọi API của ứng dụng mỗi phút"
    )

    # Webhook (1)
    webhook_timeout_ms: int = Field(default=2000, ge=50, le=60_000, title="Chờ webhook (ms)")
    retry_enabled: bool = Field(default=True, title="Webhook Retry")
    retry_trigger: Literal["not_200", "connection"] = Field(
        default="not_200", title="Gửi lại khi (khác 200 hay không kết nối được)"
    )
    retry_from: Literal["previous", "event"] = Field(
        default="previous", title="Mốc tính lần gửi lại"
    )
    signature_prefix: bool = Field(default=True, title="Chữ ký có tiền tố mac=")
    timestamp_header: bool = Field(default=False, title="Gửi X-ZEvent-Timestamp")
    user_id_by_app: Literal["always", "sometimes", "never"] = Field(
        default="always", title="user_id_by_app trong sự kiện"
    )
    reorder_id: bool = Field(default=False, title="reorder_id trong tin người dùng")
    submit_info_form: Literal["nested", "flat"] = Field(
        default="nested", title="Dạng địa chỉ user_submit_info"
    )
    submit_info_companion: bool = Field(default=False, title="Kèm tin tự động sau biểu mẫu")
    syntax_filter: bool = Field(default=False, title="Lọc cú pháp (chỉ gửi tin bắt đầu bằng #)")
    events_off: list[str] = Field(default=[], max_length=100, title="Sự kiện đang tắt")
    receipts: bool = Field(default=True, title="Gửi sự kiện đã nhận / đã xem")
    receipt_delay_ms: int = Field(default=150, ge=0, le=600_000, title="Trễ của đã nhận (ms)")
