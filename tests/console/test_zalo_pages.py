"""ZBS templates and the OA's connection in the console, against the local Zalo over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from bot.oauth import OAuthClient
from bot.outcomes import TemplateInfo, TemplateParameter
from bot.tokens import Tokens
from clock import FixedClock
from content import zbs
from content.live import LiveSettings
from crypto import Vault
from sandbox.server import Running, running
from service.web import build
from settings import Settings
from store.engine import Database
from tests.console.conftest import Clerk, Office
from tests.console.test_content_pages import version_of
from tests.e2e.conftest import free_port, settings_for

STATUS = {
    "ma_ho_so": "{code}",
    "ten_thu_tuc": "{procedure}",
    "chu_ho_so": "{name}",
    "trang_thai": "{state}",
    "ngay": "{date}",
    "noi_dung": "{reason} {next}",
}


@pytest.fixture
def zalo() -> Iterator[Running]:
    with running(f"http://127.0.0.1:{free_port()}/webhook/zalo") as started:
        yield started


@pytest.fixture
def admin(office: Office, zalo: Running, db: Database, vault: Vault, clock: FixedClock) -> Clerk:
    """An admin of an office whose Zalo is the sandbox."""
    settings = settings_for(zalo, "http://127.0.0.1:1", db.url).model_copy(
        update={"zbs_templates": {}, "secret_key": office.settings.secret_key}
    )
    office.settings = settings
    office.app = build(settings, db, clock)
    office.app.testing = True
    secret = settings.zalo_app_secret.get_secret_value()
    oauth = OAuthClient(settings.zalo_oauth_url, settings.zalo_app_id, secret)
    Tokens(db, vault, oauth, settings, clock).store_pair("test-access", "test-refresh")
    return office.sign_in("quan", "admin")


def mapping(params: dict[str, str], template: str = "300001", **more: str) -> dict[str, object]:
    return {
        "template_id": template,
        "name": list(params),
        "value": list(params.values()),
        "type": [""] * len(params),
        **more,
    }


def test_templates_of_zalo_are_listed_with_their_state(office: Office, admin: Clerk) -> None:
    page = admin.text("/console/cai-dat/zbs")
    assert "Cập nhật trạng thái hồ sơ" in page
    assert "đang chờ Zalo duyệt" in page


def test_parameters_are_fetched_checked_and_saved(office: Office, admin: Clerk) -> None:
    path = "/console/cai-dat/zbs/status"
    version = version_of(admin.text(path))
    page = admin.post(path, mapping({}, do="fetch", version=version)).get_data(as_text=True)
    assert all(f'name="name" value="{name}"' in page for name in STATUS)
    told = mapping(STATUS, version=version)
    page = admin.post(path, {**told, "do": "check"}).get_data(as_text=True)
    assert "<strong>Đạt:</strong> Mẫu Cập nhật trạng thái hồ sơ đang dùng được." in page
    assert "<strong>Sai:</strong>" not in page
    assert "Giá theo số điện thoại: 300 đồng/tin." in page
    assert "Ví dụ gửi đi: 000.00.04.H60-230215-0028" in page
    assert admin.post(path, {**told, "do": "save"}).status_code == 303
    live = LiveSettings.over(office.settings, office.database)
    assert live.zbs_templates["status"] == {"template_id": "300001", "params": STATUS}
    assert admin.post(path, {"do": "clear", "version": "1"}).status_code == 303
    assert LiveSettings.over(office.settings, office.database).zbs_templates == {}


def test_what_zalo_would_refuse_is_said_before(office: Office, admin: Clerk) -> None:
    path = "/console/cai-dat/zbs/status"
    wrong = mapping({"ma_ho_so": "{code}", "la": "x"}, "300009", do="check", version="0")
    page = admin.post(path, wrong).get_data(as_text=True)
    assert "đang chờ Zalo duyệt: Zalo sẽ không gửi." in page
    assert "Mẫu không có tham số la" in page
    short = mapping({"ma_ho_so": "{code}"}, do="check", version="0")
    assert "Thiếu tham số ten_thu_tuc" in admin.post(path, short).get_data(as_text=True)
    gone = mapping({}, "999", do="check", version="0")
    assert "Zalo không cho biết mẫu 999" in admin.post(path, gone).get_data(as_text=True)
    unknown = mapping({"ma_ho_so": "{khong_co}"}, version="0")
    answer = admin.post(path, unknown)
    assert answer.status_code == 422
    assert "khong_co" in answer.get_data(as_text=True)


def test_too_long_is_measured_with_a_sample(settings: Settings) -> None:
    one = TemplateParameter("ten", True, "STRING", 5, 0, False)
    told = TemplateInfo("1", "Mẫu", "ENABLE", "LOW", None, None, None, None, 250.0, None, (one,))
    chosen = {"template_id": "1", "params": {"ten": "{procedure}"}}
    found = zbs.check(chosen, "status", told, settings)
    assert [one.level for one in found] == ["look", "bad", "look"]
    assert "250 đồng" in found[2].text


def test_the_form_works_while_zalo_is_away(office: Office, admin: Clerk, zalo: Running) -> None:
    office.app = build(
        office.settings.model_copy(
            update={
                "zalo_business_url": "http://127.0.0.1:9",
                "zalo_openapi_url": "http://127.0.0.1:9",
            }
        ),
        office.database,
        office.clock,
    )
    office.app.testing = True
    admin = office.sign_in("quan")
    page = admin.text("/console/cai-dat/zbs/otp")
    assert "Chưa hỏi được Zalo" in page
    told = mapping({"otp": "{otp}"}, "300003", version="0")
    assert admin.post("/console/cai-dat/zbs/otp", told).status_code == 303
    assert "Không hỏi được Zalo" in admin.text("/console/cai-dat/oa")


def test_the_connection_is_shown_without_a_secret(office: Office, admin: Clerk) -> None:
    page = admin.text("/console/cai-dat/oa")
    assert "Đang dùng được" in page
    assert office.settings.zalo_oa_id in page
    assert "còn 90 ngày" in page or "còn 89 ngày" in page
    for secret in ("test-access", "test-refresh", "secret_key"):
        assert secret not in page
    values = [v for v in office.settings.__dict__.values() if isinstance(v, SecretStr)]
    assert not [v for v in values if v.get_secret_value() and v.get_secret_value() in page]


def test_a_consent_link_is_made_once_and_audited(office: Office, admin: Clerk) -> None:
    page = admin.post("/console/cai-dat/oa/cap-quyen").get_data(as_text=True)
    assert f"{office.settings.zalo_oauth_url}/v4/oa/permission?app_id=" in page
    assert len(office.audited("oa.link_made")) == 1
    assert office.audited("oa.link_made")[0].details == {}


def test_an_office_that_was_never_connected_is_told_what_to_do(office: Office) -> None:
    page = office.sign_in("quan", "admin").text("/console/cai-dat/oa")
    assert "Chưa từng được cấp quyền" in page
