"""Messages of an announcement where staff meet them elsewhere: in chats and at dossiers."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from dossiers.workdays import Calendar
from store.outbox import Draft, enqueue
from store.tables import ChatRequest, Lane, Outbox
from tests.console.broadcasts.running_sample import CONTENT, Room
from tests.console.conftest import Office
from tests.handlers.conftest import Talk
from tests.notify.makers import dossier

MORE = {"kind": "query", "title": "Hỏi thêm", "value": "#hoithem"}


@pytest.fixture
def room(office: Office) -> Room:
    """An office with nothing announced yet."""
    return Room(office)


def tell(room: Room, number: int, uid: str, kind: str = "broadcast", **members: object) -> int:
    """One message of an announcement, as the feeding queues it; its id."""
    now, part = room.office.clock.now(), "main" if kind == "broadcast" else "file"
    draft = Draft(
        **{
            "dedupe_key": f"bc:{number}:{uid}:{part}",
            "lane": Lane.broadcast,
            "kind": kind,
            "body": {"part": part, "language": "vi", "echoes": []},
            "facts": {"ten": "bà Mẫu"} if part == "main" else {},
            "correlation_id": "c",
            "due_at": now,
            "uid": uid,
            "broadcast_id": number,
            **members,
        }
    )
    with room.office.database.write() as session:
        enqueue(session, [draft], now)
        session.flush()
        return session.exec(select(Outbox.id).order_by(col(Outbox.id).desc())).first() or 0


def test_a_chat_shows_the_announcement_with_its_text_buttons_and_files(room: Room) -> None:
    office = room.office
    calendar = Calendar.from_settings(office.settings)
    talk = Talk(office.database, office.settings, office.vault, office.clock, calendar)
    vi = {"text": CONTENT["vi"]["text"], "buttons": [MORE]}
    file = {"media": "sha256:" + "0" * 64, "name": "lich.pdf"}
    content = CONTENT | {"vi": vi, "file": file}
    number = room.announcement("done", title="Nghỉ lễ", content=content)
    first = tell(room, number, talk.uid)
    tell(room, number, talk.uid, "broadcast_more")
    talk("#hoithem")
    talk("gặp cán bộ")
    with office.database.read() as session:
        chat = session.exec(select(ChatRequest.id)).first()
    clerk = office.sign_in("lan", "reception")
    page = clerk.text(f"/console/tro-chuyen/{chat}")
    assert "Thông báo chung" in page
    assert "Thông báo: Nghỉ lễ\nKính gửi bà Mẫu, Trung tâm nghỉ lễ 2/9" in page
    assert "Dừng nhận tin: nhắn DỪNG." in page
    assert "Ảnh/tệp của thông báo" in page
    assert "Tệp: lich.pdf" in page
    assert '<span class="line__pressed">Bấm nút</span> Hỏi thêm' in page
    with office.database.write() as session:
        row = session.get_one(Outbox, first)
        row.body, row.facts = {}, {}
        session.add(row)
    emptied = clerk.text(f"/console/tro-chuyen/{chat}")
    assert "Kính gửi" not in emptied, "what was forgotten does not come back from the announcement"


def test_a_dossier_names_the_announcement_and_does_not_send_it_again(room: Room) -> None:
    office, number = room.office, room.announcement("done", title="Nghỉ lễ")
    with office.database.write() as session:
        own = dossier(session, office.clock.now()).id or 0
    message = tell(room, number, room.citizens(1)[0], dossier_id=own)
    with office.database.write() as session:
        row = session.get_one(Outbox, message)
        row.state, row.reason = "parked", "-201"
        session.add(row)
    clerk = office.sign_in("lan", "reception")
    page = clerk.text(f"/console/ho-so/{own}")
    assert "Thông báo chung: Nghỉ lễ" in page
    assert "Gửi lại tin: Thông báo chung" not in page
    [address] = [
        rule.rule
        for rule in office.app.url_map.iter_rules()
        if rule.endpoint == "console.message_requeue"
    ]
    path = address.replace("<int:dossier_id>", str(own)).replace("<int:message_id>", str(message))
    refused = clerk.post(path)
    assert refused.status_code == 409
    assert "từ trang của thông báo" in refused.get_data(as_text=True)
