"""Writing an announcement: nothing typed is lost, all is counted, only what is whole is submitted."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from notify.broadcasts.audience import Audience
from notify.broadcasts.content import content_of
from notify.broadcasts.moves import footers
from procedures.catalogue import import_file
from settings import ROOT
from store import broadcasts, stored_files
from store.tables import Broadcast, State, StoredFile
from tests.console.broadcasts.conftest import Desk, problems


def picture() -> bytes:
    """A picture as somebody uploads it."""
    saved = io.BytesIO()
    Image.new("RGB", (400, 300), "navy").save(saved, "PNG")
    return saved.getvalue()


def audience(desk: Desk, number: int) -> Audience:
    return Audience.model_validate(desk.row(number).audience)


def test_a_draft_is_written_counted_and_submitted(desk: Desk) -> None:
    desk.person(1), desk.person(60), desk.person(24 * 30)
    assert "Chưa có thông báo nào" in desk.clerk.text("/console/thong-bao")
    number = desk.draft()
    page = desk.page(number)
    assert "Gửi được tới 2 trong 3 người, miễn phí" in page
    assert "Quá 7 ngày chưa nhắn OA" in page
    assert "Đủ để trình" in page
    assert "Trình: Nghỉ lễ mẫu" in desk.clerk.text(f"/console/thong-bao/{number}/trinh")
    answer = desk.clerk.post(
        f"/console/thong-bao/{number}/trinh", {"version": str(desk.row(number).version)}
    )
    assert answer.headers["Location"] == f"/console/thong-bao/{number}"
    row = desk.row(number)
    assert (row.state, row.submitted_by, row.estimate["reach"]) == ("approved", "hoa", 2)
    assert content_of(row).footer == footers(desk.office.settings)
    assert desk.office.audited("broadcast.submitted")[0].details["reach"] == 2
    assert desk.clerk.get(f"/console/thong-bao/{number}/soan").status_code == 303
    listed = desk.clerk.text("/console/thong-bao")
    assert "dự kiến 2 người" in listed
    assert "Đã duyệt, chưa gửi" in listed


def test_every_criterion_is_kept(desk: Desk) -> None:
    agency = desk.office.agency("H60.04", "Sở mẫu")
    desk.dossier("H60.04-261118-0001", field_name="Hộ tịch")
    number = desk.draft(
        agencies=[str(agency)],
        fields="Hộ tịch",
        procedures=["1.001193", "1.000656"],
        states=["result_ready"],
        promised_from="2026-11-01",
        promised_to="2026-11-30",
        interacted_days="30",
        tags="ho_tich",
        languages="vi",
        subscribed_only="1",
    )
    kept = audience(desk, number)
    assert (kept.agencies, kept.fields, kept.tags) == ((agency,), ("Hộ tịch",), ("ho_tich",))
    assert kept.procedures == ("1.001193", "1.000656")
    assert kept.states == (State.result_ready,)
    assert (str(kept.promised_from), str(kept.promised_to)) == ("2026-11-01", "2026-11-30")
    assert (kept.interacted_days, kept.subscribed_only, kept.languages) == (30, True, ("vi",))
    page = desk.page(number)
    assert f'value="{agency}" checked' in page
    assert 'value="1.001193" checked' in page


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"promised_from": "hôm qua"}, "promised_from", "Ngày không đúng"),
        ({"promised_from": "2026-11-30", "promised_to": "2026-11-01"}, "promised_to", "Ngày sau"),
        ({"interacted_days": "400"}, "interacted_days", "Không quá 365"),
        ({"vi_text": "x" * 2001}, "vi_text", "Dài nhất 2000"),
        ({"vi_title0": "Xem"}, "vi_title0", "thiếu địa chỉ"),
        ({"vi_title1": "Xem", "vi_value1": "javascript:alert(1)"}, "vi_title1", "https://"),
        ({"en_title0": "Call", "en_kind0": "open_phone", "en_value0": "abc"}, "en_title0", "số"),
        ({"expires_at": "mai"}, "expires_at", "Ngày giờ không đúng"),
        ({"cities": "99999"}, "cities", "Không quá 99"),
        ({"agencies": "x"}, "agencies", "số nguyên"),
    ],
)
def test_a_wrong_field_is_named_and_the_others_are_kept(
    desk: Desk, changed: dict[str, Any], field: str, said: str
) -> None:
    number = desk.draft()
    answer = desk.send(number, title="Tên khác", **changed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#o-{field}"' in page
    assert said in problems(page)
    assert desk.row(number).title == "Tên khác"
    typed = next(iter(changed.values()))
    assert str(typed) in page, "what was typed is still there"
    # The form that came back can be sent again at once.
    assert f'name="version" value="{desk.row(number).version}"' in page


def test_buttons_dial_open_and_ask(desk: Desk) -> None:
    number = desk.draft(
        vi_title0="Gọi", vi_kind0="open_phone", vi_value0="1900 0000",
        vi_title2="Tra hồ sơ", vi_kind2="query", vi_value2="tra hồ sơ",
    )  # fmt: skip
    first, second = content_of(desk.row(number)).vi.buttons
    assert (first.kind, first.value) == ("open_phone", "8419000000")
    assert (second.kind, second.value) == ("query", "tra hồ sơ")
    assert '<span class="bubble__button">Tra hồ sơ</span>' in desk.page(number)


def test_two_windows_never_overwrite_each_other_unseen(desk: Desk) -> None:
    number = desk.draft()
    old = str(desk.row(number).version)
    desk.save(number, title="Của người kia")
    answer = desk.send(number, version=old, title="Của tôi")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "vẫn còn ở đây nhưng chưa lưu" in page
    assert 'value="Của tôi"' in page
    assert desk.row(number).title == "Của người kia"
    told = desk.send(number, script=True, version=old, title="Của tôi")
    assert told.status_code == 409
    assert "chưa lưu" in told.get_json()["words"]
    assert desk.send(number, version="9" * 30, title="x").status_code == 409


def test_saving_by_script_is_one_line_of_the_audit_and_nothing_new_is_no_version(
    desk: Desk,
) -> None:
    number = desk.draft()
    told = desk.send(number, script=True, vi_text="Một").get_json()
    assert told["saved"] == "10:00"
    assert told["errors"] == {}
    assert desk.send(number, script=True, vi_text="Một").get_json()["version"] == told["version"]
    half = desk.send(number, script=True, vi_text="Hai", vi_title0="Nửa").get_json()
    assert "vi_title0" in half["errors"]
    assert content_of(desk.row(number)).vi.text == "Hai"
    lines = desk.office.audited("broadcast.saved")
    assert len(lines) == 1
    assert "Nghỉ" not in str([line.details for line in lines]), "texts never go to the audit"
    desk.office.clock.advance(minutes=11)
    desk.send(number, script=True, vi_text="Ba")
    assert len(desk.office.audited("broadcast.saved")) == 2


def test_the_count_is_told_to_the_script(desk: Desk) -> None:
    desk.person(1), desk.person(1, notify=False)
    number = desk.draft()
    told = desk.clerk.get(f"/console/thong-bao/{number}/uoc-tinh.json").get_json()
    assert told["figures"]["w-consultation-reach"] == "1 người"
    assert told["figures"]["w-zbs-cost"] == "200 đồng"
    assert told["spoken"].startswith("Gửi được tới 1 trong 2 người")
    assert "nhắn DỪNG" in told["estimate"]
    assert "Bộ phận một cửa nghỉ" in told["preview"]
    assert "Đủ để trình" in told["problems"]


def test_a_picture_and_a_file_are_made_safe_shown_and_removed(desk: Desk) -> None:
    number = desk.draft()
    desk.save(
        number,
        picture=(io.BytesIO(picture()), "a.png"),
        file=(io.BytesIO(b"%PDF-1.7 mau"), "Lịch nghỉ.pdf"),
    )
    content = content_of(desk.row(number))
    assert content.file.name == "Lịch nghỉ.pdf"
    shown = desk.clerk.get(f"/console/thong-bao/{number}/anh.jpg")
    assert shown.data.startswith(b"\xff\xd8\xff")
    assert desk.clerk.get(f"/console/thong-bao/{number}/tep").data == b"%PDF-1.7 mau"
    page = desk.page(number)
    assert "Tệp: Lịch nghỉ.pdf" in page
    with desk.office.database.write() as session:
        later = desk.office.clock.advance(days=400)
        assert stored_files.drop_unused(session, later, 10) == 0
    desk.clerk = desk.office.sign_in("hoa", "broadcast")
    desk.save(number, do="drop_picture")
    desk.save(number, do="drop_file")
    assert content_of(desk.row(number)).parts() == ("main",)
    assert desk.clerk.get(f"/console/thong-bao/{number}/anh.jpg").status_code == 404
    with desk.office.database.read() as session:
        assert len(session.exec(select(StoredFile)).all()) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("picture", b"<svg onload=alert(1)>", "Ảnh phải là JPG"),
        ("file", b"MZ program", "Chỉ gửi được tệp PDF"),
        ("file", b"%PDF-" + b"x" * (5 * 1024 * 1024), "lớn hơn 5 MB"),
    ],
    ids=["svg", "program", "large"],
)
def test_what_zalo_would_not_take_is_refused(
    desk: Desk, name: str, content: bytes, said: str
) -> None:
    number = desk.draft()
    answer = desk.send(number, **{name: (io.BytesIO(content), "tep.pdf")})
    assert answer.status_code == 422
    assert said in problems(answer.get_data(as_text=True))


def test_what_is_missing_is_listed_and_nothing_incomplete_is_submitted(desk: Desk) -> None:
    number = desk.draft(vi_text="Chào {ma_ho_so}, {la_lung}", topic="", title="")
    page = desk.page(number)
    for sentence in ("Đặt tên", "Chọn chủ đề", "tên {la_lung}", "Mã hồ sơ, thủ tục, ngày hẹn chỉ"):
        assert sentence in page
    path = f"/console/thong-bao/{number}/trinh"
    assert "Chưa trình được" in desk.clerk.text(path)
    answer = desk.clerk.post(path, {"version": str(desk.row(number).version)})
    assert answer.status_code == 422
    desk.save(number)
    answer = desk.clerk.post(path, {"version": str(desk.row(number).version)})
    assert "không gửi được tới ai" in answer.get_data(as_text=True)
    assert desk.row(number).state == "draft"
    desk.person(1)
    assert desk.clerk.post(path, {"version": "0"}).status_code == 422, "changed since it was read"
    assert desk.office.audited("broadcast.submitted") == []


def test_an_urgent_one_says_why_and_waits_for_a_second_person(desk: Desk) -> None:
    desk.person(1)
    number = desk.draft(urgent="1")
    assert "Tin khẩn phải ghi lý do" in desk.page(number)
    desk.save(number, urgent="1", urgent_reason="Bão số 9")
    path = f"/console/thong-bao/{number}/trinh"
    assert "cần người thứ hai duyệt" in desk.clerk.text(path)
    desk.clerk.post(path, {"version": str(desk.row(number).version)})
    assert desk.row(number).state == "waiting"
    assert desk.office.audited("broadcast.submitted")[0].details["urgent"] is True
    approver = desk.office.sign_in("duyet", "approver")
    page = approver.text("/console/thong-bao")
    assert 'data-badge="console.broadcast_list">1<' in page
    assert "Soạn thông báo" not in page
    assert "data-badge" not in desk.clerk.text("/console/thong-bao"), "not for who wrote it"


def test_an_article_takes_only_zalos_own_targeting(desk: Desk) -> None:
    desk.person(1)
    article = {
        "way": "article",
        "article_title": "Lịch nghỉ",
        "article_description": "Tóm tắt",
        "article_body": "Một\n\nHai",
        "ages": ["3", "4"],
        "gender": "2",
        "cities": "4, 9",
    }
    number = desk.draft(**article, tags="ho_tich")
    page = desk.page(number)
    assert "Bài viết đi tới mọi người quan tâm theo bộ lọc của Zalo" in page
    assert "Bài viết cần ảnh bìa" in page
    desk.save(number, **article, picture=(io.BytesIO(picture()), "a.png"))
    assert "Đủ để trình" in desk.page(number)
    kept = audience(desk, number).target
    assert (kept.ages, kept.gender, kept.cities) == ((3, 4), 2, (4, 9))
    assert content_of(desk.row(number)).article.body == ("Một", "Hai")


def test_a_draft_is_copied_and_removed(desk: Desk) -> None:
    number = desk.draft(listed="1")
    with desk.office.database.write() as session:
        broadcasts.put_list(session, number, ["+84900000001"], [])
    answer = desk.clerk.post(f"/console/thong-bao/{number}/chep")
    copy = int(answer.headers["Location"].split("/")[3])
    assert desk.row(copy).content == desk.row(number).content
    with desk.office.database.read() as session:
        assert broadcasts.list_size(session, copy) == 1
    assert desk.clerk.post(f"/console/thong-bao/{number}/xoa").status_code == 303
    assert desk.clerk.get(f"/console/thong-bao/{number}/soan").status_code == 404
    assert len(desk.office.audited("broadcast.removed")) == 1
    assert desk.row(copy).title == "Nghỉ lễ mẫu"


def test_a_few_people_are_shown_half_hidden_and_the_look_is_written_down(desk: Desk) -> None:
    desk.person(1, display_name="Nguyễn Thị Mận")
    number = desk.draft()
    page = desk.clerk.text(f"/console/thong-bao/{number}/vai-nguoi")
    assert "N*** T*** Mận" in page
    assert "Nguyễn Thị Mận" not in page
    assert desk.office.audited("broadcast.sampled")[0].details == {"count": 1}


def test_an_account_of_an_agency_stays_within_it(desk: Desk) -> None:
    office = desk.office
    own = office.agency("H60.04", "Sở mẫu")
    below = office.agency("H60.04.01", "Chi cục mẫu", parent=own)
    foreign = office.agency("H60.05", "Sở khác")
    clerk = office.sign_in("lan", "broadcast", agency=own)
    number = desk.draft(clerk=clerk, agencies=[str(below)])
    assert desk.row(number).agency_id == own
    answer = desk.send(number, clerk=clerk, agencies=[str(foreign)])
    assert answer.status_code == 422
    assert "trong phạm vi của bạn" in answer.get_data(as_text=True)
    assert audience(desk, number).agencies == (below,)
    page = desk.page(number, clerk)
    assert "Chi cục mẫu" in page
    assert "Sở khác" not in page
    assert "Chỉ tài khoản của cả tỉnh" in page
    desk.save(number, clerk=clerk, way="article")
    assert "chỉ tài khoản của cả tỉnh gửi được" in desk.page(number, clerk)
    # Without a choice it is the whole agency, never the province.
    phone = "+84900000001"
    inside, outside = desk.person(1), desk.person(1)
    desk.link(inside, phone)
    desk.dossier("H60.04.01-261118-0001", phone, unit="H60.04.01")
    desk.save(number, clerk=clerk)
    assert outside
    assert "Gửi được tới 1 trong 1 người" in desk.page(number, clerk)
    province = desk.draft()
    for path in ("soan", "trinh", "anh.jpg", "vai-nguoi", "danh-sach", "uoc-tinh.json"):
        assert clerk.get(f"/console/thong-bao/{province}/{path}").status_code == 404, path
    assert clerk.post(f"/console/thong-bao/{province}/xoa").status_code == 404
    assert "Nghỉ lễ mẫu" in clerk.text("/console/thong-bao")
    assert clerk.text("/console/thong-bao").count("Nghỉ lễ mẫu</a>") == 1


def test_procedures_are_found_by_words(desk: Desk) -> None:
    office = desk.office
    import_file(office.database, ROOT / "data" / "procedures.json", office.clock.now(), by="mau")
    found = desk.clerk.get("/console/thong-bao/thu-tuc.json?q=khai sinh").get_json()["procedures"]
    assert any(one["code"] == "1.001193" for one in found)
    number = desk.draft()
    answer = desk.send(number, do="find", find="1.001193")
    page = desk.clerk.text(answer.headers["Location"].partition("#")[0])
    assert 'name="procedures" value="1.001193">' in page


def test_the_list_is_searched_filtered_and_paged(desk: Desk) -> None:
    now = desk.office.clock.now()
    with desk.office.database.write() as session:
        for at in range(35):
            broadcasts.add(
                session,
                Broadcast(title=f"Tin {at}", title_folded=f"tin {at}", created_by="hoa",
                          created_at=now, updated_at=now,
                          state="missed" if at == 7 else "draft"),
            )  # fmt: skip
    page = desk.clerk.text("/console/thong-bao")
    assert "Tin 34</a>" in page
    assert "Tin 3</a>" not in page
    assert 'data-badge="console.broadcast_list">1<' in page
    assert "Tin 3</a>" in desk.clerk.text("/console/thong-bao?before=6")
    missed = desk.clerk.text("/console/thong-bao?state=missed")
    assert "Tin 7</a>" in missed
    assert "Tin 8</a>" not in missed
    assert "Không có thông báo nào khớp" in desk.clerk.text("/console/thong-bao?q=khong co")
    assert "Tin 34</a>" in desk.clerk.text("/console/thong-bao?q=TIN 34&state=bay")


def test_a_day_off_is_said(desk: Desk) -> None:
    number = desk.draft()
    assert "Hôm nay là ngày nghỉ" not in desk.page(number)
    desk.office.clock.advance(days=3)
    desk.clerk = desk.office.sign_in("hoa", "broadcast")
    assert "Hôm nay là ngày nghỉ" in desk.page(number)
