"""3. Unknown, dummy, huge, deeply nested, wrong-typed, invalid UTF-8, NUL bodies: never 5xx.

And what is good beside them is not lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from sqlmodel import col

from clock import SystemClock
from service.web import build
from store import staff
from store.tables import Broadcast, DossierEvent
from tests.console.conftest import HASH, PASSWORD
from tests.e2e.conftest import Town, town_of
from tests.e2e.test_citizen_loop import CODE, dossier, event
from tests.notify import makers
from tests.promises.deliveries import STAMP, counted, deliver, held_back, mac, post, stored
from tests.promises.hostile import BODIES, PARTS, VALUES, with_each_wrong
from tests.promises.sizes import size

_JSON = {"Content-Type": "application/json"}
DRAFT = {
    "title": "Nghỉ lễ",
    "text": "Ngày mai nghỉ.",
    "buttons": [{"kind": "open_url", "title": "Xem", "value": "https://example.vn"}],
    "agencies": [],
    "fields": ["Đất đai"],
    "promised_from": "2026-11-20",
}


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    """A town without a worker that lets everybody ask as often as they like."""
    with town_of(database_url, worker=False, api_requests_per_minute=1_000_000) as started:
        yield started


def signed(town: Town, body: bytes) -> int:
    """Deliver whatever it is with a signature that is right."""
    header = {"X-ZEvent-Timestamp": STAMP}
    return deliver(town, body, mac(town, body), **header)


def test_whatever_zalo_delivers_the_webhook_answers_200_and_the_next_citizen_is_served(
    town: Town,
) -> None:
    citizen = town.citizen("Nguyễn Thị Mẫu", "0900000001")
    body, stamp = held_back(town, citizen, "chào phường")
    for name, odd in BODIES.items():
        assert deliver(town, odd, None) == 200, name
        assert deliver(town, odd, "mac=" + "0" * 64) == 200, name
        assert signed(town, odd) == 200, name
    about = json.loads(body)
    for number, (name, wrong) in enumerate(with_each_wrong({**about, "unheard_of": [1]})):
        # An event of its own, or it would be a repetition of the one before.
        message = wrong.get("message")
        if isinstance(message, dict) and message.get("msg_id") == about["message"]["msg_id"]:
            message["msg_id"] = f"odd-{number}"
        assert signed(town, json.dumps(wrong).encode()) == 200, name
    assert deliver(town, body, mac(town, body, stamp)) == 200
    kept = stored(town)
    assert kept > 100, "what is signed is kept, however odd"
    # All of it goes through the worker, and the one good event is answered beside it.
    town.start_worker()
    citizen.hears()


@pytest.mark.parametrize("path", ["dossiers", "events"])
def test_whatever_a_one_stop_software_posts_is_refused_by_name_and_the_good_beside_it_kept(
    town: Town, path: str
) -> None:
    town.push("dossiers", dossier())
    for name, odd in BODIES.items():
        answer = post(town, path, odd)
        assert answer.status_code in (200, 400, 413, 422), (name, answer.status_code)
    good = dossier() if path == "dossiers" else event(2, "Bước mẫu", "mẫu")
    wrong = list(with_each_wrong(good))
    for start in range(0, len(wrong), 20):
        some = wrong[start : start + 20]
        mine = dossier(MaHoSo=CODE) if path == "dossiers" else event(2, "Bước mẫu", "mẫu")
        crowd = [*VALUES.values(), *(item for _, item in some)]
        answer = post(town, path, json.dumps([*crowd, mine, *crowd]).encode())
        assert answer.status_code == 200, ([name for name, _ in some], answer.text[:500])
        result = answer.json()["results"][len(crowd)]
        assert result["status"] in ("created", "updated", "unchanged"), result
        if path == "events":
            known = col(DossierEvent.source_event_id) == mine["MaSuKien"]
            assert counted(town, DossierEvent, known) == 1
    # Alone, nothing good beside it: refused, each by name.
    for name, item in wrong[:: size(9, 1)]:
        answer = post(town, path, json.dumps(item).encode())
        assert answer.status_code in (200, 422), (name, answer.status_code, answer.text)


def test_whatever_draft_of_an_announcement_is_posted_the_good_one_is_kept(town: Town) -> None:
    for name, odd in BODIES.items():
        answer = post(town, "broadcasts", odd)
        assert answer.status_code in (400, 413, 422), (name, answer.status_code)
    for name, item in with_each_wrong(DRAFT):
        answer = post(town, "broadcasts", json.dumps(item).encode())
        assert answer.status_code in (201, 422), (name, answer.status_code, answer.text)
    before = counted(town, Broadcast)
    assert post(town, "broadcasts", DRAFT).status_code == 201
    assert counted(town, Broadcast) == before + 1


def test_whatever_is_put_as_a_receipt_is_refused_and_the_true_one_kept(town: Town) -> None:
    town.push("dossiers", dossier())
    url = f"{town.url}/api/v1/dossiers/{CODE}/receipt"
    pdf = {"Authorization": f"Bearer {town.key}", "Content-Type": "application/pdf"}
    for name, odd in BODIES.items():
        for kind in ("application/pdf", "application/json", "", "application/pdf; charset=\xff"):
            headers = {**pdf, "Content-Type": kind}
            answer = requests.put(url, data=odd, headers=headers, timeout=30)
            assert answer.status_code in (200, 413, 415, 422), (name, kind, answer.status_code)
    true = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    assert requests.put(url, data=true, headers=pdf, timeout=30).status_code == 200


def test_whatever_is_typed_at_the_consoles_door_a_clerk_still_gets_in(town: Town) -> None:
    now = SystemClock().now()
    with town.database.write() as session:
        grants = [("reception", 0)]
        staff.create(
            session,
            username="lan",
            full_name="Lan Mẫu",
            password_hash=HASH,
            grants=grants,
            now=now,
            by="test",
        )
    url = f"{town.url}/console/dang-nhap"
    browser = requests.Session()
    page = browser.get(url, timeout=30).text
    csrf = re.search(r'name="csrf"[^>]*(?:content|value)="([^"]+)"', page)
    assert csrf, page
    for name, odd in BODIES.items():
        for kind in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "\xff",
        ):
            answer = browser.post(url, data=odd, headers={"Content-Type": kind}, timeout=30)
            assert answer.status_code < 500, (name, kind, answer.status_code)
    for name, value in list(VALUES.items()):
        for member in ("username", "password", "csrf", "tiep"):
            # An empty password is refused before it is counted as a try.
            form = {"csrf": csrf[1], "username": "ai", "password": "", "tiep": "", member: value}
            if member == "password":
                form["username"] = ""
            raw = {key: _typed(text) for key, text in form.items()}
            answer = browser.post(url, data=raw, allow_redirects=False, timeout=30)
            assert answer.status_code < 500, (member, name, answer.status_code)
    for cookie in ("\xff\xfe", "a" * 6000, "%00", '"; x=1'):
        header = {"Cookie": f"motcua={cookie}; motcua-dn={cookie}"}
        assert requests.get(url, headers=header, timeout=30).status_code < 500, cookie[:20]
    form = {"csrf": csrf[1], "username": "lan", "password": PASSWORD, "tiep": ""}
    answer = browser.post(url, data=form, allow_redirects=False, timeout=30)
    assert answer.status_code == 303, answer.text[:500]


def _typed(value: Any) -> bytes:
    """As a form sends it: bytes, whatever they are."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


