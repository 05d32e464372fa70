"""Sample dossiers for the demonstration, as a one-stop software would send them (contract 3).

``data/demo/dossiers.json`` tells times relative to today ("-3d 09:15": the third working day
before, "-25m": minutes ago), so that deadlines look alike whenever somebody tries it.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time, timedelta
from typing import Any

from clock import VIETNAM
from dossiers.workdays import Calendar
from settings import ROOT

FILE = ROOT / "data" / "demo" / "dossiers.json"
SOURCE = "motcua-mau"
_DAYS = re.compile(r"([+-])(\d+)d (\d\d):(\d\d)")
_MINUTES = re.compile(r"-(\d+)m")
_DATE_IN_CODE = re.compile(r"\{-(\d+)\}")


def load(now: datetime, calendar: Calendar) -> list[dict[str, Any]]:
    """Every sample as a Dossier of the contract; ``_events`` holds its Events, oldest first."""
    told = json.loads(FILE.read_text(encoding="utf-8"))
    when = _When(now.astimezone(VIETNAM), calendar)
    return [_sample(dict(raw), when) for raw in told["dossiers"]]


class _When:
    """Reads a relative time."""

    def __init__(self, now: datetime, calendar: Calendar) -> None:
        self._now = now
        self._calendar = calendar

    def __call__(self, text: str) -> datetime:
        if match := _MINUTES.fullmatch(text):
            return self._now - timedelta(minutes=int(match[1]))
        if match := _DAYS.fullmatch(text):
            sign, days, hour, minute = match.groups()
            day = self._workday(int(days), -1 if sign == "-" else 1)
            return datetime.combine(day, time(int(hour), int(minute)), VIETNAM)
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)

    def _workday(self, number: int, step: int) -> date:
        day = self._now.date()
        while number:
            day += timedelta(days=step)
            number -= self._calendar.is_workday(day)
        return day

    def in_code(self, match: re.Match[str]) -> str:
        """The date of a working day as dossier codes write it (domain 1.3)."""
        return f"{self._workday(int(match[1]), -1):%y%m%d}"


def _sample(raw: dict[str, Any], when: _When) -> dict[str, Any]:
    steps = raw.pop("_steps")
    code = _DATE_IN_CODE.sub(when.in_code, raw["MaHoSo"])
    promised = f"{when(raw['NgayHenTra']):%Y%m%d%H%M%S}" if raw.get("NgayHenTra") else ""
    moments = [when(step["at"]) for step in steps]
    events = [
        {
            "MaSuKien": f"mau-{code}-{number}",
            "MaHoSo": code,
            "TrangThai": step["code"],
            "BuocXuLy": step["words"],
            "ThoiDiemXuLy": f"{at:%Y%m%d%H%M%S}",
            "NoiDungXuLy": step.get("content", ""),
            "NguoiXuLy": "Cán bộ mẫu",
            "DonViXuLy": raw.get("DonViXuLy", ""),
            "HeThongNguon": SOURCE,
            **({"NgayHenTra": promised} if step["code"] == 2 and promised else {}),
        }
        for number, (step, at) in enumerate(zip(steps, moments, strict=True), start=1)
    ]
    return {
        **raw,
        "MaHoSo": code,
        "NgayNop": f"{moments[0]:%Y%m%d%H%M%S}",
        "NgayHenTra": promised,
        "HeThongNguon": SOURCE,
        "_events": events,
    }
