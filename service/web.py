"""The web process: one Flask application, made after the fork."""

from __future__ import annotations

import threading
from http import HTTPStatus

from flask import Flask, Response, request
from prometheus_client import Counter
from sqlalchemy.exc import InternalError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import console
import journal
from bot import consent_page, pictures_page, verifier_page, webhook
from bot.client import ZaloClient
from bot.oauth import OAuthClient
from bot.tokens import Tokens
from clock import Clock, SystemClock
from content import live
from content.live import LiveSettings
from crypto import Vault
from dossiers import api, times
from qr import pages
from service import counting, health
from service.limits import Limits
from service.unread import reading_on
from settings import Settings, load, refuse_samples
from store.engine import Database
from store.inbox import Inbox

REQUESTS = Counter(
    "motcua_http_requests",
    "Requests by area and status; webhooks are counted by outcome in motcua_webhooks",
    ["area", "status"],
)
#: Blueprints that are better known under another name.
_AREAS = {"paper": "pages"}
#: No page of ours needs anything from another host, a plug-in or a frame.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Strict-Transport-Security": "max-age=31536000",
}
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
)


def build(settings: Settings, database: Database, clock: Clock) -> Flask:
    """The application over a given database; tests and the demo use it in their own process."""
    settings = LiveSettings.over(settings, database)
    app = Flask("motcua", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max(
        settings.api_max_bytes, settings.receipt_max_bytes, settings.webhook_max_bytes
    )
    vault = Vault(settings.secret_key.get_secret_value())
    tokens = Tokens(
        database,
        vault,
        OAuthClient(
            settings.zalo_oauth_url,
            settings.zalo_app_id,
            settings.zalo_app_secret.get_secret_value(),
        ),
        settings,
        clock,
    )
    app.register_blueprint(webhook.create_blueprint(Inbox(database), settings, clock))
    app.register_blueprint(consent_page.create_blueprint(database, tokens, vault, settings, clock))
    app.register_blueprint(verifier_page.create_blueprint(settings))
    app.register_blueprint(pictures_page.create_blueprint(settings, database))
    app.register_blueprint(pages.create_blueprint(database, settings, vault, clock))
    app.register_blueprint(health.create_blueprint(database, settings, clock))
    zalo = zalo_client(settings, tokens)
    app.register_blueprint(console.create_blueprint(database, settings, vault, clock, zalo))
    site = pages.Site(database, settings, vault, clock)
    api.register(app, database, settings, vault, clock, lambda error: _astray(site, error))
    app.jinja_env.filters["moment"] = times.show
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Limits(database, settings, vault, clock).install(app)
    app.wsgi_app = reading_on(app.wsgi_app)  # type: ignore[method-assign,assignment]
    app.after_request(_secure)
    counting.of(database)
    # PostgreSQL calls a read-only server an internal error.
    for away in (OperationalError, InternalError):
        app.register_error_handler(away, _database_away)
    return app


def zalo_client(settings: Settings, tokens: Tokens) -> ZaloClient:
    """What asks Zalo for the console; messages themselves go through the outbox alone."""
    return ZaloClient(
        settings.zalo_openapi_url,
        settings.zalo_oauth_url,
        settings.zalo_business_url,
        tokens,
        timeouts=(settings.zalo_connect_timeout_seconds, settings.zalo_read_timeout_seconds),
        app_id=settings.zalo_app_id,
        app_secret=settings.zalo_app_secret.get_secret_value(),
        use_proof=settings.zalo_use_appsecret_proof,
    )


def _secure(response: Response) -> Response:
    if request.endpoint == webhook.ENDPOINT:
        # Empty answers to a machine: nothing in them to protect, and thousands of them.
        return response
    area = request.blueprint if request.endpoint else "unknown"
    REQUESTS.labels(_AREAS.get(area or "", area or "other"), str(response.status_code)).inc()
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _astray(site: pages.Site, error: HTTPException) -> Response | HTTPException:
    """A person with a mistyped address reads where to go on; machines need the status alone."""
    if error.code != HTTPStatus.NOT_FOUND or request.method != "GET":
        return error
    return site.missing("nowhere")


def _database_away(error: Exception) -> Response:
    journal.get("web").error("database_away", error_type=type(error).__name__)
    return Response("Hệ thống đang bận, vui lòng thử lại sau.\n", 503, mimetype="text/plain")


def application() -> Flask:
    """What the WSGI server loads: settings from the environment, real clock."""
    settings = load()
    refuse_samples(settings)
    journal.configure(settings.log_level)
    database = Database(settings.database_url)
    settings = LiveSettings.over(settings, database)
    stop = threading.Event()
    live.start(settings, stop)
    counting.start(database, stop)
    return build(settings, database, SystemClock())
