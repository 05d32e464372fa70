"""``/t/{MaTTHC}``: a procedure behind the code on a notice board, all sections as tabs.

Tabs are links to parts of the page (``:target``), so they need no JavaScript, can be shared, and
print as one document.
"""

from __future__ import annotations

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

from procedures import guides, texts
from procedures.filing import apply_address, form_files
from procedures.records import ProcedureRecord
from procedures.search import index_of
from qr import codes
from qr.links import procedure_address
from qr.pages import SHARED, Site
from settings import Settings
from store import procedures as table
from store import scans
from wording import Words

#: Sections in the guides' order, with the words of their tabs.
SECTIONS = (
    ("thong-tin-chung", "general"),
    ("trinh-tu", "steps"),
    ("cach-thuc", "channel"),
    ("thanh-phan-ho-so", "documents"),
    ("yeu-cau", "conditions"),
    ("can-cu", "legal_basis"),
    ("bieu-mau", "forms"),
    ("ket-qua", "result"),
    ("huong-dan-nop", "how_to_file"),
)
_LONGEST = 200


def add(blueprint: Blueprint, site: Site) -> None:
    """Add the page of a procedure and pictures of its code."""

    @blueprint.get("/t/<path:key>")
    def procedure_page(key: str) -> Response:
        record = find(site, key)
        if record is None:
            return site.missing("procedure_gone")
        site.count(scans.procedure(record.key))
        return _page(site, record)

    @blueprint.get("/bieu-mau/<name>")
    def form_file(name: str) -> Response:
        try:
            # Looks for itself whether the file is there: a name may be one no disk can hold.
            response = send_from_directory(site.settings.forms_folder, name, as_attachment=True)
        except NotFound:
            return site.missing("not_here")
        response.headers["Cache-Control"] = SHARED
        return response

    @blueprint.get("/qr/t/<key>.<kind>")
    def procedure_code(key: str, kind: str) -> Response:
        record = find(site, key) if kind in codes.MIMETYPES else None
        if record is None:
            return site.missing("procedure_gone")
        made = codes.picture(procedure_address(site.settings, record.key), kind)
        return picture(made, kind, f"tthc-{record.key}")


def picture(content: bytes, kind: str, name: str) -> Response:
    """A picture that may be cached and is named when it is saved."""
    response = Response(content, mimetype=codes.MIMETYPES[kind])
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{kind}"'
    return response


def find(site: Site, key: str) -> ProcedureRecord | None:
    """The record behind a code in any local spelling, an old code or a slug."""
    if len(key) > _LONGEST:
        return None
    with site.database.read() as session:
        entry = index_of(session).by_code(key)
        row = table.by_key(session, entry.key) if entry else None
        return ProcedureRecord.model_validate(row.record) if row else None


def _page(site: Site, record: ProcedureRecord) -> Response:
    words = site.words()
    try:
        offered = guides.offered(site.settings, words.language)
    except guides.GuideError:
        # `doctor` names it; the rest of the page is worth showing.
        offered = ()
    with site.database.read() as session:
        index = index_of(session)
        successors = [found for code in record.replaced_by if (found := index.by_code(code))]
    online = record.online_service_level or any(
        channel.channel == "truc_tuyen" for channel in record.channels
    )
    return site.show(
        "procedure.html",
        cache=SHARED,
        words=words,
        record=record,
        sections=SECTIONS,
        levels=[words(f"procedures.levels.{one}") for one in texts.levels(record, words)],
        online=words(f"procedures.{texts.ONLINE[record.online_service_level]}")
        if record.online_service_level
        else "",
        ways=_ways(record, words),
        cases=[
            (case, [texts.document_words(one, words) for one in listed])
            for case, listed in texts.by_case(record)
        ],
        form_names=_forms(record, site.settings),
        origin=texts.origin(record, words),
        guides=offered,
        successors=successors,
        apply=apply_address(record, site.settings) if online else "",
    )


def _ways(record: ProcedureRecord, words: Words) -> list[tuple[str, str, str]]:
    return [
        (
            words(f"procedures.{texts.CHANNELS[one.channel]}"),
            texts.time_words(one, words),
            texts.fee_words(one, words),
        )
        for one in record.channels
    ]


def _forms(record: ProcedureRecord, settings: Settings) -> list[tuple[str, str]]:
    here = {name: f"/bieu-mau/{file}" for name, file in form_files(record, settings)}
    named = [(one.name, here.get(one.name) or one.url or "") for one in record.forms]
    known = " ".join(name for name, _ in named)
    named += [(one.form, "") for one in record.documents if one.form and one.form not in known]
    return list(dict.fromkeys(named))
