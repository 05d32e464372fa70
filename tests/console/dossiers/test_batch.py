"""Many dossiers at once: what would happen is shown first, and nothing else happens."""

from __future__ import annotations

import pytest

from console.dossiers import batch
from store.tables import Dossier
from tests.console.dossiers.conftest import Counter


def picked(*rows: Dossier, **more: str) -> dict[str, object]:
    return {"chon": "1", "ids": [str(row.id) for row in rows], **more}


def test_the_preview_counts_and_explains_and_changes_nothing(counter: Counter) -> None:
    first, second, foreign = counter.take_in(), counter.take_in(), counter.foreign()
    ended = counter.take_in()
    counter.clerk.post(f"/console/ho-so/{ended.id}/chuyen/rut", {"key": "rut-ho-so-mau"})
    form = picked(first, second, foreign, ended, move="phan-cong")
    page = counter.clerk.post("/console/ho-so/chuyen", form).get_data(as_text=True)
    assert "<strong>2</strong> hồ sơ sẽ được chuyển" in page
    assert "<strong>2</strong> hồ sơ không chuyển được" in page
    assert "hệ thống igate" in page
    assert counter.dossier(first.id or 0).state == "received"


def test_what_was_shown_is_done_in_lists_and_written_down_each(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MOST_ITEMS", 2)
    rows = [counter.take_in() for _ in range(5)]
    form = picked(*rows, move="phan-cong", key="ca-loat-mau-001", danh_sach="due=open")
    answer = counter.clerk.post("/console/ho-so/chuyen/lam", form)
    assert answer.headers["Location"] == "/console/ho-so?due=open"
    assert {counter.dossier(row.id or 0).state for row in rows} == {"assigned"}
    entries = counter.office.audited("dossier.moved")
    assert [entry.subject for entry in entries] == [row.code for row in rows]
    again = counter.clerk.post("/console/ho-so/chuyen/lam", form)
    assert again.status_code == 303
    assert len(counter.office.audited("dossier.moved")) == 5, "sent twice, done once"


def test_all_of_a_filter_may_be_moved(counter: Counter) -> None:
    first = counter.take_in(owner="Nguyễn Mẫu")
    counter.take_in(owner="Trần Thử")
    form = {"chon": "loc", "danh_sach": "q=nguyen", "move": "phan-cong"}
    page = counter.clerk.post("/console/ho-so/chuyen", form).get_data(as_text=True)
    assert "Chuyển 1 hồ sơ" in page
    assert f'name="ids" value="{first.id}"' in page


def test_a_reason_is_needed_here_too(counter: Counter) -> None:
    row = counter.take_in()
    form = picked(row, move="dung", key="ca-loat-mau-002")
    answer = counter.clerk.post("/console/ho-so/chuyen/lam", form)
    assert answer.status_code == 422
    assert counter.dossier(row.id or 0).state == "received"
    counter.clerk.post("/console/ho-so/chuyen/lam", {**form, "reason": "Hết hiệu lực"})
    assert counter.dossier(row.id or 0).open_reason == "Hết hiệu lực"


def test_nothing_picked_too_many_and_other_agencies(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counter.clerk.post("/console/ho-so/chuyen", {"chon": "1"}).status_code == 409
    theirs = counter.foreign("H60.09-261118-0001", unit_code="H60.09", source_system="mot-cua-zalo")
    for path in ("", "/lam"):
        form = picked(theirs, move="ky-duyet", key="ca-loat-mau-003")
        counter.clerk.post(f"/console/ho-so/chuyen{path}", form)
    assert counter.events(theirs.id or 0) == []
    monkeypatch.setattr(batch, "MOST", 1)
    form = {"chon": "loc", "danh_sach": ""}
    counter.take_in()
    counter.take_in()
    assert "thêm điều kiện" in counter.clerk.post("/console/ho-so/chuyen", form).get_data(
        as_text=True
    )
