"""Signing in: what gets in, what does not, and what an attacker learns (nothing)."""

from __future__ import annotations

from flask.testing import FlaskClient

from crypto import Vault
from store import staff
from tests.console.conftest import PASSWORD, Office

WRONG = "Tên đăng nhập hoặc mật khẩu không đúng"


def attempt(office: Office, username: str, password: str, **headers: str) -> tuple[int, str, str]:
    client = office.app.test_client()
    page = client.get("/console/dang-nhap").get_data(as_text=True)
    csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
    answer = client.post(
        "/console/dang-nhap",
        data={"csrf": csrf, "username": username, "password": password},
        headers=headers,
    )
    return answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True)


def test_the_right_password_gets_in_and_the_wrong_one_does_not(office: Office) -> None:
    office.account("lan", "reception")
    assert attempt(office, "lan", PASSWORD)[:2] == (303, "/console/")
    assert attempt(office, "LAN", PASSWORD)[0] == 303
    status, _, page = attempt(office, "lan", "sai mật khẩu rồi")
    assert status == 422
    assert WRONG in page


def test_nobody_learns_which_names_exist(office: Office) -> None:
    office.account("lan", "reception")
    _, _, known = attempt(office, "lan", "sai")
    _, _, unknown = attempt(office, "khongco", "sai")
    assert WRONG in known
    assert WRONG in unknown
    (entry, *_) = [e for e in office.audited("sign_in.failed") if e.details["reason"] == "unknown"]
    assert entry.subject == "", "what was typed may be a password"


def test_five_failures_lock_the_account_for_a_while(office: Office) -> None:
    office.account("lan", "reception")
    for _ in range(5):
        attempt(office, "lan", "sai")
    status, _, page = attempt(office, "lan", PASSWORD)
    assert status == 422
    assert "đợi 15 phút" in page
    assert len(office.audited("sign_in.locked")) == 1
    office.clock.advance(minutes=16)
    assert attempt(office, "lan", PASSWORD)[0] == 303


def test_one_address_cannot_try_many_names(office: Office) -> None:
    for number in range(30):
        attempt(office, f"ten{number}", "sai")
    assert attempt(office, "ten99", "sai")[0] == 429
    office.clock.advance(minutes=16)
    assert attempt(office, "ten99", "sai")[0] == 422


