"""A citizen asks for a person, a clerk answers from the console, the bot keeps out and comes back."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import requests
from PIL import Image
from sqlmodel import col, select

from clock import SystemClock
from console import passwords
from store import staff
from store.tables import InboundEvent, InboundState
from tests.e2e.conftest import PATIENCE, Citizen, Town

PASSWORD = "con trâu đi cày ruộng sớm"


class Clerk:
    """A person of the office with a browser, signed in over HTTP."""

    def __init__(self, town: Town, username: str = "lan") -> None:
        self.town, self.http = town, requests.Session()
        with town.database.write() as session:
            staff.create(
                session,
                username=username,
                full_name="Lan Mẫu",
                password_hash=passwords.hashed(PASSWORD),
                grants=[("reception", 0)],
                now=SystemClock().now(),
                by="test",
            )
        self.csrf = ""
        self.open("/console/dang-nhap")
        self.send("/console/dang-nhap", username=username, password=PASSWORD, tiep="")
        assert "Đăng xuất" in self.open("/console/")

    def open(self, path: str) -> str:
        """A page as text."""
        page = self.http.get(self.town.url + path).text
        found = re.search(r'<meta name="csrf" content="([^"]+)"', page)
        self.csrf = found[1] if found else self.csrf
        return page

    def send(self, path: str, files: Any = None, **form: str) -> requests.Response:
        """A form of a page."""
        answer = self.http.post(
            self.town.url + path, data={"csrf": self.csrf, **form}, files=files,
            headers={"Accept": "application/json"},
        )  # fmt: skip
        assert answer.status_code == 200, (answer.status_code, answer.text[:1000])
        return answer

    def waiting(self) -> int:
        """Wait until somebody stands in the list; the number of the chat."""
        address = re.search(r'data-lists="([^"]+)"', self.open("/console/tro-chuyen"))
        assert address
        for _ in range(PATIENCE * 10):
            told = self.http.get(self.town.url + address[1].replace("&amp;", "&")).json()
            if found := re.search(r'href="/console/tro-chuyen/(\d+)"', told["html"]):
                return int(found[1])
            time.sleep(0.1)
        raise AssertionError("nobody waits")

    def hears(self, chat_id: int, place: str, fragment: str) -> str:
        """Ask for news as the script does until a line holds the fragment; the next place."""
        for _ in range(PATIENCE * 10):
            address = f"{self.town.url}/console/tro-chuyen/{chat_id}/moi?tu={place}"
            told = self.http.get(address).json()
            place = told["place"]
            if any(fragment in line["html"] for line in told["lines"]):
                return place
            time.sleep(0.1)
        raise AssertionError(f"{fragment!r} never came")

    def fate(self, chat_id: int, place: str, words: str) -> None:
        """Wait until one of our messages has this fate."""
        told: dict[str, Any] = {}
        for _ in range(PATIENCE * 10):
            address = f"{self.town.url}/console/tro-chuyen/{chat_id}/moi?tu={place}"
            told = self.http.get(address).json()
            if any(fate[0].startswith(words) for fate in told["fates"].values()):
                return
            time.sleep(0.1)
        raise AssertionError(f"no message is {words!r}: {told['fates']}")


def handled(town: Town) -> None:
    """Wait until the worker has answered, or kept silent on, everything that came in."""
    ended = (InboundState.handled, InboundState.ignored)
    for _ in range(PATIENCE * 10):
        with town.database.read() as session:
            waiting = session.exec(
                select(InboundEvent).where(col(InboundEvent.state).not_in(ended))
            ).first()
        if waiting is None:
            return
        time.sleep(0.1)
    raise AssertionError("events stay unhandled")


def place_of(page: str) -> str:
    found = re.search(r'data-place="([^"]+)"', page)
    assert found, page[:2000]
    return found[1]


def asks(town: Town) -> Citizen:
    citizen = town.citizen("Nguyễn Thị Mẫu", "0900000001")
    citizen.do("follow")
    citizen.hears_until("6. Hỗ trợ")
    citizen.say("cho tôi gặp cán bộ")
    citizen.hears_until("chuyển ông/bà tới cán bộ")
    return citizen


def test_a_conversation_from_asking_to_the_bots_return(town: Town) -> None:
    clerk = Clerk(town)
    citizen = asks(town)

    chat_id = clerk.waiting()
    address = f"/console/tro-chuyen/{chat_id}"
    page = clerk.open(address)
    assert "Nguyễn Thị Mẫu" in page
    assert "cho tôi gặp cán bộ" in page
    clerk.send(f"{address}/nhan")
    place = place_of(clerk.open(address))

    clerk.send(f"{address}/gui", text="Chào bà, tôi là Lan ở một cửa.", key="first-key-1")
    citizen.hears("tôi là Lan ở một cửa")
    citizen.do("open", on=True)
    clerk.fate(chat_id, place, "Đã xem")

    citizen.say("hồ sơ của tôi thiếu giấy gì")
    place = clerk.hears(chat_id, place, "hồ sơ của tôi thiếu giấy gì")

    citizen.do("staff", text="Tôi là Hoa, trả lời từ Zalo OA", admin_id="5544332211")
    citizen.hears("Tôi là Hoa")
    place = clerk.hears(chat_id, place, "Tôi là Hoa, trả lời từ Zalo OA")
    assert "(…2211)" in clerk.open(address)

    citizen.say("tra cứu hồ sơ")
    clerk.hears(chat_id, place, "tra cứu hồ sơ")
    handled(town)  # a message still on its way when the bot takes over is the bot's to answer

    clerk.send(f"{address}/giao-tro-ly", tell="1")
    (closing,) = citizen.hears("Cán bộ đã kết thúc phần trao đổi")
    assert "tra cứu" not in closing["text"].lower(), "the bot kept silent until now"

    citizen.say("menu")
    citizen.hears_until("6. Hỗ trợ")


def test_papers_and_photos_reach_the_citizen_and_theirs_the_clerk(town: Town) -> None:
    clerk = Clerk(town)
    citizen = asks(town)
    address = f"/console/tro-chuyen/{clerk.waiting()}"
    clerk.open(address)

    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    clerk.send(f"{address}/gui-tep", key="file-key-01", files={"file": ("mau-don.pdf", pdf)})
    (paper,) = citizen.hears("mau-don.pdf")
    assert paper["kind"] == "file"
    assert requests.get(paper["content"]["url"]).content == pdf

    drawn = io.BytesIO()
    Image.new("RGB", (300, 200), "seagreen").save(drawn, "PNG")
    clerk.send(f"{address}/gui-tep", key="file-key-02", files={"file": ("b.png", drawn.getvalue())})
    (picture,) = citizen.hears()
    assert picture["kind"] == "image"
    assert requests.get(picture["content"]["url"]).content.startswith(b"\xff\xd8\xff")

    answer = requests.post(
        f"{citizen.zalo}/_control/people/{citizen.uid}/file",
        files={"file": ("giay.png", drawn.getvalue())},
    )
    assert answer.status_code == 200, answer.text
    chat_id = int(address.rpartition("/")[2])
    clerk.hears(chat_id, place_of(clerk.open(address)), "data-photo")
    (link,) = re.findall(r'href="([^"]+)"[^>]*data-photo>', clerk.open(address))[:1]
    shown = clerk.http.get(town.url + link)
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(shown.content)).size == (300, 200)
