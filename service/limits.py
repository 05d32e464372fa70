"""How often one address may open the pages that are open to all.

Every view counts in pieces, files and notice boards by what they cost, addresses and codes that
do not exist each time (`store.meters`). The limits are wide, because a whole office or a mobile
network may share one address; who is over one reads a plain page and when to come again.
"""

from __future__ import annotations

import ipaddress

from flask import Flask, Response, g, request

from clock import Clock
from crypto import Vault
from qr.pages import Site
from settings import Settings
from store.engine import Database
from store.meters import Limit, Meter

#: Rooms of open pages, and pages of other rooms that need no signing in.
_OPEN = frozenset({"paper", "pictures", "consent", "health", "verifier"})
_OPEN_PAGES = frozenset({"console.sign_in", "api.openapi", "api.docs", "api.start", "api.files"})
#: Small files of ours, and what a machine asks whether we live.
_FREE = frozenset({"paper.static", "console.static", "health.healthz"})
#: What costs more than a page, and how much.
_FILES = {
    "paper.poster": 20,
    "paper.card": 2,
    "paper.receipt_pdf": 2,
    "paper.form_file": 1,
}
#: A view is carried to the other machines with up to so many others.
_PIECE = 20


class Limits:
    """The limits of the open pages as the settings say now."""

    def __init__(self, database: Database, settings: Settings, vault: Vault, clock: Clock) -> None:
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._meter = Meter(database)
        self._site = Site(database, settings, vault, clock)

    def install(self, app: Flask) -> None:
        """Put the counting before and behind every page of the application."""
        app.before_request(self._before)
        app.after_request(self._after)

    def _before(self) -> Response | None:
        g.counted = ""
        address = request.remote_addr or ""
        if not _open() or _nobody(address, self._settings):
            return None
        who, now = self._vault.address_hash(address), self._clock.now()
        g.counted = who
        if _keyed() and (wait := self._meter.wait(self._misses(), who, now)):
            return self._refused(wait)
        cost = _FILES.get(request.endpoint or "")
        if cost and (wait := self._meter.add(self._files(), who, now, cost)):
            return self._refused(wait)
        wait = self._meter.add(self._pages(), who, now)
        return self._refused(wait) if wait else None

    def _after(self, response: Response) -> Response:
        missed = response.status_code == 404 or (
            response.status_code == 400 and request.blueprint == "consent"
        )
        if missed and g.get("counted") and _keyed():
            self._meter.add(self._misses(), g.counted, self._clock.now())
        return response

    def _pages(self) -> Limit:
        most = self._settings.public_pages_per_minute
        return Limit("page", most, piece=max(1, min(_PIECE, most // 10)))

    def _files(self) -> Limit:
        return Limit("file", self._settings.public_files_per_minute)

    def _misses(self) -> Limit:
        # What browsers ask for by themselves (icons) must not close the pages behind a code.
        name = "missing" if request.endpoint else "nowhere"
        return Limit(name, self._settings.public_misses_per_minute)

    def _refused(self, wait: int) -> Response:
        g.counted = ""
        response = self._site.missing("too_often", 429)
        response.headers["Retry-After"] = str(wait)
        return response


def _open() -> bool:
    endpoint = request.endpoint or ""
    if endpoint in _FREE:
        return False
    if not endpoint:
        # Nobody serves this address: a scanner, unless it is the API's, which counts by itself.
        return not request.path.startswith("/api/")
    return request.blueprint in _OPEN or endpoint in _OPEN_PAGES


def _keyed() -> bool:
    """Whether the address names one thing by a key that somebody could guess at, or nothing."""
    return bool(request.view_args) or request.blueprint == "consent" or not request.endpoint


def _nobody(address: str, settings: Settings) -> bool:
    """Behind a proxy that was not told of, everybody has this machine's own address.

    One counter for the whole province would close the pages to all; `doctor` says so instead.
    """
    try:
        return not settings.trusted_proxies and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
