"""Saved audiences and texts: kept from the compose page, used again, renamed, removed."""

from __future__ import annotations

from notify.broadcasts.audience import Audience
from notify.broadcasts.content import content_of
from store import broadcasts
from store.tables import BroadcastPiece
from tests.console.broadcasts.conftest import Desk, problems

LIST = "/console/thong-bao/mau"


def pieces(desk: Desk, kind: str) -> list[BroadcastPiece]:
    with desk.office.database.read() as session:
        return broadcasts.pieces(session, kind)


def test_an_audience_is_saved_and_used_again(desk: Desk) -> None:
    assert "Chưa có nhóm người nhận nào" in desk.clerk.text(LIST)
    number = desk.draft(tags="ho_tich", languages="vi", do="save_segment", segment_name="Hộ tịch")
    (piece,) = pieces(desk, "segment")
    assert (piece.name, piece.changed_by, piece.body["tags"]) == ("Hộ tịch", "hoa", ["ho_tich"])
    other = desk.draft()
    desk.save(other, do="use_segment", segment=str(piece.id))
    assert Audience.model_validate(desk.row(other).audience).tags == ("ho_tich",)
    desk.save(number, tags="khac", do="save_segment", segment_name="Hộ tịch")
    (piece,) = pieces(desk, "segment")
    assert piece.body["tags"] == ["khac"], "the same name is replaced"
    assert len(desk.office.audited("broadcast_piece.saved")) == 2


def test_a_text_is_saved_and_begun_from(desk: Desk) -> None:
    desk.draft(vi_text="Nghỉ lễ {ten}", do="save_template", template_name="Nghỉ lễ")
    (piece,) = pieces(desk, "template")
    answer = desk.clerk.post("/console/thong-bao/moi", {"template": str(piece.id)})
    begun = int(answer.headers["Location"].split("/")[3])
    assert content_of(desk.row(begun)).vi.text == "Nghỉ lễ {ten}"
    other = desk.draft()
    desk.save(other, do="use_template", template=str(piece.id))
    assert content_of(desk.row(other)).vi.text == "Nghỉ lễ {ten}"
    assert "Nghỉ lễ" in desk.clerk.text("/console/thong-bao/moi")


def test_a_piece_without_a_name_or_a_choice_is_refused_and_the_draft_kept(desk: Desk) -> None:
    number = desk.draft()
    answer = desk.send(number, title="Vẫn lưu", do="save_segment", segment_name="x")
    assert answer.status_code == 422
    assert "Đặt tên từ 2" in answer.get_data(as_text=True)
    assert desk.row(number).title == "Vẫn lưu"
    for act, field in (("use_segment", "segment"), ("use_template", "template")):
        answer = desk.send(number, do=act, **{field: "999"})
        assert "Chọn một mục đã lưu" in problems(answer.get_data(as_text=True))


def test_an_uploaded_list_is_no_part_of_a_saved_audience(desk: Desk) -> None:
    desk.draft(listed="1", do="save_segment", segment_name="Danh sách")
    assert pieces(desk, "segment")[0].body["listed"] is False


def test_pieces_are_renamed_and_removed(desk: Desk) -> None:
    number = desk.draft(do="save_segment", segment_name="Một")
    desk.save(number, do="save_segment", segment_name="Hai")
    two, one = pieces(desk, "segment")
    assert desk.clerk.post(f"{LIST}/{one.id}/ten", {"name": "Hai"}).status_code == 409
    assert desk.clerk.post(f"{LIST}/{one.id}/ten", {"name": "x"}).status_code == 422
    assert desk.clerk.post(f"{LIST}/{one.id}/ten", {"name": "Ba"}).status_code == 303
    assert desk.clerk.post(f"{LIST}/{two.id}/xoa").status_code == 303
    assert [piece.name for piece in pieces(desk, "segment")] == ["Ba"]
    assert desk.clerk.post(f"{LIST}/{two.id}/xoa").status_code == 404
    assert len(desk.office.audited("broadcast_piece.renamed")) == 1
    assert len(desk.office.audited("broadcast_piece.removed")) == 1


def test_an_agency_uses_everybodys_pieces_and_changes_its_own(desk: Desk) -> None:
    office = desk.office
    own, foreign = office.agency("H60.04", "Sở mẫu"), office.agency("H60.05", "Sở khác")
    desk.draft(agencies=[str(own), str(foreign)], do="save_segment", segment_name="Hai sở")
    (piece,) = pieces(desk, "segment")
    clerk = office.sign_in("lan", "broadcast", agency=own)
    number = desk.draft(clerk=clerk)
    desk.save(number, clerk=clerk, do="use_segment", segment=str(piece.id))
    assert Audience.model_validate(desk.row(number).audience).agencies == (own,)
    assert clerk.post(f"{LIST}/{piece.id}/xoa").status_code == 404
    answer = desk.send(number, clerk=clerk, do="save_segment", segment_name="Hai sở")
    assert "của người khác" in answer.get_data(as_text=True)
    desk.save(number, clerk=clerk, do="save_segment", segment_name="Sở tôi")
    assert "Sở tôi" in clerk.text(LIST)
