"""Which settings staff may change, in groups: one line here makes a setting changeable.

Never secrets, addresses of Zalo, the database, or what is read only at the start of a process.
The page of a group is made from these lines and from the setting's type; values are checked by
`settings.Settings` itself and by `content.checks`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """One changeable setting as staff read it; ``unit`` stands behind its field."""

    name: str
    label: str
    help: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Group:
    """Settings that are changed and kept together; ``key`` is their address and their row."""

    key: str
    title: str
    intro: str
    names: tuple[Name, ...]
    #: Money or what every citizen gets hangs on it: the person confirms who they are.
    dangerous: bool = False
    #: It has a page of its own (`console.content`), no row in the list of plain forms.
    own_page: bool = False

    @property
    def setting_names(self) -> tuple[str, ...]:
        """The names as `Settings` has them."""
        return tuple(one.name for one in self.names)


GROUPS: tuple[Group, ...] = (
    Group(
        "lich",
        "Giờ làm việc và ngày nghỉ",
        "Hạn trả kết quả, lời nhắc và giờ trả lời của cán bộ tính theo lịch này.",
        (
            Name("office_hours", "Giờ làm việc", "Ví dụ: T2-T6 07:30-11:30 13:30-17:00"),
            Name("extra_days_off", "Ngày nghỉ, ngày làm bù thêm"),
        ),
        dangerous=True,
        own_page=True,
    ),
    Group(
        "thong-bao",
        "Thông báo tới nhiều người",
        "Giữ cho thông báo không làm phiền: giờ gửi, khoảng cách, khi nào cần người duyệt.",
        (
            Name("broadcast_from", "Gửi từ"),
            Name("broadcast_to", "Gửi đến"),
            Name("broadcast_approve_above", "Cần người thứ hai duyệt khi gửi quá", unit="người"),
            Name(
                "broadcast_pause_days",
                "Mỗi người không nhận hai thông báo trong",
                "0: không giới hạn. Tin khẩn không tính.",
                unit="ngày",
            ),
            Name("broadcast_missed_minutes", "Lỡ giờ hẹn quá chừng này thì hỏi lại", unit="phút"),
            Name("broadcast_stop_failed_percent", "Tự dừng khi tin lỗi từ", unit="%"),
            Name(
                "broadcast_stop_left_percent",
                "Tự dừng khi người dừng tin, bỏ quan tâm từ",
                unit="%",
            ),
        ),
        dangerous=True,
    ),
    Group(
        "kenh",
        "Kênh gửi, giá và hạn mức",
        "Kênh rẻ nhất được phép sẽ được chọn; giá ở đây dùng để chọn kênh và tính chi phí.",
        (
            Name("consultation_price", "Tin tư vấn ngoài 48 giờ, hết hạn mức", unit="đồng/tin"),
            Name("zbs_uid_price", "ZBS theo người dùng Zalo", unit="đồng/tin"),
            Name("zbs_phone_price", "ZBS theo số điện thoại", unit="đồng/tin"),
            Name("consultation_allowance", "Tin tư vấn có sẵn trong gói mỗi tháng", unit="tin"),
            Name(
                "pay_beyond_allowance",
                "Hết hạn mức thì vẫn gửi và trả tiền",
                "Bỏ chọn: tin chờ tháng sau hoặc đi kênh khác.",
            ),
            Name(
                "follow_opens_window",
                "Bấm Quan tâm mở 48 giờ nhắn miễn phí",
                "Tài liệu của Zalo nói khác nhau; chỉ bật khi đã thử với OA của tỉnh.",
            ),
            Name("welcome_messages", "Số tin chào miễn phí sau khi Quan tâm", unit="tin"),
            Name("zbs_night_rule", "Từ 22:00 đến 06:00 giữ tin ZBS theo số điện thoại"),
            Name("zbs_uid_night_rule", "Từ 22:00 đến 06:00 giữ cả tin ZBS theo người dùng"),
            Name(
                "zbs_development_mode",
                "Chế độ thử: tin ZBS chỉ tới quản trị viên của OA",
                "Tắt trước khi dùng thật, nếu không người dân không nhận được tin.",
            ),
        ),
        dangerous=True,
    ),
    Group(
        "tro-chuyen",
        "Cuộc trò chuyện",
        "Trợ lý chờ bao lâu và cho tra cứu bao nhiêu lần.",
        (
            Name("conversation_minutes", "Quên câu đang hỏi dở sau", unit="phút"),
            Name(
                "human_quiet_minutes", "Trợ lý im lặng sau khi cán bộ nhắn trong Zalo", unit="phút"
            ),
            Name("human_return_minutes", "Trợ lý trở lại sau khi dân bấm Gặp cán bộ", unit="phút"),
            Name("lookups_per_hour", "Số lần tra cứu mỗi người mỗi giờ", unit="lần"),
            Name("misses_per_hour", "Số mã không tìm thấy mỗi giờ trước khi phải chờ", unit="lần"),
            Name("otp_minutes", "Mã xác thực có hiệu lực", unit="phút"),
            Name("otp_tries", "Số lần nhập sai mã xác thực", unit="lần"),
            Name("otp_per_day", "Số mã xác thực mỗi ngày", unit="mã"),
            Name(
                "staff_uids",
                "Cán bộ được báo khi có người cần gặp (mã người dùng Zalo)",
                "Mỗi dòng một mã.",
            ),
        ),
    ),
    Group(
        "phan-anh",
        "Phản ánh, kiến nghị",
        "Mục tiêu tính theo giờ làm việc và lịch nghỉ, áp dụng cho phản ánh gửi từ lúc lưu.",
        (
            Name("feedback_accept_hours", "Mục tiêu tiếp nhận", unit="giờ làm việc"),
            Name("feedback_answer_days", "Mục tiêu trả lời", unit="ngày làm việc"),
            Name("feedback_per_day", "Số phản ánh mỗi người gửi trong ngày", unit="phản ánh"),
        ),
    ),
    Group(
        "nhac-viec",
        "Nhắc hẹn và xin lỗi",
        "Tin hệ thống tự gửi theo lịch.",
        (
            Name("reminder_days_before", "Nhắc trước ngày hẹn trả kết quả", unit="ngày làm việc"),
            Name(
                "apology_enabled",
                "Gửi lời xin lỗi khi hồ sơ quá hẹn",
                "Mỗi hồ sơ một lần, trong giờ làm việc.",
            ),
            Name("status_expiry_hours", "Tin trạng thái quá cũ thì không gửi nữa sau", unit="giờ"),
        ),
    ),
    Group(
        "luu-giu",
        "Thời hạn lưu giữ dữ liệu",
        "Hết hạn, nội dung được xóa mỗi đêm lúc 02:00 và không lấy lại được.",
        (
            Name("keep_event_bodies_days", "Nội dung sự kiện nhận từ Zalo", unit="ngày"),
            Name("keep_messages_days", "Nội dung tin đã gửi", unit="ngày"),
            Name(
                "keep_feedback_days",
                "Nội dung, ảnh và người gửi của phản ánh đã đóng",
                "Số liệu và bản đã công khai được giữ lại.",
                unit="ngày",
            ),
        ),
        dangerous=True,
    ),
    Group(
        "quyen-rieng-tu",
        "Hạn giải quyết yêu cầu về dữ liệu cá nhân",
        "Hạn của yêu cầu ghi từ nay; không dài hơn luật cho phép (Luật 91/2025, Nghị định 356/2025).",
        (
            Name("privacy_acknowledge_days", "Xác nhận đã nhận", unit="ngày làm việc"),
            Name("privacy_answer_days", "Cho xem, sửa dữ liệu", unit="ngày"),
            Name("privacy_withdraw_days", "Rút lại sự đồng ý", unit="ngày"),
            Name("privacy_delete_days", "Xóa dữ liệu", unit="ngày"),
            Name("privacy_extension_days", "Gia hạn một lần, không quá", unit="ngày"),
        ),
        dangerous=True,
    ),
    Group(
        "tin-tuc",
        "Tin tức lấy từ cổng",
        "Nguồn tin được đọc mỗi 15 phút.",
        (
            Name("news_rss_url", "Địa chỉ RSS hoặc Atom của cổng", "Để trống: không lấy tin."),
            Name(
                "news_rss_publish",
                "Đăng ngay tin mới lấy về",
                "Bỏ chọn: tin mới chờ ở mục Bản nháp. Tin dẫn sang trang khác luôn chờ.",
            ),
            Name(
                "news_as_list",
                "Hiện tin trong chat dạng danh sách có ảnh bìa",
                "Thử với một người trước: tài liệu Zalo hiện nay không nêu dạng này.",
            ),
        ),
    ),
    Group(
        "ten-dia-chi",
        "Tên, địa chỉ và số điện thoại người dân đọc",
        "Hiện trong tin nhắn, trang web và phiếu. Ô để trống thì câu có nó được bỏ đi.",
        (
            Name("province_name", "Tên tỉnh, thành phố", "Ví dụ: tỉnh Tuyên Quang"),
            Name("oa_name", "Tên Zalo OA"),
            Name("hotline", "Đường dây nóng"),
            Name("counter_address", "Nơi tiếp nhận"),
            Name("news_url", "Trang tin tức"),
            Name("feedback_url", "Trang phản ánh kiến nghị"),
            Name("payment_url", "Trang thanh toán trực tuyến", "Để trống: Cổng dịch vụ công."),
            Name("portal_name", "Tên cổng dịch vụ công"),
            Name("portal_url", "Địa chỉ cổng dịch vụ công"),
            Name("provincial_portal_url", "Cổng của tỉnh, nếu còn mở"),
            Name(
                "apply_url",
                "Nơi nộp hồ sơ trực tuyến",
                "{code} trong địa chỉ được thay bằng mã thủ tục. Để trống: cổng dịch vụ công.",
            ),
            Name("sms_lookup", "Cách tra cứu bằng tin nhắn SMS"),
        ),
    ),
    Group(
        "phieu",
        "Phiếu tiếp nhận và mã trên phiếu",
        "Phiếu của phần mềm một cửa luôn được ưu tiên.",
        (
            Name("make_receipts", "Tự lập phiếu khi phần mềm một cửa không gửi"),
            Name("receipt_wait_seconds", "Chờ phiếu của phần mềm một cửa", unit="giây"),
            Name("receipt_code_minutes", "Mã hiện sau khi quét phiếu dùng được", unit="phút"),
        ),
    ),
    Group(
        "dong-y",
        "Phiên bản lời xin đồng ý",
        "Được ghi cùng mỗi lần người dân đồng ý; tự đổi khi lời xin đồng ý được sửa.",
        (
            Name(
                "consent_version",
                "Phiên bản",
                "Đổi thì người đang liên kết dở phải đồng ý lại với lời mới.",
            ),
        ),
        dangerous=True,
    ),
    Group(
        "zbs",
        "Mẫu tin ZBS",
        "Loại tin nào dùng mẫu nào của Zalo, và mỗi tham số lấy từ đâu.",
        (Name("zbs_templates", "Mẫu theo loại tin"),),
        dangerous=True,
        own_page=True,
    ),
    Group(
        "huong-dan",
        "Hướng dẫn nộp đang dùng",
        "Những hướng dẫn người dân thấy, theo thứ tự.",
        (Name("filing_guides", "Hướng dẫn"),),
        own_page=True,
    ),
)
BY_KEY = {group.key: group for group in GROUPS}
#: Every changeable setting with its group.
CHANGEABLE = {name: group for group in GROUPS for name in group.setting_names}
