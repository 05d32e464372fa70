"""Uploads of the OA: type by content, size, monthly number (protocol 3.5, 5.3)."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, request

from .errors import ZaloError, refused, zbs_refused
from .gate import Gate
from .shelf import kind_of
from .world import World

MEGABYTE = 1024 * 1024
IMAGE_KINDS, GIF_KINDS, FILE_KINDS = ("jpg", "png"), ("gif",), ("pdf", "doc", "docx")
MEDIA_LIMIT = 500 * 1024


def routes(world: World) -> Blueprint:
    """The four upload addresses."""
    rooms = Blueprint("uploads", __name__)
    gate = Gate(world)

    def taken(channel: Literal["image", "gif", "file"], kinds: tuple[str, ...], limit: int) -> str:
        name, body = _file(refused(-201, "file"))
        if kind_of(body) not in kinds:
            raise refused(-201, "file")
        if len(body) > limit:
            raise refused(-210)
        if world.shelf.month_full(channel):
            raise refused(-211)
        return world.shelf.upload(channel, name, body)

    @rooms.post("/v2.0/oa/upload/image")
    @gate("oa")
    def image() -> dict[str, str]:
        return {"attachment_id": taken("image", IMAGE_KINDS, MEGABYTE)}

    @rooms.post("/v2.0/oa/upload/gif")
    @gate("oa")
    def gif() -> dict[str, str]:
        return {"attachment_id": taken("gif", GIF_KINDS, 5 * MEGABYTE)}

    @rooms.post("/v2.0/oa/upload/file")
    @gate("oa")
    def file() -> dict[str, str]:
        return {"token": taken("file", FILE_KINDS, 5 * MEGABYTE)}

    @rooms.post("/upload/image")
    @gate("zbs")
    def template_image() -> dict[str, str]:
        name, body = _file(zbs_refused(-159))
        if kind_of(body) not in IMAGE_KINDS:
            raise zbs_refused(-159)
        if len(body) > MEDIA_LIMIT:
            raise zbs_refused(-158)
        return {"media_id": world.shelf.upload("image", name, body)}

    return rooms


def _file(missing: ZaloError) -> tuple[str, bytes]:
    sent = request.files.get("file")
    if sent is None:
        raise missing
    body = sent.read()
    if not body:
        raise missing
    return (sent.filename or "file")[:200], body
