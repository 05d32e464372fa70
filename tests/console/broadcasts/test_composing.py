"""Writing an announcement: nothing typed is lost, everything is counted, only what is whole is submitted."""

from __future__ import annotations

from notify.broadcasts.content import content_of
from tests.console.broadcasts.conftest import Desk


def test_a_draft_is_written_counted_and_submitted(desk: Desk) -> None:
    desk.person(1), desk.person(60), desk.person(24 * 30)
    assert "Chưa có thông báo nào" in desk.clerk.text("/console/thong-bao")
    number = desk.draft()
    page = desk.page(number)
    assert "Gửi được tới 2 trong 3 người, miễn phí" in page
    assert "Quá 7 ngày chưa nhắn OA" in page
    assert "Đủ để trình" in page
    last = desk.clerk.text(f"/console/thong-bao/{number}/trinh")
    assert "Trình: Nghỉ lễ mẫu" in last
    answer = desk.clerk.post(
        f"/console/thong-bao/{number}/trinh", {"version": str(desk.row(number).version)}
    )
    assert answer.headers["Location"] == f"/console/thong-bao/{number}"
    row = desk.row(number)
    assert row.state == "approved"
    assert row.estimate["reach"] == 2
    assert "nhắn DỪNG" in content_of(row).footer["vi"]
