"""The pages people look at, the files citizens and OA exchanged, and avatars."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, urlsplit

import urllib3
from flask import Blueprint, Response, abort, render_template, request, send_from_directory

from .people import ChatMessage
from .shelf import MIMES, kind_of
from .world import World

COLOURS = ("#0b6bcb", "#1b7f4d", "#8a3ffc", "#b3261e", "#8a5a00", "#00687a", "#a1306b", "#4a5568")
REMOTE_LIMIT = 1024 * 1024
PICTURES = ("jpg", "png", "gif", "webp")
INLINE = {MIMES[kind] for kind in (*PICTURES, "pdf")}


def routes(world: World) -> Blueprint:
    """The pages, ``/media``, ``/article``, ``/avatar`` and the security headers of every page."""
    rooms = Blueprint("pages", __name__)
    http = urllib3.PoolManager(retries=False)
    fetched: dict[str, tuple[bytes, str]] = {}

    @rooms.before_app_request
    def only_from_here() -> None:
        origin = request.headers.get("Origin")
        if origin and origin != "null" and urlsplit(origin).netloc != request.host:
            abort(403)

    @rooms.after_app_request
    def guard(answer: Response) -> Response:
        target = answer.headers.pop("X-Redirect-Origin", "")
        answer.headers.setdefault("Content-Security-Policy", _policy(target))
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Frame-Options"] = "DENY"
        return answer

    @rooms.get("/")
    def phone() -> str:
        return render_template(
            "phone.html", oa=world.config, onestop=bool(world.config.onestop_url)
        )

    @rooms.get("/operator")
    def operator() -> str:
        linked = bool(world.config.onestop_url)
        return render_template("operator.html", oa=world.config, onestop=linked)

    @rooms.get("/favicon.ico")
    def icon() -> Response:
        return send_from_directory(rooms.root_path + "/static", "oa.svg")

    @rooms.get("/media/<file_id>")
    def media(file_id: str) -> Response:
        with world.lock():
            stored = world.shelf.get(file_id)
        if stored is None:
            abort(404)
        answer = Response(stored.body, mimetype=stored.mime)
        how = "inline" if stored.mime in INLINE else "attachment"
        name = quote(stored.name, safe="")
        answer.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{name}"
        # A browser's PDF viewer does not work under a policy; the type alone is safe here.
        if stored.kind == "pdf":
            answer.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
        return answer

    @rooms.get("/picture/<message_id>/<int:position>")
    def picture(message_id: str, position: int) -> Response:
        """A picture the OA gave by address, fetched here as Zalo's servers would."""
        with world.lock():
            person = world.people.by_message(message_id)
            message = person.find(message_id) if person else None
        addresses = _addresses(message) if message else []
        if position >= len(addresses):
            abort(404)
        address = addresses[position]
        if address not in fetched:
            fetched[address] = _fetch(http, address)
        body, mime = fetched[address]
        return Response(body, mimetype=mime, headers={"Cache-Control": "private, max-age=3600"})

    @rooms.get("/article/<article_id>")
    def article(article_id: str) -> str:
        """An article as a reader sees it; pictures as links, for pages load nothing from afar."""
        with world.lock():
            found = next((a for a in world.articles.ready() if a.id == article_id), None)
        if found is None:
            abort(404)
        return render_template("article.html", oa=world.config, article=found.fields)

    @rooms.get("/avatar/<uid>.svg")
    def avatar(uid: str) -> Response:
        with world.lock():
            person = world.people.get(uid)
        name = person.name if person else "?"
        page = render_template("avatar.svg", letters=_initials(name), colour=_colour(uid))
        return Response(page, mimetype="image/svg+xml")

    return rooms


def _addresses(message: ChatMessage) -> list[str]:
    if message.kind in ("image", "gif"):
        return [str(message.content["url"])]
    if message.kind == "form":
        return [str(message.content["image_url"])]
    return [str(e.get("image_url", "")) for e in message.content.get("elements", [])]


def _fetch(http: urllib3.PoolManager, address: str) -> tuple[bytes, str]:
    try:
        answer = http.request("GET", address, timeout=3.0, redirect=True, preload_content=False)
        body = answer.read(REMOTE_LIMIT + 1)
        answer.release_conn()
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        abort(404)
    kind = kind_of(body)
    if answer.status != 200 or len(body) > REMOTE_LIMIT or kind not in PICTURES:
        abort(404)
    return body, MIMES[kind]


def _policy(form_target: str) -> str:
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        f"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_target}".rstrip()
    )


def _initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in words[-2:]).upper() or "?"


def _colour(uid: str) -> str:
    return COLOURS[hashlib.sha256(uid.encode()).digest()[0] % len(COLOURS)]
