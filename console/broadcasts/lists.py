"""A list of phones or dossier codes as the audience: uploaded, checked row by row, kept."""

from __future__ import annotations

from pathlib import Path

from flask import Response, request, url_for
from sqlmodel import Session

from console.access import Act
from console.broadcasts.drafts import held, own
from console.broadcasts.list_rows import MOST_ROWS, Found, Wrong, hidden, read_list
from console.broadcasts.reading import audience_of
from console.frame import Answer, Console, person
from console.tables import csv_file
from dossiers.sheets import SheetError
from notify.broadcasts.moves import NotNow, save
from store import broadcasts, import_jobs
from store.tables import Broadcast, BroadcastState, ImportJob

MOST_BYTES = 8 * 1024 * 1024
#: Rows shown on the page; all of them are in the file.
_SHOWN = 100
_FOREIGN = "không có hồ sơ này trong phạm vi của bạn"


def add(console: Console) -> None:
    """Add the page of a draft's list."""

    @console.page("/thong-bao/<int:broadcast_id>/danh-sach", may=Act.broadcast)
    def broadcast_list_upload(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = own(session, broadcast_id)
        if row is None:
            return console.missing()
        if row.state != BroadcastState.draft:
            return console.redirect(f"/console/thong-bao/{broadcast_id}")
        return _page(console, row)

    @console.page(
        "/thong-bao/<int:broadcast_id>/danh-sach",
        may=Act.broadcast,
        methods=["POST"],
        accepts=MOST_BYTES + 100_000,
    )
    def broadcast_list_put(broadcast_id: int) -> Answer:
        return _upload(console, broadcast_id)

    @console.page("/thong-bao/<int:broadcast_id>/danh-sach/bo", may=Act.broadcast, methods=["POST"])
    def broadcast_list_drop(broadcast_id: int) -> Answer:
        with console.database.write() as session:
            row = held(session, broadcast_id)
            if row is None:
                return console.missing()
            try:
                _keep(session, console, row, [], [], listed=False)
            except NotNow as refused:
                return console.refuse(str(refused), back=f"/console/thong-bao/{broadcast_id}")
            console.audit(
                session, "broadcast.listed", "broadcast", str(broadcast_id), good=0, wrong=0, size=0
            )
        return console.redirect(
            url_for("console.broadcast_compose", broadcast_id=broadcast_id), "Đã bỏ danh sách."
        )

    @console.page("/thong-bao/<int:broadcast_id>/danh-sach/loi.csv", may=Act.broadcast)
    def broadcast_list_errors(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = own(session, broadcast_id)
            job = _job(session, broadcast_id) if row else None
        if job is None or job.result is None:
            return console.missing("Không có tệp lỗi nào, hoặc đã quá hạn giữ.")
        return console.download(job.result, f"dong-loi-{broadcast_id}.csv", "text/csv")


def _upload(console: Console, broadcast_id: int) -> Answer:
    file = request.files.get("tep")
    with console.database.read() as session:
        row = own(session, broadcast_id)
    if row is None:
        return console.missing()
    content = file.stream.read(MOST_BYTES + 1) if file else b""
    if not content or file is None:
        return _page(console, row, "Xin chọn một tệp CSV, Excel (.xlsx) hoặc văn bản có dữ liệu.")
    if len(content) > MOST_BYTES:
        return _page(console, row, "Tệp lớn hơn 8 MB: hãy chia nhỏ.")
    name = Path((file.filename or "tep").replace("\\", "/")).name[-100:]
    try:
        found = read_list(content, name)
    except SheetError as error:
        return _page(console, row, error.told)
    if not (found.phones or found.codes or found.wrong):
        return _page(console, row, "Tệp không có dòng nào.")
    with console.database.write() as session:
        row = held(session, broadcast_id)
        if row is None:
            return console.missing()
        known = broadcasts.dossiers_by_code(
            session, list(found.codes), person().units(Act.broadcast)
        )
        found.wrong += [
            Wrong(at, hidden(code), _FOREIGN)
            for code, at in found.codes.items()
            if code not in known
        ]
        try:
            _keep(session, console, row, list(found.phones), list(known.values()), listed=True)
        except NotNow as refused:
            return console.refuse(str(refused), back=f"/console/thong-bao/{broadcast_id}")
        good = len(found.phones) + len(known)
        _note(session, console, broadcast_id, name, found, good)
        console.audit(
            session,
            "broadcast.listed",
            "broadcast",
            str(broadcast_id),
            size=len(content),
            good=good,
            wrong=len(found.wrong),
        )
    said = f"Đã nhận {good} dòng đúng" + (f", {len(found.wrong)} dòng lỗi." if found.wrong else ".")
    return console.redirect(
        url_for("console.broadcast_list_upload", broadcast_id=broadcast_id),
        said,
        kind="success" if good else "warning",
    )


def _keep(
    session: Session,
    console: Console,
    row: Broadcast,
    phones: list[str],
    dossiers: list[int],
    *,
    listed: bool,
) -> None:
    audience = audience_of(row).model_copy(update={"listed": listed})
    # The draft changes with its list, so that another window cannot save over it unseen.
    save(row, row.version, console.clock.now(), audience=audience.model_dump(mode="json"))
    session.add(row)
    broadcasts.put_list(session, row.id or 0, phones, dossiers)


def _note(
    session: Session, console: Console, broadcast_id: int, name: str, found: Found, good: int
) -> None:
    """Keep what was wrong as long as results of imports are kept, never the list itself."""
    found.wrong.sort(key=lambda one: one.row)
    job = import_jobs.add(
        session,
        kind=_kind(broadcast_id),
        file_name=name,
        content=b"",
        by=person().username,
        now=console.clock.now(),
    )
    job.content, job.state, job.finished_at = None, "done", console.clock.now()
    job.rows_total = job.rows_done = found.rows
    job.created, job.failed, job.unchanged = good, len(found.wrong), found.twice
    job.problems = [[one.row, one.value, one.problem] for one in found.wrong[:_SHOWN]]
    if found.wrong:
        job.result = csv_file(
            ("Dòng", "Giá trị", "Lỗi"), ((one.row, one.value, one.problem) for one in found.wrong)
        )
    session.add(job)


def _kind(broadcast_id: int) -> str:
    return f"broadcast:{broadcast_id}"


def _job(session: Session, broadcast_id: int) -> ImportJob | None:
    found = import_jobs.recent(session, _kind(broadcast_id), None, limit=1)
    return found[0] if found else None


def _page(console: Console, row: Broadcast, problem: str = "") -> Response:
    with console.database.read() as session:
        job = _job(session, row.id or 0)
        size = broadcasts.list_size(session, row.id or 0)
    return console.show(
        "broadcasts/upload.html",
        status=422 if problem else 200,
        row=row,
        job=job,
        size=size,
        listed=audience_of(row).listed,
        problem=problem,
        most=MOST_ROWS,
    )
