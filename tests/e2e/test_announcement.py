"""An announcement to one commune in a real browser, the citizens' phones in the local Zalo.

Written with a picture, estimated, agreed to by a second person, scheduled, sent, paused, resumed and
reported; a citizen's question meanwhile is answered; the bill is the one that was promised.
"""

from __future__ import annotations

import io
import re
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import time as clocktime
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from clock import VIETNAM, SystemClock
from console import passwords
from crypto import Vault
from store import staff
from store.tables import Agency, Follower
from tests.console.browsing import assert_good, chromium
from tests.e2e.conftest import PATIENCE, Town, town_of
from tests.e2e.test_clerks_day import PASSWORD, SECRET
from tests.notify.broadcasts import making

IN_COMMUNE, ELSEWHERE = 240, 60
#: So many of the commune wrote three days ago: beyond the free window, paid for.
PAID = 20


@pytest.fixture
def town(sqlite_template: Path, tmp_path: Path) -> Iterator[Town]:
    path = tmp_path / "announcement.db"
    shutil.copy(sqlite_template, path)
    changes = {
        "broadcast_from": clocktime(0),
        "broadcast_to": clocktime(23, 59, 59),
        "consultation_allowance": 0,
        "broadcast_approve_above": 50,
        # Slow enough to be paused in the middle, whatever the second of the minute.
        "sender_threads": 4,
    }
    with town_of(f"sqlite:///{path}", worker=False, **changes) as started:
        _control(started, "PATCH", "settings", sub_quota_total=0)
        _control(started, "POST", "faults", kind="latency", path="*message/cs", ms=250)
        _staff(started)
        _people(started)
        started.start_worker()
        yield started


def _control(town: Town, method: str, address: str, **body: Any) -> Any:
    answer = requests.request(method, f"{town.sandbox.url}/_control/{address}", json=body or None)
    assert answer.ok, answer.text
    return answer.json()


def _staff(town: Town) -> None:
    now, vault = SystemClock().now(), Vault(town.settings.secret_key.get_secret_value())
    with town.database.write() as session:
        for username, role in (("hoa", "broadcast"), ("duy", "approver")):
            account = staff.create(
                session,
                username=username,
                full_name=f"{username.capitalize()} Mẫu",
                password_hash=passwords.hashed(PASSWORD),
                grants=[(role, 0)],
                now=now,
                by="test",
            )
            assert account is not None
            account.totp_sealed, account.totp_confirmed_at = vault.encrypt(SECRET), now
            session.add(account)


def _people(town: Town) -> None:
    """Followers with dossiers of two communes."""
    now = SystemClock().now()
    with town.database.write() as session:
        for number, name in ((1, "Xã Mẫu Một"), (2, "Xã Mẫu Hai")):
            session.add(
                Agency(
                    code=f"H60.0{number}",
                    name=name,
                    name_folded=f"xa mau {number}",
                    updated_at=now,
                )
            )
    place = 0
    for unit, count, hours in (
        ("H60.01", IN_COMMUNE - PAID, 1),
        ("H60.01", PAID, 72),
        ("H60.02", ELSEWHERE, 1),
    ):
        order = {"count": count, "interacted_hours_ago": hours, "prefix": f"{unit}-{hours}"}
        for uid in _control(town, "POST", "people/bulk", **order)["ids"]:
            place += 1
            phone = f"+8490{place:07}"
            with town.database.write() as session:
                session.add(
                    Follower(
                        uid=uid,
                        followed=True,
                        first_seen_at=now - timedelta(days=30),
                        followed_at=now - timedelta(days=30),
                        last_interaction_at=now - timedelta(hours=hours),
                    )
                )
            making.dossier(
                town.database, f"{unit}-261118-{place:04}", now, phone=phone, unit_code=unit
            )
            making.link(town.database, uid, phone, now)


@pytest.mark.timeout(400)
def test_an_announcement_from_the_first_word_to_the_report(town: Town) -> None:
    with chromium() as browser:
        writer, approver = _signed_in(browser, town, "hoa"), _signed_in(browser, town, "duy")
        number = _written(writer, town)
        _agreed(approver, town, number)
        _scheduled_then_sent(writer, town, number)
        _paused_and_resumed(writer, town, number)
        _reported(writer, town, number)
    row = making.get(town.database, number)
    bill = _control(town, "GET", "state")["quotas"]
    assert row.estimate["cost"] == PAID * 55
    assert row.figures["cost"] == bill["spent_vnd"] == row.estimate["cost"]
    heard = _control(town, "GET", "people/tally?text=Cầu Mẫu")["any"]
    assert heard == {"0": ELSEWHERE + 1, "1": IN_COMMUNE, "2+": 0}, "and the one who only asked"


def _signed_in(browser: Browser, town: Town, username: str) -> Page:

    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{town.url}/console/")
    page.fill("#o-username", username)
    page.fill("#o-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Mã xác thực')")
    page.fill("#o-code", pyotp.TOTP(SECRET).now())
    page.keyboard.press("Enter")
    page.wait_for_selector(".shell__main")
    return page


