"""Pictures that Zalo fetches for messages (the form that asks for a phone)."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from procedures.guides import picture_media
from settings import Settings
from store import broadcasts, stored_files
from store.engine import Database

_FOLDER = Path(__file__).parent / "pictures"


def create_blueprint(settings: Settings, database: Database) -> Blueprint:
    """``GET /pictures/<name>`` of `bot/pictures`, ``/pictures/guides/<name>`` of the guides.

    ``/pictures/thong-bao/<number>.jpg`` is the cover of an approved article, which Zalo fetches.
    """
    blueprint = Blueprint("pictures", __name__)

    @blueprint.get("/pictures/guides/<name>")
    def guide_picture(name: str) -> Response:
        media = picture_media(name)
        if media:
            with database.read() as session:
                stored = stored_files.get(session, media)
            if stored is None:
                return Response("Không có ảnh này.\n", 404, mimetype="text/plain")
            response = Response(stored.content, mimetype=stored.mimetype)
            response.headers["Cache-Control"] = "public, max-age=86400"
            return response
        folder = Path(settings.guides_folder) / "pictures"
        response = send_from_directory(folder, name, max_age=86_400)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    @blueprint.get("/pictures/thong-bao/<int:number>.jpg")
    def article_cover(number: int) -> Response:
        with database.read() as session:
            # Only what was agreed to be shown to everybody.
            media = broadcasts.public_picture(session, number) if number < 2**62 else ""
            stored = stored_files.get(session, media) if media else None
        if stored is None:
            return Response("Không có ảnh này.\n", 404, mimetype="text/plain")
        response = Response(stored.content, mimetype=stored.mimetype)
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    @blueprint.get("/pictures/<name>")
    def picture(name: str) -> Response:
        response = send_from_directory(_FOLDER, name, max_age=86_400)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    return blueprint
