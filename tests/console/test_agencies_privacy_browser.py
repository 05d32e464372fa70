"""Agencies, keys, news and the privacy desk in a real browser, at a phone's and a desk's width."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from dossiers.agencies import import_file
from privacy import requests
from settings import ROOT
from store import api_keys, links, news, stored_files
from store.tables import Dossier, Follower, Incident, Proof
from tests.console.browsing import WIDTHS, assert_good, chromium, desk, served
from tests.console.conftest import Office

UID, PHONE = "7000000000000000001", "+84912345678"


def fill(office: Office) -> dict[str, int]:
    """An office with some of everything; the ids of what the pages show."""
    import_file(office.database, ROOT / "data" / "demo" / "agencies.csv", now=office.clock.now())
    now, calendar = office.clock.now(), office.app.extensions["console"].calendar
    saved = io.BytesIO()
    Image.new("RGB", (640, 360), "#4a7ab5").save(saved, "JPEG")
    with office.database.write() as session:
        api_keys.create(session, "igate", api_keys.SCOPES, now, ["igate", "vnpt"])
        api_keys.create(session, "cu", "dossiers:write", now)
        api_keys.revoke(session, "cu", now)
        for number in range(3):
            values = {
                "title": f"Thông báo nghỉ lễ và lịch tiếp nhận hồ sơ dịp cuối năm, số {number}",
                "state": ("published", "draft", "hidden")[number],
                "url": "https://tinh-mau.example/tin/1",
                "pinned": number == 0,
                "cover_media": stored_files.keep(session, saved.getvalue(), "image/jpeg", now)
                if not number
                else "",
            }
            item = news.put(session, None, values, "hoa", now)
        session.add(Follower(uid=UID, display_name="Bà Mẫu", first_seen_at=now))
        session.flush()
        links.claim(session, UID, PHONE, now)
        links.verify(session, UID, PHONE, Proof.otp, now)
        session.add(
            Dossier(
                code="H60.12-261118-0001",
                phone=PHONE,
                unit_code="H60.12",
                state_at=now,
                created_at=now,
                updated_at=now,
                receipt_token="t",
            )
        )
        told = {"now": now, "calendar": calendar, "settings": office.settings, "by": "citizen"}
        chat = requests.open_request(
            session,
            kind="correct",
            source="chat",
            uid=UID,
            name="Bà Mẫu",
            details="Tên tôi sai chữ đệm",
            **told,
        )
        counter = requests.open_request(
            session,
            kind="delete",
            source="counter",
            phone=PHONE,
            identity_check="can_cuoc",
            **told,
        )
        done = requests.record_done(
            session,
            kind="delete",
            source="chat",
            outcome="Đã xóa: tên hiển thị, liên kết số điện thoại (2). Đã dừng mọi thông báo.",
            now=now,
            by="citizen",
        )
        incident = Incident(
            title="Gửi nhầm danh sách mẫu cho đơn vị khác",
            discovered_at=now,
            notify_due_at=now,
            affected="Tên và số điện thoại, khoảng 20 người",
            updated_at=now,
        )
        session.add(incident)
        session.flush()
        assert item is not None
        return {
            "item": item.id or 0,
            "chat": chat.id or 0,
            "counter": counter.id or 0,
            "done": done.id or 0,
            "incident": incident.id or 0,
        }


#: The pages of each section; what stands in braces is an id of `fill`.
PAGES = {
    "agencies": (
        "/console/co-quan",
        "/console/co-quan?q=mau",
        "/console/co-quan/moi",
        "/console/co-quan/3",
        "/console/co-quan/nhap",
    ),
    "keys and news": (
        "/console/khoa-api",
        "/console/khoa-api/moi",
        "/console/khoa-api/1",
        "/console/noi-dung/tin",
        "/console/noi-dung/tin/moi",
        "/console/noi-dung/tin/1",
    ),
    "privacy desk": (
        "/console/quyen-rieng-tu",
        "/console/quyen-rieng-tu?da_xong=1",
        "/console/quyen-rieng-tu/moi",
        "/console/quyen-rieng-tu/{chat}",
        "/console/quyen-rieng-tu/{counter}",
        "/console/quyen-rieng-tu/{counter}/xoa",
    ),
    "receipts and incidents": (
        "/console/quyen-rieng-tu/{done}",
        "/console/quyen-rieng-tu/{done}/bien-nhan",
        "/console/quyen-rieng-tu/thoi-han",
        "/console/quyen-rieng-tu/su-co",
        "/console/quyen-rieng-tu/su-co/moi",
        "/console/quyen-rieng-tu/su-co/{incident}",
        "/console/quyen-rieng-tu/su-co/{incident}/bao-cao",
    ),
}


@pytest.mark.parametrize("section", PAGES)
def test_every_page_is_readable_and_in_order(office: Office, section: str) -> None:
    if not office.database.is_sqlite:
        return
    ids = fill(office)
    clerk = office.sign_in("quan", "admin")
    shots = os.environ.get("SHOTS")
    with served(office) as site, chromium() as browser, desk(browser, site, clerk) as mine:
        for told in PAGES[section]:
            path = told.format(**ids)
            for width in WIDTHS:
                page = mine.open(path, width)
                if shots:
                    name = path.removeprefix("/console/").replace("/", "-").replace("?", "-")
                    page.screenshot(path=Path(shots) / f"{name}-{width}.png", full_page=True)
                assert_good(page, f"{path} at {width}")


def test_the_example_of_a_pattern_follows_the_typing(office: Office) -> None:
    if not office.database.is_sqlite:
        return
    clerk = office.sign_in("quan", "admin")
    with served(office) as site, chromium() as browser, desk(browser, site, clerk) as mine:
        page = mine.open("/console/co-quan/moi")
        page.fill("#o-name", "Sở mẫu")
        page.fill("#o-code", "h60.12")
        page.fill("#o-code_pattern", "{unit}-{yyyymmdd}-{seq:05}")
        page.wait_for_selector("#vi-du >> text=H60.12-20261118-00001")
        page.fill("#o-code_pattern", "{unit}-{tuan}")
        page.wait_for_selector("#vi-du >> text=Không có phần {tuan}")
        page.fill("#o-code_pattern", "")
        page.wait_for_selector("#vi-du >> text=H60.12-261118-0001")
        page.click("text=Thêm cơ quan >> nth=-1")
        page.wait_for_selector("text=Đã lưu Sở mẫu")


def test_a_request_is_worked_off_from_the_queue_to_the_receipt(office: Office) -> None:
    if not office.database.is_sqlite:
        return
    fill(office)
    clerk = office.sign_in("lan", "reception")
    with served(office) as site, chromium() as browser, desk(browser, site, clerk) as mine:
        page = mine.open("/console/quyen-rieng-tu/moi", 360)
        page.select_option("#o-kind", "delete")
        page.fill("#o-phone", "0912 345 678")
        page.select_option("#o-identity_check", "can_cuoc")
        page.click("text=Ghi yêu cầu >> nth=-1")
        page.wait_for_selector("text=Đưa cho người yêu cầu mã DL-261118-004")
        page.click("text=Xác nhận đã nhận")
        page.wait_for_selector("text=Đã xác nhận.")
        page.click("a:has-text('Xóa dữ liệu')")
        page.check("text=Xóa cả tài khoản Bà Mẫu")
        page.click("text=Xóa và kết thúc yêu cầu")
        page.wait_for_selector("h1:has-text('Biên nhận')")
        _says(page, "DL-261118-004", "số điện thoại trong hồ sơ (1)")


def _says(page: Page, *fragments: str) -> None:
    text = page.inner_text("main")
    for fragment in fragments:
        assert fragment in text, f"{fragment!r} is not in {text}"
