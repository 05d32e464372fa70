"""Over all pages at once: no form works without its token, no answer goes without its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.web import build
from settings import Settings
from store.engine import Database
from tests.console.conftest import PASSWORD, Clerk, Office
from tests.console.test_access import pages
from tests.security import hostile_rows as rows
from tests.security.conftest import ROLES

POLICY_KEPT = ("default-src 'none'", "frame-ancestors 'none'")
#: The viewer of the API's description styles itself; it shows nothing of anybody.
STYLED = frozenset({"/api/v1/docs"})
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def posting(office: Office) -> dict[str, str]:
    """Every page of the console that takes a form, with an address."""
    taken = {
        rule.endpoint.partition(".")[2]
        for rule in office.app.url_map.iter_rules()
        if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    return {name: path for name, path in pages(office).items() if name in taken}


@ONE_DATABASE
def test_no_form_of_the_console_works_without_the_token_of_its_session(office: Office) -> None:
    clerk = office.sign_in("moi.nguoi", *ROLES)
    other = office.sign_in("nguoi.khac", "reception")
    clerk.get("/console/toi")
    other.get("/console/toi")
    before = len(office.audited())
    found = posting(office)
    assert len(found) > 80
    foreign = {"Origin": "https://evil.example"}
    for name, path in found.items():
        for data, headers in (
            ({}, {}),
            ({"csrf": ""}, {}),
            ({"csrf": other.csrf}, {}),
            ({"csrf": clerk.csrf}, foreign),
            ({"csrf": "ă" * 64}, {}),
        ):
            answer = clerk.client.post(path, data=data, headers=headers)
            assert answer.status_code == 400, (name, data, answer.status_code)
        script = clerk.client.post(path, headers={"X-CSRF": other.csrf})
        assert script.status_code == 400, name
    assert len(office.audited()) == before, "and nothing was done"


def test_a_cookie_of_the_console_is_no_key_of_the_api(office: Office) -> None:
    clerk = office.sign_in("moi.nguoi", *ROLES)
    for rule in office.app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and (rule.methods or set()) & {"POST", "PUT"}:
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            method = "POST" if "POST" in (rule.methods or ()) else "PUT"
            assert clerk.client.open(path, method=method).status_code == 401, path


def test_forms_of_the_open_pages_stand_on_no_cookie(office: Office) -> None:
    """There is nothing a foreign page could borrow: no session, no cookie."""
    for rule in office.app.url_map.iter_rules():
        if rule.endpoint.startswith(("paper.", "pictures.", "consent.", "health.")):
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            method = "POST" if "POST" in (rule.methods or ()) else "GET"
            answer = office.app.test_client().open(path, method=method)
            assert "Set-Cookie" not in answer.headers, path


def every_answer(office: Office, clerk: Clerk) -> Iterator[tuple[str, TestResponse]]:
    """A page of each address, and every kind of failure."""
    for rule in office.app.url_map.iter_rules():
        if rule.endpoint == "webhook.receive":
            # Empty answers to a machine, thousands of them.
            continue
        path = re.sub(r"<int:[^>]+>", "1", rule.rule)
        path = path.replace("<token>", rows.TOKEN).replace("<path:key>", rows.KEY)
        path = re.sub(r"<[^>]+>", "khong-co", path)
        if "GET" in (rule.methods or ()):
            yield path, clerk.client.get(path)
        yield f"DELETE {path}", clerk.client.delete(path)
    stranger = office.app.test_client()
    yield "/khong/co/gi", stranger.get("/khong/co/gi")
    yield "/console/", stranger.get("/console/")
    yield "/api/v1/khong-co", stranger.get("/api/v1/khong-co")
    big = b"x" * 9_000_000
    yield "413", stranger.post("/h/abcdefgh/phieu", data=big, content_type="text/plain")
    yield "413 api", stranger.post("/api/v1/dossiers", data=big)
    yield "bad form", stranger.post("/console/dang-nhap", data=b"\xff\x00")


@ONE_DATABASE
def test_every_answer_has_the_headers_errors_too(attacked: Office) -> None:
    clerk = attacked.sign_in("moi.nguoi")
    seen = 0
    for path, answer in every_answer(attacked, clerk):
        assert answer.status_code < 500 or path == "/readyz", path
        assert_headers(path, answer)
        seen += 1
    assert seen > 300

    def boom(**_: Any) -> None:
        raise RuntimeError("phone 0900000001")

    attacked.app.testing = False
    attacked.app.config["PROPAGATE_EXCEPTIONS"] = False
    for endpoint in ("paper.services_page", "console.me", "api.openapi"):
        attacked.app.view_functions[endpoint] = boom
    for path in ("/dich-vu-cong", "/console/toi", "/api/v1/openapi.json"):
        answer = clerk.client.get(path)
        assert answer.status_code == 500, path
        assert "0900000001" not in answer.get_data(as_text=True)
        assert "Traceback" not in answer.get_data(as_text=True)
        assert_headers(path, answer)


def assert_headers(path: str, answer: TestResponse) -> None:
    """What no answer of ours may lack."""
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["X-Frame-Options"] == "DENY", path
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), path
    assert "max-age=31536000" in headers["Strict-Transport-Security"], path
    assert "camera=()" in headers["Permissions-Policy"], path
    assert headers["Cache-Control"], path
    policy = headers["Content-Security-Policy"]
    assert "unsafe-eval" not in policy, path
    assert path in STYLED or "unsafe" not in policy, path
    assert "http" not in policy, path
    if "sandbox" not in policy:
        assert all(one in policy for one in POLICY_KEPT), (path, policy)
    for cookie in headers.getlist("Set-Cookie"):
        if "Max-Age=0" in cookie:
            continue
        assert "HttpOnly" in cookie, (path, cookie)
        assert "SameSite=Lax" in cookie, (path, cookie)


def test_cookies_over_https_are_bound_to_host_and_transport(
    office: Office, settings: Settings, db: Database
) -> None:
    secure = settings.model_copy(update={"public_url": "https://zalo.tinh-mau.gov.vn"})
    office.app = build(secure, db, office.clock)
    office.account("lan", "reception")
    client = office.app.test_client()
    base = "https://zalo.tinh-mau.gov.vn"
    page = client.get("/console/dang-nhap", base_url=base)
    csrf = page.get_data(as_text=True).partition('name="csrf" content="')[2].partition('"')[0]
    form = {"csrf": csrf, "username": "lan", "password": PASSWORD}
    answer = client.post("/console/dang-nhap", data=form, base_url=base)
    assert answer.status_code == 303
    given = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    kept = [one for one in given if "Max-Age=0" not in one]
    assert len(kept) == 2
    assert all("Secure" in one and "HttpOnly" in one for one in kept)
    (mine,) = [one for one in kept if one.startswith("__Host-motcua=")]
    assert "Path=/;" in mine
    assert "Domain" not in mine


def test_a_cookie_planted_before_signing_in_opens_nothing(office: Office) -> None:
    office.account("quan", "admin")
    client = office.app.test_client()
    client.set_cookie("motcua", "planted-by-an-attacker")
    seen = ["planted-by-an-attacker"]

    def post(path: str, **form: str) -> None:
        page = client.get(path).get_data(as_text=True)
        csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
        assert client.post(path, data={"csrf": csrf, **form}).status_code == 303
        cookie = client.get_cookie("motcua")
        assert cookie is not None
        seen.append(cookie.value)

    post("/console/dang-nhap", username="quan", password=PASSWORD)
    post("/console/ma-xac-thuc", code=office.code())
    assert len(set(seen)) == 3, "a new one at sign-in and again at the second factor"
    for old in seen[:2]:
        stranger = office.app.test_client()
        stranger.set_cookie("motcua", old)
        assert stranger.get("/console/").status_code == 303
    assert client.get("/console/").status_code == 200
