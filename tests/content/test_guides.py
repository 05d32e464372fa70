"""Guides staff wrote come before the shipped ones, and their pictures are only pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from clock import FixedClock
from content import guides as own
from content.live import LiveSettings
from content.pictures import LARGEST, NoPicture, redrawn
from procedures import guides
from settings import Settings
from store import content as table
from store import stored_files
from store.engine import Database

_BODY = {
    "name": "Hướng dẫn mẫu",
    "part": [{"title": "Phần một", "steps": [{"text": "Vào {portal_address}."}]}],
}


def save(db: Database, clock: FixedClock, key: str, language: str, body: object) -> None:
    with db.write() as session:
        row = table.get(session, table.GUIDE, key, language)
        table.put(
            session,
            table.GUIDE,
            key,
            body if isinstance(body, dict) else {},
            by="mau",
            now=clock.now(),
            expected=row.version if row else 0,
            language=language,
        )


def test_the_staffs_version_is_shown_and_the_file_comes_back(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    live = LiveSettings.over(settings, db)
    before = guides.offered(live, "vi")
    save(db, clock, "national", "vi", _BODY)
    live.refresh()
    (guide,) = guides.offered(live, "vi")
    assert guide.name == "Hướng dẫn mẫu"
    assert settings.portal_url in guide.part[0].steps[0].text
    assert guides.offered(live, "en")[0].name != guide.name, "English has a file of its own"
    save(db, clock, "national", "vi", {})
    live.refresh()
    assert guides.offered(live, "vi") == before


def test_a_guide_nobody_shipped_is_offered_in_both_languages(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    live = LiveSettings.over(settings.model_copy(update={"filing_guides": ("rieng",)}), db)
    with pytest.raises(guides.GuideError):
        guides.offered(live, "vi")
    save(db, clock, "rieng", "vi", _BODY)
    live.refresh()
    assert guides.offered(live, "vi") == guides.offered(live, "en")


def test_a_stored_guide_that_is_none_leaves_the_file_in_force(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    save(db, clock, "national", "vi", {"name": "", "part": []})
    live = LiveSettings.over(settings, db)
    assert guides.offered(live, "vi") == guides.offered(settings, "vi")


def test_what_is_wrong_is_named_where_it_is() -> None:
    wrong = own.checked({"name": "A", "part": [{"title": "B", "steps": [{"text": ""}]}]})[1]
    assert wrong == {"part.0.steps.0.text": "Cần điền ô này."}
    assert own.checked({**_BODY, "url": "javascript:x"})[1] == {
        "url": "Địa chỉ phải bắt đầu bằng https://."
    }


def test_pictures_of_any_version_of_a_guide_are_never_cleared_away(
    db: Database, clock: FixedClock
) -> None:
    with db.write() as session:
        used = stored_files.keep(session, b"used", "image/png", clock.now())
        unused = stored_files.keep(session, b"unused", "image/png", clock.now())
    name = f"up-{used.removeprefix('sha256:')}.png"
    steps = [{"text": "Bấm.", "picture": name}]
    save(db, clock, "rieng", "vi", {"name": "A", "part": [{"title": "B", "steps": steps}]})
    save(db, clock, "rieng", "vi", _BODY)
    with db.write() as session:
        assert stored_files.drop_unused(session, clock.advance(days=400), 100) == 1
        assert stored_files.get(session, used) is not None
        assert stored_files.get(session, unused) is None


def picture(kind: str, side: int = 40, **more: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_drawn_anew(kind: str) -> None:
    made, ending = redrawn(picture(kind))
    assert Image.open(io.BytesIO(made)).size == (40, 40)
    assert ending == ("png" if kind == "PNG" else "jpg")


def test_where_it_was_taken_does_not_stay_in_a_picture() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Vị trí bí mật"
    made, _ = redrawn(picture("JPEG", exif=exif))
    assert "bí mật".encode().hex() not in made.hex()
    assert not Image.open(io.BytesIO(made)).getexif()


def test_a_large_picture_becomes_small_enough_for_zalo() -> None:
    made, _ = redrawn(picture("PNG", 1500))
    assert len(made) <= LARGEST


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"<svg/>", picture("PNG")[:60], b"GIF89a"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture):
        redrawn(content)
