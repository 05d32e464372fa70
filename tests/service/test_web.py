"""Every page says what a browser may do with it; stray requests are answered and logged too."""

from __future__ import annotations

import pytest
import structlog

from clock import FixedClock
from service.web import SECURITY_HEADERS, build
from settings import Settings
from store.engine import Database


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/oa/callback", "/api/v1/docs", "/nowhere"]
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_carries_the_security_headers(
    db: Database, settings: Settings, clock: FixedClock, path: str
) -> None:
    answer = build(settings, db, clock).test_client().get(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Cache-Control" in answer.headers


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_viewers_files_carry_them_too(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    client = build(settings, db, clock).test_client()
    answer = client.get("/api/v1/docs/files/js/swagger-ui-bundle.js")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_api_address_nobody_serves_is_logged_with_its_id(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = build(settings, db, clock).test_client().get("/api/v1/nowhere")
    (line,) = [line for line in lines if line["event"] == "api_request"]
    assert (line["status"], line["path"]) == (404, "")
    assert line["correlation_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mistyped_address_is_a_page_in_the_citizens_language(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    client = build(settings, db, clock).test_client()
    for path, words in (("/khong-co", "Không có trang này"), ("/x/y?lang=en", "no such page")):
        answer = client.get(path)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 404
        assert words in page
        assert 'action="/dich-vu-cong"' in page
    # Machines get the status, the API its problem document.
    assert client.post("/khong-co").status_code == 404
    assert client.put("/webhook/zalo").status_code == 405
    assert client.get("/api/v1/khong-co").mimetype == "application/problem+json"
