"""Bootstrap's style sheet, served from its package: no page asks another host (CSP)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from flask import Blueprint, Response
from flask.blueprints import BlueprintSetupState


def add(blueprint: Blueprint) -> None:
    """Serve it as ``/console/bootstrap.css``, which needs no session."""

    def register(state: BlueprintSetupState) -> None:
        state.app.add_url_rule("/console/bootstrap.css", "bootstrap_css", bootstrap_css)

    blueprint.record(register)


def bootstrap_css() -> Response:
    """The style sheet, kept by browsers for a day."""
    response = Response(_content(), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@lru_cache(maxsize=1)
def _content() -> bytes:
    home = files("flask_bootstrap") / "static" / "bootstrap5" / "css" / "bootstrap.min.css"
    # Its map is not served; asking for it would only fill logs.
    return home.read_bytes().partition(b"\n/*# sourceMappingURL")[0]
