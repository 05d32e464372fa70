"""Papers for the counter to print: the receipt, its QR alone, and forms 02, 03, 04 (domain 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, request
from sqlmodel import Session

from clock import Clock
from dossiers.api.access import Caller
from dossiers.api.problems import Problem
from dossiers.times import read_time
from qr import codes, links
from qr.facts import read_facts
from qr.files import receipt_file
from qr.letters import FORMS, Form, NoReason, letter_pdf
from qr.receipt import Size
from settings import Settings
from store.engine import Database
from store.tables import Dossier

_REASON_LIMIT = 4000

#: Reads the dossier of a code, or raises the 404 problem, or 403 for a key not meant for it.
Find = Callable[[Session, str, Caller], Dossier]


def add_papers(
    blueprint: Blueprint,
    database: Database,
    settings: Settings,
    clock: Clock,
    enter: Callable[[str], Caller],
    find: Find,
) -> None:
    """Add what is fetched to be printed; the same scope as reading the dossier."""

    @blueprint.get("/dossiers/<path:code>/receipt")
    def get_receipt(code: str) -> Response:
        caller = enter("dossiers:read")
        size: Size = "A4" if request.args.get("kho", "").upper() == "A4" else "A5"
        with database.read() as session:
            dossier = find(session, code, caller)
            content = receipt_file(session, dossier, settings, clock.now(), size)
        return _file(content, "application/pdf", f"phieu-{dossier.id}.pdf")

    @blueprint.get("/dossiers/<path:code>/qr.<kind>")
    def get_qr(code: str, kind: str) -> Response:
        caller = enter("dossiers:read")
        if kind not in ("png", "svg"):
            raise Problem(HTTPStatus.NOT_FOUND, "not_found", "Chỉ có qr.png và qr.svg.")
        with database.read() as session:
            token = find(session, code, caller).receipt_token
        made = codes.picture(links.receipt_address(settings, token), kind)
        return _file(made, codes.MIMETYPES[kind], f"qr.{kind}")

    @blueprint.get("/dossiers/<path:code>/forms/<form>")
    def get_form(code: str, form: str) -> Response:
        caller = enter("dossiers:read")
        wanted = _form(form)
        reason = request.args.get("ly-do", "")[:_REASON_LIMIT]
        try:
            asked = request.args.get("ngay-hen-moi", "")
            new_date = read_time(asked) if asked else None
        except ValueError as error:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, "bad_date", f"ngay-hen-moi: {error}"
            ) from None
        with database.read() as session:
            facts = read_facts(session, find(session, code, caller), settings)
        try:
            content = letter_pdf(
                wanted, facts, settings, clock.now(), reason=reason, new_date=new_date
            )
        except NoReason:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "no_reason",
                "Hồ sơ chưa có lý do để in; gửi lý do trong tham số ly-do.",
            ) from None
        return _file(content, "application/pdf", f"mau-{wanted}.pdf")


def _form(name: str) -> Form:
    for form in FORMS:
        if name == form:
            return form
    raise Problem(HTTPStatus.NOT_FOUND, "not_found", "Chỉ có mẫu 02, 03 và 04.")


def _file(content: bytes, mimetype: str, name: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
