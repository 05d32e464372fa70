"""Pictures that Zalo fetches for messages (the form that asks for a phone)."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from settings import Settings

_FOLDER = Path(__file__).parent / "pictures"


def create_blueprint(settings: Settings) -> Blueprint:
    """``GET /pictures/<name>`` of `bot/pictures`, ``/pictures/guides/<name>`` of the guides."""
    blueprint = Blueprint("pictures", __name__)

    @blueprint.get("/pictures/guides/<name>")
    def guide_picture(name: str) -> Response:
        folder = Path(settings.guides_folder) / "pictures"
        response = send_from_directory(folder, name, max_age=86_400)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    @blueprint.get("/pictures/<name>")
    def picture(name: str) -> Response:
        response = send_from_directory(_FOLDER, name, max_age=86_400)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    return blueprint
