"""Message texts: found, reworded in both languages with a preview, and taken back."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Response, request, url_for
from pydantic import BaseModel

from bot.text import clean
from clock import VIETNAM
from console.access import Act
from console.forms import Word, read_query
from console.frame import Answer, Console
from console.versions import OUTDATED, Outdated, Piece, held, keep_all, number, seen_version
from content import texts
from content.compare import compare
from dossiers.names import fold
from store import content as table
from wording import Words
from wording.catalogue import WordingError, read_phrase

_PAGE = 40
_LONGEST = 6000
LANGUAGES = {"vi": "Tiếng Việt", "en": "Tiếng Anh"}


class Listed(BaseModel):
    """What the list is narrowed to."""

    q: Word = ""
    nhom: Word = ""
    da_sua: bool = False
    after: int = 0


@dataclass
class Side:
    """One language of a text on its page."""

    language: str
    name: str
    kept: texts.Kept
    text: str
    version: int
    preview: str = ""
    problems: list[str] = field(default_factory=list)
    history: list[object] = field(default_factory=list)


def add(console: Console) -> None:
    """Add the list of texts and the page of one."""
    console.nav("Lời nhắn", "text_list", Act.edit_content, "Nội dung")

    @console.page("/noi-dung/loi-nhan", may=Act.edit_content)
    def text_list() -> Answer:
        wanted = read_query(Listed)
        found = _found(console, wanted)
        start = max(wanted.after, 0)
        return console.show(
            "texts/list.html",
            rows=found[start : start + _PAGE],
            total=len(found),
            wanted=wanted,
            more=start + _PAGE if len(found) > start + _PAGE else 0,
            sections=texts.SECTIONS,
        )

    @console.page("/noi-dung/loi-nhan/<key>", may=Act.edit_content, methods=["GET", "POST"])
    def text_page(key: str) -> Answer:
        if not texts.languages(key):
            return console.missing()
        if request.method == "GET":
            return _page(console, key, {})
        told = {
            language: request.form.get(f"text_{language}", "").replace("\r\n", "\n")[:_LONGEST]
            for language in texts.languages(key)
        }
        act = request.form.get("do", "save")
        for language in texts.languages(key):
            if act == f"shipped:{language}":
                return _save(console, key, {language: ""})
        if act == "preview":
            return _page(console, key, told)
        if any(texts.problems(key, one, told[one], console.settings) for one in told):
            return _page(console, key, told, refused=True)
        return _save(console, key, told)

    @console.page("/noi-dung/loi-nhan/<key>/so-sanh", may=Act.edit_content)
    def text_compare(key: str) -> Answer:
        language = request.args.get("ngon", "vi")
        stored = texts.kept(key, language, console.settings)
        if stored is None:
            return console.missing()
        found = held(console, table.MESSAGE, key, language)
        sides = []
        for name in ("tu", "den"):
            body = found.at(number(request.args.get(name, "")))
            if body is None:
                return console.missing("Không có bản này.")
            sides.append({"text": str(body.get("text") or stored.shipped)})
        return console.show(
            "texts/compare.html",
            title=key,
            back=url_for("console.text_page", key=key),
            section="console.text_list",
            before=number(request.args.get("tu", "")),
            after=number(request.args.get("den", "")),
            differences=compare(*sides),
            labels={("text",): LANGUAGES[language]},
            history=found.history,
        )


def _found(console: Console, wanted: Listed) -> list[texts.Kept]:
    asked = fold(wanted.q)
    rows = []
    for key in texts.every_key():
        kept = texts.kept(key, "vi", console.settings)
        if kept is None or (wanted.nhom and texts.section(key) != wanted.nhom):
            continue
        others = [texts.kept(key, one, console.settings) for one in texts.languages(key)]
        if wanted.da_sua and not any(one and one.own for one in others):
            continue
        said = " ".join(one.text for one in others if one)
        if asked and asked not in fold(f"{key} {said}"):
            continue
        rows.append(kept)
    return rows


def _page(console: Console, key: str, told: dict[str, str], *, refused: bool = False) -> Response:
    sides = [_side(console, key, one, told.get(one)) for one in texts.languages(key)]
    names = sides[0].kept.names
    return console.show(
        "texts/page.html",
        status=422 if refused else 200,
        key=key,
        section_words=texts.SECTIONS.get(texts.section(key), ""),
        sides=sides,
        own_names=sorted(names - Words.filled_by_settings()),
        free_names=sorted(Words.filled_by_settings()),
        samples=texts.SAMPLES,
        limit=texts.limit(key),
        is_button="button" in key.split("."),
        consent=key in texts.CONSENT,
        refused=refused,
    )


def _side(console: Console, key: str, language: str, told: str | None) -> Side:
    kept = texts.kept(key, language, console.settings)
    assert kept is not None
    found = held(console, table.MESSAGE, key, language)
    text = kept.text if told is None else told
    side = Side(language, LANGUAGES[language], kept, text, found.version)
    side.history = list(found.history)
    if told is not None:
        side.version = seen_version(f"version_{language}")
        side.problems = texts.problems(key, language, told, console.settings)
    try:
        side.preview = texts.sample(read_phrase(text, key), language, console.settings)
    except WordingError:
        side.preview = ""
    return side


def _save(console: Console, key: str, told: dict[str, str]) -> Answer:
    """Keep what differs from what stands; a consent's new words get a new version of consent."""
    pieces = []
    for language, text in told.items():
        kept = texts.kept(key, language, console.settings)
        if kept is None or clean(text or kept.shipped) == clean(kept.text):
            continue
        body = {} if not text or clean(text) == clean(kept.shipped) else {"text": text.strip()}
        version = seen_version(f"version_{language}")
        pieces.append(Piece(table.MESSAGE, key, body, version, language))
    address = url_for("console.text_page", key=key)
    if not pieces:
        return console.redirect(address, "Không có gì thay đổi.")
    if key in texts.CONSENT:
        pieces.append(_new_consent(console))
    try:
        keep_all(console, pieces)
    except Outdated:
        return console.refuse(OUTDATED, back=address)
    return console.redirect(address, "Đã lưu, người dân thấy lời mới sau vài giây.")


def _new_consent(console: Console) -> Piece:
    found = held(console, table.SETTINGS, "dong-y")
    day = console.clock.now().astimezone(VIETNAM).date()
    version = f"{day.isoformat()}.{found.version + 1}"
    return Piece(table.SETTINGS, "dong-y", {"consent_version": version}, found.version)
