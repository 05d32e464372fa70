"""What is done with a whole draft: submitted, copied, removed, its audience sampled."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request, url_for

from console.access import Act
from console.broadcasts import words
from console.broadcasts.counting import count
from console.broadcasts.drafts import begin, held, own, own_agency, seen
from console.broadcasts.previewing import preview
from console.broadcasts.problems import problems_of
from console.broadcasts.reading import audience_of, draft_content
from console.frame import Answer, Console, person
from dossiers.names import mask_name
from notify.broadcasts import moves
from notify.broadcasts.estimate import Sorted, estimate, question
from store import audience, broadcasts
from store.tables import Broadcast, BroadcastState, Way

_SAMPLE = 10


def add(console: Console) -> None:
    """Add the acts."""

    @console.page("/thong-bao/<int:broadcast_id>/trinh", may=Act.broadcast, confirm=True)
    def broadcast_submit(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = own(session, broadcast_id)
        if row is None:
            return console.missing()
        if row.state != BroadcastState.draft:
            return console.redirect(f"/console/thong-bao/{broadcast_id}")
        return _before(console, row)

    @console.page(
        "/thong-bao/<int:broadcast_id>/trinh", may=Act.broadcast, methods=["POST"], confirm=True
    )
    def broadcast_submitted(broadcast_id: int) -> Answer:
        return _submit(console, broadcast_id)

    @console.page("/thong-bao/<int:broadcast_id>/xoa", may=Act.broadcast, methods=["POST"])
    def broadcast_remove(broadcast_id: int) -> Answer:
        with console.database.write() as session:
            row = held(session, broadcast_id)
            if row is None:
                return console.missing()
            if row.state != BroadcastState.draft:
                return console.refuse(
                    "Chỉ xóa được bản nháp. Thông báo đã trình thì hủy ở trang của nó.",
                    back=f"/console/thong-bao/{broadcast_id}",
                )
            broadcasts.remove_draft(session, row)
            console.audit(session, "broadcast.removed", "broadcast", str(broadcast_id))
        return console.redirect(url_for("console.broadcast_list"), "Đã xóa bản nháp.")

    @console.page("/thong-bao/<int:broadcast_id>/chep", may=Act.broadcast, methods=["POST"])
    def broadcast_copy(broadcast_id: int) -> Answer:
        with console.database.write() as session:
            row = seen(session, broadcast_id)
            if row is None:
                return console.missing()
            number = _copied(console, row)
            made = begin(session, console.clock.now(), **number)
            if audience_of(row).listed:
                broadcasts.copy_list(session, broadcast_id, made.id or 0)
            console.audit(
                session, "broadcast.created", "broadcast", str(made.id), copy_of=broadcast_id
            )
        return console.redirect(
            url_for("console.broadcast_compose", broadcast_id=made.id),
            "Đã chép thành bản nháp mới. Bản cũ không đổi.",
        )

    @console.page("/thong-bao/<int:broadcast_id>/vai-nguoi", may=Act.broadcast)
    def broadcast_sample(broadcast_id: int) -> Answer:
        now = console.clock.now()
        with console.database.read() as session:
            row = own(session, broadcast_id)
            if row is None:
                return console.missing()
            counted = count(session, row, console.settings, now)
            asked = question(session, row, console.settings, now)
            people = [
                (mask_name(one.display_name) or f"…{one.uid[-4:]}", one.last_interaction_at)
                for one in audience.sample(session, asked, counted.codes, _SAMPLE)
            ]
        console.looked("broadcast.sampled", "broadcast", str(broadcast_id), count=len(people))
        return console.show("broadcasts/sample.html", row=row, people=people, counted=counted)


def _before(console: Console, row: Broadcast, problem: str = "") -> Response:
    """The last look: what it says, whom it reaches, what it costs, who has to agree."""
    with console.database.read() as session:
        counted = count(session, row, console.settings, console.clock.now())
        problems = problems_of(session, row, console.settings)
    content = draft_content(row)
    reach = None if row.way == Way.article else counted.estimate.reach
    return console.show(
        "broadcasts/submit.html",
        status=422 if problem else 200,
        row=row,
        content=content,
        counted=counted,
        preview=preview(row.way, content, console.settings),
        problems=problems,
        problem=problem,
        second=moves.needs_second_person(row, reach, console.settings),
        words=words,
        topics=words.topics(console.settings),
    )


def _counted(console: Console, broadcast_id: int, now: datetime) -> Sorted | None:
    """What it reaches, asked while nobody else has to wait; None when that is for later."""
    with console.database.read() as session:
        row = own(session, broadcast_id)
        if row is None or row.way == Way.article:
            return None
        try:
            return estimate(session, row, console.settings, now, now)
        except ValueError:
            return None


def _submit(console: Console, broadcast_id: int) -> Answer:
    seen_version = request.form.get("version", "")
    who, now = person(), console.clock.now()
    refused = ""
    met = _counted(console, broadcast_id, now)
    with console.database.write() as session:
        row = held(session, broadcast_id)
        if row is None:
            return console.missing()
        if str(row.version) != seen_version:
            refused = "Bản nháp vừa được sửa từ lúc bạn mở trang này. Xem lại rồi trình."
        else:
            try:
                counted = moves.submit(session, row, console.settings, who.username, now, met)
            except moves.NotNow as error:
                refused = str(error)
        if not refused:
            told = counted.estimate if counted else None
            session.add(row)
            session.flush()
            console.audit(
                session,
                "broadcast.submitted",
                "broadcast",
                str(broadcast_id),
                way=row.way,
                urgent=row.urgent,
                state=row.state,
                reach=told.reach if told else None,
                cost=told.cost if told else None,
            )
    if refused:
        return _refused(console, broadcast_id, refused)
    return console.redirect(
        f"/console/thong-bao/{broadcast_id}",
        "Đã trình, chờ người thứ hai duyệt."
        if row.state == BroadcastState.waiting
        else "Đã duyệt (ít người nhận, không cần người thứ hai). Còn phải bấm gửi.",
    )


def _refused(console: Console, broadcast_id: int, sentence: str) -> Answer:
    with console.database.read() as session:
        row = own(session, broadcast_id)
    if row is None:
        return console.missing()
    if row.state != BroadcastState.draft:
        return console.refuse(sentence, back=f"/console/thong-bao/{broadcast_id}")
    return _before(console, row, sentence)


def _copied(console: Console, row: Broadcast) -> dict[str, object]:
    """The columns a copy takes over; a limited account keeps to its own agencies."""
    copied = moves.copy(row, person().username, console.clock.now())
    chosen = audience_of(copied)
    within = person().agencies(Act.broadcast)
    if within is not None:
        kept = tuple(one for one in chosen.agencies if one in within)
        chosen = chosen.model_copy(update={"agencies": kept})
    elif row.agency_id is not None and own_agency() is None and not chosen.agencies:
        # What meant "our agency" in the original shall not become the whole province.
        chosen = chosen.model_copy(update={"agencies": (row.agency_id,)})
    content = draft_content(copied).model_copy(update={"footer": {}})
    return {
        "title": copied.title,
        "topic": copied.topic,
        "way": copied.way,
        "audience": chosen.model_dump(mode="json"),
        "content": content.model_dump(mode="json"),
    }
