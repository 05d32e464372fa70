"""``make demo`` as the README tells it: follow, look up, link, and the one-stop software moves on."""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from service.demo import environment
from settings import ROOT
from tests.e2e.conftest import PATIENCE, Citizen, free_port
from tests.e2e.test_citizen_loop import CODE, OWNER, link_by_otp


@pytest.fixture
def zalo(tmp_path: Path) -> Iterator[str]:
    """The address of the demonstration's local Zalo; Ctrl-C must end everything cleanly."""
    port, sandbox_port = free_port(), free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "app.py", "demo", "--port", str(port)),
            *("--sandbox-port", str(sandbox_port), "--data", str(tmp_path)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        yield f"http://127.0.0.1:{sandbox_port}"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 0
    log = (tmp_path / "demo.log").read_text()
    assert "Traceback" not in log
    for gone in (port, sandbox_port):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{gone}/", timeout=1)


def test_it_sends_at_any_hour(tmp_path: Path) -> None:
    assert environment("127.0.0.1", 1, 2, tmp_path)["ZBS_NIGHT_RULE"] == "false"


def test_the_five_steps_of_the_readme(zalo: str) -> None:
    people = requests.get(f"{zalo}/_control/people").json()["people"]
    mau = next(person for person in people if person["name"] == "Nguyễn Thị Mẫu")
    citizen = Citizen(zalo, mau["id"])
    # The tick at the counter: ZBS before anybody followed, at whatever hour this is run.
    citizen.hears_until("Mới đăng ký")

    citizen.do("follow")
    citizen.hears_until("6. Hỗ trợ")
    citizen.say(CODE)
    assert OWNER not in citizen.hears_until("Tìm thấy tổng số 1 hồ sơ")
    link_by_otp(citizen)

    def office(action: str) -> None:
        form = {"MaHoSo": CODE, "action": action}
        answer = requests.post(f"{zalo}/onestop/event", data=form, allow_redirects=False)
        assert answer.status_code == 303

    office("tiep")
    citizen.hears_until("Phieu-tiep-nhan")
    paper = requests.get(f"{zalo}/onestop/paper/{CODE}/receipt", timeout=10)
    assert paper.content.startswith(b"%PDF"), "the counter prints it from the same page"
    photo = requests.get(f"{zalo}/onestop/paper/{CODE}/qr.png", timeout=10).content
    citizen.do("image", name="anh.png", base64=base64.b64encode(photo).decode())
    citizen.hears_until("Tìm thấy tổng số 1 hồ sơ")
    for action, expected in (
        ("tiep", "Phân công thụ lý"),
        ("bo-sung", "Bổ sung bản sao có chứng thực"),
        ("tiep", "● Thẩm định hồ sơ"),
        ("tiep", "● Ký duyệt"),
        ("tiep", "Đã xử lý xong"),
        ("tiep", "Đã trả kết quả"),
    ):
        office(action)
        assert OWNER in citizen.hears_until(expected)
