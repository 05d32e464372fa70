"""Dossiers from a CSV or Excel file: uploaded, columns checked, tried, then imported by the worker."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

from flask import Response, request, url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.forms import Tick, read_form
from console.frame import Answer, Console, person
from crypto import Undecipherable
from dossiers.imports import Head, read_head
from dossiers.schemas import DossierIn
from dossiers.sheets import SheetError, read_rows
from store import import_jobs as jobs
from store.tables import ImportJob

declare("import.uploaded", "Tải lên tệp hồ sơ", "size")
declare("import.started", "Chạy nhập hồ sơ từ tệp", "trial", "announce")
declare("import.cancelled", "Dừng nhập hồ sơ từ tệp")
declare("import.result", "Tải kết quả nhập hồ sơ")

MOST_BYTES = 32 * 1024 * 1024
KIND = "dossiers"
_SAMPLES = 3
#: What each field of the exchange is called at the counter.
FIELD_WORDS = {
    "MaHoSo": "Mã hồ sơ",
    "SoBienNhan": "Số biên nhận",
    "MaTTHC": "Mã thủ tục",
    "TenTTHC": "Tên thủ tục",
    "TenLinhVuc": "Lĩnh vực",
    "ChuHoSo": "Chủ hồ sơ",
    "LoaiDoiTuong": "Loại đối tượng",
    "MaDoiTuong": "Số giấy tờ",
    "SoDienThoai": "Số điện thoại",
    "ThongBaoZalo": "Đăng ký nhận tin Zalo",
    "DonViXuLy": "Đơn vị xử lý",
    "CoQuan": "Cơ quan",
    "HinhThucTra": "Hình thức trả",
    "NgayNop": "Ngày nộp",
    "NgayTiepNhan": "Ngày tiếp nhận",
    "NgayHenTra": "Ngày hẹn trả",
    "TrangThaiHoSo": "Trạng thái (mã 1-10)",
    "MaDinhDanhDV": "Mã định danh đơn vị",
    "TrichYeuHoSo": "Trích yếu",
    "HeThongNguon": "Hệ thống nguồn",
}
STATES = {
    "uploaded": "Chờ kiểm tra cột",
    "queued": "Đang chờ",
    "running": "Đang chạy",
    "done": "Đã xong",
    "failed": "Không chạy được",
    "cancelled": "Đã dừng",
}


class Start(BaseModel):
    """How a file is to be run; the columns come as ``c0``, ``c1`` ... beside it."""

    run: Literal["thu", "that"] = "thu"
    announce: Tick = False
    row: Annotated[int, Field(ge=1, le=20)]


def add(console: Console) -> None:
    """Add upload, check, run, progress, result."""

    @console.page("/ho-so/nhap", may=Act.import_dossiers)
    def import_list() -> Answer:
        return _list(console, "")

    @console.page(
        "/ho-so/nhap", may=Act.import_dossiers, methods=["POST"], accepts=MOST_BYTES + 100_000
    )
    def import_upload() -> Answer:
        return _upload(console)

    @console.page("/ho-so/nhap/<int:job_id>", may=Act.import_dossiers)
    def import_job(job_id: int) -> Answer:
        with console.database.read() as session:
            job = _theirs(session, job_id)
        return console.missing() if job is None else _show(console, job, {})

    @console.page("/ho-so/nhap/<int:job_id>/tien-do", may=Act.import_dossiers)
    def import_progress(job_id: int) -> Answer:
        with console.database.read() as session:
            job = _theirs(session, job_id)
        if job is None:
            return console.json({"error": "missing"}, 404)
        return console.json(
            {
                "state": job.state,
                "words": STATES[job.state],
                "done": job.rows_done,
                "total": job.rows_total,
                "failed": job.failed,
            }
        )

    @console.page("/ho-so/nhap/<int:job_id>/chay", may=Act.import_dossiers, methods=["POST"])
    def import_start(job_id: int) -> Answer:
        return _start(console, job_id)

    @console.page("/ho-so/nhap/<int:job_id>/dung", may=Act.import_dossiers, methods=["POST"])
    def import_cancel(job_id: int) -> Answer:
        with console.database.write() as session:
            job = _theirs(session, job_id)
            if job is None:
                return console.missing()
            done = jobs.cancel(session, job_id, console.clock.now())
            if done:
                console.audit(session, "import.cancelled", "import", str(job_id))
        told = "Đã dừng. Những dòng đã nhập vẫn còn." if done else "Tệp này đã chạy xong."
        return console.redirect(url_for("console.import_job", job_id=job_id), told)

    @console.page("/ho-so/nhap/<int:job_id>/ket-qua.csv", may=Act.import_dossiers)
    def import_result(job_id: int) -> Answer:
        with console.database.read() as session:
            job = _theirs(session, job_id)
        if job is None or job.result is None:
            return console.missing("Kết quả không còn, hoặc chưa có.")
        console.looked("import.result", "import", str(job_id))
        # Every cell was made harmless when it was written.
        return console.download(
            b"\xef\xbb\xbf" + job.result, f"ket-qua-nhap-{job_id}.csv", "text/csv"
        )


def _theirs(session: Session, job_id: int) -> ImportJob | None:
    """A job the person may see: their own, or any for who imports everywhere."""
    job = jobs.get(session, job_id, KIND)
    everywhere = person().units(Act.import_dossiers) is None
    return job if job is not None and (everywhere or job.by == person().username) else None


def _list(console: Console, problem: str) -> Response:
    who = person()
    everywhere = who.units(Act.import_dossiers) is None
    with console.database.read() as session:
        rows = jobs.recent(session, KIND, None if everywhere else who.username)
    return console.show(
        "dossiers/imports.html",
        status=422 if problem else 200,
        rows=rows,
        states=STATES,
        problem=problem,
        fields=FIELD_WORDS,
    )


def _upload(console: Console) -> Answer:
    file = request.files.get("tep")
    content = file.stream.read(MOST_BYTES + 1) if file else b""
    if not content or file is None:
        return _list(console, "Xin chọn một tệp CSV hoặc Excel (.xlsx) có dữ liệu.")
    if len(content) > MOST_BYTES:
        return _list(console, "Tệp lớn hơn 32 MB: hãy chia thành nhiều tệp.")
    name = Path((file.filename or "tep").replace("\\", "/")).name[-100:]
    try:
        _head(content, name)
    except SheetError as error:
        return _list(console, error.told)
    # Files hold ID numbers: they lie sealed until they are imported.
    sealed = console.vault.seal(content)
    with console.database.write() as session:
        job = jobs.add(
            session,
            kind=KIND,
            file_name=name,
            content=sealed,
            by=person().username,
            now=console.clock.now(),
        )
        console.audit(session, "import.uploaded", "import", str(job.id), size=len(content))
    return console.redirect(url_for("console.import_job", job_id=job.id))


def _show(console: Console, job: ImportJob, errors: dict[str, str]) -> Response:
    head: Head | None = None
    samples: list[tuple[str, ...]] = []
    if job.content is not None and job.state not in ("queued", "running"):
        try:
            head, samples = _head(console.vault.unseal(job.content), job.file_name)
        except (SheetError, Undecipherable):
            errors = {"_": "Không đọc được tệp đã tải lên: xin tải lên lại."}
    chosen = {int(at): name for at, name in dict(job.columns.get("fields", {})).items()}
    return console.show(
        "dossiers/import.html",
        status=422 if errors else 200,
        job=job,
        words=STATES[job.state],
        head=head,
        samples=samples,
        chosen=chosen or (head.columns if head else {}),
        fields=FIELD_WORDS,
        errors=errors,
        busy=job.state in ("queued", "running"),
    )


def _start(console: Console, job_id: int) -> Answer:
    form, errors = read_form(Start)
    with console.database.read() as session:
        job = _theirs(session, job_id)
    if job is None:
        return console.missing()
    if form is None:
        return _show(console, job, errors)
    columns, problem = _columns()
    if problem:
        return _show(console, job, {"_": problem})
    who = person()
    units = who.units(Act.import_dossiers)
    told = {
        "row": form.row,
        "fields": {str(at): name for at, name in columns.items()},
        "units": sorted(units) if units is not None else None,
    }
    trial = form.run == "thu"
    with console.database.write(wake=True) as session:
        done = jobs.queue(session, job, columns=told, dry_run=trial, announce=form.announce)
        if done:
            console.audit(
                session,
                "import.started",
                "import",
                str(job_id),
                trial=trial,
                announce=form.announce,
            )
    if not done:
        return console.refuse(
            "Tệp này đang chạy, hoặc đã nhập xong và không còn giữ.",
            back=url_for("console.import_job", job_id=job_id),
        )
    return console.redirect(url_for("console.import_job", job_id=job_id))


def _columns() -> tuple[dict[int, str], str]:
    """The mapping the person confirmed, and what is wrong with it."""
    columns: dict[int, str] = {}
    for at in range(200):
        name = request.form.get(f"c{at}", "")
        if not name:
            continue
        if name not in DossierIn.model_fields:
            return {}, "Có cột được gán vào trường không tồn tại."
        if name in columns.values():
            return {}, f"Hai cột cùng gán vào «{FIELD_WORDS[name]}»: chỉ giữ một cột."
        columns[at] = name
    if "MaHoSo" not in columns.values():
        return {}, "Phải có một cột là Mã hồ sơ."
    return columns, ""


def _head(content: bytes, name: str) -> tuple[Head, list[tuple[str, ...]]]:
    """The header and the first rows below it, ID numbers and phones half hidden."""
    with tempfile.NamedTemporaryFile(suffix=Path(name).suffix[:8]) as kept:
        kept.write(content)
        kept.flush()
        path = Path(kept.name)
        head = read_head(path)
        samples: list[tuple[str, ...]] = []
        for number, row in read_rows(path):
            if number <= head.row:
                continue
            cells = tuple("" if cell is None else str(cell)[:60] for cell in row)
            if any(cells):
                samples.append(tuple(_hidden(cell) for cell in cells[: len(head.cells)]))
            if len(samples) == _SAMPLES:
                break
    return head, samples


def _hidden(cell: str) -> str:
    digits = sum(c.isdigit() for c in cell)
    # Long runs of digits are phones and ID numbers; codes and dates have signs between.
    return f"…{cell[-3:]}" if digits >= 9 and digits == len(cell.strip()) else cell
