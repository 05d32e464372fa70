"""Files that staff or citizens sent: kept once, forgotten when nothing needs them."""

from __future__ import annotations

from datetime import timedelta

from store import stored_files, uploads
from store.engine import Database
from store.tables import Broadcast, BroadcastPiece, FeedbackFile, NewsItem
from tests.conftest import MORNING


def test_the_same_bytes_are_kept_once_and_found_by_the_sender(db: Database) -> None:
    with db.write() as session:
        first = stored_files.keep(session, b"abc", "application/pdf", MORNING)
        assert stored_files.keep(session, b"abc", "application/pdf", MORNING) == first
    with db.read() as session:
        assert uploads.content(session, first) == b"abc"
        assert uploads.content(session, "sha256:none") is None


def test_only_old_files_that_nothing_needs_are_forgotten(db: Database) -> None:
    later = MORNING + timedelta(days=400)
    with db.write() as session:
        keep = {
            name: stored_files.keep(session, name.encode(), "image/jpeg", MORNING)
            for name in (
                "sent",
                "again",
                "photo",
                "small",
                "cover",
                "announced",
                "attached",
                "template",
            )
        }
        stored_files.keep(session, b"again", "image/jpeg", later)
        session.add(
            FeedbackFile(kind="photo", media=keep["photo"], small_media=keep["small"],
                         created_at=MORNING)
        )  # fmt: skip
        session.add(
            NewsItem(title="Tin", cover_media=keep["cover"], published_at=MORNING,
                     created_at=MORNING, updated_at=MORNING)
        )  # fmt: skip
        pieces = {"changed_by": "hoa", "updated_at": MORNING}
        session.add(
            Broadcast(content={"picture": keep["announced"], "file": {"media": keep["attached"]}},
                      created_by="hoa", created_at=MORNING, updated_at=MORNING)
        )  # fmt: skip
        session.add(
            BroadcastPiece(
                kind="template", name="Mẫu", body={"picture": keep["template"]}, **pieces
            )
        )
    with db.write() as session:
        assert stored_files.drop_unused(session, later - timedelta(days=1), 100) == 1
    with db.read() as session:
        left = {name for name, media in keep.items() if stored_files.get(session, media)}
    assert left == {"again", "photo", "small", "cover", "announced", "attached", "template"}
