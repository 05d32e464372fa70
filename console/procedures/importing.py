"""Import of a catalogue file: uploaded, tried row by row, then imported as it was tried."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import request, url_for

from console.access import Act
from console.auditing import declare
from console.frame import Answer, Console, person
from procedures.catalogue import Report, import_file
from store import procedure_imports as jobs
from store.tables import ImportJob

declare("procedure.imported", "Nhập danh mục thủ tục", "created", "updated", "unchanged", "failed")

_ENDINGS = (".json", ".xlsx")
#: A catalogue of 6,000 procedures is about 30 MB.
_LARGEST = 48 * 1024 * 1024
#: Rows that share a transaction: webhooks pass in between.
_AT_ONCE = 50
_SHOWN = 500


def add(console: Console) -> None:
    """Add upload, trial and import."""

    @console.page("/thu-tuc/nhap", may=Act.edit_content, methods=["GET", "POST"], accepts=_LARGEST)
    def procedure_import() -> Answer:
        if request.method == "GET":
            return console.show("procedures/import.html", errors={})
        sent = request.files.get("file")
        name = Path(sent.filename or "").name[:120] if sent else ""
        if sent is None or not name.lower().endswith(_ENDINGS):
            wrong = {"file": "Xin chọn tệp .json theo mẫu danh mục hoặc danh sách .xlsx của Cổng."}
            return console.show("procedures/import.html", status=422, errors=wrong)
        content = sent.stream.read()
        with console.database.write() as session:
            number = jobs.add(session, name, content, person().username, console.clock.now())
        return console.redirect(url_for("console.procedure_import_try", job_id=number))

    @console.page("/thu-tuc/nhap/<int:job_id>", may=Act.edit_content)
    def procedure_import_try(job_id: int) -> Answer:
        with console.database.read() as session:
            job = jobs.get(session, job_id)
        if job is None:
            return console.missing()
        if job.content is None:
            return console.show("procedures/imported.html", job=job, report=None, shown=_SHOWN)
        report = _run(console, job, dry_run=True)
        return console.show("procedures/imported.html", job=job, report=report, shown=_SHOWN)

    @console.page("/thu-tuc/nhap/<int:job_id>/nhap", may=Act.edit_content, methods=["POST"])
    def procedure_import_do(job_id: int) -> Answer:
        address = url_for("console.procedure_import_try", job_id=job_id)
        now = console.clock.now()
        with console.database.write() as session:
            job = jobs.get(session, job_id)
            if job is None:
                return console.missing()
            if not jobs.take(session, job_id, now):
                return console.refuse("Tệp này đã được nhập.", back=address)
        report = _run(console, job, dry_run=False)
        counts = {
            "created": report.created,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "failed": len(report.errors),
        }
        with console.database.write() as session:
            jobs.finish(session, job_id, counts, console.clock.now())
            console.audit(session, "procedure.imported", "import", str(job_id), **counts)
        return console.redirect(address, "Đã nhập xong.")


def _run(console: Console, job: ImportJob, *, dry_run: bool) -> Report:
    """Try or import the file; it lies on disk only as long as that takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"danh-muc{Path(job.file_name).suffix.lower()}"
        path.write_bytes(job.content or b"")
        by = f"{person().username} ({job.file_name})"[:100]
        return import_file(
            console.database,
            path,
            console.clock.now(),
            by=by,
            dry_run=dry_run,
            at_once=_AT_ONCE,
        )
