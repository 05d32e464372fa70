"""News in the console: written, scheduled, pinned, hidden; covers made safe; what citizens see."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlmodel import select

from console.news.covers import MOST_BYTES, NoCover, cover_of
from store import news, stored_files
from store.tables import NewsItem, StoredFile
from tests.console.conftest import Clerk, Office

FORM = {"title": "Lịch nghỉ lễ", "url": "https://tinh-mau.example/tin/1", "state": "published"}


@pytest.fixture
def clerk(office: Office) -> Clerk:
    """Somebody of the communications team."""
    return office.sign_in("hoa", "broadcast")


def item(office: Office) -> NewsItem:
    """The only item."""
    with office.database.read() as session:
        return session.exec(select(NewsItem)).one()


def shown(office: Office) -> list[str]:
    """The titles citizens see now."""
    with office.database.read() as session:
        return [row.title for row in news.shown(session, office.clock.now(), limit=10)]


def picture(size: tuple[int, int] = (600, 400), kind: str = "PNG", noise: bool = False) -> bytes:
    """A picture as somebody would upload it."""
    made = Image.effect_noise(size, 200).convert("RGB") if noise else Image.new("RGB", size, "red")
    saved = io.BytesIO()
    made.save(saved, kind)
    return saved.getvalue()


def test_an_item_is_written_published_and_hidden(office: Office, clerk: Clerk) -> None:
    assert "Chưa có tin nào" in clerk.text("/console/noi-dung/tin")
    assert clerk.post("/console/noi-dung/tin/moi", {**FORM, "state": "draft"}).status_code == 303
    assert shown(office) == []
    number = item(office).id
    clerk.post(f"/console/noi-dung/tin/{number}/dang")
    assert shown(office) == ["Lịch nghỉ lễ"]
    clerk.post(f"/console/noi-dung/tin/{number}/an")
    assert shown(office) == []
    clerk.post(f"/console/noi-dung/tin/{number}/ghim")
    assert item(office).pinned
    assert item(office).changed_by == "hoa"
    clerk.post(f"/console/noi-dung/tin/{number}/xoa")
    with office.database.read() as session:
        assert session.exec(select(NewsItem)).all() == []
    assert clerk.post(f"/console/noi-dung/tin/{number}/dang").status_code == 404
    assert clerk.post("/console/noi-dung/tin/1/khac").status_code == 404
    assert len(office.audited("news.changed")) == 3


def test_an_item_with_a_time_ahead_waits_for_it(office: Office, clerk: Clerk) -> None:
    ahead = {**FORM, "published_at": "2026-11-18T15:30"}
    clerk.post("/console/noi-dung/tin/moi", ahead)
    assert item(office).published_at == datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
    assert shown(office) == []
    assert "Hẹn đăng" in clerk.text("/console/noi-dung/tin")
    office.clock.advance(hours=8)
    assert shown(office) == ["Lịch nghỉ lễ"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": "x"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"summary": "x" * 501}, "summary"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://a b"}, "url"),
        ({"url": "http://["}, "url"),
        ({"kind": "ad"}, "kind"),
        ({"published_at": "mai"}, "published_at"),
        ({"published_at": "9999-01-01T00:00"}, "published_at"),
    ],
)
def test_a_wrong_field_is_named(clerk: Clerk, changed: dict[str, str], field: str) -> None:
    answer = clerk.post("/console/noi-dung/tin/moi", {**FORM, **changed})
    assert answer.status_code == 422
    assert f'href="#o-{field}"' in answer.get_data(as_text=True)


def upload(clerk: Clerk, path: str, content: bytes, name: str = "bia.png", **more: str) -> int:
    """Send the form with a cover; the status."""
    data = {**FORM, **more, "cover": (io.BytesIO(content), name)}
    return clerk.post(path, data, content_type="multipart/form-data").status_code


def test_a_cover_is_redrawn_served_when_published_and_forgotten_when_replaced(
    office: Office, clerk: Clerk
) -> None:
    assert upload(clerk, "/console/noi-dung/tin/moi", picture()) == 303
    row = item(office)
    path = f"/console/noi-dung/tin/{row.id}"
    assert clerk.client.get(f"{path}/bia.jpg").data.startswith(b"\xff\xd8\xff")
    public = office.app.test_client().get(f"/tin/{row.id}.jpg")
    assert public.mimetype == "image/jpeg"
    assert Image.open(io.BytesIO(public.data)).format == "JPEG"
    assert upload(clerk, path, picture((300, 300))) == 303
    clerk.post(path, {**FORM, "drop_cover": "1"})
    assert item(office).cover_media == ""
    assert office.app.test_client().get(f"/tin/{row.id}.jpg").status_code == 404
    # The nightly round forgets what no item names any more.
    with office.database.write() as session:
        later = office.clock.now() + timedelta(days=1)
        assert stored_files.drop_unused(session, later, 10) == 2
        assert session.exec(select(StoredFile)).all() == []


def test_covers_of_drafts_are_nobodys_business(office: Office, clerk: Clerk) -> None:
    upload(clerk, "/console/noi-dung/tin/moi", picture(), state="draft")
    public = office.app.test_client()
    assert public.get(f"/tin/{item(office).id}.jpg").status_code == 404
    assert public.get("/tin/99999999999999999999.jpg").status_code == 404
    with office.database.write() as session:
        later = {"state": "published", "published_at": office.clock.now() + timedelta(days=1)}
        news.put(session, item(office).id, later, "hoa", office.clock.now())
    assert public.get(f"/tin/{item(office).id}.jpg").status_code == 404


@pytest.mark.parametrize("content", [b"", b"not a picture", b"<svg onload=alert(1)>", b"GIF89a"])
def test_what_is_no_picture_is_refused(clerk: Clerk, content: bytes) -> None:
    assert upload(clerk, "/console/noi-dung/tin/moi", content) == 422


def test_a_cover_fits_what_zalo_takes(office: Office) -> None:
    noisy = cover_of(picture((2400, 2400), "JPEG", noise=True), office.settings)
    assert len(noisy) <= MOST_BYTES
    with pytest.raises(NoCover):
        cover_of(b"x" * (office.settings.photo_max_bytes + 1), office.settings)


def test_the_list_is_filtered_searched_and_paged(office: Office, clerk: Clerk) -> None:
    with office.database.write() as session:
        for number in range(35):
            values = {
                "title": f"Thông báo số {number:02}",
                "kind": "video" if number < 2 else "news",
            }
            news.put(session, None, values, "hoa", office.clock.now())
    first = clerk.text("/console/noi-dung/tin")
    assert first.count("Thông báo số") >= 30
    assert "Thông báo số 04</a>" not in first
    assert "Xem tiếp" in first
    found = clerk.text("/console/noi-dung/tin?q=thong+bao+17")
    assert "Thông báo số 17</a>" in found
    assert "Thông báo số 18</a>" not in found
    videos = clerk.text("/console/noi-dung/tin?kind=video")
    assert "Thông báo số 01</a>" in videos
    assert "Thông báo số 02</a>" not in videos
    assert "Không có tin nào khớp" in clerk.text("/console/noi-dung/tin?state=hidden")
