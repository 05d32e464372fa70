"""Limits for strangers: shared between machines, wide enough for a shared address, cheap."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlmodel import select
from werkzeug.test import TestResponse

from clock import FixedClock
from crypto import Vault
from procedures.catalogue import import_file
from qr.pages.receipt_page import GUESSES_PER_DAY
from service.web import build
from settings import ROOT, Settings
from store import api_keys, throttles
from store.engine import Database
from store.meters import Limit, Meter
from store.tables import Throttle
from tests.console.conftest import Office
from tests.qr.conftest import TOKEN, Town

ONE, OTHER = "203.0.113.7", "203.0.113.8"
MINUTE = timedelta(minutes=1)


@dataclass
class Two:
    """Two machines over one database, with small limits."""

    apps: tuple[Flask, Flask]
    db: Database
    clock: FixedClock

    def get(self, path: str, machine: int = 0, address: str = ONE, **more: Any) -> TestResponse:
        client = self.apps[machine].test_client()
        return client.get(path, environ_base={"REMOTE_ADDR": address}, **more)


@pytest.fixture
def two(db: Database, database_url: str, settings: Settings, clock: FixedClock) -> Iterator[Two]:
    import_file(db, ROOT / "data" / "procedures.json", clock.now(), by="test")
    small = settings.model_copy(
        update={
            "public_pages_per_minute": 40,
            "public_files_per_minute": 40,
            "public_misses_per_minute": 10,
            "api_wrong_keys_per_minute": 5,
        }
    )
    other = Database(database_url, pool_size=4)
    yield Two((build(small, db, clock), build(small, other, clock)), db, clock)
    other.dispose()


def test_views_are_limited_over_both_machines_and_free_again(two: Two) -> None:
    answers = [two.get("/dich-vu-cong", at % 2).status_code for at in range(60)]
    allowed = answers.count(200)
    # 40, and a piece of at most 4 more for the second machine.
    assert 40 <= allowed <= 44
    refused = two.get("/dich-vu-cong")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    page = refused.get_data(as_text=True)
    assert "Xin đợi một phút" in page
    assert '<html lang="vi">' in page
    assert refused.headers["Cache-Control"] == "no-store"
    assert two.get("/dich-vu-cong", address=OTHER).status_code == 200
    two.clock.advance(seconds=61)
    assert two.get("/dich-vu-cong").status_code == 200


def test_a_view_is_no_database_write_and_neither_is_a_refusal(two: Two) -> None:
    written: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE")):
            written.append(statement)

    event.listen(two.db.engine, "before_cursor_execute", note)
    for _ in range(40):
        two.get("/dich-vu-cong")
    assert len(written) <= 10, "pieces of four"
    two.get("/dich-vu-cong")
    before = len(written)
    for _ in range(50):
        assert two.get("/dich-vu-cong").status_code == 429
    assert len(written) == before


def test_what_does_not_exist_is_counted_each_time_and_pages_stay_open(two: Two) -> None:
    guesses = [two.get(f"/h/khong-co-ma-{n:04}", n % 2).status_code for n in range(14)]
    assert guesses[:11] == [404] * 11
    assert 429 in guesses[11:]
    # Once both machines have heard of it nothing is looked up any more, of whatever kind.
    assert {two.get(f"/t/9.{n:06}", n % 2).status_code for n in range(4)} == {429}
    assert two.get("/pictures/khong-co.png").status_code == 429
    # Others behind the same address still read what needs no key.
    assert two.get("/dich-vu-cong").status_code == 200
    assert two.get("/h/khong-co-ma-9999", address=OTHER).status_code == 404


def test_a_scanner_of_addresses_that_nobody_serves_is_stopped_too(two: Two) -> None:
    paths = ("/wp-login.php", "/.env", "/favicon.ico", "/admin", "/x/y/z")
    answers = [two.get(paths[n % len(paths)], n % 2).status_code for n in range(16)]
    assert answers[:11] == [404] * 11
    assert 429 in answers[11:]
    # Nobody behind the same address is kept from a page that exists, nor from asking for a code.
    assert two.get("/dich-vu-cong").status_code == 200
    assert two.get("/h/khong-co-ma-0001").status_code == 404


def test_a_notice_board_costs_twenty_and_a_card_two(two: Two) -> None:
    field = "?linh-vuc=Hộ tịch&co-quan=khong-co"
    assert two.get(f"/qr/bang-niem-yet.pdf{field}", 0).status_code == 404
    assert two.get(f"/qr/bang-niem-yet.pdf{field}", 1).status_code == 404
    refused = two.get("/qr/the/1.001193.pdf")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]
    assert two.get("/qr/the/1.001193.pdf", address=OTHER).status_code == 200


def test_a_whole_network_of_ipv6_is_one_caller(two: Two) -> None:
    for n in range(12):
        two.get(f"/h/khong-co-ma-{n:04}", address=f"2001:db8:1:2::{n:x}")
    assert two.get("/h/khong-co-ma", address="2001:db8:1:2:ffff::1").status_code == 429
    assert two.get("/h/khong-co-ma", address="2001:db8:1:3::1").status_code == 404


def test_forged_forwarded_addresses_change_nothing(two: Two) -> None:
    for n in range(12):
        two.get(f"/h/khong-co-{n:06}", headers={"X-Forwarded-For": f"198.51.100.{n}"})
    forged = {"X-Forwarded-For": "198.51.100.99", "Forwarded": "for=198.51.100.99"}
    assert two.get("/h/khong-co-ma-9999", headers=forged).status_code == 429


def test_behind_a_trusted_proxy_only_its_own_word_counts(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    told = {"trusted_proxies": 1, "public_misses_per_minute": 5}
    client = build(settings.model_copy(update=told), db, clock).test_client()

    def guess(forwarded: str) -> int:
        path, headers = "/h/khong-co-ma", {"X-Forwarded-For": forwarded}
        return client.get(path, headers=headers).status_code

    # The citizen's own header stands left of what the proxy adds.
    assert [guess(f"198.51.100.{n}, {ONE}") for n in range(7)][-1] == 429
    assert guess(OTHER) == 404


def test_a_proxy_nobody_told_of_does_not_close_the_pages_to_all(two: Two) -> None:
    for n in range(20):
        assert two.get(f"/h/khong-co-ma-{n:04}", address="127.0.0.1").status_code == 404


def test_a_missing_database_stops_no_page_that_needs_none(
    settings: Settings, clock: FixedClock, tmp_path: Any
) -> None:
    away = Database(f"sqlite:///{tmp_path}/nowhere/none.db")
    meter = Meter(away)
    assert meter.add(Limit("page", 1), "x", clock.now()) == 0


def test_wrong_keys_are_limited_and_right_ones_admitted_all_the_same(two: Two) -> None:
    with two.db.write() as session:
        key = api_keys.create(session, "mot-cua", "dossiers:read", two.clock.now())
    bad = {"Authorization": "Bearer mc_" + "x" * 43}
    answers = [two.get("/api/v1/dossiers/x", n % 2, headers=bad) for n in range(12)]
    assert [a.status_code for a in answers[:5]] == [401] * 5
    assert answers[-1].status_code == answers[-2].status_code == 429
    assert answers[-1].mimetype == "application/problem+json"
    assert int(answers[-1].headers["Retry-After"]) <= 61
    good = {"Authorization": f"Bearer {key}"}
    assert two.get("/api/v1/dossiers/x", headers=good).status_code == 404


def test_a_whole_office_signs_in_from_one_address_in_the_morning(office: Office) -> None:
    office = _strict(office, login_failures_per_address=1)
    office.account("lan", "reception")
    for _ in range(2):
        assert office.by_hand("lan").client.get_cookie("motcua")
    # The failures of one still count.
    assert [_post(office, f"ten{n}").status_code for n in range(2)] == [422, 429]
    assert int(_post(office, "ten4").headers["Retry-After"]) <= 15 * 60 + 1


def test_a_name_nobody_has_seems_to_be_locked_like_any_other(office: Office) -> None:
    office = _strict(office, login_failures=1)
    office.account("lan", "reception")
    known = [_page(office, "lan") for _ in range(2)]
    unknown = [_page(office, "khongco") for _ in range(2)]
    assert [page.replace("khongco", "lan") for page in unknown] == known
    assert "đợi 15 phút" in known[-1]
    assert "đợi 15 phút" not in known[0]


def test_guesses_at_a_phone_are_counted_even_many_at_once(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    app = build(settings, db, clock)
    known = Town(app.test_client(), db, clock, settings).dossier()
    statuses: list[int] = []

    def guess(number: int) -> None:
        form = {"so-cuoi": f"{number:04}"}
        statuses.append(app.test_client().post(f"/h/{TOKEN}/phieu", data=form).status_code)

    threads = [threading.Thread(target=guess, args=(5000 + n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(422) == GUESSES_PER_DAY
    assert statuses.count(429) == 24 - GUESSES_PER_DAY
    with db.read() as session:
        day = timedelta(days=1)
        assert throttles.used(session, f"receipt-phone:{known}", clock.now(), day) == 24


def test_no_counter_holds_an_address(two: Two, vault: Vault) -> None:
    for n in range(8):
        two.get(f"/h/khong-co-ma-{n:04}")
    with two.db.read() as session:
        keys = [row.key for row in session.exec(select(Throttle)).all()]
    assert keys
    assert not [key for key in keys if ONE in key]
    assert vault.address_hash("::ffff:203.0.113.7") == vault.address_hash(ONE)


def _strict(office: Office, **told: int) -> Office:
    """The same office with smaller limits: a try takes a tenth of a second on purpose."""
    settings = office.settings.model_copy(update=told)
    return replace(office, app=build(settings, office.database, office.clock), settings=settings)


def _page(office: Office, username: str) -> str:
    return re.sub(r"[0-9a-f]{64}", "", _post(office, username).get_data(as_text=True))


def _post(office: Office, username: str) -> TestResponse:
    client = office.app.test_client()
    page = client.get("/console/dang-nhap").get_data(as_text=True)
    csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
    form = {"csrf": csrf, "username": username, "password": "sai mật khẩu rồi"}
    return client.post("/console/dang-nhap", data=form)
