"""How a dossier walks through the one-stop software: national codes and steps (domain 3.1, 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One station: the national code and the words of the step."""

    code: int
    words: str


WALK = (
    Step(1, "Nộp hồ sơ"),
    Step(2, "Tiếp nhận hồ sơ"),
    Step(4, "Phân công thụ lý"),
    Step(4, "Thẩm định hồ sơ"),
    Step(4, "Ký duyệt"),
    Step(9, "Đã có kết quả"),
    Step(10, "Trả kết quả"),
)
STATES = {
    1: "Mới đăng ký",
    2: "Được tiếp nhận",
    3: "Không được tiếp nhận",
    4: "Đang xử lý",
    5: "Yêu cầu bổ sung giấy tờ",
    6: "Yêu cầu thực hiện nghĩa vụ tài chính",
    7: "Công dân yêu cầu rút hồ sơ",
    8: "Dừng xử lý",
    9: "Đã xử lý xong",
    10: "Đã trả kết quả",
}
#: What staff may do besides walking on: name, code, step words, sample text of the reason.
ASIDES = (
    ("bo-sung", 5, "Yêu cầu bổ sung", "Bổ sung bản sao có chứng thực Giấy chứng nhận"),
    ("phi", 6, "Yêu cầu nộp phí", "Nộp lệ phí 50.000 đồng qua Cổng Dịch vụ công"),
    ("tu-choi", 3, "Từ chối", "Hồ sơ không thuộc thẩm quyền giải quyết"),
    ("dung", 8, "Dừng xử lý", "Tạm dừng để chờ ý kiến của cơ quan liên quan"),
    ("rut", 7, "Trả lại / Rút", "Người nộp đề nghị rút hồ sơ"),
)
#: Codes from which nothing more follows.
FINAL = frozenset({3, 7, 8, 10})


def place(events: list[dict[str, Any]], code: int | None) -> int:
    """How many stations of `WALK` the dossier has behind it, by its latest events or its code."""
    for event in reversed(events):
        for position in range(len(WALK) - 1, -1, -1):
            step = WALK[position]
            if event.get("TrangThai") == step.code and _same(event, step, position):
                return position + 1
    reached = [n for n, step in enumerate(WALK, 1) if step.code == code]
    return reached[0] if reached else 0


def following(events: list[dict[str, Any]], code: int | None) -> Step | None:
    """The next station; None at the end of the walk."""
    behind = place(events, code)
    return WALK[behind] if behind < len(WALK) else None


def _same(event: dict[str, Any], step: Step, position: int) -> bool:
    if step.code != 4:
        return True
    words = str(event.get("BuocXuLy") or "").casefold()
    # A 4 without known words counts as the first of the three inner steps.
    return words == step.words.casefold() or (position == 2 and words not in _inner())


def _inner() -> set[str]:
    return {step.words.casefold() for step in WALK if step.code == 4}
