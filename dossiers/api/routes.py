"""The addresses through which one-stop software tells us of dossiers (contract 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, request
from sqlmodel import Session

from bot.text import clean
from clock import Clock
from crypto import Vault
from dossiers.api.access import Caller, Strangers, admit, check_source
from dossiers.api.announcements import add_announcements
from dossiers.api.bodies import read_bytes, read_items
from dossiers.api.papers import add_papers
from dossiers.api.problems import Problem, entries, respond
from dossiers.api.repeats import once
from dossiers.api.views import dossier_view
from dossiers.codes import canonical_code
from dossiers.ingest import Result, apply_events, upsert_dossiers
from notify.announce import announce_receipt
from settings import Settings
from store import dossiers as store
from store.engine import Database
from store.tables import Dossier

#: `upsert_dossiers` or `apply_events`, which are called alike.
Ingest = Callable[..., list[Result]]


def add_routes(
    blueprint: Blueprint, database: Database, settings: Settings, vault: Vault, clock: Clock
) -> None:
    """Add the addresses to the API's blueprint."""

    strangers = Strangers(database, settings, vault)

    def enter(scope: str) -> Caller:
        caller = admit(request, database, settings, clock.now(), scope, strangers)
        g.caller = caller.name
        return caller

    def take_in(ingest: Ingest, member: str, caller: Caller) -> Response:
        body = read_bytes(request, "application/json", settings.api_max_bytes)

        def work() -> tuple[dict[str, Any], int]:
            items, listed = read_items(body)
            results = ingest(
                database,
                items,
                source=caller.name,
                by=caller.name,
                now=clock.now(),
                settings=settings,
                vault=vault,
                correlation_id=g.request_id,
                sources=caller.sources,
            )
            return _answer(results, member, listed)

        key = request.headers.get("Idempotency-Key")
        told = (request.method, request.path, body)
        document, status = once(database, caller.key_id, key, told, clock.now(), work)
        g.count = len(document.get("results", ()))
        return respond(document, status)

    @blueprint.post("/dossiers")
    def post_dossiers() -> Response:
        return take_in(upsert_dossiers, "MaHoSo", enter("dossiers:write"))

    @blueprint.post("/events")
    def post_events() -> Response:
        return take_in(apply_events, "MaSuKien", enter("events:write"))

    @blueprint.get("/dossiers/<path:code>")
    def get_dossier(code: str) -> Response:
        caller = enter("dossiers:read")
        canonical = _canonical(code)
        with database.read() as session:
            dossier = store.by_code(session, canonical)
            if dossier is None or dossier.id is None:
                raise _not_found()
            check_source(caller, dossier)
            events = store.events_of(session, dossier.id)
            messages = store.notifications_of(session, dossier.id)
        return respond(dossier_view(dossier, events, messages), 200)

    @blueprint.put("/dossiers/<path:code>/receipt")
    def put_receipt(code: str) -> Response:
        caller = enter("receipts:write")
        canonical = _canonical(code)
        pdf = read_bytes(request, "application/pdf", settings.receipt_max_bytes)
        if not pdf.startswith(b"%PDF-"):
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, "not_a_pdf", "Tệp gửi lên không phải là PDF."
            )
        now = clock.now()
        with database.write(wake=True) as session:
            dossier = store.lock(session, [canonical], now, create=False)[0].get(canonical)
            if dossier is None:
                raise _not_found()
            check_source(caller, dossier)
            had = store.has_receipt(session, dossier)
            changed = store.put_receipt(session, dossier, pdf, caller.name, now)
            if changed:
                announce_receipt(
                    session, dossier, settings=settings, now=now, correlation_id=g.request_id
                )
        status = ("updated" if had else "created") if changed else "unchanged"
        return respond({"results": [{"MaHoSo": canonical, "status": status}]}, 200)

    def find(session: Session, code: str, caller: Caller) -> Dossier:
        dossier = store.by_code(session, _canonical(code))
        if dossier is None:
            raise _not_found()
        check_source(caller, dossier)
        return dossier

    add_papers(blueprint, database, settings, clock, enter, find)
    add_announcements(blueprint, database, settings, clock, enter)


def _canonical(code: str) -> str:
    found = canonical_code(code, legacy=True) if len(code) <= 200 else None
    if found is None:
        raise _not_found()
    return found


def _not_found() -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND, "not_found", "Không có hồ sơ này; kiểm tra lại mã, gửi hồ sơ trước."
    )


def _answer(results: Sequence[Result], member: str, listed: bool) -> tuple[dict[str, Any], int]:
    """200 when anything was good; a problem document when nothing was (contract 3)."""
    errors = entries(results, listed=listed)
    by_index: dict[int, list[dict[str, Any]]] = {}
    for error in errors:
        by_index.setdefault(error["index"], []).append(error)
    shown = [_entry(result, member, by_index.get(result.index, [])) for result in results]
    if not results or any(result.status != "error" for result in results):
        return {"results": shown}, 200
    problem = Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_items",
        "Không mục nào dùng được; xem từng trường trong errors.",
        members={"errors": errors, "results": shown},
    )
    return problem.document(g.request_id), int(problem.status)


def _entry(result: Result, member: str, errors: list[dict[str, Any]]) -> dict[str, Any]:
    # What a sender made up may hold characters that neither JSONB nor a terminal can take.
    entry: dict[str, Any] = {
        "index": result.index,
        member: clean(result.key),
        "status": result.status,
    }
    if result.warnings:
        entry["warnings"] = [clean(warning) for warning in result.warnings]
    if errors:
        entry["errors"] = errors
    return entry
