"""A worker killed at any moment of the citizen's loop loses nothing and repeats only what was in
flight."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

import requests

from tests.e2e.conftest import Citizen, Town, town_of
from tests.e2e.test_citizen_loop import CODE, dossier, event, follow, link_by_otp
from tests.e2e.worker_process import WorkerProcess

#: State, step words, reason; and in how many seconds after it the worker dies.
STEPS = (
    (2, "Tiếp nhận hồ sơ", "", 0.02),
    (4, "Phân công thụ lý", "", None),
    (4, "Thẩm định hồ sơ", "", 0.2),
    (5, "Yêu cầu bổ sung", "Nộp thêm bản sao", None),
    (4, "Ký duyệt", "", 0.4),
    (9, "Đã có kết quả", "", None),
    (10, "Trả kết quả", "", None),
)
#: One citizen's replies, one-time codes and news each go one after another: so many at once.
IN_FLIGHT = 3


def test_nothing_is_lost_and_little_repeated_however_often_the_worker_is_killed(
    database_url: str,
) -> None:
    with town_of(database_url, worker=False) as town:
        # Slow answers after acceptance: a kill soon after a cause hits the call in the air.
        _fault(town, kind="slow_drip", path="*message*", seconds=0.3)
        worker = WorkerProcess(town.settings)
        try:
            town.push("dossiers", dossier())
            with worker.dying(2.0):
                citizen = follow(town)
            with worker.dying(0.6):
                link_by_otp(citizen)
            for *step, death in STEPS:
                with worker.dying(death) if death is not None else contextlib.nullcontext():
                    town.push("events", event(*step))
            events = town.settled(CODE)["events"]
            citizen.hears_until("Đã trả kết quả")
        finally:
            status = worker.stop()
        heard = _heard(citizen)

    assert status == 0
    assert worker.kills == 5
    fates = [n for e in events for n in e["notifications"] if n["kind"] != "receipt_file"]
    assert len(fates) == len(STEPS)
    assert {fate["state"] for fate in fates} <= {"sent", "delivered", "seen"}
    cards = [t for t in heard if t.startswith(("CẬP NHẬT TRẠNG THÁI", "PHIẾU TIẾP NHẬN"))]
    assert len(set(cards)) == len(STEPS), "each change of state has its own words"
    repeats = sum(count - 1 for count in Counter(heard).values())
    assert repeats <= worker.kills * IN_FLIGHT


def _fault(town: Town, **order: Any) -> None:
    requests.post(f"{town.sandbox.url}/_control/faults", json=order).raise_for_status()


def _heard(citizen: Citizen) -> list[str]:
    """Everything on the citizen's phone that came from the OA."""
    path = f"{citizen.zalo}/_control/people/{citizen.uid}/chat?from=oa"
    return [str(m.get("text") or m.get("file")) for m in requests.get(path).json()["messages"]]
