"""What citizens read about a dossier, and what strangers never read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.messages import OpenUrl, Query, Text
from clock import VIETNAM
from dossiers.card import View, lookup_card, status_card
from dossiers.workdays import Calendar
from settings import Settings
from store.tables import Dossier, DossierEvent, State
from wording import Words

CALENDAR = Calendar()
NOW = datetime(2023, 2, 16, 3, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=VIETNAM).astimezone(UTC)


def dossier(**changes: Any) -> Dossier:
    values: dict[str, Any] = {
        "id": 1,
        "code": "000.00.04.H60-230215-0028",
        "procedure_name": "Đăng ký thay đổi thành viên của công ty trách nhiệm hữu hạn hai thành viên",
        "field_name": "Thành lập và hoạt động của doanh nghiệp",
        "owner_name": "NGUYỄN THỊ MẪU",
        "applicant_type": "citizen",
        "phone": "+84900000001",
        "identity_last3": "321",
        "unit_name": "Trung tâm Phục vụ hành chính công",
        "agency_name": "Sở Kế hoạch và Đầu tư",
        "result_form": "Trả hồ sơ trực tuyến",
        "summary": "Hồ sơ của bà NGUYỄN THỊ MẪU",
        "received_at": at("15/02/2023 16:14:08"),
        "promised_at": at("17/02/2023 16:14:08"),
        "state": State.appraising,
        "national_state": 4,
        "state_at": NOW,
        "receipt_token": "token-token-token",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Dossier(**{**values, **changes})


def event(number: int, state: State, **changes: Any) -> DossierEvent:
    values: dict[str, Any] = {
        "id": number,
        "dossier_id": 1,
        "source_event_id": str(number),
        "national_state": 4,
        "state": state,
        "occurred_at": datetime(2023, 2, 15, number, tzinfo=UTC),
        "recorded_at": NOW,
    }
    return DossierEvent(**{**values, **changes})


@pytest.fixture
def words(settings: Settings) -> Words:
    return Words("vi", settings)


def shown(
    one: Dossier, words: Words, settings: Settings, view: View = View.full, **more: Any
) -> Text:
    kind = more.pop("kind", status_card)
    events = more.pop("events", ())
    now = more.pop("now", NOW)
    messages = kind(one, events, words, CALENDAR, now, view, settings, **more)
    assert len(messages) == 1
    assert isinstance(messages[0], Text)
    return messages[0]


def test_the_status_card_has_every_field_of_the_guide_whole_and_with_single_colons(
    words: Words, settings: Settings
) -> None:
    text = shown(dossier(state=State.result_delivered, national_state=10), words, settings).text
    for line in (
        "Xin chào ông/bà NGUYỄN THỊ MẪU",
        "Số biên nhận: 000.00.04.H60-230215-0028",
        "Người đại diện: NGUYỄN THỊ MẪU",
        "Tên lĩnh vực: Thành lập và hoạt động của doanh nghiệp",
        "Tên thủ tục: Đăng ký thay đổi thành viên của công ty trách nhiệm hữu hạn hai thành viên",
        "Tên đơn vị: Trung tâm Phục vụ hành chính công",
        "Tên cơ quan: Sở Kế hoạch và Đầu tư",
        "Hình thức trả kết quả: Trả hồ sơ trực tuyến",
        "Ngày tiếp nhận: 15/02/2023 16:14:08",
        "Ngày hẹn trả: 17/02/2023 16:14:08",
        "Trạng thái hồ sơ: Đã trả kết quả",
    ):
        assert line in text.splitlines()
    assert ": :" not in text


def test_the_lookup_result_has_the_five_dates_of_the_guide_in_order(
    words: Words, settings: Settings
) -> None:
    one = dossier(
        code="000.00.13.H60-230208-0005",
        submitted_at=at("08/02/2023 08:39:00"),
        received_at=at("08/02/2023 08:47:53"),
        promised_at=at("02/03/2023 07:00:00"),
        result_ready_at=at("16/02/2023 16:09:52"),
        delivered_at=at("16/02/2023 17:20:10"),
        state=State.result_delivered,
    )
    lines = shown(one, words, settings, kind=lookup_card).text.splitlines()
    assert lines[0] == "Tìm thấy tổng số 1 hồ sơ"
    assert lines[1] == "000.00.13.H60-230208-0005 (Nộp online)"
    wanted = [
        "- Ngày nộp: 08/02/2023 08:39:00",
        "- Ngày tiếp nhận: 08/02/2023 08:47:53",
        "- Ngày hẹn trả: 02/03/2023 07:00:00",
        "- Ngày có kết quả: 16/02/2023 16:09:52",
        "Hồ sơ 000.00.13.H60-230208-0005 đã có kết quả.",
        "- Ngày trả kết quả: 16/02/2023 17:20:10",
    ]
    assert [line for line in lines if line in wanted] == wanted


def test_a_result_that_waits_for_the_post_says_so(words: Words, settings: Settings) -> None:
    one = dossier(state=State.result_ready, result_ready_at=NOW, result_form="Qua bưu chính")
    text = shown(one, words, settings, kind=lookup_card).text
    assert "đã có kết quả. Đang chờ xác nhận yêu cầu thu gom" in text
    one.result_form = "Trực tiếp"
    text = shown(one, words, settings, kind=lookup_card).text
    assert "Đang chờ trả kết quả cho ông/bà" in text


def test_a_dossier_filed_at_the_counter_is_not_marked_online(
    words: Words, settings: Settings
) -> None:
    one = dossier(submitted_at=dossier().received_at)
    assert "Nộp online" not in shown(one, words, settings, kind=lookup_card).text


@pytest.mark.parametrize("kind", [status_card, lookup_card])
@pytest.mark.parametrize("view", [View.masked, View.code_only])
@pytest.mark.parametrize("state", list(State))
def test_a_stranger_never_reads_name_reason_subject_phone_or_id(
    words: Words, settings: Settings, kind: Any, view: View, state: State
) -> None:
    one = dossier(
        state=state,
        open_reason="Thiếu bản sao căn cước của bà MẪU",
        step="Chờ bà MẪU",
        receipt_number="00673810079",
    )
    message = shown(one, words, settings, view, kind=kind)
    said = message.text + "".join(button.title for button in message.buttons)
    assert "NGUYỄN THỊ" not in said
    assert "Thiếu bản sao" not in said
    assert "Chờ bà" not in said
    assert "900000001" not in said
    assert "321" not in said
    assert "00673810079" not in said


def test_a_claimed_phone_reads_only_the_end_of_the_code_and_how_to_prove(
    words: Words, settings: Settings
) -> None:
    message = shown(dossier(), words, settings, View.code_only)
    assert "…0028 có cập nhật mới" in message.text
    assert "000.00.04" not in message.text
    assert message.buttons[0] == Query(
        "Xác thực số điện thoại", "#xacthuc 000.00.04.H60-230215-0028"
    )


def test_a_masked_name_can_be_recognised_by_its_owner(words: Words, settings: Settings) -> None:
    text = shown(dossier(), words, settings, View.masked).text
    assert "Người đại diện: N*** T*** MẪU" in text


@pytest.mark.parametrize(
    ("state", "label"),
    [
        (State.supplement_required, "Nội dung cần bổ sung: Thiếu tờ khai"),
        (State.refused, "Lý do không tiếp nhận: Thiếu tờ khai"),
        (State.stopped, "Lý do dừng xử lý: Thiếu tờ khai"),
        (State.payment_required, "Khoản phải nộp: Thiếu tờ khai"),
    ],
)
def test_the_owner_reads_the_reason_and_others_are_told_how(
    words: Words, settings: Settings, state: State, label: str
) -> None:
    one = dossier(state=state, open_reason="Thiếu tờ khai")
    assert label in shown(one, words, settings).text
    masked = shown(one, words, settings, View.masked)
    assert "bấm Xem đầy đủ để xác minh" in masked.text
    assert any(b == Query("Xem đầy đủ", f"#xacminh {one.code}") for b in masked.buttons)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", [status_card, lookup_card])
def test_every_state_says_what_to_do_next(
    settings: Settings, state: State, language: str, kind: Any
) -> None:
    message = shown(dossier(state=state), Words(language, settings), settings, kind=kind)
    assert ("Việc cần làm: " if language == "vi" else "What to do: ") in message.text
    assert 1 <= len(message.buttons) <= 5


def test_progress_is_said_and_drawn_without_colour(words: Words, settings: Settings) -> None:
    events = [event(1, State.received), event(2, State.assigned), event(3, State.appraising)]
    lines = shown(dossier(), words, settings, events=events).text.splitlines()
    assert "Tiến độ: bước 4/6, Thẩm định hồ sơ" in lines
    assert (
        "✔ Nộp hồ sơ → ✔ Tiếp nhận hồ sơ → ✔ Phân công thụ lý → ● Thẩm định hồ sơ → "
        "○ Ký duyệt → ○ Trả kết quả"
    ) in lines


def test_a_supplement_stands_at_the_step_reached_whatever_order_events_come_in(
    words: Words, settings: Settings
) -> None:
    events = [
        event(3, State.supplement_required),
        event(2, State.appraising),
        event(1, State.received),
        event(4, State.signing, outcome="foreign"),
    ]
    one = dossier(state=State.supplement_required)
    assert "bước 4/6, Thẩm định hồ sơ" in shown(one, words, settings, events=events).text


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("15/02/2023 17:00:00", "còn 2 ngày làm việc, hẹn trả ngày 17 tháng 2 năm 2023"),
        ("17/02/2023 08:00:00", "hẹn trả hôm nay, ngày 17 tháng 2 năm 2023"),
        ("17/02/2023 16:30:00", "đã quá giờ hẹn trả hôm nay"),
        ("20/02/2023 08:00:00", "đã quá hẹn 1 ngày làm việc"),
        ("22/02/2023 08:00:00", "đã quá hẹn 3 ngày làm việc"),
    ],
)
def test_time_left_and_lateness_count_working_days(
    words: Words, settings: Settings, now: str, said: str
) -> None:
    assert said in shown(dossier(), words, settings, now=at(now)).text


def test_a_supplement_stops_the_clock_and_moves_the_promise(
    words: Words, settings: Settings
) -> None:
    waiting = dossier(state=State.supplement_required)
    assert "tạm dừng tính" in shown(waiting, words, settings).text
    pause = [at("16/02/2023 07:30:00").isoformat(), at("17/02/2023 07:30:00").isoformat()]
    resumed = dossier(pauses=[pause])
    text = shown(resumed, words, settings, now=at("17/02/2023 08:00:00")).text
    assert "còn 1 ngày làm việc, hẹn trả ngày 20 tháng 2 năm 2023" in text


@pytest.mark.parametrize(
    ("ready", "said"),
    [
        ("16/02/2023 10:00:00", "trước hẹn 1 ngày làm việc"),
        ("17/02/2023 10:00:00", "đúng hẹn"),
        ("20/02/2023 10:00:00", "sau hẹn 1 ngày làm việc"),
    ],
)
def test_a_result_is_compared_with_the_promise(
    words: Words, settings: Settings, ready: str, said: str
) -> None:
    one = dossier(state=State.result_ready, result_ready_at=at(ready))
    assert said in shown(one, words, settings).text


@pytest.mark.parametrize("kind", [status_card, lookup_card])
@pytest.mark.parametrize("view", list(View))
def test_missing_fields_leave_no_empty_line_and_no_bare_label(
    words: Words, settings: Settings, kind: Any, view: View
) -> None:
    empty = dict.fromkeys(
        [
            "procedure_name",
            "field_name",
            "owner_name",
            "unit_name",
            "agency_name",
            "result_form",
            "summary",
            "applicant_type",
        ],
        "",
    )
    one = dossier(**empty, received_at=None, promised_at=None, state=State.submitted)
    text = shown(one, words, settings, view, kind=kind).text
    assert all(line.strip() and not line.endswith(":") for line in text.splitlines())


def test_buttons_offer_what_makes_sense_now(words: Words, settings: Settings) -> None:
    code = dossier().code
    stranger = shown(dossier(), words, settings, View.masked, linked=False, has_receipt=True)
    assert [getattr(b, "payload", "") for b in stranger.buttons] == [
        f"#nhanthongbao {code}",
        f"#xacminh {code}",
        "#menu",
    ]
    owner = shown(dossier(state=State.payment_required), words, settings, has_receipt=True)
    assert owner.buttons[0] == Query("Phiếu tiếp nhận", f"#phieu {code}")
    assert isinstance(owner.buttons[1], OpenUrl)


def test_the_payment_page_gets_the_code_where_it_wants_it(words: Words, settings: Settings) -> None:
    with_page = settings.model_copy(update={"payment_url": "https://pay.example/p?hs={code}"})
    one = dossier(state=State.payment_required)
    button = shown(one, words, with_page).buttons[0]
    assert isinstance(button, OpenUrl)
    assert button.url == "https://pay.example/p?hs=000.00.04.H60-230215-0028"


def test_a_very_long_reason_is_split_never_cut(words: Words, settings: Settings) -> None:
    reason = "Bổ sung giấy tờ số một. " * 150
    one = dossier(state=State.supplement_required, open_reason=reason.strip())
    messages = status_card(one, (), words, CALENDAR, NOW, View.full, settings)
    texts = [message.text for message in messages if isinstance(message, Text)]
    assert len(texts) > 1
    assert " ".join(texts).count("Bổ sung giấy tờ số một.") == 150
