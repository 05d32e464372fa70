"""``/qr/``: the OA's own code, notice boards, cards and the picture shared links show."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files

from flask import Blueprint, Response, redirect, request
from PIL import Image, ImageDraw, ImageFont
from werkzeug.wrappers import Response as AnyResponse

from procedures import services
from procedures.search import Entry, index_of
from qr import codes, links
from qr.pages import SHARED, Site
from qr.pages.procedure_page import find, picture
from qr.posters import MOST, Notice, Size, card_pdf, poster_pdf
from store import throttles

_SHARE = (1200, 630)
_NAME = 200
_MINUTE = timedelta(minutes=1)
#: Boards everybody together may ask for in a minute.
BOARDS_A_MINUTE = 20
_ONE_BOARD = threading.Semaphore(1)


def add(blueprint: Blueprint, site: Site) -> None:
    """Add the downloads."""

    @blueprint.get("/qr/oa.<kind>")
    def oa_code(kind: str) -> Response:
        if kind not in codes.MIMETYPES:
            return site.missing("not_here")
        made = codes.picture(links.oa_address(site.settings), kind)
        return picture(made, kind, "zalo-oa")

    @blueprint.get("/qr/")
    def downloads_page() -> Response:
        with site.database.read() as session:
            index = index_of(session)
            fields, entries = index.fields(), index.entries
        agencies = sorted({entry.agency for entry in entries if entry.agency})
        return site.show(
            "downloads.html",
            cache=SHARED,
            fields=fields,
            agencies=agencies,
            total=len(entries),
            most=MOST,
        )

    @blueprint.get("/qr")
    def downloads_short() -> AnyResponse:
        return redirect("/qr/", 308)

    @blueprint.get("/qr/bang-niem-yet.pdf")
    def poster() -> Response:
        size: Size = "A3" if request.args.get("kho", "").upper() == "A3" else "A4"
        field = request.args.get("linh-vuc", "")[:_NAME].strip()
        agency = request.args.get("co-quan", "")[:_NAME].strip()
        with site.database.read() as session:
            entries = index_of(session).entries
        chosen = [
            entry
            for entry in entries
            if (not field or entry.field == field) and (not agency or entry.agency == agency)
        ]
        if request.args.get("truc-tuyen"):
            chosen = services.online(chosen)
        if not chosen or len(chosen) > MOST:
            return site.missing("no_poster" if not chosen else "poster_too_large")
        with site.database.write() as session:
            asked = throttles.add(session, "poster", site.clock.now(), _MINUTE)
        if asked > BOARDS_A_MINUTE:
            return site.missing("too_many_boards", 429)
        title = request.args.get("ten", "")[:_NAME].strip() or agency or field
        # A large board takes a second or two: one at a time leaves the others their turn.
        with _ONE_BOARD:
            made = poster_pdf(title or site.settings.oa_name, _notices(chosen), site.settings, size)
        return _pdf(made, "bang-niem-yet")

    @blueprint.get("/qr/the/<key>.pdf")
    def card(key: str) -> Response:
        record = find(site, key)
        if record is None:
            return site.missing("procedure_gone")
        return _pdf(card_pdf(record, site.settings), f"the-{record.key}")

    @blueprint.get("/qr/share.png")
    def share() -> Response:
        made = _share_picture(site.settings.oa_name, site.words()("page.share_line"))
        return picture(made, "png", "share")


def _notices(entries: list[Entry]) -> list[Notice]:
    return [Notice(entry.key, entry.code, entry.name) for entry in entries]


def _pdf(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response.headers["Cache-Control"] = SHARED
    return response


@lru_cache(maxsize=8)
def _share_picture(title: str, line: str) -> bytes:
    """The picture Zalo shows beside a shared link: the OA's name on its colour."""
    folder = files("font_source_sans_pro") / "files"
    bold = ImageFont.truetype(str(folder / "SourceSansPro-Bold.ttf"), 76)
    regular = ImageFont.truetype(str(folder / "SourceSansPro-Regular.ttf"), 44)
    image = Image.new("RGB", _SHARE, "#0b4a8f")
    draw = ImageDraw.Draw(image)
    y = 190
    for text in _wrapped(title, bold, draw):
        draw.text((80, y), text, font=bold, fill="white")
        y += 92
    for text in _wrapped(line, regular, draw):
        draw.text((80, y + 20), text, font=regular, fill="#dbe9f9")
        y += 56
    saved = io.BytesIO()
    image.quantize(32).save(saved, "PNG", optimize=True)
    return saved.getvalue()


def _wrapped(text: str, font: ImageFont.FreeTypeFont, draw: ImageDraw.ImageDraw) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and draw.textlength(longer, font=font) > _SHARE[0] - 160:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line][:4]