def test_a_form_without_our_token_is_refused(office: Office) -> None:
    office.account("lan", "reception")
    client = office.app.test_client()
    client.get("/console/dang-nhap")
    form = {"username": "lan", "password": PASSWORD}
    assert client.post("/console/dang-nhap", data=form).status_code == 400
    clerk = office.sign_in("lan")
    assert clerk.client.post("/console/toi/phien", data={}).status_code == 400
    other = office.sign_in("huong", "reception")
    other.get("/console/toi")
    stolen = clerk.client.post("/console/toi/phien", data={"csrf": other.csrf})
    assert stolen.status_code == 400
    clerk.get("/console/toi")
    foreign = clerk.post("/console/toi/phien", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 400


def test_the_second_factor_is_asked_and_a_code_works_once(office: Office) -> None:
    office.account("quan", "admin")
    clerk = office.by_hand("quan")
    assert clerk.get("/console/").status_code == 200
    code = office.code()
    one, two = office.app.test_client(), office.app.test_client()
    outcomes = []
    for client in (one, two):
        page = client.get("/console/dang-nhap").get_data(as_text=True)
        csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
        form = {"csrf": csrf, "username": "quan", "password": PASSWORD}
        assert "ma-xac-thuc" in client.post("/console/dang-nhap", data=form).headers["Location"]
        assert client.get("/console/").status_code == 303, "the password alone opens nothing"
        page = client.get("/console/ma-xac-thuc").get_data(as_text=True)
        csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
        answer = client.post("/console/ma-xac-thuc", data={"csrf": csrf, "code": code})
        outcomes.append(answer.status_code)
    assert outcomes == [303, 422]


def half_way(office: Office, username: str = "quan") -> FlaskClient:
    """Somebody who has given the password, before the second page."""
    client = office.app.test_client()
    form = {"csrf": _csrf(client, "/console/dang-nhap"), "username": username}
    answer = client.post("/console/dang-nhap", data={**form, "password": PASSWORD})
    assert "ma-xac-thuc" in answer.headers.get("Location", ""), answer.get_data(as_text=True)
    return client


def code_for(client: FlaskClient, code: str) -> str:
    """The second page after a code was typed."""
    form = {"csrf": _csrf(client, "/console/ma-xac-thuc"), "code": code}
    answer = client.post("/console/ma-xac-thuc", data=form)
    assert answer.status_code == 422
    return answer.get_data(as_text=True)


def _csrf(client: FlaskClient, path: str) -> str:
    page = client.get(path).get_data(as_text=True)
    return page.partition('name="csrf" content="')[2].partition('"')[0]


def test_a_known_password_buys_no_new_tries_at_the_code(office: Office) -> None:
    office.account("quan", "admin")
    office.by_hand("quan")
    first = half_way(office)
    for _ in range(4):
        assert "Mã không đúng" in code_for(first, "000000")
    again = half_way(office)
    code_for(again, "000000")
    assert "đợi 15 phút" in code_for(again, "000000")
    assert len(office.audited("sign_in.locked")) == 1


def test_a_factor_sealed_with_another_key_is_a_wrong_code_and_no_fault(office: Office) -> None:
    office.account("quan", "admin")
    office.by_hand("quan")
    with office.database.write() as session:
        account = staff.by_username(session, "quan")
        assert account is not None
        account.totp_sealed = Vault("another-secret-key-of-32-characters").encrypt("x")
        session.add(account)
    assert "Mã không đúng" in code_for(half_way(office), "123456")


def test_a_recovery_code_stands_in_for_the_phone_once(office: Office) -> None:
    office.account("quan", "admin")
    clerk = office.sign_in("quan")
    page = clerk.post("/console/toi/ma-du-phong").get_data(as_text=True)
    first = page.partition("<code>")[2].partition("</code>")[0]
    for expected in (303, 422):
        client = office.app.test_client()
        login = client.get("/console/dang-nhap").get_data(as_text=True)
        csrf = login.partition('name="csrf" content="')[2].partition('"')[0]
        client.post(
            "/console/dang-nhap", data={"csrf": csrf, "username": "quan", "password": PASSWORD}
        )
        asked = client.get("/console/ma-xac-thuc").get_data(as_text=True)
        csrf = asked.partition('name="csrf" content="')[2].partition('"')[0]
        answer = client.post("/console/ma-xac-thuc", data={"csrf": csrf, "code": first.upper()})
        assert answer.status_code == expected


def test_an_admin_without_a_second_factor_must_set_it_up_first(office: Office) -> None:
    office.account("quan", "admin", factor=False)
    clerk = office.sign_in("quan")
    assert clerk.get("/console/nguoi-dung").headers["Location"] == "/console/toi/hai-lop"
    page = clerk.text("/console/toi/hai-lop")
    secret = page.partition('class="secret">')[2].partition("<")[0].replace(" ", "")
    import pyotp

    wrong = clerk.post("/console/toi/hai-lop", {"code": "000000"})
    assert wrong.status_code == 422
    right = pyotp.TOTP(secret).at(int(office.clock.now().timestamp()))
    done = clerk.post("/console/toi/hai-lop", {"code": right})
    assert "Mã dự phòng" in done.get_data(as_text=True)
    assert clerk.get("/console/nguoi-dung").status_code == 200
    again = clerk.get("/console/toi/hai-lop")
    assert "đã bật" in again.get_data(as_text=True), "the secret is shown once"


def test_a_session_ends_by_idleness_by_age_and_by_hand(office: Office) -> None:
    clerk = office.sign_in("lan", "reception")
    for _ in range(3):
        office.clock.advance(minutes=20)
        assert clerk.get("/console/").status_code == 200, "use keeps it alive"
    office.clock.advance(minutes=31)
    assert clerk.get("/console/").headers["Location"].startswith("/console/dang-nhap")
    worker = office.sign_in("lan")
    for _ in range(12 * 3):
        office.clock.advance(minutes=20)
        worker.get("/console/")
    assert worker.get("/console/").status_code == 303, "not even use keeps it longer"
    one, two = office.sign_in("lan"), office.sign_in("lan")
    one.post("/console/toi/phien")
    assert one.get("/console/").status_code == 200
    assert two.get("/console/").status_code == 303


def test_the_cookie_is_new_at_every_sign_in_http_only_and_same_site(office: Office) -> None:
    office.account("lan", "reception")
    client = office.app.test_client()
    client.set_cookie("motcua", "planted-before")
    page = client.get("/console/dang-nhap").get_data(as_text=True)
    csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
    form = {"csrf": csrf, "username": "lan", "password": PASSWORD}
    answer = client.post("/console/dang-nhap", data=form)
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("motcua=")]
    assert "planted-before" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_with_https_cookies_are_bound_to_host_and_https(office: Office) -> None:
    from service.web import build

    settings = office.settings.model_copy(update={"public_url": "https://zalo.example.gov.vn"})
    office.app = build(settings, office.database, office.clock)
    office.account("lan", "reception")
    client = office.app.test_client()
    base = "https://zalo.example.gov.vn"
    page = client.get("/console/dang-nhap", base_url=base).get_data(as_text=True)
    csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
    form = {"csrf": csrf, "username": "lan", "password": PASSWORD}
    answer = client.post("/console/dang-nhap", data=form, base_url=base)
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if "__Host-motcua=" in c]
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_after_signing_in_one_goes_on_to_pages_of_the_console_only(office: Office) -> None:
    office.account("lan", "reception")
    for wanted, expected in (
        ("/console/toi", "/console/toi"),
        ("https://evil.example/", "/console/"),
        ("//evil.example/console/", "/console/"),
        ("/console/\\evil.example", "/console/"),
        ("/api/v1/docs", "/console/"),
    ):
        client = office.app.test_client()
        page = client.get("/console/dang-nhap").get_data(as_text=True)
        csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
        form = {"csrf": csrf, "username": "lan", "password": PASSWORD, "tiep": wanted}
        assert client.post("/console/dang-nhap", data=form).headers["Location"] == expected


