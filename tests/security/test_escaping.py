"""What citizens, other systems and staff wrote is shown as text: on every page, in every export."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook

from tests.console.browsing import chromium, desk, served
from tests.console.conftest import Clerk, Office
from tests.security import hostile_rows as rows

#: Arguments of addresses other than the number 1.
ARGUMENTS = {
    "key": rows.KEY,
    "code": "PA-261118-0001",
    "token": rows.TOKEN,
    "kind": "png",
    "name": "khong-co",
    "form": "02",
    "which": "receipt",
    "rest": "khong-co",
    "path": "khong-co",
}
PUBLIC = (
    "/dich-vu-cong", "/dich-vu-cong?theo=coquan", "/dich-vu-cong?q=%22%3E%3Cscript%20x%3E",
    f"/h/{rows.TOKEN}", f"/h/{rows.TOKEN}?lang=en", f"/t/{rows.KEY}", f"/t/{rows.KEY}?lang=en",
    "/phan-anh", "/phan-anh/PA-261118-0001", "/qr/", "/h/%22%3E%3Cscript%20x%3E", "/t/%22%3E%3Cscript%20x",
)  # fmt: skip


SPELLED = {place: re.compile(rows.spelled(place) + r"\b") for place in rows.NUMBERS}
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Reader(HTMLParser):
    """What a browser would run or follow of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            said = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or name == "style" or name == "srcdoc":
                self.wrong.append(f"<{tag} {name}>")
            if name in ("href", "src", "action", "formaction") and said.startswith(
                ("javascript:", "vbscript:", "data:text")
            ):
                self.wrong.append(f"<{tag} {name}={value}>")
            if tag == "a" and name == "href" and (value or "").startswith("/console/"):
                self.links.add(value or "")
        if tag == "script" and not dict(attrs).get("src", ""):
            self.wrong.append("<script> in the page")
        if tag in ("iframe", "object", "embed", "base"):
            self.wrong.append(f"<{tag}>")


def addresses(office: Office) -> list[str]:
    """Every page that can be opened, with a subject where it wants one."""
    adapter = office.app.url_map.bind("localhost")
    found = []
    for rule in office.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.endpoint.startswith("console."):
            continue
        if rule.endpoint in ("console.static", "console.nowhere"):
            continue
        converters = rule._converters
        values = {
            name: 1
            if type(converters[name]).__name__ == "IntegerConverter"
            else ARGUMENTS.get(name, "x")
            for name in rule.arguments
        }
        found.append(adapter.build(rule.endpoint, values))
    copies = [f"/console/quyen-rieng-tu/1/ban-sao.{form}" for form in ("json", "pdf")]
    return found + copies


def crawl(office: Office, clerk: Clerk) -> Iterator[tuple[str, int, str, bytes]]:
    """Every page and whatever it leads to: address, status, mimetype, body."""
    waiting = [*addresses(office), *PUBLIC]
    seen = set(waiting)
    for address in waiting:
        answer = clerk.get(address)
        yield address, answer.status_code, answer.mimetype, answer.get_data()
        if answer.mimetype != "text/html":
            continue
        for link in sorted(read(answer.get_data(as_text=True)).links):
            path = re.sub(r"\d+", "1", urlsplit(link).path)
            if link not in seen and path not in seen:
                seen |= {link, path}
                waiting.append(link)


@ONE_DATABASE
def test_every_page_and_export_shows_attacks_as_text(attacked: Office) -> None:
    clerk = attacked.sign_in("moi.nguoi")
    shown: set[str] = set()
    failed, wrong, opened, exports = [], [], 0, 0
    for address, status, mimetype, body in crawl(attacked, clerk):
        text = body.decode("utf-8", "replace")
        opened += status == 200
        if status >= 500:
            failed.append((address, status))
        if mimetype == "text/html":
            wrong += [(address, one) for one in read(text).wrong]
            shown |= {place for place, spelled in SPELLED.items() if spelled.search(text)}
            if rows.EVALUATED in text:
                wrong.append((address, "a template ran what was typed"))
        elif mimetype == "text/csv":
            exports += 1
            wrong += [(address, cell) for cell in formulas(text)]
        elif mimetype.endswith("spreadsheetml.sheet"):
            exports += 1
            book = load_workbook(io.BytesIO(body))
            cells = [c for sheet in book.worksheets for row in sheet.iter_rows() for c in row]
            wrong += [(address, str(c.value)) for c in cells if c.data_type == "f"]
    assert failed == []
    assert wrong == []
    # A crawl that reaches nothing finds nothing.
    assert opened > 120
    assert exports >= 6
    assert len(shown) >= 70, sorted(set(rows.NUMBERS) - shown)


def test_the_reader_finds_what_it_looks_for() -> None:
    assert len(read(rows.attack("dossier.owner_name")).wrong) == 2
    assert read("<a href='java\nscript:x'>").wrong
    assert read("<p onclick=x>").wrong
    assert formulas('a," =1+1"') == [" =1+1"]


def read(text: str) -> Reader:
    """What a page would make a browser run."""
    reader = Reader()
    reader.feed(text)
    return reader


def formulas(text: str) -> list[str]:
    """Cells a spreadsheet would run."""
    cells = [cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row]
    return [c for c in cells if c.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]


@ONE_DATABASE
def test_no_attack_runs_in_a_real_browser(attacked: Office) -> None:
    clerk = attacked.sign_in("moi.nguoi")
    pages = (
        "/console/", "/console/ho-so/1", "/console/ho-so", "/console/phan-anh/1",
        "/console/tro-chuyen", "/console/tro-chuyen/1", "/console/thong-bao/1/soan",
        "/console/thong-bao/2", "/console/thu-tuc/" + rows.KEY, "/console/nhat-ky",
        "/console/quyen-rieng-tu/1", "/console/ho-so/moi", "/console/bao-cao", *PUBLIC[:10],
    )  # fmt: skip
    with served(attacked) as site, chromium() as browser, desk(browser, site, clerk) as mine:
        dialogs: list[str] = []
        mine.page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
        for path in pages:
            # `desk` fails on anything the policy of a page had to stop.
            page = mine.open(path)
            page.wait_for_timeout(150)
            assert page.evaluate("window.hit === undefined"), path
        assert dialogs == []
