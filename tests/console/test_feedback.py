"""The desk of feedback: who sees what, every act with its trace, answers, publishing, numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from bot.messages import from_json
from dossiers.workdays import Calendar
from feedback import filing
from store import feedback as store
from store.tables import (
    Feedback,
    FeedbackEntry,
    FeedbackFile,
    Follower,
    Outbox,
    SavedText,
)
from tests.console.conftest import Clerk, Office
from tests.feedback_samples import TEXT, document, photo
from tests.handlers.conftest import Talk

ALL = "/console/phan-anh"


class Desk:
    """An office with one clerk for feedback and a citizen who writes."""

    def __init__(self, office: Office) -> None:
        self.office = office
        calendar = Calendar.from_settings(office.settings)
        self.talk = Talk(office.database, office.settings, office.vault, office.clock, calendar)

    def write(self, text: str = TEXT, *files: Any, uid: str = "") -> int:
        """A citizen sends a feedback from the chat; its id."""
        own, self.talk.uid = self.talk.uid, uid or self.talk.uid
        for answer in ("#phananh moi", "3", text, "xong", "thôn Mẫu, xã Mẫu"):
            self.talk(answer)
        for one in files:
            self.talk.file(one, document=one.kind == "file")
        for answer in ("1", "Nguyễn Thị Mẫu", "0900 000 001", "gửi"):
            self.talk(answer)
        self.talk.uid = own
        with self.office.database.read() as session:
            found = session.exec(select(Feedback.id).order_by(col(Feedback.id).desc())).first()
        assert found is not None
        return found

    def make(self, **changes: Any) -> int:
        """A feedback straight into the database; its id."""
        now = self.office.clock.now()
        number = 9000 + len(self.rows())
        values: dict[str, Any] = {
            "code": f"PA-261101-{number}", "kind": "other", "text": TEXT,
            "folded": filing.searchable(TEXT), "created_at": now, "updated_at": now,
            "accept_due_at": now + timedelta(days=1), "answer_due_at": now + timedelta(days=20),
        }  # fmt: skip
        with self.office.database.write() as session:
            return store.add(session, Feedback(**{**values, **changes})).id or 0

    def rows(self) -> list[Feedback]:
        with self.office.database.read() as session:
            return list(session.exec(select(Feedback).order_by(col(Feedback.id))).all())

    def row(self, number: int) -> Feedback:
        with self.office.database.read() as session:
            return session.get_one(Feedback, number)

    def steps(self, number: int) -> list[tuple[str, str]]:
        with self.office.database.read() as session:
            return [(one.kind, one.by) for one in store.entries(session, number)]

    def told(self, kind: str = "feedback_answer") -> list[str]:
        with self.office.database.read() as session:
            rows = session.exec(
                select(Outbox).where(Outbox.kind == kind).order_by(col(Outbox.id))
            ).all()
        return [getattr(from_json(row.body), "text", "") for row in rows]

    def answer(self, clerk: Clerk, number: int, text: str, way: str = "gui") -> Any:
        """Answer as the page does."""
        data = {"text": text, "version": str(self.row(number).version), "way": way}
        return clerk.post(f"{ALL}/{number}/tra-loi", data)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def test_a_feedback_is_taken_in_hand_answered_and_closed(office: Office, desk: Desk) -> None:
    number = desk.write()
    lan = office.sign_in("lan", "feedback")
    listed = lan.text(ALL)
    assert "PA-261118-0001" in listed
    assert "Mục tiêu tiếp nhận: trước 19/11/2026" in listed
    page = lan.text(f"{ALL}/{number}")
    assert TEXT in page
    assert "Nguyễn Thị Mẫu" in page
    assert "0900 000 001" in page
    assert "Gửi được ngay qua Zalo, miễn phí" in page
    assert lan.post(f"{ALL}/{number}/tiep-nhan").status_code == 303
    row = desk.row(number)
    assert (row.state, row.assignee_id is not None) == ("accepted", True)
    preview = desk.answer(lan, number, "Đã cho người ra sửa trong hôm nay.", "xem")
    assert "Trả lời phản ánh, kiến nghị PA-261118-0001" in preview.get_data(as_text=True)
    assert desk.told() == []
    desk.answer(lan, number, "Đã cho người ra sửa trong hôm nay.", "dong")
    assert "Đã cho người ra sửa trong hôm nay." in desk.told()[0]
    assert len(desk.told("feedback_rating")) == 1
    assert desk.row(number).state == "closed"
    assert [kind for kind, _ in desk.steps(number)] == ["accepted", "assigned", "answer", "closed"]
    assert {by for _, by in desk.steps(number)} == {"lan"}
    for action in ("feedback.listed", "feedback.viewed", "feedback.accepted", "feedback.answered"):
        assert office.audited(action), action
    said = str([(one.subject, one.details) for one in office.audited()])
    assert "sạt lở" not in said
    assert "0900" not in said


def test_what_became_of_an_answer_is_told_in_words(office: Office, desk: Desk) -> None:
    number = desk.write()
    lan = office.sign_in("lan", "feedback")
    desk.answer(lan, number, "Đã cho người ra sửa.")
    assert "Đang chờ gửi." in lan.text(f"{ALL}/{number}")
    with office.database.write() as session:
        row = session.exec(select(Outbox).where(Outbox.kind == "feedback_answer")).one()
        row.state, row.reason = "dropped", "blocked"
        session.add(row)
    assert "Người nhận đã chặn OA trên Zalo." in lan.text(f"{ALL}/{number}")


def test_who_cannot_be_reached_is_said_before_and_after(office: Office, desk: Desk) -> None:
    lan = office.sign_in("lan", "feedback")
    number = desk.write()
    office.clock.advance(days=8)
    lan = office.sign_in("lan")
    assert "Zalo sẽ không nhận tin" in lan.text(f"{ALL}/{number}")
    counter = desk.make(source="counter")
    assert "xin báo kết quả bằng điện thoại" in lan.text(f"{ALL}/{counter}")
    answer = desk.answer(lan, counter, "Đã cho người ra sửa.")
    assert "không có tài khoản Zalo nào" in lan.text(answer.headers["Location"])


def test_an_answer_never_overtakes_what_the_citizen_just_added(office: Office, desk: Desk) -> None:
    number = desk.write()
    lan = office.sign_in("lan", "feedback")
    seen = desk.row(number).version
    desk.talk("#phananh them PA-261118-0001")
    desk.talk("Vừa lở thêm một đoạn nữa, nguy hiểm lắm")
    data = {"text": "Đã cho người ra sửa.", "version": str(seen), "way": "gui"}
    answer = lan.post(f"{ALL}/{number}/tra-loi", data)
    assert answer.status_code == 422
    assert "vừa thay đổi" in answer.get_data(as_text=True)
    assert "Đã cho người ra sửa." in answer.get_data(as_text=True), "what was typed is kept"
    assert desk.told() == []


def test_templates_fill_their_blanks_and_reach_no_further_than_the_agency(
    office: Office, desk: Desk
) -> None:
    agency = office.agency("H60.04", "Sở Xây dựng mẫu")
    number = desk.write()
    with office.database.write() as session:
        now = office.clock.now()
        for title, text, owner in (
            ("Đã tiếp nhận", "Kính gửi {ten}, phản ánh {ma} đã được tiếp nhận.", None),
            ("Riêng của sở", "Riêng", agency),
        ):
            session.add(
                SavedText(
                    purpose="feedback", title=title, text=text, agency_id=owner, updated_at=now
                )
            )
    lan = office.sign_in("lan", "feedback")
    assert "Riêng của sở" in lan.text(f"{ALL}/{number}/tra-loi")
    page = lan.text(f"{ALL}/{number}/tra-loi?mau=1")
    assert "Kính gửi Nguyễn Thị Mẫu, phản ánh PA-261118-0001 đã được tiếp nhận." in page


def test_forwarding_hands_it_to_the_agency_and_out_of_sight_of_others(
    office: Office, desk: Desk
) -> None:
    build = office.agency("H60.04", "Sở Xây dựng mẫu")
    unit = office.agency("H60.04.01", "Phòng Hạ tầng mẫu", build)
    other = office.agency("H60.05", "Sở Y tế mẫu")
    number = desk.write()
    lan = office.sign_in("lan", "feedback")
    minh = office.sign_in("minh", "feedback", agency=build)
    thu = office.sign_in("thu", "feedback", agency=other)
    for clerk in (minh, thu):
        assert clerk.get(f"{ALL}/{number}").status_code == 404
        assert "PA-261118-0001" not in clerk.text(ALL)
    lan.post(f"{ALL}/{number}/chuyen", {"agency": str(unit), "note": "Xin xử lý gấp"})
    assert desk.row(number).state == "forwarded"
    assert "Xin xử lý gấp" in minh.text(f"{ALL}/{number}")
    assert thu.get(f"{ALL}/{number}").status_code == 404
    assert thu.post(f"{ALL}/{number}/ghi-chu", {"text": "Xem thử"}).status_code == 404
    assert thu.get(f"{ALL}/{number}/tra-loi").status_code == 404
    away = minh.post(f"{ALL}/{number}/chuyen", {"agency": str(other)})
    assert away.headers["Location"].endswith("/console/phan-anh"), "no longer theirs to see"
    assert minh.get(f"{ALL}/{number}").status_code == 404


def test_files_are_served_only_to_those_who_may_see_the_feedback(
    office: Office, desk: Desk
) -> None:
    other = office.agency("H60.05", "Sở Y tế mẫu")
    number = desk.write(TEXT, photo(), document("don.pdf"))
    with office.database.read() as session:
        ids = session.exec(select(FeedbackFile.id).order_by(col(FeedbackFile.id))).all()
    lan = office.sign_in("lan", "feedback")
    page = lan.text(f"{ALL}/{number}")
    assert f"{ALL}/tep/{ids[0]}?nho=1" in page
    assert "Tải tệp don.pdf" in page
    small = lan.client.get(f"{ALL}/tep/{ids[0]}?nho=1")
    full = lan.client.get(f"{ALL}/tep/{ids[0]}")
    assert (small.mimetype, full.mimetype) == ("image/jpeg", "image/jpeg")
    assert len(small.data) < len(full.data)
    pdf = lan.client.get(f"{ALL}/tep/{ids[1]}")
    assert pdf.headers["Content-Disposition"].startswith("attachment")
    for answer in (small, full, pdf):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert len(office.audited("feedback.file_opened")) == 2
    thu = office.sign_in("thu", "feedback", agency=other)
    assert thu.get(f"{ALL}/tep/{ids[0]}").status_code == 404
    assert thu.get(f"{ALL}/tep/99999").status_code == 404


def test_a_draft_nobody_sent_is_seen_by_nobody(office: Office, desk: Desk) -> None:
    desk.talk("#phananh")
    desk.talk("3")
    desk.talk.file(photo())
    with office.database.read() as session:
        number = session.exec(select(FeedbackFile.id)).one()
    lan = office.sign_in("lan", "feedback")
    assert lan.get(f"{ALL}/tep/{number}").status_code == 404


def test_auditors_look_but_do_not_touch(office: Office, desk: Desk) -> None:
    number = desk.write()
    kiem = office.sign_in("kiem", "auditor")
    page = kiem.text(f"{ALL}/{number}")
    assert "Tiếp nhận</button>" not in page
    for act in ("tiep-nhan", "giao", "chuyen", "ghi-chu", "dong", "mo-lai", "gop", "tra-loi"):
        assert kiem.post(f"{ALL}/{number}/{act}").status_code == 403, act


def test_assigning_reaches_only_people_of_the_agency(office: Office, desk: Desk) -> None:
    build = office.agency("H60.04", "Sở Xây dựng mẫu")
    other = office.agency("H60.05", "Sở Y tế mẫu")
    number = desk.make(agency_id=build)
    lan = office.sign_in("lan", "feedback")
    here = office.account("minh", "feedback", agency=build).id
    there = office.account("thu", "feedback", agency=other).id
    page = lan.text(f"{ALL}/{number}")
    assert "Minh Mẫu" in page
    assert "Thu Mẫu" not in page
    assert lan.post(f"{ALL}/{number}/giao", {"to": str(there)}).status_code == 409
    lan.post(f"{ALL}/{number}/giao", {"to": str(here)})
    assert desk.row(number).assignee_id == here
    assert "PA-261101-9000" in office.sign_in("minh").text(f"{ALL}?nguoi=toi&trang_thai=open")


def test_closing_without_an_answer_takes_a_reason_and_reopening_a_new_target(
    office: Office, desk: Desk
) -> None:
    number = desk.write()
    lan = office.sign_in("lan", "feedback")
    refused = lan.post(f"{ALL}/{number}/dong", {"reason": ""})
    assert refused.status_code == 409
    assert "ghi lý do đóng" in refused.get_data(as_text=True)
    lan.post(f"{ALL}/{number}/dong", {"reason": "Tin thử"})
    assert desk.row(number).state == "closed"
    assert desk.told("feedback_rating") == []
    office.clock.advance(days=2)
    lan = office.sign_in("lan")
    lan.post(f"{ALL}/{number}/mo-lai", {"reason": "Không phải tin thử"})
    row = desk.row(number)
    assert (row.state, row.reopened, row.closed_at) == ("accepted", 1, None)
    assert row.answer_due_at is not None
    assert row.answer_due_at > office.clock.now() + timedelta(days=20)


def test_merging_takes_any_spelling_of_the_code_and_refuses_circles(
    office: Office, desk: Desk
) -> None:
    first, second = desk.write(), desk.write(uid="7000000000000000009")
    lan = office.sign_in("lan", "feedback")
    assert lan.post(f"{ALL}/{second}/gop", {"code": "PA-000000-0000"}).status_code == 409
    assert lan.post(f"{ALL}/{second}/gop", {"code": "pa 261118 0002"}).status_code == 409
    lan.post(f"{ALL}/{second}/gop", {"code": "pa 261118 0001"})
    assert (desk.row(second).state, desk.row(second).merged_into_id) == ("merged", first)
    assert lan.post(f"{ALL}/{first}/gop", {"code": "PA-261118-0002"}).status_code == 409
    assert "Gộp thêm" in lan.text(f"{ALL}/{first}")
    desk.answer(lan, first, "Đã cho người ra sửa.")
    assert sum("PA-261118-0002" in one for one in desk.told()) == 1


def test_the_inbox_is_narrowed_by_everything_it_offers(office: Office, desk: Desk) -> None:
    now = office.clock.now()
    agency = office.agency("H60.04", "Sở Xây dựng mẫu")
    late = desk.make(accept_due_at=now - timedelta(hours=1))
    overdue = desk.make(state="accepted", answer_due_at=now - timedelta(days=1), kind="service")
    owned = desk.make(agency_id=agency, text="Chợ Mẫu đọng nước", folded="cho mau dong nuoc 100%")
    closed = desk.make(state="closed", created_at=now - timedelta(days=40))
    lan = office.sign_in("lan", "feedback")

    def codes(query: str) -> set[int]:
        page = lan.text(f"{ALL}?{query}")
        return {row.id or 0 for row in desk.rows() if f">{row.code}</a>" in page}

    assert codes("") == {late, overdue, owned}
    assert codes("trang_thai=all") == {late, overdue, owned, closed}
    assert codes("trang_thai=new") == {late, owned}
    assert codes("qua_han=1") == {late, overdue}
    assert codes("qua_han=tiepnhan") == {late}
    assert codes("qua_han=traloi") == {overdue}
    assert codes("loai=service") == {overdue}
    assert codes(f"co_quan={agency}") == {owned}
    assert codes("co_quan=0&trang_thai=all") == {late, overdue, closed}
    assert codes("q=chợ+mẫu+ĐỌNG") == {owned}
    assert codes("q=100%25") == {owned}, "a percent sign is no wildcard"
    assert codes(f"q={desk.row(closed).code.lower().replace('-', '+')}") == {closed}
    day = now - timedelta(days=40)
    assert codes(f"tu={day:%Y-%m-%d}&den={day:%d/%m/%Y}&trang_thai=all") == {closed}
    for junk in ("trang_thai=x", "co_quan=-5", "after=x", "nguoi=drop", "tu=hôm+qua", "q=%00"):
        assert codes(junk), junk


def test_the_list_goes_on_by_key_and_counts_stop_at_a_thousand(office: Office, desk: Desk) -> None:
    now = office.clock.now()
    with office.database.write() as session:
        session.add_all(
            Feedback(code=f"PA-261101-{n:04d}", kind="other", text="Nội dung mẫu", folded="noi dung",
                     created_at=now, updated_at=now)
            for n in range(1, 1003)
        )  # fmt: skip
    lan = office.sign_in("lan", "feedback")
    first = lan.text(ALL)
    assert "hơn 1.000" in first
    assert "PA-261101-1002" in first
    assert "PA-261101-0952" not in first
    second = lan.text(f"{ALL}?after={desk.rows()[952].id}")
    assert "PA-261101-0952" in second
    assert "Về đầu danh sách" in second


def test_what_the_counter_takes_down_gets_a_code_and_the_same_clock(
    office: Office, desk: Desk
) -> None:
    agency = office.agency("H60.04", "Sở Xây dựng mẫu")
    lan = office.sign_in("lan", "feedback")
    data = {"source": "phone", "kind": "service", "text": TEXT, "phone": "12", "dossier": "xyz"}
    wrong = lan.post(f"{ALL}/moi", data)
    assert wrong.status_code == 422
    assert "Không đúng số di động" in wrong.get_data(as_text=True)
    assert "Không đúng mã hồ sơ" in wrong.get_data(as_text=True)
    assert TEXT in wrong.get_data(as_text=True), "nothing typed is lost"
    data |= {"phone": "0900 000 001", "dossier": "", "agency": str(agency), "name": "Trần Văn Mẫu"}
    made = lan.post(f"{ALL}/moi", data)
    assert "PA-261118-0001" in lan.text(made.headers["Location"])
    (row,) = desk.rows()
    assert (row.source, row.phone, row.agency_id) == ("phone", "+84900000001", agency)
    assert row.accept_due_at is not None
    minh = office.sign_in("minh", "feedback", agency=agency)
    assert minh.post(f"{ALL}/moi", {**data, "agency": ""}).status_code == 422


def test_publishing_takes_personal_data_out_and_a_person_to_say_so(
    office: Office, desk: Desk
) -> None:
    text = f"{TEXT}. Hỏi ông Trần Văn Mẫu, 0912 345 678, CCCD 001099000001, a.b@mau.vn"
    number = desk.write(text)
    with office.database.write() as session:
        session.get_one(Follower, desk.talk.uid).display_name = "Bé Na"
    lan = office.sign_in("lan", "feedback")
    assert lan.get(f"{ALL}/{number}/cong-khai").status_code == 409
    desk.answer(lan, number, "Cảm ơn bà Nguyễn Thị Mẫu, đã sửa xong đường.")
    page = lan.text(f"{ALL}/{number}/cong-khai")
    shown = page.partition('name="text"')[2]
    for secret in ("Trần Văn", "0912", "001099", "a.b@", "Nguyễn Thị Mẫu"):
        assert secret not in shown, secret
    assert "sạt lở" in shown
    public = office.app.test_client()
    assert public.get("/phan-anh/PA-261118-0001").status_code == 404
    data = {
        "text": "Đường vào thôn bị sạt lở", "answer": "Đã sửa xong đường.",
        "version": str(desk.row(number).version), "way": "dang",
    }  # fmt: skip
    assert lan.post(f"{ALL}/{number}/cong-khai", data).status_code == 422, "not read again"
    lan.post(f"{ALL}/{number}/cong-khai", {**data, "checked": "1"})
    page = public.get("/phan-anh/pa-261118-1").get_data(as_text=True)
    assert "Đã sửa xong đường." in page
    assert "Nguyễn Thị Mẫu" not in page
    assert "PA-261118-0001" in public.get("/phan-anh").get_data(as_text=True)
    assert public.get("/phan-anh").headers.get("Set-Cookie") is None
    lan.post(f"{ALL}/{number}/thoi-cong-khai")
    assert public.get("/phan-anh/PA-261118-0001").status_code == 404
    assert "PA-261118-0001" not in public.get("/phan-anh").get_data(as_text=True)


def test_the_public_list_goes_on_and_shows_nothing_unpublished(office: Office, desk: Desk) -> None:
    now = office.clock.now()
    for n in range(23):
        desk.make(published_at=now, public_text=f"Nội dung {n}", public_answer="Đã xử lý xong.")
    desk.make(public_text="Không công khai")
    public = office.app.test_client()
    first = public.get("/phan-anh").get_data(as_text=True)
    assert "Nội dung 22" in first
    assert "Nội dung 2<" not in first
    assert "Không công khai" not in first
    older = first.partition("?truoc=")[2].partition('"')[0]
    assert "Nội dung 2<" in public.get(f"/phan-anh?truoc={older}").get_data(as_text=True)
    for junk in ("x", "-1", "9" * 30):
        assert public.get(f"/phan-anh?truoc={junk}").status_code == 200
    assert public.get("/phan-anh/<script>").status_code == 404


def test_numbers_say_how_fast_and_how_well(office: Office, desk: Desk) -> None:
    now = office.clock.now()
    agency = office.agency("H60.04", "Sở Xây dựng mẫu")
    hour = timedelta(hours=1)
    for hours, rating in ((2, 5), (4, 3), (30, None)):
        desk.make(
            kind="service", state="closed", accepted_at=now + hour, rating=rating,
            accept_due_at=now + 2 * hour, answered_at=now + hours * hour, agency_id=agency,
            answer_due_at=now + 5 * hour, answer="x",
        )  # fmt: skip
    desk.make(created_at=now - timedelta(days=60))
    office.clock.advance(days=2)
    lan = office.sign_in("lan", "feedback")
    page = lan.text(f"{ALL}/so-lieu")
    assert "67%" in page
    assert "2 trên 3" in page
    assert "một nửa được trả lời trong 4 giờ" in page
    assert "4/5 (2 lượt)" in page
    assert "<svg" in page
    csv = lan.get(f"{ALL}/so-lieu.csv?tu=2026-11-01&den=2026-11-30").get_data(as_text=True)
    assert "Tổng" in csv
    assert "Sở Xây dựng mẫu" in csv
    assert "18/11/2026" in csv
    minh = office.sign_in("minh", "feedback", agency=office.agency("H60.05", "Sở Y tế mẫu"))
    assert "Chưa có số liệu" in minh.text(f"{ALL}/so-lieu")
    for junk in ("tu=x", "tu=0001-01-01", "tu=2026-12-01&den=2026-01-01", "den=9999-12-31"):
        assert lan.get(f"{ALL}/so-lieu?{junk}").status_code == 200, junk


def test_the_badge_counts_what_is_new_within_reach(office: Office, desk: Desk) -> None:
    agency = office.agency("H60.04", "Sở Xây dựng mẫu")
    desk.make()
    desk.make(agency_id=agency)
    lan = office.sign_in("lan", "feedback")
    minh = office.sign_in("minh", "feedback", agency=agency)
    mark = 'data-badge="console.feedback_list">'
    assert f"{mark}2<" in lan.text(ALL)
    assert f"{mark}1<" in minh.text(ALL)


def test_two_people_who_accept_at_once_are_told_apart(office: Office, desk: Desk) -> None:
    number = desk.write()
    lan, minh = office.sign_in("lan", "feedback"), office.sign_in("minh", "feedback")
    assert lan.post(f"{ALL}/{number}/tiep-nhan").status_code == 303
    refused = minh.post(f"{ALL}/{number}/tiep-nhan")
    assert refused.status_code == 409
    assert "đã được tiếp nhận" in refused.get_data(as_text=True)
    with office.database.read() as session:
        kinds = session.exec(select(FeedbackEntry.kind)).all()
    assert list(kinds).count("accepted") == 1
