"""``/phan-anh``: published feedback with its answers, freed of personal data by staff (domain 4.6)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, request

from dossiers.times import local_date
from feedback.codes import find_code
from qr.pages import SHARED, Site
from store import feedback as store
from store.agency_tree import labels
from store.tables import Feedback

_PAGE = 20


@dataclass(frozen=True)
class Shown:
    """One published feedback; only what staff published, never the original."""

    code: str
    kind: str
    text: str
    answer: str
    agency: str
    at: str


def add(blueprint: Blueprint, site: Site) -> None:
    """Add the list and the page of one."""

    @blueprint.get("/phan-anh")
    def published_list() -> Response:
        asked = request.args.get("truoc", "")
        before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else None
        with site.database.read() as session:
            rows = store.published(session, limit=_PAGE + 1, before=before)
            names = labels(session)
        older = rows[_PAGE - 1].id if len(rows) > _PAGE else None
        shown = [_shown(site, row, names) for row in rows[:_PAGE]]
        return site.show(
            "feedback_list.html", cache=SHARED, rows=shown, older=older, first=before is None
        )

    @blueprint.get("/phan-anh/<code>")
    def published_feedback(code: str) -> Response:
        known = find_code(code[:40])
        with site.database.read() as session:
            row = store.by_code(session, known) if known else None
            names = labels(session)
        if row is None or row.published_at is None:
            words = site.words()
            return site.show(
                "missing.html", status=404, reason=words("feedback.page.missing"), words=words
            )
        return site.show("feedback.html", cache=SHARED, row=_shown(site, row, names))


def _shown(site: Site, row: Feedback, names: dict[int, str]) -> Shown:
    return Shown(
        row.code,
        site.words()(f"feedback.kind.{row.kind}"),
        row.public_text,
        row.public_answer,
        names.get(row.agency_id or 0, ""),
        f"{local_date(row.answered_at or row.created_at):%d/%m/%Y}",
    )
