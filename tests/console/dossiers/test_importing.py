"""Files imported in the browser: columns checked, tried, run by the worker, resumed after a kill."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import Workbook

from notify.retention import forget
from service import import_loop
from service.import_loop import ImportLoop
from store import import_jobs
from store.tables import Dossier, ImportJob, Outbox
from tests.console.conftest import Clerk
from tests.console.dossiers.conftest import UNIT, Counter, problems

HEAD = ["MaHoSo", "ChuHoSo", "SoDienThoai", "MaDoiTuong", "TrangThaiHoSo"]


def line(number: int, unit: str = UNIT) -> list[str]:
    return [f"{unit}-261117-{number:04}", f"Nguyễn Mẫu {number}", "0900000001", "008090000321", "2"]


def csv_bytes(*rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue().encode()


def upload(clerk: Clerk, content: bytes, name: str = "ho-so.csv") -> int:
    answer = clerk.post(
        "/console/ho-so/nhap",
        {"tep": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, problems(answer.get_data(as_text=True))
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def start(clerk: Clerk, job: int, run: str = "that", **more: str) -> int:
    columns = {f"c{at}": name for at, name in enumerate(HEAD)}
    form = {"row": "1", "run": run, **columns, **more}
    return clerk.post(f"/console/ho-so/nhap/{job}/chay", form).status_code


def worker(counter: Counter, owner: str = "w1") -> ImportLoop:
    office = counter.office
    return ImportLoop(office.database, office.settings, office.vault, office.clock, owner)


def the_job(counter: Counter, number: int) -> ImportJob:
    with counter.office.database.read() as session:
        found = session.get(ImportJob, number)
    assert found is not None
    return found


def test_columns_are_proposed_and_samples_hide_numbers(counter: Counter) -> None:
    job = upload(counter.clerk, csv_bytes(line(1)))
    page = counter.clerk.text(f"/console/ho-so/nhap/{job}")
    assert '<option value="MaHoSo" selected>' in page
    assert "…321" in page
    assert "008090000321" not in page
    assert "0900000001" not in page
    sealed = the_job(counter, job).content or b""
    assert b"008090000321" not in sealed, "ID numbers lie sealed"


def test_a_trial_says_what_would_happen_and_stores_nothing(counter: Counter) -> None:
    job = upload(counter.clerk, csv_bytes(line(1), ["sai", "x", "", "", ""], line(2)))
    assert start(counter.clerk, job, "thu") == 303
    assert worker(counter).run_one()
    page = counter.clerk.text(f"/console/ho-so/nhap/{job}")
    assert "Kết quả chạy thử" in page
    assert "không đúng dạng mã hồ sơ" in page
    assert "Nhập thật" in page
    assert counter.all(Dossier) == []
    told = the_job(counter, job)
    assert (told.rows_total, told.rows_done, told.created, told.failed) == (3, 3, 2, 1)


def test_the_real_run_stores_the_rows_and_forgets_the_file(counter: Counter) -> None:
    job = upload(counter.clerk, csv_bytes(line(1), ["=1+1", "x", "", "", ""]))
    start(counter.clerk, job)
    worker(counter).run_one()
    (row,) = counter.all(Dossier)
    assert (row.owner_name, row.source_system) == ("Nguyễn Mẫu 1", "import")
    told = the_job(counter, job)
    assert (told.state, told.content) == ("done", None)
    answer = counter.clerk.get(f"/console/ho-so/nhap/{job}/ket-qua.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[1][:3] == ["2", row.code, "thêm mới"]
    assert rows[2][1] == "'=1+1"
    assert rows[2][2] == "lỗi"


@pytest.mark.parametrize(("announce", "told"), [("", 0), ("1", 1)])
def test_citizens_are_told_only_when_asked(counter: Counter, announce: str, told: int) -> None:
    counter.follower()
    job = upload(counter.clerk, csv_bytes(line(1)))
    start(counter.clerk, job, announce=announce)
    worker(counter).run_one()
    assert len([m for m in counter.all(Outbox) if m.kind == "status_received"]) == told


def test_a_workbook_with_other_headers_is_mapped_by_hand(counter: Counter) -> None:
    book = Workbook()
    book.active.append(["STT", "Mã HS", "Họ tên"])
    book.active.append([1, f"{UNIT}-261117-0001", "Nguyễn Mẫu"])
    made = io.BytesIO()
    book.save(made)
    job = upload(counter.clerk, made.getvalue(), "ds.xlsx")
    form = {"row": "1", "run": "that", "c1": "MaHoSo", "c2": "ChuHoSo"}
    counter.clerk.post(f"/console/ho-so/nhap/{job}/chay", form)
    worker(counter).run_one()
    (row,) = counter.all(Dossier)
    assert row.owner_name == "Nguyễn Mẫu"


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"c1": "ChuHoSo"}, "Mã hồ sơ"),
        ({"c0": "MaHoSo", "c1": "MaHoSo"}, "chỉ giữ một cột"),
        ({"c0": "MaHoSo", "c1": "password"}, "không tồn tại"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    counter: Counter, columns: dict[str, str], says: str
) -> None:
    job = upload(counter.clerk, csv_bytes(line(1)))
    form = {"row": "1", "run": "thu", **columns}
    answer = counter.clerk.post(f"/console/ho-so/nhap/{job}/chay", form)
    assert answer.status_code == 422
    assert says in problems(answer.get_data(as_text=True))


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff\xfe", b"PK\x03\x04 nor this", b"x\n"])
def test_what_is_no_list_is_refused_in_words(counter: Counter, content: bytes) -> None:
    answer = counter.clerk.post(
        "/console/ho-so/nhap",
        {"tep": (io.BytesIO(content), "a.csv")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert counter.all(ImportJob) == []


def test_a_killed_worker_loses_nothing_and_counts_nothing_twice(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(counter.clerk, csv_bytes(*(line(n) for n in range(1, 1101))))
    start(counter.clerk, job)
    calls = 0
    real = import_loop.import_list

    def dies(*given: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return real(*given, **more)

    monkeypatch.setattr(import_loop, "import_list", dies)
    with pytest.raises(KeyboardInterrupt):
        worker(counter).run_one()
    monkeypatch.setattr(import_loop, "import_list", real)
    assert not worker(counter, "w2").run_one(), "its lease still runs"
    counter.office.clock.advance(minutes=2)
    assert worker(counter, "w2").run_one()
    told = the_job(counter, job)
    assert (told.state, told.rows_done, told.created, told.unchanged) == ("done", 1100, 1100, 0)
    assert (told.result or b"").count(b"\r\n") == 1101
    assert len(counter.all(Dossier)) == 1100


def test_cancelling_stops_after_the_list_in_hand(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(counter.clerk, csv_bytes(*(line(n) for n in range(1, 601))))
    start(counter.clerk, job)
    real = import_loop.import_list

    def and_cancelled(*given: Any, **more: Any) -> Any:
        told = real(*given, **more)
        counter.clerk.post(f"/console/ho-so/nhap/{job}/dung")
        return told

    monkeypatch.setattr(import_loop, "import_list", and_cancelled)
    worker(counter).run_one()
    assert the_job(counter, job).state == "cancelled"
    assert len(counter.all(Dossier)) == 500
    assert start(counter.clerk, job) == 409, "its file is gone"


def test_rows_of_other_agencies_are_refused(counter: Counter) -> None:
    taken = counter.foreign("H60.09-261117-0005", unit_code="H60.09", source_system="import")
    stolen = [taken.code, "Kẻ Mẫu", "", "", ""]
    job = upload(counter.clerk, csv_bytes(line(1), line(2, "H60.09"), stolen))
    start(counter.clerk, job)
    worker(counter).run_one()
    told = the_job(counter, job)
    assert (told.created, told.failed) == (1, 2)
    assert counter.dossier(taken.id or 0).owner_name == "Lê Văn Mẫu"


def test_another_persons_file_is_not_theirs_to_see(counter: Counter) -> None:
    job = upload(counter.clerk, csv_bytes(line(1)))
    other = counter.office.sign_in("mai", "reception", agency=counter.agency)
    for path in ("", "/tien-do", "/ket-qua.csv"):
        assert other.get(f"/console/ho-so/nhap/{job}{path}").status_code == 404
    assert other.post(f"/console/ho-so/nhap/{job}/dung").status_code == 404
    admin = counter.office.sign_in("quan", "admin")
    assert admin.get(f"/console/ho-so/nhap/{job}").status_code == 200


def test_progress_is_asked_by_a_script_or_the_page_itself(counter: Counter) -> None:
    job = upload(counter.clerk, csv_bytes(line(1)))
    start(counter.clerk, job)
    page = counter.clerk.text(f"/console/ho-so/nhap/{job}")
    assert '<noscript><meta http-equiv="refresh"' in page
    told = counter.clerk.get(f"/console/ho-so/nhap/{job}/tien-do").get_json()
    assert (told["state"], told["done"]) == ("queued", 0)


def test_a_broken_file_fails_alone(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    job = upload(counter.clerk, csv_bytes(line(1)))
    start(counter.clerk, job)

    def breaks(*_given: Any, **_more: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(import_loop, "import_list", breaks)
    assert worker(counter).run_one()
    told = the_job(counter, job)
    assert told.state == "failed"
    assert "người vận hành" in told.problem


def test_old_files_are_forgotten(counter: Counter) -> None:
    job = upload(counter.clerk, csv_bytes(line(1)))
    later = counter.office.clock.now() + timedelta(days=8)
    forget(counter.office.database, counter.office.settings, later)
    told = the_job(counter, job)
    assert (told.content, told.state) == (None, "cancelled")
    with counter.office.database.read() as session:
        assert not import_jobs.waiting(session, "dossiers", later)
