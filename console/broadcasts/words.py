"""The words staff read of announcements: states, ways, channels, reasons."""

from __future__ import annotations

from console.charts import number
from notify.broadcasts.topics import TOPICS
from notify.policy import Spend
from settings import Settings
from store.tables import BroadcastState, Way
from wording import Words

STATES = {
    BroadcastState.draft: "Bản nháp",
    BroadcastState.waiting: "Chờ duyệt",
    BroadcastState.approved: "Đã duyệt, chưa gửi",
    BroadcastState.scheduled: "Đã hẹn giờ",
    BroadcastState.missed: "Lỡ giờ hẹn",
    BroadcastState.preparing: "Đang chốt người nhận",
    BroadcastState.sending: "Đang gửi",
    BroadcastState.paused: "Tạm dừng",
    BroadcastState.stopped: "Tự dừng vì có vấn đề",
    BroadcastState.cancelled: "Đã hủy",
    BroadcastState.done: "Đã gửi xong",
}
WAYS = {
    Way.mixed: "Mỗi người theo cách rẻ nhất được phép",
    Way.consultation: "Chỉ tin tư vấn",
    Way.zbs: "Chỉ mẫu tin ZBS",
    Way.article: "Bài viết của OA",
}
SHORT_WAYS = {
    Way.mixed: "cách rẻ nhất",
    Way.consultation: "tin tư vấn",
    Way.zbs: "mẫu ZBS",
    Way.article: "bài viết",
}
SPENDS = {
    Spend.free: "Chỉ gửi cho người còn trong 48 giờ miễn phí",
    Spend.allowance: "Dùng cả hạn mức của gói, hết thì thôi",
    Spend.paid: "Hết hạn mức thì trả tiền từng tin",
}
#: What a share of an estimate goes by.
SHARES = {
    "consultation": "Tin tư vấn",
    "allowance": "Tin tư vấn trong hạn mức gói",
    "zbs_uid": "Mẫu ZBS tới tài khoản Zalo",
    "zbs_phone": "Mẫu ZBS tới số điện thoại",
    "night": "Chờ qua đêm, gửi từ 06:00",
}
#: Why somebody of the audience is not told.
REASONS = {
    "opted_out": "Đã nhắn DỪNG, không nhận tin nào",
    "withdrawn": "Đã rút đồng ý xử lý dữ liệu",
    "blocked": "Đã chặn OA",
    "inactive": "Zalo báo không còn dùng, tin không tới",
    "unreachable": "Zalo báo tin không tới được",
    "unfollowed": "Đã bỏ quan tâm OA",
    "topic": "Không nhận chủ đề này",
    "told_recently": "Vừa nhận một thông báo khác",
    "window": "Quá 7 ngày chưa nhắn OA, tin tư vấn không được phép",
    "allowance": "Quá 48 giờ chưa nhắn OA, hạn mức gói không đủ",
    "no_follower": "Có đăng ký nhận tin nhưng chưa có Zalo nào gắn với số điện thoại",
    "no_channel": "Không có cách nào được phép",
    "expired": "Thông báo hết giá trị trước khi gửi được",
    "not_linked": "Hồ sơ không còn gắn với Zalo của họ",
}
PRESSES = {
    "open_url": "Mở trang web",
    "open_phone": "Gọi điện thoại",
    "query": "Gửi câu cho trợ lý",
}
FACTS = {
    "ten": ("Tên người nhận", "ông Nguyễn Văn Mẫu"),
    "ma_ho_so": ("Mã hồ sơ", "H60.04-261118-0001"),
    "thu_tuc": ("Tên thủ tục", "Đăng ký khai sinh"),
    "ngay_hen": ("Ngày hẹn trả", "25/11/2026"),
}
#: Zalo's own targeting (zalo-protocol 3.4).
AGES = ("0-12", "13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65 trở lên")
GENDERS = ("Mọi giới", "Nam", "Nữ")
REGIONS = ("Miền Bắc", "Miền Trung", "Miền Nam")
PLATFORMS = {1: "iOS", 2: "Android", 3: "Windows"}
LANGUAGES = {"vi": "Tiếng Việt", "en": "Tiếng Anh"}


def topics(settings: Settings) -> dict[str, str]:
    """The topics citizens choose, in the words of the catalogue."""
    words = Words("vi", settings)
    return {topic.key: words(f"topic.{topic.key}") for topic in TOPICS}


def reason_words(reason: str) -> str:
    """Why somebody is left out."""
    return REASONS.get(reason, f"Lý do khác ({reason})")


def money(amount: int) -> str:
    """ "1.234 đồng"; "miễn phí" for nothing."""
    return f"{number(amount)} đồng" if amount else "miễn phí"


def lasting(seconds: int) -> str:
    """How long a sending takes, in words."""
    if seconds < 60:
        return "dưới một phút"
    minutes = -(-seconds // 60)
    if minutes < 120:
        return f"khoảng {minutes} phút"
    hours, rest = divmod(minutes, 60)
    return f"khoảng {hours} giờ {rest} phút" if rest else f"khoảng {hours} giờ"
