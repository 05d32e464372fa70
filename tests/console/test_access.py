"""Every page declares who may open it, and nobody else can."""

from __future__ import annotations

import pytest

from console.access import MAY, Act
from console.frame import Console
from store.tables import Role
from tests.console.conftest import Office


def console_of(office: Office) -> Console:
    found: Console = office.app.extensions["console"]
    return found


def pages(office: Office) -> dict[str, str]:
    """Every page of the console by its name, with an address."""
    adapter = office.app.url_map.bind("localhost")
    found = {}
    for rule in office.app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and rule.endpoint != "console.static":
            values = dict.fromkeys(rule.arguments, 1)
            found[rule.endpoint.partition(".")[2]] = adapter.build(rule.endpoint, values)
    return found


def test_every_page_declares_its_act(office: Office) -> None:
    console = console_of(office)
    assert set(pages(office)) == set(console.rules)
    assert set(MAY) == set(Act)


def test_pages_for_everybody_are_few_and_known(office: Office) -> None:
    rules = console_of(office).rules
    assert {name for name, rule in rules.items() if rule.may is Act.public} == {"sign_in"}


def test_without_signing_in_nothing_is_shown(office: Office) -> None:
    client = office.app.test_client()
    for name, path in pages(office).items():
        if name == "sign_in":
            continue
        answer = client.get(path)
        assert answer.status_code in (303, 405), (name, answer.status_code)
        if answer.status_code == 303:
            assert answer.headers["Location"].startswith("/console/dang-nhap"), name


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_only_what_is_its_own(office: Office, role: Role) -> None:
    console = console_of(office)
    clerk = office.sign_in("nhanvien", role)
    for name, path in pages(office).items():
        rule = console.rules[name]
        if rule.may in (Act.public, Act.own):
            continue
        refused = role not in MAY[rule.may]
        if refused:
            method = "GET" if "GET" in _methods(office, name) else "POST"
            sent = clerk.get(path) if method == "GET" else clerk.post(path)
            assert sent.status_code == 403, (role, name, sent.status_code)
    if role != Role.admin:
        assert office.audited("access.refused"), "who tries a closed door is written down"


def test_an_auditor_changes_nothing(office: Office) -> None:
    console = console_of(office)
    allowed = {act for act in Act if Role.auditor in MAY[act]}
    reading = {
        Act.public,
        Act.own,
        Act.view_dossiers,
        Act.export_dossiers,
        Act.view_feedback,
        Act.audit,
        Act.view_reports,
        Act.view_broadcasts,
    }
    assert allowed <= reading
    changing = {
        name
        for name, rule in console.rules.items()
        if rule.may in reading - {Act.public, Act.own} and "POST" in _methods(office, name)
    }
    # Checking the chain and keeping a filter under a name change nothing anybody else sees.
    assert changing <= {"audit_check", "filter_save", "filter_remove"}, changing


def test_a_role_limited_to_an_agency_opens_no_province_wide_page(office: Office) -> None:
    agency = office.agency("H60.04", "Sở Mẫu")
    clerk = office.sign_in("lan", grants=[("admin", agency)], factor=True)
    for path in ("/console/nguoi-dung", "/console/nhat-ky"):
        assert clerk.get(path).status_code == 403


def test_every_page_has_the_strict_headers(office: Office) -> None:
    clerk = office.sign_in("quan", "admin")
    for path in ("/console/", "/console/nguoi-dung", "/console/dang-nhap", "/console/khong-co"):
        answer = clerk.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def _methods(office: Office, name: str) -> set[str]:
    return {
        method
        for rule in office.app.url_map.iter_rules(f"console.{name}")
        for method in rule.methods or ()
    }


def test_a_failing_page_shows_a_sentence_and_logs_no_trace(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    console = console_of(office)
    clerk = office.sign_in("lan", "reception")

    def boom() -> None:
        raise RuntimeError("phone 0900000001")

    office.app.view_functions["console.me"] = boom  # type: ignore[assignment]
    answer = clerk.get("/console/toi")
    assert answer.status_code == 500
    page = answer.get_data(as_text=True)
    assert "Báo người vận hành mã" in page
    said = page + "".join(capfd.readouterr())
    assert "0900000001" not in said
    assert "Traceback" not in said
    assert console.rules["me"]


def test_a_missing_database_is_said_on_the_page(office: Office) -> None:
    from sqlalchemy.exc import OperationalError

    clerk = office.sign_in("lan", "reception")

    def away() -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    office.app.view_functions["console.me"] = away  # type: ignore[assignment]
    answer = clerk.get("/console/toi")
    assert answer.status_code == 503
    assert "mất kết nối" in answer.get_data(as_text=True)


def test_too_large_a_form_is_refused_with_a_sentence(office: Office) -> None:
    clerk = office.sign_in("lan", "reception")
    clerk.get("/console/toi")
    answer = clerk.post("/console/toi", {"zalo_uid": "1" * 9_000_000})
    assert answer.status_code == 413
    assert "quá lớn" in answer.get_data(as_text=True)
