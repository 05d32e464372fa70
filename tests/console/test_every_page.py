"""Every page without a subject opens, empty as it is on the first day, and every link of it leads on."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from console.overview import addresses
from tests.console.conftest import Office
from tests.console.test_access import console_of

ROLES = ("admin", "reception", "officer", "feedback", "broadcast", "approver", "auditor")
#: Pages that only make sense right after another act, or that our scripts ask.
_NOT_ALONE = frozenset({"second_factor", "sign_in", "nowhere", "enrol"})
#: Answers of a page asked without what it needs: never a fault of ours.
_FINE = (200, 303, 400, 404, 409, 422)


class Links(HTMLParser):
    """The addresses a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and ((tag, name) in (("a", "href"), ("img", "src"), ("script", "src"))):
                self.found.add(value)


def test_every_page_opens_on_the_first_day_and_leads_nowhere_wrong(office: Office) -> None:
    clerk = office.sign_in("moi.nguoi", *ROLES)
    rules = console_of(office).rules
    seen: set[str] = set()
    for rule in office.app.url_map.iter_rules():
        name = rule.endpoint.partition(".")[2]
        if not rule.endpoint.startswith("console.") or name not in rules:
            continue
        if rule.arguments or "GET" not in (rule.methods or ()) or name in _NOT_ALONE:
            continue
        answer = clerk.get(rule.rule)
        assert answer.status_code in _FINE, (rule.rule, answer.status_code)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            page = answer.get_data(as_text=True)
            assert not re.search(r"\bstyle=|<script>|\bon(?:click|load|change)=", page), rule.rule
            links = Links()
            links.feed(page)
            seen |= links.found
    inside = sorted(one for one in seen if one.startswith("/"))
    assert len(inside) > 40
    for address in inside:
        answer = clerk.get(address)
        assert answer.status_code in (200, 303), (address, answer.status_code)
    outside = [one for one in seen if one.startswith("http") and "zalo.me" not in one]
    hosts = {urlsplit(one).netloc for one in outside}
    assert hosts <= {"127.0.0.1:8000", "dichvucong.gov.vn", "developers.zalo.me", "localhost"}, (
        hosts
    )


def test_the_numbers_of_the_first_page_lead_to_their_lists(office: Office) -> None:
    clerk = office.sign_in("moi.nguoi", *ROLES)
    listed = [value for name, value in vars(addresses).items() if name.isupper()]
    assert len(listed) > 8
    for address in listed:
        assert clerk.get(address).status_code == 200, address
