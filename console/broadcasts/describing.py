"""An announcement's audience and estimate in words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from console.broadcasts.words import (
    AGES,
    GENDERS,
    LANGUAGES,
    PLATFORMS,
    REGIONS,
    SHARES,
    reason_words,
)
from console.charts import number
from console.dossiers.words import STATES
from notify.broadcasts.audience import Audience, Target
from notify.broadcasts.estimate import Estimate
from procedures.search import index_of
from store import broadcasts
from store.agency_tree import labels
from store.tables import Broadcast, Way

_Pairs = list[tuple[str, str]]


def audience_words(session: Session, row: Broadcast) -> _Pairs:
    """The criteria, each with what was chosen; all of them have to be met."""
    if row.again_of is not None:
        return [("Người nhận", f"Những người thông báo số {row.again_of} chưa tới được")]
    wanted = Audience.model_validate(row.audience)
    if row.way == Way.article:
        return _target(wanted.target) or [("Người nhận", "Mọi người quan tâm OA")]
    names = labels(session) if wanted.agencies or row.agency_id else {}
    found: _Pairs = []
    agencies = wanted.agencies or ((row.agency_id,) if row.agency_id else ())
    if agencies:
        listed = "; ".join(names.get(one, f"số {one}") for one in agencies)
        found.append(("Có hồ sơ tại (cả đơn vị bên dưới)", listed))
    found += _dossiers(session, wanted)
    if wanted.about_dossiers or row.agency_id:
        found.append(("Hồ sơ nộp trong", f"{wanted.submitted_days} ngày qua"))
    if wanted.listed:
        size = broadcasts.list_size(session, row.id or 0)
        found.append(("Danh sách tải lên", f"{number(size)} dòng"))
    if wanted.interacted_days:
        found.append(("Có nhắn OA trong", f"{wanted.interacted_days} ngày qua"))
    if wanted.tags:
        found.append(("Có nhãn", "; ".join(wanted.tags)))
    if wanted.languages:
        chosen = (LANGUAGES[one].lower() for one in wanted.languages)
        found.append(("Dùng ngôn ngữ", ", ".join(chosen)))
    if wanted.subscribed_only:
        found.append(("Chủ đề", "Chỉ người tự chọn nhận chủ đề này"))
    return found or [("Người nhận", "Mọi người quan tâm OA hoặc từng nhắn OA")]


def _dossiers(session: Session, wanted: Audience) -> _Pairs:
    found: _Pairs = []
    if wanted.fields:
        found.append(("Lĩnh vực", "; ".join(wanted.fields)))
    if wanted.procedures:
        index = index_of(session)
        known = ((code, index.by_code(code)) for code in wanted.procedures)
        found.append(("Thủ tục", "; ".join(e.name if e else code for code, e in known)))
    if wanted.states:
        found.append(("Trạng thái hồ sơ", ", ".join(STATES[one] for one in wanted.states)))
    if wanted.promised_from or wanted.promised_to:
        first = f"từ {wanted.promised_from:%d/%m/%Y}" if wanted.promised_from else ""
        last = f"đến {wanted.promised_to:%d/%m/%Y}" if wanted.promised_to else ""
        found.append(("Ngày hẹn trả", f"{first} {last}".strip()))
    return found


def _target(target: Target) -> _Pairs:
    found: _Pairs = []
    if target.ages:
        found.append(("Độ tuổi", _named(target.ages, AGES)))
    if target.gender:
        found.append(("Giới", GENDERS[target.gender]))
    if target.cities:
        found.append(("Tỉnh, thành (mã của Zalo)", ", ".join(map(str, target.cities))))
    elif target.locations:
        found.append(("Vùng", _named(target.locations, REGIONS)))
    if target.platform:
        chosen = (PLATFORMS.get(one, str(one)) for one in target.platform)
        found.append(("Điện thoại", ", ".join(chosen)))
    return found


def _named(numbers: Sequence[int], names: Sequence[str]) -> str:
    return ", ".join(names[one] if one < len(names) else str(one) for one in numbers)


def estimate_of(row: Broadcast) -> Estimate | None:
    """What was promised; None for articles, repeats not begun, and what cannot be read."""
    try:
        return Estimate.model_validate(row.estimate) if row.estimate else None
    except ValueError:
        return None


def share_rows(counted: Estimate) -> list[tuple[str, int, int, int]]:
    """Way, people, messages, VND; the most people first."""
    rows = [
        (SHARES.get(name, name), one.people, one.messages, one.cost)
        for name, one in counted.shares.items()
    ]
    return sorted(rows, key=lambda one: -one[1])


def excluded_rows(counted: Estimate) -> list[tuple[str, int]]:
    """Why how many are not told; the most first."""
    rows = [(reason_words(name), count) for name, count in counted.excluded.items() if count]
    return sorted(rows, key=lambda one: -one[1])