def test_dangerous_acts_ask_for_the_password_again(office: Office) -> None:
    clerk = office.sign_in("quan", "admin")
    assert clerk.get("/console/nguoi-dung/moi").status_code == 200, "just signed in"
    office.clock.advance(minutes=11)
    asked = clerk.get("/console/nguoi-dung/moi")
    assert asked.headers["Location"] == "/console/xac-nhan?tiep=/console/nguoi-dung/moi"
    clerk.get("/console/xac-nhan")
    wrong = clerk.post("/console/xac-nhan", {"password": "sai", "tiep": "/console/nguoi-dung/moi"})
    assert wrong.status_code == 422
    right = clerk.post(
        "/console/xac-nhan", {"password": PASSWORD, "tiep": "/console/nguoi-dung/moi"}
    )
    assert right.headers["Location"] == "/console/nguoi-dung/moi"
    assert clerk.get("/console/nguoi-dung/moi").status_code == 200


def test_a_changed_password_must_be_good_and_ends_other_sessions(office: Office) -> None:
    clerk, other = office.sign_in("lan", "reception"), office.sign_in("lan")
    for weak, why in (
        ("ngắn", "ít nhất 12"),
        ("aaaaaaaaaaaaaaaa", "dễ đoán"),
        ("password123456", "dễ đoán"),
        ("matkhaumatkhau", "dễ đoán"),
        (PASSWORD, "phải khác"),
    ):
        answer = clerk.post("/console/toi/mat-khau", {"old": PASSWORD, "new": weak, "again": weak})
        assert answer.status_code == 422
        assert why in answer.get_data(as_text=True)
    good = "bốn mùa hoa nở trên núi Cấm"
    done = clerk.post("/console/toi/mat-khau", {"old": PASSWORD, "new": good, "again": good})
    assert done.status_code == 303
    assert clerk.get("/console/").status_code == 200
    assert other.get("/console/").status_code == 303
