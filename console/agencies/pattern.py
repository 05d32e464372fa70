"""What a pattern of dossier codes makes, shown while it is typed."""

from __future__ import annotations

import re
from datetime import datetime

from clock import VIETNAM
from dossiers.codes import canonical_code

DEFAULT = "{unit}-{yymmdd}-{seq:04}"
_PART = re.compile(r"\{([^{}]*)\}")
_SEQUENCE = re.compile(r"seq:0?([4-7])")


def example(pattern: str, unit: str, at: datetime) -> tuple[str, str]:
    """The first code of a day, and "" or the sentence that says why there is none."""
    local = at.astimezone(VIETNAM)
    fixed = {"unit": unit, "yymmdd": f"{local:%y%m%d}", "yyyymmdd": f"{local:%Y%m%d}"}
    parts = _PART.findall(pattern)
    for part in parts:
        if part not in fixed and not _SEQUENCE.fullmatch(part):
            return "", (
                f"Không có phần {{{part[:20]}}}. Dùng {{unit}}, {{yymmdd}} hoặc {{yyyymmdd}}, và "
                "{seq:04} đến {seq:07}."
            )

    def filled(found: re.Match[str]) -> str:
        width = _SEQUENCE.fullmatch(found[1])
        return "1".zfill(int(width[1])) if width else fixed[found[1]]

    code = _PART.sub(filled, pattern)
    if canonical_code(code) != code or not any(part.startswith("seq:") for part in parts):
        return "", "Mẫu này không tạo ra mã hồ sơ đúng dạng, ví dụ H60.04-261129-0001."
    return code, ""
