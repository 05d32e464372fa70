"""The one-stop simulator against a receiver that speaks the product's contract."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from pypdf import PdfReader

from sandbox.server import Running, running

CODE = "000.00.04.H60-230215-0028"
DOSSIER = {
    "MaHoSo": CODE,
    "ChuHoSo": "NGUYỄN THỊ <b>MẪU</b>",
    "TenTTHC": "Đăng ký thay đổi thành viên",
    "TrangThaiHoSo": 1,
}


class Product:
    """Keeps events and tells them back, as the contract's addresses do."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.dossiers: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.receipts: list[bytes] = []
        self.refuse = False

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Take one push."""
        if self.refuse:
            return 422, {"title": "Sai dữ liệu"}
        (self.events if path.endswith("events") else self.dossiers).append(body)
        return 200, {"results": [{"status": "created"}]}

    def get(self) -> dict[str, Any]:
        """The dossier with its events."""
        latest = self.events[-1]["TrangThai"] if self.events else 1
        return {**DOSSIER, "TrangThaiHoSo": latest, "events": self.events}


@pytest.fixture
def product() -> Iterator[tuple[Product, str]]:
    """A small product on a free port."""
    kept = Product()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, body: dict[str, Any]) -> None:
            kept.keys.add(self.headers["Authorization"])
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._answer(200, kept.get())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(*kept.post(self.path, body))

        def do_PUT(self) -> None:
            kept.receipts.append(self.rfile.read(int(self.headers["Content-Length"])))
            fine = self.headers["Content-Type"] == "application/pdf"
            self._answer(200 if fine else 415, {})

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    yield kept, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def office(product: tuple[Product, str], tmp_path: Path) -> Iterator[Running]:
    """A sandbox with the one-stop simulator on."""
    source = tmp_path / "dossiers.json"
    source.write_text(json.dumps([DOSSIER]), "utf-8")
    with running(onestop_url=product[1], onestop_key="k1", onestop_data=source) as sandbox:
        yield sandbox


def push(office: Running, action: str, reason: str = "", phieu: str = "") -> requests.Response:
    form = {"MaHoSo": CODE, "action": action, "NoiDungXuLy": reason, "phieu": phieu}
    return requests.post(office.url + "/onestop/event", data=form, timeout=10)


def test_a_dossier_walks_through_every_step_and_ends(
    office: Running, product: tuple[Product, str]
) -> None:
    kept = product[0]
    page = push(office, "tiep", phieu="1")
    for _ in range(5):
        assert "Chuyển bước tiếp" in page.text
        page = push(office, "tiep")
    assert [(e["TrangThai"], e["BuocXuLy"]) for e in kept.events] == [
        (2, "Tiếp nhận hồ sơ"),
        (4, "Phân công thụ lý"),
        (4, "Thẩm định hồ sơ"),
        (4, "Ký duyệt"),
        (9, "Đã có kết quả"),
        (10, "Trả kết quả"),
    ]
    assert "Hồ sơ đã kết thúc" in page.text
    assert len({e["MaSuKien"] for e in kept.events}) == 6
    assert kept.keys == {"Bearer k1"}
    assert len(kept.events[0]["NgayHenTra"]) == 14
    assert len(kept.receipts) == 1
    text = PdfReader(io.BytesIO(kept.receipts[0])).pages[0].extract_text()
    assert CODE in text
    assert all(re.fullmatch(r"\d{14}", e["ThoiDiemXuLy"]) for e in kept.events)


def test_a_supplement_carries_its_reason_and_the_walk_goes_on_after_it(
    office: Running, product: tuple[Product, str]
) -> None:
    kept = product[0]
    push(office, "tiep")
    push(office, "bo-sung", "Thiếu bản sao CCCD")
    push(office, "tiep")
    assert kept.events[1]["TrangThai"] == 5
    assert kept.events[1]["NoiDungXuLy"] == "Thiếu bản sao CCCD"
    assert kept.events[2]["BuocXuLy"] == "Phân công thụ lý"
    push(office, "dung")
    assert kept.events[3]["TrangThai"] == 8
    assert kept.events[3]["NoiDungXuLy"], "never without a reason"


def test_a_new_dossier_is_pushed_with_the_counters_tick(
    office: Running, product: tuple[Product, str]
) -> None:
    form = {"MaHoSo": "000.00.04.H60-261120-0001", "ChuHoSo": "A", "TenTTHC": "B"}
    page = requests.post(
        office.url + "/onestop/dossier", data={**form, "ThongBaoZalo": "1"}, timeout=10
    )
    sent = product[0].dossiers[0]
    assert sent["ThongBaoZalo"] is True
    assert sent["TrangThaiHoSo"] == 1
    assert "000.00.04.H60-261120-0001" in page.text


def test_a_refusal_is_shown_and_nothing_is_trusted_as_markup(
    office: Running, product: tuple[Product, str]
) -> None:
    product[0].refuse = True
    page = push(office, "tiep")
    assert "chưa được" in page.text
    assert "HTTP 422" in page.text
    assert "<b>MẪU</b>" not in page.text


def test_an_absent_product_is_told_and_not_an_error(tmp_path: Path) -> None:
    source = tmp_path / "dossiers.json"
    source.write_text(json.dumps([DOSSIER]), "utf-8")
    with running(onestop_url="http://127.0.0.1:9", onestop_data=source) as sandbox:
        page = push(sandbox, "tiep")
        assert page.status_code == 200
        assert "Không gọi được" in page.text


def test_there_is_no_such_page_without_a_product(tmp_path: Path) -> None:
    with running() as sandbox:
        assert requests.get(sandbox.url + "/onestop", timeout=5).status_code == 404
        assert "/onestop" not in requests.get(sandbox.url + "/", timeout=5).text
