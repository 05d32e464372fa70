"""What the catalogue itself says for QĐ 766: openness, digitisation (unknown here), online service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from console.reports.lines import UNKNOWN, Group, Line, counted, shared
from notify.statistics import bounds
from store import procedures

_SOURCE = "Danh mục thủ tục trong hệ thống này, lúc lập báo cáo"
_Record = Mapping[str, Any]


def span(first: date, last: date) -> tuple[datetime, datetime]:
    """The first moment of the first day and the first after the last."""
    return bounds(first)[0], bounds(last)[1]


def groups(session: Session) -> list[Group]:
    """Groups 2, 3 and 4; the same for every agency, because the catalogue is the province's."""
    records = list(procedures.records(session).values())

    def share(name: str, has: Callable[[_Record], bool], meaning: str) -> Line:
        return shared(name, sum(map(has, records)), len(records), meaning, _SOURCE)

    return [
        Group(
            "2. Công khai, minh bạch (QĐ 766: 18 điểm)",
            [
                counted("Thủ tục công khai", len(records), "Công dân hỏi được trên OA", _SOURCE),
                share("Nêu thời gian giải quyết", _has_time, "Có thời hạn ở ít nhất một cách nộp"),
                share("Nêu phí, lệ phí", _has_fee, "Có mức phí, hoặc ghi rõ là không thu"),
                share("Nêu thành phần hồ sơ", lambda r: bool(r.get("documents")), "Có giấy tờ"),
                share("Nêu căn cứ pháp lý", lambda r: bool(r.get("legal_basis")), "Có văn bản"),
            ],
            "Tỷ lệ đồng bộ lên Cổng Dịch vụ công quốc gia không biết được ở đây.",
        ),
        Group(
            "3. Số hóa hồ sơ (QĐ 766: 22 điểm)",
            [],
            f"{UNKNOWN}: hồ sơ và kết quả điện tử nằm ở hệ thống thông tin giải quyết thủ tục hành "
            "chính của tỉnh. Lấy số liệu ở đó hoặc ở Cổng Dịch vụ công quốc gia.",
        ),
        Group(
            "4. Cung cấp dịch vụ công trực tuyến (QĐ 766: 22 điểm)",
            [
                share("Trực tuyến toàn trình", _online("toan_trinh"), "Theo danh mục"),
                share("Trực tuyến một phần", _online("mot_phan"), "Theo danh mục"),
            ],
            "Tỷ lệ hồ sơ nộp và thanh toán trực tuyến không biết được ở đây: nằm ở Cổng Dịch vụ công.",
        ),
    ]


def _channels(record: _Record) -> list[_Record]:
    return list(record.get("channels") or ())


def _has_time(record: _Record) -> bool:
    limits = [one.get("time_limit") or {} for one in _channels(record)]
    return any(limit.get("value") is not None or limit.get("text") for limit in limits)


def _has_fee(record: _Record) -> bool:
    fees = [one.get("fee") or {} for one in _channels(record)]
    return any(fee.get("amount_vnd") is not None or fee.get("text") for fee in fees)


def _online(level: str) -> Callable[[_Record], bool]:
    return lambda record: record.get("online_service_level") == level