def test_whatever_address_is_asked_for_the_page_behind_a_code_still_opens(town: Town) -> None:
    with town.database.write() as session:
        makers.dossier(session, SystemClock().now(), receipt_token="mau-token-0123456789abcd")
    rules = build(town.settings, town.database, SystemClock()).url_map.iter_rules()
    behind = sorted({str(rule) for rule in rules if "<" in str(rule)} - _consoles(town))
    assert "/h/<token>" in behind and "/phan-anh/<code>" in behind and len(behind) > 12
    auth = {"Authorization": f"Bearer {town.key}"}
    with requests.Session() as browser:
        for rule in behind:
            for part in PARTS:
                path = re.sub(r"<[^>]+>", lambda _, one=part: one, rule)
                answer = browser.get(town.url + path, headers=auth, timeout=30)
                assert answer.status_code < 500, path[:200]
                query = f"{path}?lang={part}&code={part}&state={part}&page={part}"
                assert browser.get(town.url + query, timeout=30).status_code < 500, query[:200]
            for name in ("NUL bytes", "invalid UTF-8", "a form", "objects nested deep"):
                path = re.sub(r"<[^>]+>", "1", rule)
                answer = browser.post(town.url + path, data=BODIES[name], headers=_JSON, timeout=30)
                assert answer.status_code < 500, (path, name)
        for part in PARTS:
            for path in ("/", "/oa/callback", "/dich-vu-cong", "/phan-anh", "/qr/", "/console/"):
                query = f"{path}?code={part}&state={part}&q={part}&oa_id={part}&lang={part}"
                answer = browser.get(town.url + query, allow_redirects=False, timeout=30)
                assert answer.status_code < 500, query[:200]
        answer = browser.get(f"{town.url}/h/mau-token-0123456789abcd", timeout=30)
    assert answer.status_code == 200 and makers.CODE in answer.text


def _consoles(town: Town) -> set[str]:
    """Addresses behind a sign-in are nobody's who has no account."""
    rules = build(town.settings, town.database, SystemClock()).url_map.iter_rules()
    return {str(rule) for rule in rules if str(rule).startswith("/console")}
