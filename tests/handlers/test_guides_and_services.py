"""Filing guides step by step, and the list of online services."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.messages import Image, OpenUrl, Text
from procedures import guides
from procedures.catalogue import import_file
from procedures.guides import GuideError
from settings import ROOT, Settings
from tests.handlers.conftest import Talk


@pytest.fixture
def both(talk: Talk) -> Talk:
    """A province whose own portal is still open."""
    talk.settings = talk.settings.model_copy(
        update={
            "filing_guides": ("national", "provincial"),
            "provincial_portal_url": "https://dichvucong.tinh-mau.example",
        }
    )
    return talk


def test_one_guide_starts_at_its_first_step(talk: Talk) -> None:
    (said,) = talk("#hdnop")
    assert "12 bước trong 5 phần" in said
    assert "Phần 1/5: Đăng nhập" in said
    assert "Bước 1/12" in said
    assert talk.payloads == ["#hdnop national 2", "#hdnop national ds", "#hdnop national thoi"]


def test_next_back_jump_list_and_end_by_word_and_by_button(talk: Talk) -> None:
    talk("hướng dẫn nộp hồ sơ trực tuyến")
    assert "Bước 2/12" in talk("tiếp")[0]
    assert "Bước 3/12" in talk("#hdnop national 3")[0]
    assert "Bước 2/12" in talk("lùi")[0]
    assert "Bước 1/12" in talk("quay lại")[0], "a step back, not the menu"
    assert "Bước 9/12" in talk("bước 9")[0]
    assert "Phần 4/5" in talk("9")[0]
    assert "12. " in talk("các bước")[0]
    assert "Bước 5/12" in talk("5")[0]
    assert "từ 1 đến 12" in talk("40")[0]
    assert "Đã kết thúc hướng dẫn" in talk("kết thúc")[0]
    assert talk.conversation().flow == ""


def test_a_bare_stop_inside_a_guide_ends_the_guide_and_nothing_else(talk: Talk) -> None:
    talk("#hdnop")
    assert "nhắn DỪNG" in talk("dừng")[0]
    assert talk.follower().notify
    talk("dừng")
    assert not talk.follower().notify


def test_the_guide_names_everything_the_provinces_guide_does(talk: Talk) -> None:
    said = "\n".join(talk(f"#hdnop national {n}")[0] for n in range(1, 13))
    for wanted in (
        "VNeID",
        "chính quyền hai cấp",
        "dấu sao (*)",
        "Kho dữ liệu",
        "nhận kết quả",
        "hoàn tiền",
        "Nhập mã xác thực",
        "mã hồ sơ",
    ):
        assert wanted in said, wanted


def test_the_last_step_says_what_comes_after(talk: Talk) -> None:
    said = talk("#hdnop national 12")[0]
    assert "nhắn mã hồ sơ vào đây" in said
    assert "#hdnop national 13" not in talk.payloads
    assert "Bước 12/12" in talk("#hdnop national 99")[0]


def test_two_guides_are_chosen_from(both: Talk) -> None:
    said = both("#hdnop")[0]
    assert "2. Cổng dịch vụ công của tỉnh" in said
    assert "https://dichvucong.tinh-mau.example" in both("2")[0]


def test_another_question_ends_the_guide(talk: Talk) -> None:
    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    talk("#hdnop")
    assert "Đăng ký khai sinh" in "\n".join(talk("khai sinh cần giấy tờ gì"))
    assert talk.conversation().flow == "procedure"


def test_the_guide_is_read_in_english_by_who_chose_it(talk: Talk) -> None:
    talk("#english")
    assert "Open dichvucong.gov.vn" in talk("#hdnop")[0]


def test_a_picture_goes_before_its_step(talk: Talk, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'name = "Cổng riêng"\n[[part]]\ntitle = "Mở"\n'
        'steps = [{ text = "Bấm vào đây.", picture = "mo.png" }]\n',
        encoding="utf-8",
    )
    talk.settings = talk.settings.model_copy(
        update={"filing_guides": ("own",), "guides_folder": str(tmp_path)}
    )
    talk("#hdnop")
    picture, step = talk.messages
    assert isinstance(picture, Image)
    assert picture.url == f"{talk.settings.public_url}/pictures/guides/mo.png"
    assert isinstance(step, Text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = 1\n", "name"),
        ('name = "x"\n', "part"),
        ('name = "x"\n[[part]]\ntitle="y"\nsteps=[{ text = "" }]\n', "text"),
        (
            'name = "x"\n[[part]]\ntitle="y"\nsteps=[{ text = "a", picture = "../x.png" }]\n',
            "picture",
        ),
        ("[[[", "guide own.toml"),
    ],
)
def test_a_broken_guide_is_named(
    settings: Settings, tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    own = settings.model_copy(update={"filing_guides": ("own",), "guides_folder": str(tmp_path)})
    with pytest.raises(GuideError, match=problem):
        guides.offered(own, "vi")
    assert guides.check(own)


def test_a_missing_picture_or_guide_is_told_to_the_operator(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text(
        'name = "x"\n[[part]]\ntitle="y"\nsteps=[{ text = "a", picture = "a.png" }]\n',
        encoding="utf-8",
    )
    own = settings.model_copy(update={"filing_guides": ("own",), "guides_folder": str(tmp_path)})
    assert "a.png" in guides.check(own)[0]
    gone = own.model_copy(update={"filing_guides": ("gone", "../etc/passwd")})
    assert "no guide gone" in guides.check(gone)[0]


def test_the_shipped_guides_are_whole(settings: Settings) -> None:
    both = settings.model_copy(update={"filing_guides": ("national", "provincial")})
    assert guides.check(both) == []


def test_online_services_are_counted_by_field_and_by_agency(talk: Talk) -> None:
    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    said = talk("dịch vụ công trực tuyến")[0]
    assert "2 thủ tục, trong đó 0 toàn trình, 2 một phần" in said
    assert "1. Công tác dân tộc: 0 toàn trình, 2 một phần" in said
    opened = talk("1")[0]
    assert "(một phần)" in opened
    assert "Thủ tục: " in "\n".join(talk("2"))
    assert "toàn trình" in talk("#dvctt coquan 1")[0]


def test_the_list_leads_to_the_page(talk: Talk) -> None:
    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    talk("#dvctt")
    links = [b for m in talk.messages if isinstance(m, Text) for b in m.buttons]
    assert OpenUrl("Mở trang này", f"{talk.settings.public_url}/dich-vu-cong") in links


@pytest.mark.parametrize(
    "payload", ["#dvcnhom", "#dvcnhom x y z", "#dvcnhom linhvuc 99 1", "#dvctt x"]
)
def test_stale_buttons_of_the_list_lead_back_to_it(talk: Talk, payload: str) -> None:
    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    assert "Dịch vụ công trực tuyến" in talk(payload)[0]


def test_without_online_services_the_portal_is_named(talk: Talk) -> None:
    assert "https://dichvucong.gov.vn" in talk("#dvctt")[0]
