"""Codes on paper, wholly: print, scan, send, be told; a board; and the chat over real HTTP."""

from __future__ import annotations

import base64
import io
import re

import requests
from PIL import Image

from clock import SystemClock
from procedures.catalogue import import_file
from qr.reading import read_codes
from settings import ROOT
from tests.e2e.conftest import Citizen, Town
from tests.e2e.test_citizen_loop import CODE, OWNER, dossier, event, follow
from tests.qr.shots import jpeg, pages, png

LIMIT = 100_000_000


def printed(town: Town) -> bytes:
    """The receipt as the counter fetches it to print."""
    answer = requests.get(
        f"{town.url}/api/v1/dossiers/{CODE}/receipt",
        headers={"Authorization": f"Bearer {town.key}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/pdf"
    return answer.content


def shoot(citizen: Citizen, photo: bytes) -> None:
    """The citizen sends a photo in the chat."""
    citizen.do("image", name="anh.jpg", base64=base64.b64encode(photo).decode())


def test_a_printed_receipt_is_photographed_and_answered_then_its_changes_arrive(town: Town) -> None:
    town.push("dossiers", dossier())
    town.push("events", event(2, "Tiếp nhận hồ sơ"))
    (page,) = pages(printed(town), dpi=150)
    citizen = follow(town, "Người Cầm Giấy Mẫu", "0900000005")
    shoot(citizen, jpeg(page.rotate(8, expand=True, fillcolor="white"), quality=55))
    heard = citizen.hears_until("Tìm thấy tổng số 1 hồ sơ")
    assert OWNER in heard, "who holds the receipt sees the whole card"
    town.push("events", event(4, "Thẩm định hồ sơ"))
    assert CODE in citizen.hears_until("Thẩm định hồ sơ")


def test_the_page_behind_the_code_gives_a_short_code_that_links_the_chat(town: Town) -> None:
    town.push("dossiers", dossier(SoDienThoai="0900000007"))
    town.push("events", event(2, "Tiếp nhận hồ sơ"))
    (page,) = pages(printed(town), dpi=150)
    address = next(code for code in read_codes(png(page), LIMIT, LIMIT) if "/h/" in code)
    shown = requests.get(address, timeout=10)
    assert "Đã tiếp nhận" in shown.text
    assert OWNER not in shown.text
    given = requests.post(f"{address}/ma", timeout=10).text
    code = re.search(r"#HS [2-9A-Z]{6}", given)
    assert code
    citizen = follow(town, "Người Quét Mã Mẫu", "0900000006")
    citizen.say(code[0].lower())
    citizen.hears_until("Ông/bà có giấy tiếp nhận")
    town.push("events", event(4, "Ký duyệt"))
    citizen.hears_until("Ký duyệt")


def test_the_receipt_made_here_is_sent_in_the_chat_on_reception(town: Town) -> None:
    from tests.e2e.test_citizen_loop import link_by_otp

    town.push("dossiers", dossier())
    citizen = follow(town)
    link_by_otp(citizen)
    town.push("events", event(2, "Tiếp nhận hồ sơ"))
    heard = citizen.hears_until("Phieu-tiep-nhan")
    assert "pdf" in heard


def test_a_board_is_scanned_and_leads_to_a_procedure_in_page_and_chat(town: Town) -> None:
    import_file(town.database, ROOT / "data" / "procedures.json", SystemClock().now())
    board = requests.get(f"{town.url}/qr/bang-niem-yet.pdf?kho=A3", timeout=20)
    found = {
        code for page in pages(board.content, 150) for code in read_codes(png(page), LIMIT, LIMIT)
    }
    inside = sorted(code for code in found if "/t/" in code)
    assert len(inside) == 21
    for address in inside:
        assert requests.get(address, timeout=10).status_code == 200, address
    picture = requests.get(f"{town.url}/qr/t/1.001193.png", timeout=10).content
    citizen = follow(town)
    shoot(citizen, jpeg(Image.open(io.BytesIO(picture))))
    citizen.hears_until("Thủ tục: Đăng ký khai sinh")
    citizen.say("còn phí thì sao?")
    citizen.hears_until("Phí, lệ phí - Đăng ký khai sinh")


def test_a_photo_without_a_code_gets_advice(town: Town) -> None:
    citizen = follow(town)
    shoot(citizen, jpeg(Image.new("RGB", (640, 480), "seagreen")))
    citizen.hears_until("chụp lại")
