"""Letting this system act for the OA: the consent link and the page it comes back to (2.1)."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from html import escape

from flask import Blueprint, Response, request

import journal
from bot.errors import Api, rule_for
from bot.oauth import (
    OAuthClient,
    OAuthRefused,
    OAuthUnreachable,
    challenge,
    new_verifier,
    permission_url,
)
from bot.tokens import Tokens
from clock import Clock
from crypto import Undecipherable, Vault
from settings import Settings
from store import tokens as rows
from store.engine import Database
from wording import Words

CALLBACK = "/oa/callback"
_STATE_LIMIT, _CODE_LIMIT = 64, 2048


class _Failed(Exception):
    """The pair was not obtained; the text says in Vietnamese what to do."""


def consent_link(database: Database, vault: Vault, settings: Settings, now: datetime) -> str:
    """A link for an OA admin's browser; it works once and for ten minutes."""
    state, verifier = secrets.token_urlsafe(24), new_verifier()
    with database.write() as session:
        rows.begin_attempt(session, state, vault.encrypt(verifier), now)
    return permission_url(
        settings.zalo_oauth_url,
        settings.zalo_app_id,
        settings.public_url + CALLBACK,
        challenge(verifier),
        state,
    )


def create_blueprint(
    database: Database, tokens: Tokens, vault: Vault, settings: Settings, clock: Clock
) -> Blueprint:
    """The blueprint with ``GET /oa/callback``."""
    blueprint = Blueprint("consent", __name__)
    oauth = OAuthClient(
        settings.zalo_oauth_url,
        settings.zalo_app_id,
        settings.zalo_app_secret.get_secret_value(),
    )

    @blueprint.get(CALLBACK)
    def callback() -> Response:
        words = Words("vi", settings)
        try:
            verifier = _verifier(database, vault, clock.now(), words)
            _obtain(oauth, tokens, settings, verifier, words)
        except _Failed as failure:
            journal.get("consent").warning("consent_failed")
            return _page(words, f"{words('consent_page.failure')} {failure}", 400)
        return _page(words, words("consent_page.success"), 200)

    return blueprint


def _verifier(database: Database, vault: Vault, now: datetime, words: Words) -> str:
    """The verifier that belongs to the state in the address; the state is used up by asking."""
    state = request.args.get("state", "")
    sealed = None
    if 0 < len(state) <= _STATE_LIMIT and state.isascii() and state.isprintable():
        with database.read() as session:
            good = rows.open_attempt(session, state, now)
        # Strangers who guess at this open address must not hold up the writers.
        if good:
            with database.write() as session:
                sealed = rows.use_attempt(session, state, now)
    try:
        return vault.decrypt(sealed or "")
    except Undecipherable:
        raise _Failed(words("consent_page.no_state")) from None


def _obtain(
    oauth: OAuthClient, tokens: Tokens, settings: Settings, verifier: str, words: Words
) -> None:
    code, oa_id = request.args.get("code", ""), request.args.get("oa_id", "")
    if not code or len(code) > _CODE_LIMIT:
        raise _Failed(words("consent_page.no_code"))
    if oa_id and not hmac.compare_digest(oa_id.encode(), settings.zalo_oa_id.encode()):
        raise _Failed(words("consent_page.wrong_oa"))
    try:
        pair = oauth.exchange(code, verifier)
    except OAuthRefused as error:
        staff = rule_for(Api.oauth, error.code).staff
        raise _Failed(words("consent_page.refused", code=error.code, staff=staff)) from None
    except OAuthUnreachable:
        raise _Failed(words("consent_page.unreachable")) from None
    if not pair.refresh_token:
        raise _Failed(words("consent_page.incomplete"))
    tokens.store_pair(pair.access_token, pair.refresh_token, pair.expires_in)


def _page(words: Words, message: str, status: int) -> Response:
    title = escape(words("consent_page.title"))
    body = (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f"<body><main><h1>{title}</h1><p>{escape(message)}</p></main></body></html>\n"
    )
    answer = Response(body, status, mimetype="text/html")
    # The address holds the code: neither caches nor the next page may learn it.
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