def _confirmed(page: Page, button: str) -> None:
    """Press; where the password is asked for again, show it and press once more."""
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()
    if page.locator("input[type=password]").count():
        page.fill("input[type=password]", PASSWORD)
        page.locator("main button").first.click()
        page.get_by_role("button", name=button, exact=True).click()


def _written(page: Page, town: Town) -> int:
    page.goto(f"{town.url}/console/thong-bao")
    assert_good(page, "the list on the first day")
    page.get_by_role("button", name="Soạn thông báo").click()
    page.wait_for_url("**/soan")
    page.get_by_label("Tên thông báo").fill("Cầu Mẫu đóng để sửa")
    page.get_by_label("Chủ đề", exact=True).select_option(label="Thông báo của xã, phường")
    page.get_by_label("Nội dung tiếng Việt").fill(
        "Cầu Mẫu đóng từ 20/12 đến 25/12 để sửa. Bà con đi đường vòng qua thôn Mẫu."
    )
    _commune(page)
    page.get_by_label("Mỗi người theo cách rẻ nhất được phép").check()
    page.get_by_label("Ngoài 48 giờ miễn phí").select_option("paid")
    page.set_input_files(
        "#o-picture", {"name": "cau.jpg", "mimeType": "image/jpeg", "buffer": _photo()}
    )
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.get_by_text("Đã lưu.", exact=True).wait_for()
    counted = page.locator("#uoc-tinh")
    expect(counted).to_contain_text(f"Gửi được tới {IN_COMMUNE} trong {IN_COMMUNE} người")
    expect(counted).to_contain_text("1.100")
    assert_good(page, "writing")
    page.get_by_role("button", name="Kiểm tra lần cuối và trình").click()
    page.wait_for_url("**/trinh")
    page.get_by_role("button", name="Trình thông báo").click()
    page.wait_for_selector("text=duyệt")
    found = re.search(r"/thong-bao/(\d+)", page.url)
    assert found
    return int(found[1])


def _commune(page: Page) -> None:
    for fold in page.locator("main details:not([open]) > summary").all():
        if fold.is_visible():
            fold.click()
    box = page.get_by_label("Xã Mẫu Một")
    if box.count():
        box.check()
    else:
        page.locator("select[name=agencies]").select_option(label="Xã Mẫu Một")


def _photo() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (800, 500), (60, 120, 80)).save(made, "JPEG")
    return made.getvalue()


def _agreed(page: Page, town: Town, number: int) -> None:
    page.goto(f"{town.url}/console/thong-bao/{number}")
    page.wait_for_selector("text=Cầu Mẫu đóng từ 20/12")
    assert_good(page, "to be agreed to")
    _confirmed(page, "Duyệt")
    page.wait_for_selector("text=Đã duyệt")


def _scheduled_then_sent(page: Page, town: Town, number: int) -> None:
    page.goto(f"{town.url}/console/thong-bao/{number}")
    tomorrow = SystemClock().now().astimezone(VIETNAM) + timedelta(days=1)
    page.fill("#o-day", f"{tomorrow:%Y-%m-%d}")
    page.fill("#o-at", "09:30")
    page.get_by_role("button", name="Hẹn giờ", exact=True).click()
    page.wait_for_selector(f"text=Đã hẹn gửi lúc 09:30 ngày {tomorrow:%d/%m/%Y}")
    assert making.get(town.database, number).state == "scheduled"
    _confirmed(page, "Gửi ngay")


def _paused_and_resumed(page: Page, town: Town, number: int) -> None:
    asker = town.citizen("Người Hỏi Mẫu", "0900999999")
    asker.do("follow")
    asker.hears_until("6. Hỗ trợ")
    _until(lambda: _told(town) > 20)
    # Asked in the middle of it.
    asker.say("giờ làm việc")
    began = time.monotonic()
    asker.hears_until("07:30")
    assert time.monotonic() - began < 10, "nobody waits for an announcement to end"
    page.goto(f"{town.url}/console/thong-bao/{number}")
    page.get_by_role("button", name="Tạm dừng", exact=True).click()
    page.wait_for_selector("text=đã tạm dừng")
    _until(lambda: all(one.state != "leased" for one in making.messages(town.database, number)))
    before = _told(town)
    assert before < IN_COMMUNE
    asker.say("menu")
    asker.hears_until("Tra cứu hồ sơ")
    assert _told(town) == before, "paused is paused"
    page.get_by_role("button", name="Gửi tiếp", exact=True).click()
    page.wait_for_selector("text=Đang gửi tiếp")
    _until(lambda: making.get(town.database, number).state == "done")


def _told(town: Town) -> int:
    return int(_control(town, "GET", "people/tally?text=Cầu Mẫu")["any"]["1"])


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 2 * PATIENCE
    while not true():
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.1)


def _reported(page: Page, town: Town, number: int) -> None:
    # The page notices the end by itself.
    page.get_by_role("link", name="Xem báo cáo").click()
    page.wait_for_selector("h1:has-text('Báo cáo')")
    assert_good(page, "the report")
    text = page.inner_text("main")
    assert str(IN_COMMUNE) in text and "1.100" in text
    csv = page.request.get(f"{town.url}/console/thong-bao/{number}/nguoi-nhan.csv").text()
    assert len(csv.strip().splitlines()) == IN_COMMUNE + 1
