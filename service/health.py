"""Liveness, readiness and metrics (contract 3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import SQLAlchemyError

from clock import Clock
from service import metrics, surroundings
from settings import Settings
from store import health as queries
from store import migrate
from store.engine import Database

#: A worker says every five seconds that it lives; six silent beats mean it does not.
HEARTBEAT_LIMIT = timedelta(seconds=30)


def check(database: Database, settings: Settings, now: datetime) -> dict[str, str]:
    """Each part by name: "ok" or one sentence saying what is wrong (no secrets)."""
    parts: dict[str, str] = {}
    try:
        at = migrate.current(database)
        parts["database"] = "ok"
    except SQLAlchemyError:
        return {"database": "cannot be reached: check DATABASE_URL and the database server"}
    head = migrate.head()
    parts["migrations"] = (
        "ok" if at == head else f"at {at or 'nothing'}, need {head}: python app.py db upgrade"
    )
    if at != head:
        return parts
    with database.read() as session:
        beat = queries.last_heartbeat(session)
        token = queries.token(session, settings.zalo_oa_id)
    alive = beat is not None and now - beat < HEARTBEAT_LIMIT
    parts["worker"] = "ok" if alive else "no heartbeat for 30 s: start python app.py worker"
    parts["token"] = _token_part(token)
    return parts


def _token_part(token: queries.TokenHealth | None) -> str:
    if token is None:
        return "none yet: python app.py oa connect"
    if token.state != "ok":
        return "refused by Zalo: an OA admin must consent again, python app.py oa connect"
    return "ok"


def create_blueprint(database: Database, settings: Settings, clock: Clock) -> Blueprint:
    """The blueprint with ``/healthz``, ``/readyz`` and ``/metrics``."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        parts = check(database, settings, clock.now())
        ready = all(part == "ok" for part in parts.values())
        told: dict[str, object] = {"ready": ready, "parts": parts}
        # Once the schema is there: what a person should look at though all of it works.
        if parts.get("migrations") == "ok":
            told["warnings"] = surroundings.warnings(database, settings)
        return jsonify(told), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics_page() -> Response:
        if not metrics.admitted(request, settings):
            said = "metrics: set METRICS_TOKEN or METRICS_ALLOW, see docs/monitoring.md\n"
            return Response(said, 403, mimetype="text/plain")
        text = metrics.text(database, settings, clock.now())
        return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return blueprint
