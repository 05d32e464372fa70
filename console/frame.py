"""What every page of the console stands on: declared acts, sessions, CSRF, answers, the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Blueprint, Response, g, jsonify, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlmodel import Session

from bot.client import ZaloClient
from clock import Clock
from console import auditing
from console.access import Act
from console.person import Person
from console.tables import Cell, csv_file
from crypto import Vault
from dossiers.workdays import Calendar
from notify.calendars import calendar_of
from settings import Settings
from store import audit as chain
from store.engine import Database

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_NOTICE_COOKIE = "motcua-tin"
_NOTICE_SECONDS = 60

Answer = Response | tuple[Response, int]
Page = TypeVar("Page", bound=Callable[..., Answer])
#: How many things wait behind a navigation entry; 0 shows no badge.
Badge = Callable[[Session, Person], int]


@dataclass(frozen=True)
class Rule:
    """What a page demands of whoever opens it."""

    may: Act
    confirm: bool = False
    #: Bytes a form or file may have; 0 = the application's own limit.
    accepts: int = 0


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation, shown to those who may open it."""

    words: str
    endpoint: str
    may: Act
    group: str
    badge: Badge | None = None


def person() -> Person:
    """Who is signed in; only on pages that demand it."""
    found: Person = g.person
    return found


@dataclass
class Console:
    """Pages are added to it; it keeps what each demands and gives them what they share."""

    blueprint: Blueprint
    database: Database
    settings: Settings
    vault: Vault
    clock: Clock
    zalo: ZaloClient
    rules: dict[str, Rule] = field(default_factory=dict)
    navigation: list[NavItem] = field(default_factory=list)

    @property
    def calendar(self) -> Calendar:
        """Working days as the settings say now."""
        return calendar_of(self.settings)

    def page(
        self,
        rule: str,
        *,
        may: Act,
        methods: Sequence[str] = ("GET",),
        confirm: bool = False,
        accepts: int = 0,
    ) -> Callable[[Page], Page]:
        """Declare a page under ``/console`` and the act it is for.

        ``confirm`` demands that the person showed their password again in the last minutes;
        ``accepts`` lets a form be so many bytes large, files included.
        """

        def register(function: Page) -> Page:
            name = function.__name__
            if name in self.rules:
                raise ValueError(f"two pages are called {name}")
            self.rules[name] = Rule(may, confirm, accepts)
            self.blueprint.add_url_rule(rule, name, function, methods=list(methods))
            return function

        return register

    def nav(
        self, words: str, endpoint: str, may: Act, group: str, badge: Badge | None = None
    ) -> None:
        """Add an entry to the navigation; ``endpoint`` is the page's function name."""
        self.navigation.append(NavItem(words, f"console.{endpoint}", may, group, badge))

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page; templates lie under ``console/templates/console/``."""
        body = render_template(f"console/{template}", **self._shared(), **values)
        response = Response(body, status, mimetype="text/html")
        if request.cookies.get(_NOTICE_COOKIE):
            response.delete_cookie(_NOTICE_COOKIE, path="/console")
        return response

    def redirect(self, address: str, notice: str = "", *, kind: str = "success") -> Response:
        """Go on to a page of ours, which shows ``notice``; ``kind`` is success, warning, danger."""
        response = Response("", 303, headers={"Location": address})
        if notice:
            sealed = self._notices().dumps([kind, notice[:600]])
            response.set_cookie(
                _NOTICE_COOKIE,
                str(sealed),
                max_age=_NOTICE_SECONDS,
                path="/console",
                httponly=True,
                samesite="Lax",
                secure=self.secure,
            )
        return response

    def refuse(self, sentence: str, *, back: str = "", status: int = 409) -> Response:
        """A page that says why something cannot be done now, and the way back."""
        return self.show("refused.html", status=status, sentence=sentence, back=back)

    def missing(
        self, sentence: str = "Không tìm thấy, hoặc không thuộc phạm vi của bạn."
    ) -> Response:
        """A page for what is not there, or not theirs to see: both look alike."""
        return self.show("refused.html", status=404, sentence=sentence, back="")

    def json(self, value: Any, status: int = 200) -> Answer:
        """A small answer for our own scripts."""
        return jsonify(value), status

    def download(
        self, content: bytes, name: str, mimetype: str, *, inline: bool = False
    ) -> Response:
        """A file; ``name`` in ASCII. Shown in the browser only with ``inline``."""
        response = Response(content, mimetype=mimetype)
        way = "inline" if inline else "attachment"
        response.headers["Content-Disposition"] = f'{way}; filename="{name}"'
        return response

    def csv(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
        """A CSV that spreadsheets open: UTF-8 with mark, formulas made harmless."""
        return self.download(csv_file(header, rows), f"{name}.csv", "text/csv")

    def audit(
        self,
        session: Session,
        action: str,
        subject_kind: str = "",
        subject: str = "",
        **details: Any,
    ) -> None:
        """Write one line of the audit in the caller's transaction; add it last."""
        auditing.checked(action, details)
        chain.add(
            session,
            self.vault.audit_seal,
            actor=self._actor(),
            action=action,
            now=self.clock.now(),
            subject_kind=subject_kind,
            subject=subject,
            details=details,
            ip=address(),
        )

    def looked(
        self, action: str, subject_kind: str = "", subject: str = "", **details: Any
    ) -> None:
        """Write down a look at personal data, in a transaction of its own."""
        with self.database.write() as session:
            self.audit(session, action, subject_kind, subject, **details)

    @property
    def secure(self) -> bool:
        """Whether cookies travel over https only."""
        return self.settings.public_url.startswith("https://")

    def _actor(self) -> str:
        known: Person | None = g.get("person")
        return known.username if known else "anonymous"

    def _notices(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.vault.form_token("notices"))

    def _notice(self) -> tuple[str, str] | None:
        try:
            kind, text = self._notices().loads(
                request.cookies.get(_NOTICE_COOKIE, ""), max_age=_NOTICE_SECONDS
            )
        except (BadSignature, ValueError, TypeError):
            return None
        return str(kind), str(text)

    def _shared(self) -> Mapping[str, Any]:
        known: Person | None = g.get("person")
        return {
            "person": known,
            "groups": self._groups(known) if known else {},
            "notice": self._notice(),
            "csrf_token": g.get("csrf", ""),
            "settings": self.settings,
            "Act": Act,
        }

    def _groups(self, known: Person) -> dict[str, list[tuple[NavItem, int]]]:
        items = [item for item in self.navigation if known.may(item.may)]
        counted = [item for item in items if item.badge]
        badges: dict[str, int] = {}
        if counted:
            with self.database.read() as session:
                badges = {i.endpoint: i.badge(session, known) for i in counted if i.badge}
        groups: dict[str, list[tuple[NavItem, int]]] = {}
        for item in items:
            groups.setdefault(item.group, []).append((item, badges.get(item.endpoint, 0)))
        return groups


def address() -> str:
    """The address the request came from, proxies of ours taken off."""
    return (request.remote_addr or "")[:64]
