"""What a report says: each number with what it means and where it comes from.

Groups and weights: Quyết định 766/QĐ-TTg (2022), domain 4.6. What this system cannot know is said,
not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session

from console import figures
from console.charts import Chart, Series, lines, number
from console.figures import Figures
from console.overview.numbers import CHANNELS
from console.reports import catalogue
from console.reports.lines import Group, Line, counted, shared
from notify.staff import SENTENCES
from settings import Settings
from store import agencies_seen, daily_counts, satisfaction

_DOSSIERS = ("received", "finished", "on_time", "late", "running", "near", "overdue", "supplement")
_MESSAGES = ("sent", "delivered", "seen", "dropped", "cost")
_FEEDBACK = ("feedback:received", "feedback:answered", "feedback:on_time")
_WHOLE = ("followers:gained", "followers:lost", "asked:lookups", "asked:questions", "chats")
_UNIT_COLUMNS = ("received", "finished", "on_time", "late", "sent", "delivered", "seen", "cost")
_BY_DAY = {
    "received": "Tiếp nhận",
    "finished": "Xong",
    "on_time": "Đúng hẹn",
    "late": "Trễ hẹn",
    "sent": "Tin gửi",
    "delivered": "Tới điện thoại",
    "seen": "Đã xem",
    "cost": "Chi phí (đ)",
}
_OURS = "Hồ sơ đồng bộ về hệ thống này"
_OUTBOX = "Tin do hệ thống này gửi qua Zalo"


@dataclass(frozen=True)
class Report:
    """A report over days, of the whole province or of one agency with its units."""

    province: str
    unit: str
    first: date
    last: date
    made_at: datetime
    groups: Sequence[Group]
    #: Day by day: subjects with their words, and a row a day.
    day_header: Sequence[str] = ()
    day_rows: Sequence[tuple[date, Sequence[int | None]]] = ()
    unit_header: Sequence[str] = ()
    unit_rows: Sequence[tuple[str, Sequence[int]]] = ()
    file_name: str = field(default="bao-cao")

    @property
    def charts(self) -> list[Chart]:
        """The days as pictures: dossiers and messages."""
        labels = [f"{day:%d/%m}" for day, _ in self.day_rows]
        column = {name: [row[at] for _, row in self.day_rows] for at, name in enumerate(_BY_DAY)}
        dossiers = [
            Series(_BY_DAY[name], column[name]) for name in ("received", "finished", "late")
        ]
        messages = [Series(_BY_DAY[name], column[name]) for name in ("sent", "delivered", "seen")]
        return [
            lines("Hồ sơ theo ngày", labels, dossiers, unit="hồ sơ"),
            lines("Tin nhắn theo ngày", labels, messages, unit="tin"),
        ]

    @property
    def title(self) -> str:
        """Its heading."""
        last = (self.first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        if self.first.day == 1 and self.last <= last:
            part = "" if self.last == last else f" (đến ngày {self.last:%d/%m})"
            return f"Báo cáo tháng {self.first:%m/%Y}{part}"
        return f"Báo cáo từ {self.first:%d/%m/%Y} đến {self.last:%d/%m/%Y}"


def read(
    session: Session,
    settings: Settings,
    first: date,
    last: date,
    now: datetime,
    *,
    unit: str = "",
    units: figures.Units = None,
) -> Report:
    """The report; ``units`` are the codes it is limited to, ``unit`` what to call them."""
    whole = units is None
    subjects = [*_DOSSIERS[:4], *_MESSAGES, *_FEEDBACK]
    if whole:
        subjects += [f"{s}:{c}" for s in ("sent", "delivered", "seen", "cost") for c in CHANNELS]
        subjects += _WHOLE
    found = figures.sums(session, subjects, first, last, units)
    stands = figures.sums(session, _DOSSIERS[4:], last, last, units)
    groups = [
        _progress(found, stands, last),
        *catalogue.groups(session),
        _content(session, found, first, last, units),
        _messages(found),
    ]
    if whole:
        groups += [_channels(found), _dropped(session, first, last)]
        groups += [_to_phone(session, first, last), _people(found)]
    days = figures.days_to(last, (last - first).days + 1)
    by_day = figures.by_day(session, _BY_DAY, days, units)
    return Report(
        province=settings.province_name,
        unit=unit,
        first=first,
        last=last,
        made_at=now,
        groups=groups,
        day_header=("Ngày", *_BY_DAY.values()),
        day_rows=[(day, [by_day[name][at] for name in _BY_DAY]) for at, day in enumerate(days)],
        unit_header=("Đơn vị", *(_BY_DAY[name] for name in _UNIT_COLUMNS)),
        unit_rows=_by_unit(session, first, last, units),
        file_name=f"bao-cao-{first:%Y%m%d}-{last:%Y%m%d}",
    )


def _progress(found: Figures, stands: Figures, last: date) -> Group:
    dated = found["on_time"] + found["late"]
    at = f"cuối ngày {last:%d/%m/%Y}, hoặc lúc tính gần nhất"
    return Group(
        "1. Tiến độ, kết quả giải quyết (QĐ 766: 20 điểm)",
        [
            counted("Hồ sơ tiếp nhận", found["received"], "Có thời điểm tiếp nhận trong kỳ", _OURS),
            counted(
                "Hồ sơ giải quyết xong",
                found["finished"],
                "Có kết quả trong kỳ (mã 9; nếu không có thì ngày trả kết quả, mã 10); mỗi hồ sơ một lần",
                _OURS,
            ),
            shared(
                "Tỷ lệ đúng hẹn",
                found["on_time"],
                dated,
                "Có kết quả không muộn hơn thời điểm hẹn trả, trên các hồ sơ xong có ngày hẹn",
                _OURS,
            ),
            counted("Hồ sơ trễ hẹn", found["late"], "Có kết quả sau thời điểm hẹn trả", _OURS),
            counted(
                "Đang giải quyết", stands["running"], f"Chưa xong, không tạm dừng; {at}", _OURS
            ),
            counted("Đang quá hẹn", stands["overdue"], f"Chưa xong, đã qua hẹn trả; {at}", _OURS),
            counted("Chờ công dân bổ sung", stands["supplement"], f"Đang tạm dừng; {at}", _OURS),
        ],
    )


def _content(
    session: Session, found: Figures, first: date, last: date, units: figures.Units
) -> Group:
    source = "Phản ánh, kiến nghị gửi qua OA và ghi tại quầy"
    ratings = satisfaction.ratings(session, *catalogue.span(first, last), units)
    rated, total = sum(ratings.values()), sum(mark * n for mark, n in ratings.items())
    happy = ratings.get(4, 0) + ratings.get(5, 0)
    average = round(total / rated, 1) if rated else None
    return Group(
        "5. Mức độ hài lòng (QĐ 766: 18 điểm)",
        [
            counted("Phản ánh, kiến nghị nhận", found["feedback:received"], "Gửi trong kỳ", source),
            counted("Đã trả lời", found["feedback:answered"], "Trả lời trong kỳ", source),
            shared(
                "Trả lời đúng mục tiêu",
                found["feedback:on_time"],
                found["feedback:answered"],
                "Trả lời không muộn hơn mục tiêu tỉnh đặt trong cài đặt",
                source,
            ),
            shared(
                "Hài lòng với trả lời",
                happy,
                rated,
                "Người gửi chấm 4 hoặc 5 trên 5, trên số lượt chấm của phản ánh gửi trong kỳ",
                source,
            ),
            Line("Điểm trung bình", number(average), average, "Thang 5", source),
        ],
        note="Khảo sát hài lòng theo phiếu (9 chỉ số) làm ngoài hệ thống này.",
    )


def _messages(found: Figures) -> Group:
    return Group(
        "Tin nhắn qua Zalo",
        [
            counted(
                "Tin đã gửi", found["sent"], "Zalo đã nhận, tính theo ngày tin được tạo", _OUTBOX
            ),
            shared("Tới điện thoại", found["delivered"], found["sent"], "Zalo báo đã tới", _OUTBOX),
            shared("Đã xem", found["seen"], found["sent"], "Zalo báo đã xem", _OUTBOX),
            counted("Không gửi được", found["dropped"], "Không có kênh được phép", _OUTBOX),
            counted("Chi phí", found["cost"], "Theo đơn giá trong cài đặt", _OUTBOX, "đ"),
        ],
    )


def _channels(found: Figures) -> Group:
    lines = []
    for name, words in CHANNELS.items():
        sent = found[f"sent:{name}"]
        lines.append(counted(f"{words}: đã gửi", sent, "Zalo đã nhận", _OUTBOX))
        seen = found[f"seen:{name}"]
        lines.append(shared(f"{words}: đã xem", seen, sent, "Zalo báo đã xem", _OUTBOX))
        cost = found[f"cost:{name}"]
        lines.append(counted(f"{words}: chi phí", cost, "Theo đơn giá trong cài đặt", _OUTBOX, "đ"))
    return Group("Tin nhắn theo kênh", lines)


def _dropped(session: Session, first: date, last: date) -> Group:
    reasons = daily_counts.family(session, "dropped", first, last)
    known = {name: value for name, value in reasons.items() if not name.startswith("lane:")}
    ordered = sorted(known.items(), key=lambda item: -item[1])
    lines = [
        counted(SENTENCES.get(name, f"Mã lỗi của Zalo: {name}"), value, "Lý do không gửi", _OUTBOX)
        for name, value in ordered
        if value
    ]
    return Group("Vì sao không gửi được", lines, "" if lines else "Không có tin nào bị bỏ.")


def _to_phone(session: Session, first: date, last: date) -> Group:
    days = figures.days_to(last, (last - first).days + 1)
    names = ("phone:median", "phone:p90", "phone:slowest", "phone:count")
    found = figures.by_day(session, names, days)
    measured = sum(count or 0 for count in found["phone:count"])
    median = figures.middle(found["phone:median"], found["phone:count"])
    p90 = figures.middle(found["phone:p90"], found["phone:count"])
    slowest = max((v or 0 for v in found["phone:slowest"]), default=0) if measured else None
    source = (
        "Từ lúc hệ thống này biết thay đổi đến lúc Zalo báo tới điện thoại, không báo thì lúc gửi"
    )

    def timed(name: str, value: int | None, meaning: str) -> Line:
        return Line(name, figures.seconds(value), value, meaning, source)

    return Group(
        "Thời gian từ thay đổi của hồ sơ đến điện thoại",
        [
            timed("Trung vị", median, "Trung vị của các ngày, tính theo số tin mỗi ngày (giây)"),
            timed("90 % nhanh hơn", p90, "Như trên, ở mức 90 % (giây)"),
            timed("Chậm nhất", slowest, "Kể cả tin phải chờ hết giờ nghỉ đêm (giây)"),
            counted("Số tin được đo", measured, "Tin báo thay đổi đã gửi", source),
        ],
    )


def _people(found: Figures) -> Group:
    source = "Sự kiện Zalo gửi về"
    return Group(
        "Người dân trên OA",
        [
            counted("Quan tâm mới", found["followers:gained"], "Lượt bấm Quan tâm", source),
            counted("Bỏ quan tâm", found["followers:lost"], "Lượt bỏ quan tâm", source),
            counted("Lượt tra cứu hồ sơ", found["asked:lookups"], "Trợ lý trả lời", source),
            counted("Lượt hỏi thủ tục", found["asked:questions"], "Trợ lý trả lời", source),
            counted("Xin gặp cán bộ", found["chats"], "Cuộc trò chuyện được chuyển", source),
        ],
    )


def _by_unit(
    session: Session, first: date, last: date, units: figures.Units
) -> list[tuple[str, list[int]]]:
    columns = [daily_counts.units_of(session, name, first, last) for name in _UNIT_COLUMNS]
    codes = sorted({code for column in columns for code in column})
    if units is not None:
        codes = [code for code in codes if code in units]
    names = agencies_seen.names(session, codes)
    return [
        (f"{names[code]} ({code})" if code in names else code, [c.get(code, 0) for c in columns])
        for code in codes
    ]
