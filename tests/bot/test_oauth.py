"""OAuth: PKCE, the consent link, and the two token calls against a real HTTP server."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.oauth import (
    OAuthClient,
    OAuthRefused,
    OAuthUnreachable,
    TokenPair,
    challenge,
    new_verifier,
    permission_url,
)
from tests.bot.zalo_stub import running


@pytest.fixture
def server():
    with running() as stub:
        yield stub


@pytest.fixture
def oauth(server):
    return OAuthClient(server.url + "/", "11", "app-secret", (1, 0.4))


def test_the_challenge_is_that_of_the_standards_example():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifiers_are_43_characters_and_never_the_same():
    made = {new_verifier() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", verifier) for verifier in made)


def test_the_consent_link_carries_exactly_what_zalo_knows():
    link = urlsplit(
        permission_url("https://oauth.example/", "11", "https://p.example/cb?a=1", "chal", "st&te")
    )
    assert (link.netloc, link.path) == ("oauth.example", "/v4/oa/permission")
    assert parse_qs(link.query) == {
        "app_id": ["11"],
        "redirect_uri": ["https://p.example/cb?a=1"],
        "code_challenge": ["chal"],
        "state": ["st&te"],
    }


def form(server):
    return {name: value[0] for name, value in parse_qs(server.asked[-1].body.decode()).items()}


def test_a_code_is_exchanged_for_a_pair(server, oauth):
    server.answer({"access_token": "A", "refresh_token": "R", "expires_in": "90000"})
    assert oauth.exchange("code", "verifier") == TokenPair("A", "R", 90000)
    asked = server.asked[-1]
    assert (asked.method, asked.path) == ("POST", "/v4/oa/access_token")
    assert asked.headers["secret_key"] == "app-secret"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form(server) == {
        "code": "code",
        "app_id": "11",
        "grant_type": "authorization_code",
        "code_verifier": "verifier",
    }


@pytest.mark.parametrize(
    ("life", "seconds"), [("90000", 90000), (3600, 3600), (None, 90000), ("x", 90000), (-1, 90000)]
)
def test_a_refresh_reads_the_life_as_string_or_number(server, oauth, life, seconds):
    server.answer({"access_token": "A2", "refresh_token": "R2", "expires_in": life})
    assert oauth.refresh("R1") == TokenPair("A2", "R2", seconds)
    assert form(server) == {"refresh_token": "R1", "app_id": "11", "grant_type": "refresh_token"}


def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(server, oauth):
    server.answer({"access_token": "A2", "expires_in": 1})
    assert oauth.refresh("R1").refresh_token == "R1"


def test_a_refusal_carries_its_code_and_no_secret(server, oauth):
    server.answer({"error": -14014, "error_name": "Invalid refresh token.", "error_reason": "R1"})
    with pytest.raises(OAuthRefused) as refused:
        oauth.refresh("R1-secret")
    assert refused.value.code == -14014
    assert "R1" not in f"{refused.value!r} {refused.value}"


@pytest.mark.parametrize(
    ("answer", "status", "used"),
    [
        (b"<html>", 200, True),
        (b"", 502, True),
        ({}, 200, True),
        ({"access_token": ""}, 200, True),
        ({"access_token": "A" * 9000}, 200, True),
        (b"", 404, False),
        (b"", 429, False),
    ],
)
def test_an_unreadable_answer_says_whether_the_token_may_be_spent(
    server, oauth, answer, status, used
):
    server.answer(answer, status=status)
    with pytest.raises(OAuthUnreachable) as unreachable:
        oauth.refresh("R1")
    assert unreachable.value.used is used


def test_no_connection_spends_nothing():
    with running() as stub:
        url = stub.url
    with pytest.raises(OAuthUnreachable) as unreachable:
        OAuthClient(url, "11", "s", (1, 0.4)).refresh("R1")
    assert unreachable.value.used is False


def test_a_pair_does_not_show_its_tokens():
    assert "secret" not in repr(TokenPair("secret-a", "secret-r", 1))
