"""The ingest API (contract 3): registered on the web application by `register`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Flask, Response, g, request
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

import journal
from clock import Clock
from crypto import Vault
from dossiers.api.pages import add_pages
from dossiers.api.problems import Problem, respond
from dossiers.api.routes import add_routes
from settings import Settings
from store.engine import Database

PREFIX = "/api/v1"
_RETRY_SECONDS = "5"


#: An answer to an error page of others.
Elsewhere = Callable[[HTTPException], Response | HTTPException]


def register(
    app: Flask,
    database: Database,
    settings: Settings,
    vault: Vault,
    clock: Clock,
    elsewhere: Elsewhere = lambda error: error,
) -> None:
    """Add the API under ``/api/v1``; every error below it is a problem document.

    ``elsewhere`` answers errors of addresses that are neither the API's nor of any blueprint.
    """
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    add_routes(blueprint, database, settings, vault, clock)
    add_pages(blueprint, settings)
    for away in (OperationalError, InternalError, InterfaceError, TimeoutError):
        blueprint.register_error_handler(away, _database_away)
    blueprint.register_error_handler(Problem, _problem)
    blueprint.register_error_handler(Exception, _unexpected)
    blueprint.before_request(_begin)
    blueprint.after_request(_end)
    app.register_blueprint(blueprint)

    def strayed(error: HTTPException) -> Response | HTTPException:
        # An address nobody serves belongs to no blueprint.
        return _http(error) if request.path.startswith(PREFIX + "/") else elsewhere(error)

    app.register_error_handler(HTTPException, strayed)


def _begin() -> None:
    g.request_id, g.started = secrets.token_hex(8), time.perf_counter()


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    journal.get("api").info(
        "api_request",
        method=request.method,
        # The rule, not the address: a code belongs to a person.
        path=request.url_rule.rule if request.url_rule else "",
        status=response.status_code,
        name=g.get("caller", ""),
        count=g.get("count", 0),
        duration_ms=round((time.perf_counter() - g.started) * 1000, 1),
        correlation_id=g.request_id,
    )
    return response


def _problem(problem: Problem) -> Response:
    return respond(problem.document(g.request_id), problem.status, problem.headers)


def _http(error: HTTPException) -> Response:
    """404, 405 and the like as a problem document."""
    # No rule matched: no blueprint begins such a request, and none will end it.
    stray = "request_id" not in g
    if stray:
        _begin()
    status = HTTPStatus(error.code or 500)
    words = {
        HTTPStatus.NOT_FOUND: "Không có địa chỉ này; xem /api/v1/docs.",
        HTTPStatus.METHOD_NOT_ALLOWED: "Địa chỉ này không nhận phương thức đó; xem /api/v1/docs.",
    }
    detail = words.get(status, "Yêu cầu không hợp lệ; xem /api/v1/docs.")
    headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After", "Location")}
    answer = _problem(Problem(status, status.name.lower(), detail, headers=headers))
    return _end(answer) if stray else answer


def _database_away(error: Exception) -> Response:
    journal.get("api").error(
        "database_away", error_type=type(error).__name__, correlation_id=g.request_id
    )
    return _problem(
        Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "database_away",
            "Hệ thống đang bận; hãy gửi lại.",
            headers={"Retry-After": _RETRY_SECONDS},
        )
    )


def _unexpected(error: Exception) -> Response | HTTPException:
    if isinstance(error, HTTPException) and not isinstance(error, InternalServerError):
        return _http(error)
    journal.get("api").error(
        "unexpected",
        error_type=type(error).__name__,
        where=journal.place(error),
        correlation_id=g.request_id,
    )
    return _problem(
        Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "internal",
            "Lỗi phía máy chủ; hãy báo người vận hành kèm request_id.",
        )
    )
