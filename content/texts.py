"""Message texts staff may reword: what each must hold, how long it may be, and how it will look.

The shipped text says which values a text gets; a rewording must use exactly those, and may use
what the settings supply (hotline, office hours, ...) as it likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.buttons import TITLE_LIMIT
from bot.messages import SUBTITLE_LIMIT, TEXT_LIMIT
from bot.text import clean, units
from settings import Settings
from wording import LANGUAGES, WordingError, Words
from wording.catalogue import Phrase, catalogue, read_phrase

#: Texts that ask for consent: a new wording needs a new version of it (Law 91/2025).
CONSENT = frozenset({"link.consent", "link.confirm", "counter.consent", "counter.tick"})
_TITLES = frozenset({"link.form_title"})
_SUBTITLES = frozenset({"link.form_subtitle"})
#: First parts of keys in the order staff look for them.
SECTIONS = {
    "welcome": "Lời chào",
    "menu": "Menu",
    "button": "Nút bấm",
    "help": "Hỗ trợ",
    "lookup": "Tra cứu hồ sơ",
    "card": "Thẻ hồ sơ, thông báo trạng thái",
    "notices": "Nhắc hẹn, xin lỗi, tin ngắn",
    "notify": "Bật, tắt nhận tin",
    "topic": "Chủ đề nhận tin",
    "broadcast": "Thông báo tới nhiều người",
    "mine": "Hồ sơ của tôi",
    "link": "Liên kết số điện thoại",
    "proof": "Chứng minh số điện thoại",
    "otp": "Mã xác thực",
    "unlink": "Bỏ liên kết",
    "withdraw": "Xóa dữ liệu",
    "procedures": "Thủ tục",
    "services": "Dịch vụ công trực tuyến",
    "guide": "Hướng dẫn nộp",
    "feedback": "Phản ánh, kiến nghị",
    "human": "Gặp cán bộ",
    "chat": "Trò chuyện với cán bộ",
    "privacy": "Quyền về dữ liệu cá nhân",
    "counter": "Tại quầy tiếp nhận",
    "news": "Tin tức",
    "pay": "Thanh toán",
    "receipt": "Phiếu tiếp nhận trong chat",
    "photo": "Ảnh",
    "narrow": "Hỏi thêm để tìm",
    "repeat": "Khi nhắn lặp lại",
    "fallback": "Khi chưa hiểu",
    "language": "Ngôn ngữ",
    "page": "Trang sau mã QR",
    "level": "Trang mức phục vụ",
    "paper": "Phiếu và giấy in",
    "consent_page": "Trang cấp quyền OA",
}


@dataclass(frozen=True)
class Kept:
    """One text as it stands: ``own`` is the staff's wording, "" where it is as shipped."""

    key: str
    language: str
    shipped: str
    own: str
    names: frozenset[str]

    @property
    def text(self) -> str:
        """What citizens read now."""
        return self.own or self.shipped


def every_key() -> tuple[str, ...]:
    """Every text there is, in the order of `SECTIONS`, then as the files have them."""
    places = {section: at for at, section in enumerate(SECTIONS)}
    listed = enumerate(catalogue(LANGUAGES[0]).phrases)
    ranked = sorted((places.get(section(key), len(places)), at, key) for at, key in listed)
    return tuple(key for _, _, key in ranked)


def section(key: str) -> str:
    """The first part of a key."""
    return key.partition(".")[0]


def languages(key: str) -> tuple[str, ...]:
    """The languages a text is in: what offices hand out on paper is in Vietnamese only."""
    return tuple(one for one in LANGUAGES if key in catalogue(one).phrases)


def kept(key: str, language: str, settings: Settings) -> Kept | None:
    """The text under a key, None when there is no such text in that language."""
    phrase = catalogue(language).phrases.get(key) if language in LANGUAGES else None
    if phrase is None:
        return None
    own = settings.texts.get(language, {}).get(key, "")
    return Kept(key, language, phrase.raw.strip(), own, phrase.names)


def limit(key: str) -> tuple[int, str]:
    """How many characters Zalo takes and of what (zalo-protocol 3.2, 3.3)."""
    parts = key.split(".")
    if "button" in parts[:-1] or key in _TITLES:
        return TITLE_LIMIT, "tên nút hoặc tiêu đề"
    if key in _SUBTITLES:
        return SUBTITLE_LIMIT, "dòng phụ"
    return TEXT_LIMIT, "tin nhắn"


