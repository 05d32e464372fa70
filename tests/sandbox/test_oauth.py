"""Consent, exchange, rotation and lapsed tokens (protocol 2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.tokens import challenge_of

from .conftest import Zalo

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CALLBACK = "https://motcua.example/oa/callback"


def exchange(zalo: Zalo, secret: str = "sandbox-app-secret", **form: Any) -> Any:
    form.setdefault("app_id", zalo.running.config.app_id)
    answer = zalo.http.post(
        zalo.running.url + "/v4/oa/access_token",
        data=form,
        headers={"secret_key": secret},
        timeout=5,
    )
    assert answer.status_code == 200
    return answer.json()


def consent(zalo: Zalo, challenge: str = "") -> dict[str, list[str]]:
    asked = {
        "app_id": zalo.running.config.app_id,
        "redirect_uri": CALLBACK,
        "code_challenge": challenge,
        "state": "abc",
    }
    page = zalo.http.get(zalo.running.url + "/v4/oa/permission", params=asked, timeout=5)
    assert "Cho phép" in page.text
    assert "form-action 'self' https://motcua.example" in page.headers["Content-Security-Policy"]
    answer = zalo.http.post(
        zalo.running.url + "/v4/oa/permission",
        data={**asked, "decision": "allow"},
        allow_redirects=False,
        timeout=5,
    )
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(CALLBACK)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_the_challenge_is_that_of_the_standard() -> None:
    assert challenge_of(VERIFIER) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_consent_gives_a_code_that_is_exchanged_once(zalo: Zalo) -> None:
    returned = consent(zalo, challenge_of(VERIFIER))
    assert returned["state"] == ["abc"]
    assert returned["oa_id"] == [zalo.running.config.oa_id]
    form = {
        "code": returned["code"][0],
        "grant_type": "authorization_code",
        "code_verifier": VERIFIER,
    }
    pair = exchange(zalo, **form)
    assert pair["expires_in"] == "90000"
    assert len(pair["access_token"]) > 200
    assert exchange(zalo, **form)["error"] == -14005
    fine = zalo.api("GET", "/v2.0/oa/getoa", headers={"access_token": pair["access_token"]})
    assert fine["error"] == 0


def test_a_code_dies_after_ten_minutes_and_with_a_foreign_verifier(zalo: Zalo) -> None:
    grant = {"grant_type": "authorization_code", "code_verifier": VERIFIER}
    late = consent(zalo)["code"][0]
    zalo.control("POST", "clock", advance=601)
    assert exchange(zalo, code=late, **grant)["error"] == -14005
    foreign = consent(zalo, "another-challenge")["code"][0]
    assert exchange(zalo, code=foreign, **grant)["error"] == -14005


def test_a_refresh_rotates_both_tokens_and_the_old_ones_die_at_once(zalo: Zalo) -> None:
    refresh = {"grant_type": "refresh_token", "refresh_token": "test-refresh"}
    pair = exchange(zalo, **refresh)
    old = zalo.api("GET", "/v2.0/oa/getoa")
    assert old == {"error": -216, "message": "Access token has expired"}
    zalo.settings(lapsed_token_code=-220)
    assert zalo.api("GET", "/v2.0/oa/getoa")["error"] == -220
    assert exchange(zalo, **refresh)["error"] == -14014
    again = exchange(zalo, grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert "access_token" in again


def test_tokens_die_of_age(zalo: Zalo) -> None:
    zalo.control("POST", "clock", advance=90_001)
    assert zalo.api("GET", "/v2.0/oa/getoa")["error"] == -216
    assert zalo.api("GET", "/message/quota")["error"] == -124
    zalo.control("POST", "clock", advance=91 * 86_400)
    refresh = {"grant_type": "refresh_token", "refresh_token": "test-refresh"}
    assert exchange(zalo, **refresh)["error"] == -14014


def test_wrong_app_secret_and_grant_have_their_codes(zalo: Zalo) -> None:
    assert exchange(zalo, app_id="1")["error"] == -14002
    assert exchange(zalo, secret="no")["error"] == -14004
    assert exchange(zalo, grant_type="password")["error"] == -14018


def test_a_wrong_app_or_callback_is_refused_on_the_page(zalo: Zalo) -> None:
    page = zalo.http.get(
        zalo.running.url + "/v4/oa/permission",
        params={"app_id": "<script>", "redirect_uri": "javascript:alert(1)"},
        timeout=5,
    )
    assert "-14002" in page.text
    assert "<script>" not in page.text


def test_the_operator_can_issue_expire_and_kill(zalo: Zalo) -> None:
    zalo.control("POST", "tokens", action="expire")
    assert zalo.api("GET", "/v2.0/oa/getoa")["error"] == -216
    pair = zalo.control("POST", "tokens", action="issue")
    headers = {"access_token": pair["access_token"]}
    assert zalo.api("GET", "/v2.0/oa/getoa", headers=headers)["error"] == 0
    zalo.control("POST", "tokens", action="kill_refresh")
    gone = exchange(zalo, grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert gone["error"] == -14014


def test_appsecret_proof_is_checked_when_switched_on(zalo: Zalo) -> None:
    zalo.settings(appsecret_proof=True)
    assert zalo.api("GET", "/v2.0/oa/getoa")["error"] == -242
    assert zalo.api("GET", "/message/quota")["error"] == -1241
    import hashlib
    import hmac

    proof = hmac.new(b"sandbox-app-secret", b"test-access", hashlib.sha256).hexdigest()
    assert zalo.api("GET", "/v2.0/oa/getoa", headers={"appsecret_proof": proof})["error"] == 0
