"""Liveness, readiness and metrics (contract 3)."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import SQLAlchemyError

from clock import Clock
from service import metrics, surroundings
from settings import Settings
from store import faults, migrate
from store import health as queries
from store.engine import Database

#: A worker says every five seconds that it lives; six silent beats mean it does not.
HEARTBEAT_LIMIT = timedelta(seconds=30)
#: Whoever asks for readiness may ask often; a write each time would be a load of its own.
_PROBE_SECONDS = 1.0
_DATABASE = {
    faults.Trouble.full: "its disk is full: free space; Zalo and the one-stop software are asked "
    "to come again meanwhile, nothing is lost",
    faults.Trouble.read_only: "takes no writes: make its file writable, or end the read-only mode "
    "of the server or role (a standby that was not promoted?)",
    faults.Trouble.away: "cannot be reached: check DATABASE_URL and the database server",
}


def fine(part: str) -> bool:
    """Whether a part of `check` needs nobody; "ok" may be followed by words worth reading."""
    return part == "ok" or part.startswith("ok, ")


class WriteProbe:
    """Whether the database takes writes, tried at most once a second however many ask."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: faults.Trouble | None = None
        self._again = 0.0

    def state(self, now: datetime) -> faults.Trouble | None:
        """What hinders writing; None when nothing does."""
        with self._lock:
            if time.monotonic() >= self._again:
                self._known = faults.probe(self._database, now)
                self._again = time.monotonic() + _PROBE_SECONDS
            return self._known


def check(
    database: Database, settings: Settings, now: datetime, probe: WriteProbe | None = None
) -> dict[str, str]:
    """Each part by name: "ok" (see `fine`) or one sentence saying what is wrong (no secrets)."""
    parts: dict[str, str] = {}
    try:
        at = migrate.current(database)
        parts["database"] = "ok"
    except SQLAlchemyError as error:
        return {"database": _DATABASE[faults.trouble(error) or faults.Trouble.away]}
    parts["migrations"] = _schema_part(at)
    if not fine(parts["migrations"]):
        return parts
    ailing = (probe or WriteProbe(database)).state(now)
    if ailing is not None:
        parts["database"] = _DATABASE[ailing]
    with database.read() as session:
        beat = queries.last_heartbeat(session)
        token = queries.token(session, settings.zalo_oa_id)
    alive = beat is not None and now - beat < HEARTBEAT_LIMIT
    parts["worker"] = "ok" if alive else "no heartbeat for 30 s: start python app.py worker"
    parts["token"] = _token_part(token)
    return parts


def _schema_part(at: str) -> str:
    """A newer schema is no fault: the old version stays in service while the new one comes."""
    head = migrate.head()
    match migrate.standing(at):
        case migrate.Standing.same:
            return "ok"
        case migrate.Standing.newer:
            return f"ok, newer ({at}) than this version of the program ({head})"
    return f"at {at or 'nothing'}, need {head}: python app.py db upgrade"


def _token_part(token: queries.TokenHealth | None) -> str:
    if token is None:
        return "none yet: python app.py oa connect"
    if token.state != "ok":
        return "refused by Zalo: an OA admin must consent again, python app.py oa connect"
    return "ok"


def create_blueprint(database: Database, settings: Settings, clock: Clock) -> Blueprint:
    """The blueprint with ``/healthz``, ``/readyz`` and ``/metrics``."""
    blueprint = Blueprint("health", __name__)
    probe = WriteProbe(database)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        parts = check(database, settings, clock.now(), probe)
        ready = all(fine(part) for part in parts.values())
        told: dict[str, object] = {"ready": ready, "parts": parts}
        # Once the schema is there: what a person should look at though all of it works.
        if fine(parts.get("migrations", "")):
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
