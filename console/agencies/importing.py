"""Agencies out of a file, in the browser; the format is described on the page itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import request

from console.access import Act
from console.auditing import declare
from console.frame import Answer, Console
from dossiers.agencies import HEADINGS, import_file

declare("agency.imported", "Nhập danh sách cơ quan", "created", "updated", "unchanged", "errors")

_SUFFIXES = (".csv", ".xlsx")
#: Problems spelled out on the page.
_SHOWN = 200


def add(console: Console) -> None:
    """Add the page."""

    @console.page("/co-quan/nhap", may=Act.agencies, methods=["GET", "POST"])
    def agency_import() -> Answer:
        if request.method == "GET":
            return console.show("agencies/import.html", report=None, headings=HEADINGS, problem="")
        sent = request.files.get("file")
        name = sent.filename or "" if sent else ""
        if sent is None or not name.lower().endswith(_SUFFIXES):
            return console.show(
                "agencies/import.html",
                status=422,
                report=None,
                headings=HEADINGS,
                problem="Xin chọn một tệp CSV hoặc XLSX.",
            )
        dry_run = request.form.get("dry_run") == "1"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"tep{Path(name).suffix.lower()}"
            sent.save(path)
            report = import_file(console.database, path, now=console.clock.now(), dry_run=dry_run)
        if not dry_run:
            with console.database.write() as session:
                console.audit(
                    session,
                    "agency.imported",
                    created=report.created,
                    updated=report.updated,
                    unchanged=report.unchanged,
                    errors=len(report.errors),
                )
        return console.show(
            "agencies/import.html",
            report=report,
            shown=report.errors[:_SHOWN],
            dry_run=dry_run,
            headings=HEADINGS,
            problem="",
        )