def problems(key: str, language: str, text: str, settings: Settings) -> list[str]:
    """Why a rewording cannot be saved, a sentence each; none when it can."""
    shipped = catalogue(language).phrases[key]
    if not clean(text):
        return ["Chưa có chữ nào. Muốn dùng lại câu gốc, xin bấm Về câu gốc."]
    try:
        phrase = read_phrase(text, key)
    except WordingError:
        return ["Có dấu { } hoặc [[ ]] thừa hay thiếu. Biến viết {ten_bien}, đoạn tùy chọn [[ ]]."]
    free = Words.filled_by_settings()
    missing = sorted(shipped.names - phrase.names - free)
    unknown = sorted(phrase.names - shipped.names - free)
    found = [f"Thiếu biến {{{name}}}: câu gốc có nó, câu mới cũng phải có." for name in missing]
    known = ", ".join(f"{{{name}}}" for name in sorted(shipped.names | free))
    found += [f"Không có biến {{{name}}}. Dùng được: {known}." for name in unknown]
    if found:
        return found
    most, what = limit(key)
    length = units(clean(sample(phrase, language, settings)))
    if length > most:
        found.append(f"Dài {length} ký tự khi đã điền mẫu; Zalo nhận {what} đến {most} ký tự.")
    return found


def usable(key: str, language: str, text: str) -> bool:
    """Whether a stored wording can be shown: the same test without length, for every process."""
    shipped = catalogue(language).phrases.get(key)
    try:
        phrase = read_phrase(text, key)
    except WordingError:
        return False
    return shipped is not None and phrase.names <= shipped.names | Words.filled_by_settings()


def sample(phrase: Phrase, language: str, settings: Settings) -> str:
    """The text as a citizen would read it, with the settings' names and sample values."""
    given: Mapping[str, str] = {**SAMPLES, **Words(language, settings).places}
    return phrase.render({name: given.get(name, "…") for name in phrase.names})


#: A plain sample for every value a text can get.
SAMPLES = {
    "topics": "1. Lịch làm việc, nghỉ lễ: ĐANG NHẬN",
    "accept": "4 giờ làm việc",
    "acknowledge": "20/11/2026",
    "again": "10:30",
    "agency": "Sở Tư pháp",
    "amount": "75.000",
    "answer": "25/11/2026",
    "as_of": "01/11/2026",
    "at": "18/11/2026 10:00",
    "authority": "Ủy ban nhân dân tỉnh",
    "case": "Trường hợp nộp trực tiếp",
    "changes": "1.250",
    "channel": "Trực tiếp",
    "code": "000.00.04.H60-230215-0028",
    "codes": "000.00.04.H60-230215-0028",
    "count": "12",
    "date": "25/11/2026",
    "day": "18",
    "days": "3",
    "decision": "Quyết định số 01/QĐ-UBND",
    "dossier": "000.00.04.H60-230215-0028",
    "due": "25/11/2026",
    "field": "Hộ tịch",
    "files": "2",
    "form": "Mẫu số 01",
    "full": "8",
    "hours": "07:30 đến 17:00",
    "kind": "Phản ánh",
    "last": "5",
    "last3": "123",
    "left": "2",
    "level": "cấp tỉnh",
    "megabytes": "5",
    "minutes": "5",
    "month": "11",
    "most": "5",
    "n": "2",
    "name": "Nguyễn Thị Mẫu",
    "new_date": "27/11/2026",
    "note": "theo quy định",
    "number": "1",
    "old_names": "Tên cũ của thủ tục",
    "opens_at": "13:30 18/11/2026",
    "outcome": "Đã thực hiện",
    "owner": "Nguyễn Thị Mẫu",
    "page": "1",
    "pages": "3",
    "part": "1",
    "parts": "5",
    "phone": "090 *** 001",
    "place": "Tuyên Quang",
    "procedure": "Đăng ký khai sinh",
    "promised": "25/11/2026 17:00",
    "reason": "Bổ sung bản sao giấy tờ tùy thân",
    "received": "18/11/2026 10:00",
    "result": "Giấy khai sinh",
    "source": "Cổng Dịch vụ công quốc gia",
    "staff": "Xin kiểm tra cấu hình ứng dụng",
    "stars": "5",
    "state": "Đang xử lý",
    "step": "Thẩm định hồ sơ",
    "steps": "4",
    "summary": "Tóm tắt thủ tục",
    "tail": "0028",
    "text": "Nội dung của bước",
    "title": "Đăng nhập",
    "total": "120",
    "tries": "5",
    "unit": "Trung tâm Phục vụ hành chính công",
    "until": "10:15",
    "url": "https://zalo.example.gov.vn/dich-vu-cong",
    "value": "3 ngày làm việc",
    "variants": "1.004888.000.00.00.H60",
    "version": "2026-01",
    "way": "Nhắn mã hồ sơ trên phiếu",
    "who": "Cá nhân",
    "year": "2026",
    "within": "1.248",
}
