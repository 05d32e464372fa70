"""Who tries codes and numbers learns nothing: what is missing and what is not theirs look alike."""

from __future__ import annotations

import math
import re
from datetime import timedelta

import pytest

from console.access import Act
from store import dossiers as store
from store import lookups
from store.tables import Dossier, Feedback
from tests.console.conftest import Office
from tests.console.test_access import console_of
from tests.qr.conftest import TOKEN, Town, town
from tests.security import hostile_rows as rows

__all__ = ["town"]

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FAR = 900_000_001
#: Pages whose number is not that of somebody else's thing, and why.
SHARED = {
    "account": "admins alone, never limited to an agency",
    "broadcast_picture": "a picture is shown to whoever may see the announcement",
}


def test_a_receipts_token_has_more_than_120_random_bits_and_never_comes_twice() -> None:
    made = {store.new_token() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22,}", one) for one in made)
    assert 22 * math.log2(64) > 120


def test_missing_malformed_and_revoked_receipts_look_alike(town: Town) -> None:
    known = town.dossier()
    with town.db.write() as session:
        store.renew_token(session, session.get_one(Dossier, known))
    bodies = set()
    for token in (TOKEN, "A" * 22, TOKEN[:-1], TOKEN.upper(), "x", "a" * 300, "%00", "' OR 1=1--"):
        for method, path in (("GET", ""), ("POST", "/ma"), ("POST", "/phieu"), ("GET", "/qr.png")):
            answer = town.client.open(f"/h/{token}{path}", method=method)
            assert answer.status_code == 404, (token, path)
            body = re.sub(r'href="/h/[^"]*"', "", answer.get_data(as_text=True))
            assert token not in body or len(token) < 3
            bodies.add(body)
    assert len(bodies) == 1


def test_a_receipt_is_found_by_its_whole_token_in_one_indexed_look(town: Town) -> None:
    town.dossier()
    with town.db.read() as session:
        for wrong in (TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "%", "_" * len(TOKEN), ""):
            assert lookups.by_token(session, wrong) is None
        plan = "EXPLAIN QUERY PLAN " if town.db.is_sqlite else "EXPLAIN "
        told = session.connection().exec_driver_sql(
            plan + "SELECT id FROM dossier WHERE receipt_token = 'x'"
        )
        assert "receipt_token" in str(told.all())


def test_unpublished_and_missing_feedback_look_alike(town: Town, attacked_codes: str) -> None:
    there = town.client.get(f"/phan-anh/{attacked_codes}")
    none = town.client.get("/phan-anh/PA-261118-9999")
    assert there.status_code == none.status_code == 404
    assert plain(there.get_data(as_text=True)) == plain(none.get_data(as_text=True))


@pytest.fixture
def attacked_codes(town: Town) -> str:
    """The code of a feedback nobody published."""
    now = town.clock.now()
    code = "PA-261118-0001"
    with town.db.write() as session:
        session.add(Feedback(code=code, kind="service", text="mẫu", created_at=now, updated_at=now))
    return code


def plain(page: str) -> str:
    """A page without what names its own address."""
    page = re.sub(r"PA-\d{6}-\d{4}", "", page)
    page = re.sub(r"[0-9a-f]{64}", "", page)
    return re.sub(rf"{FAR}|(?<=/)1(?=[/?\"])", "", page)


@ONE_DATABASE
def test_a_limited_account_cannot_tell_foreign_from_missing(attacked: Office) -> None:
    """Every page with a number: 1 belongs to another agency, the other number to nobody."""
    elsewhere = attacked.agency("H60.99", "Sở khác")
    grants = [(role, elsewhere) for role in ("reception", "officer", "feedback", "auditor")]
    clerk = attacked.sign_in("ngoai", grants=grants)
    with attacked.database.write() as session:
        # Not tied to the chat of a citizen whose dossiers lie elsewhere.
        session.get_one(Dossier, 1).updated_at += timedelta(seconds=1)
    console = console_of(attacked)
    adapter = attacked.app.url_map.bind("localhost")
    tried = []
    for rule in attacked.app.url_map.iter_rules():
        name = rule.endpoint.partition(".")[2]
        whole = {n for n, c in rule._converters.items() if type(c).__name__ == "IntegerConverter"}
        if not rule.endpoint.startswith("console.") or not whole or name in SHARED:
            continue
        if console.rules[name].may is Act.own:
            continue
        answers = []
        for number in (1, FAR):
            values = {n: number if n in whole else "png" for n in rule.arguments}
            path = adapter.build(rule.endpoint, values)
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            sent = clerk.get(path) if method == "GET" else clerk.post(path)
            answers.append((sent.status_code, plain(sent.get_data(as_text=True))))
        assert answers[0][0] in (303, 403, 404, 409, 422), (name, answers[0])
        assert answers[0] == answers[1], name
        tried.append(name)
    assert len(tried) > 60
    assert {"dossier", "feedback_item", "chat"} <= set(tried)
    everybody = attacked.sign_in("moi.nguoi")
    for path in ("ho-so/1", "phan-anh/1", "tro-chuyen/1"):
        assert everybody.get(f"/console/{path}").status_code == 200, "it was there"


@ONE_DATABASE
def test_a_limited_account_finds_nothing_foreign_by_code_name_or_list(attacked: Office) -> None:
    elsewhere = attacked.agency("H60.99", "Sở khác")
    grants = [(role, elsewhere) for role in ("reception", "officer", "feedback", "auditor")]
    clerk = attacked.sign_in("ngoai", grants=grants)
    for path in (
        f"/console/ho-so?q={rows.CODE}",
        "/console/ho-so",
        "/console/ho-so.csv",
        "/console/phan-anh?q=PA-261118-0001",
        "/console/phan-anh",
        "/console/",
    ):
        answer = clerk.get(path)
        text = re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))
        for place in ("dossier.owner_name", "feedback.text", "dossier.summary"):
            assert rows.spelled(place) not in text, (path, place)
