"""The pages behind our codes, and those open to all: receipt, procedure, services, feedback.

Server-rendered, without cookies and without anything from another host; they work without
JavaScript. What may be cached says so; what concerns one dossier is never kept (contract 3).
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from sqlalchemy.exc import SQLAlchemyError

import journal
from clock import VIETNAM, Clock
from crypto import Vault
from dossiers.workdays import Calendar
from notify.calendars import calendar_of
from qr import links
from settings import Settings
from store import scans
from store.engine import Database
from wording import LANGUAGES, Words

#: Pages load their own style and one small script, nothing else.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SHARED = "public, max-age=300"


@dataclass(frozen=True)
class Site:
    """What every page needs."""

    database: Database
    settings: Settings
    vault: Vault
    clock: Clock

    @property
    def calendar(self) -> Calendar:
        """The working calendar as staff have it now."""
        return calendar_of(self.settings)

    def words(self) -> Words:
        """The language of ``?lang=``, Vietnamese without one."""
        asked = request.args.get("lang", "")
        return Words(asked if asked in LANGUAGES else "vi", self.settings)

    def show(
        self, template: str, *, status: int = 200, cache: str = "no-store", **values: object
    ) -> Response:
        """A page with what the frame needs, never indexed by search engines."""
        settings = self.settings
        words = values.pop("words", None) or self.words()
        body = render_template(
            template,
            words=words,
            settings=settings,
            oa_address=links.oa_address(settings),
            other_language=_other_language(words),
            **values,
        )
        response = Response(body, status, mimetype="text/html")
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        response.headers["Cache-Control"] = cache
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        if cache != "no-store":
            response.add_etag()
            response.make_conditional(request)
        return response

    def count(self, subject: str) -> None:
        """One more opening of a page; a page is shown even when it cannot be counted."""
        today = self.clock.now().astimezone(VIETNAM).date()
        try:
            with self.database.write() as session:
                scans.count(session, today, subject)
        except SQLAlchemyError as error:
            journal.get("pages").warning("not_counted", error_type=type(error).__name__)

    def missing(self, key: str, status: int = 404) -> Response:
        """A page that says what was not found and where to go on."""
        return self.show("missing.html", status=status, reason=self.words()(f"page.{key}"))


def _other_language(words: object) -> str:
    """The address of this page in the other language."""
    language = "en" if isinstance(words, Words) and words.language == "vi" else "vi"
    return f"{request.path}?lang={language}"


def create_blueprint(
    database: Database, settings: Settings, vault: Vault, clock: Clock
) -> Blueprint:
    """``/h/``, ``/t/``, ``/dich-vu-cong``, ``/phan-anh``, ``/hieu-nang``, ``/qr/`` and ``/tin/``."""
    from qr.pages import (
        covers,
        downloads,
        feedback_page,
        level_page,
        procedure_page,
        receipt_page,
        services_page,
    )

    blueprint = Blueprint(
        "paper",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/qr/static",
    )
    site = Site(database, settings, vault, clock)
    receipt_page.add(blueprint, site)
    procedure_page.add(blueprint, site)
    services_page.add(blueprint, site)
    feedback_page.add(blueprint, site)
    level_page.add(blueprint, site)
    downloads.add(blueprint, site)
    covers.add(blueprint, site)
    return blueprint
