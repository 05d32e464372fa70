"""Working days by the official calendar, and clocks that stop (domain 4.3, 4.4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.times import local_date, read_time, show
from dossiers.workdays import Calendar, OfficeHours
from settings import Settings

FILE = Path(__file__).parents[2] / "data" / "holidays.csv"
CALENDAR = Calendar.from_csv(FILE.read_text(encoding="utf-8"))
SATURDAYS = Calendar.from_csv(
    FILE.read_text(encoding="utf-8"),
    hours=OfficeHours.parse("T2-T6 07:30-11:30 13:30-17:00; T7 07:30-11:30"),
)
HEADER = "year,date,name,kind,confidence,source\n"


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 1, 1), False),
        (date(2026, 1, 2), False),
        (date(2026, 1, 10), True),
        (date(2026, 2, 13), True),
        (date(2026, 2, 16), False),
        (date(2026, 2, 20), False),
        (date(2026, 4, 27), False),
        (date(2026, 8, 22), True),
        (date(2026, 8, 31), False),
        (date(2026, 11, 24), False),
        (date(2025, 11, 24), True),
        (date(2025, 4, 26), True),
        (date(2025, 5, 2), False),
    ],
)
def test_the_official_calendar_decides_what_a_working_day_is(day: date, working: bool) -> None:
    assert CALENDAR.is_workday(day) is working


def test_a_year_not_wholly_in_the_file_is_completed_with_lunar_days() -> None:
    for day in range(4, 11):
        assert not CALENDAR.is_workday(date(2027, 2, day))
    assert CALENDAR.holiday(date(2027, 4, 16)) == "Ngày Giỗ Tổ Hùng Vương"
    assert CALENDAR.holiday(date(2027, 4, 30)) == "Ngày Chiến thắng"
    assert not Calendar().is_workday(date(2026, 2, 17))
    assert Calendar().is_workday(date(2024, 5, 4))


def test_an_operators_day_wins_over_the_file_and_the_computed_calendar() -> None:
    extra = (
        "2026,2026-11-23,Nghỉ đột xuất,swapped_off,high,x\n"
        "2026,2026-11-28,Làm bù,makeup_workday,high,x\n"
        "2026,2026-11-24,Vẫn làm,makeup_workday,high,x\n"
        "2027,2027-02-04,Vẫn làm,makeup_workday,high,x\n"
    )
    calendar = Calendar.from_csv(FILE.read_text(encoding="utf-8"), HEADER + extra)
    assert not calendar.is_workday(date(2026, 11, 23))
    assert calendar.is_workday(date(2026, 11, 28))
    assert calendar.is_workday(date(2026, 11, 24))
    assert calendar.is_workday(date(2027, 2, 4))
    assert not calendar.is_workday(date(2027, 2, 5))


def test_the_settings_name_the_files_and_the_hours(settings: Settings, tmp_path: Path) -> None:
    extra = tmp_path / "extra.csv"
    extra.write_text(
        f"{HEADER}2026,2026-11-23,Nghỉ đột xuất,swapped_off,high,x\n", encoding="utf-8"
    )
    changed = settings.model_copy(
        update={"extra_holidays_file": str(extra), "office_hours": "T2-T6 08:00-12:00"}
    )
    calendar = Calendar.from_settings(changed)
    assert not calendar.is_workday(date(2026, 11, 23))
    assert not calendar.is_workday(date(2026, 8, 31))
    assert calendar.is_open(read_time("2026-11-20 11:45:00"))
    assert Calendar.from_settings(settings).is_workday(date(2026, 11, 23))


def test_a_year_an_operator_states_wholly_is_computed_no_more() -> None:
    days = [
        "01-01",
        *(f"02-{n:02}" for n in range(4, 9)),
        "04-16",
        "04-30",
        "05-01",
        "09-01",
        "09-02",
        "11-24",
    ]
    rows = "".join(f"2027,2027-{day},x,statutory,high,x\n" for day in days)
    calendar = Calendar.from_csv(FILE.read_text(encoding="utf-8"), HEADER + rows)
    assert calendar.is_workday(date(2027, 9, 3))
    assert not CALENDAR.is_workday(date(2027, 9, 3))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,name\n", "kind"),
        (HEADER + "2026,2026-13-01,x,statutory,h,x\n", "dòng 2"),
        (HEADER + "2026,2026-01-01,x,holiday,h,x\n", "holiday"),
    ],
)
def test_a_wrong_row_of_the_calendar_is_named(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Calendar.from_csv(text)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20 07:29:59", False),
        ("2026-11-20 07:30:00", True),
        ("2026-11-20 11:29:59", True),
        ("2026-11-20 11:30:00", False),
        ("2026-11-20 13:30:00", True),
        ("2026-11-20 17:00:00", False),
        ("2026-11-21 09:00:00", False),
        ("2026-11-24 09:00:00", False),
        ("2026-08-22 15:00:00", True),
    ],
)
def test_the_counter_is_open_in_office_hours_only(moment: str, is_open: bool) -> None:
    assert CALENDAR.is_open(read_time(moment)) is is_open


def test_a_saturday_with_hours_is_open_but_no_working_day() -> None:
    assert SATURDAYS.is_open(read_time("2026-11-21 09:00:00"))
    assert not SATURDAYS.is_open(read_time("2026-11-21 14:00:00"))
    assert SATURDAYS.is_open(read_time("2026-08-22 14:00:00"))
    assert show(SATURDAYS.next_open(read_time("2026-11-20 18:00:00"))) == "21/11/2026 07:30"
    assert show(SATURDAYS.add_workdays(read_time("2026-11-20 10:00:00"), 1)) == "23/11/2026 10:00"


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-20 09:00:00", "20/11/2026 09:00"),
        ("2026-11-20 06:00:00", "20/11/2026 07:30"),
        ("2026-11-20 12:00:00", "20/11/2026 13:30"),
        ("2026-11-20 17:00:00", "23/11/2026 07:30"),
        ("2026-11-23 20:00:00", "25/11/2026 07:30"),
        ("2026-02-13 17:30:00", "23/02/2026 07:30"),
    ],
)
def test_the_next_opening_skips_lunch_nights_weekends_and_tet(moment: str, opens: str) -> None:
    assert show(CALENDAR.next_open(read_time(moment))) == opens


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2023-02-15 16:14:08", 2, "17/02/2023 16:14"),
        ("2026-11-20 10:00:00", 1, "23/11/2026 10:00"),
        ("2026-11-20 10:00:00", 2, "25/11/2026 10:00"),
        ("2026-11-19 17:30:00", 1, "23/11/2026 07:30"),
        ("2026-11-19 06:00:00", 1, "20/11/2026 07:30"),
        ("2026-11-21 10:00:00", 1, "25/11/2026 07:30"),
        ("2026-08-21 10:00:00", 1, "22/08/2026 10:00"),
        ("2026-08-28 10:00:00", 1, "03/09/2026 10:00"),
        ("2025-12-31 10:00:00", 2, "06/01/2026 10:00"),
        ("2026-01-09 10:00:00", 1, "10/01/2026 10:00"),
        ("2026-11-20 10:00:00", 0, "20/11/2026 10:00"),
    ],
)
def test_working_days_are_added_as_the_counter_counts_them(
    received: str, days: int, due: str
) -> None:
    assert show(CALENDAR.add_workdays(read_time(received), days)) == due


def test_calendar_days_end_on_a_working_day() -> None:
    assert (
        show(CALENDAR.add_calendar_days(read_time("2026-11-16 10:00:00"), 3)) == "19/11/2026 10:00"
    )
    assert (
        show(CALENDAR.add_calendar_days(read_time("2026-11-16 10:00:00"), 5)) == "23/11/2026 10:00"
    )
    assert (
        show(CALENDAR.add_calendar_days(read_time("2026-11-17 10:00:00"), 7)) == "25/11/2026 10:00"
    )


def test_working_hours_run_over_lunch_night_and_weekend() -> None:
    start = read_time("2026-11-20 10:30:00")
    assert show(CALENDAR.add_work_hours(start, 1)) == "20/11/2026 11:30"
    assert show(CALENDAR.add_work_hours(start, 2)) == "20/11/2026 14:30"
    assert show(CALENDAR.add_work_hours(start, 8)) == "23/11/2026 11:00"
    with pytest.raises(ValueError, match="giờ"):
        CALENDAR.add_work_hours(start, -1)


@pytest.mark.parametrize(
    ("value", "unit", "due"),
    [
        (3, "ngay_lam_viec", "23/11/2026 10:00"),
        (3, "ngay", "23/11/2026 10:00"),
        (4, "ngay", "23/11/2026 10:00"),
        (7, "ngay", "25/11/2026 10:00"),
        (8, "gio_lam_viec", "19/11/2026 10:30"),
        (8, "gio", "19/11/2026 10:30"),
        (0.5, "ngay_lam_viec", "18/11/2026 15:45"),
        (1, "thang", "18/12/2026 10:00"),
        (3, "thang", "18/02/2027 10:00"),
        (0, "ngay_lam_viec", "18/11/2026 17:00"),
        (0, "ngay", "18/11/2026 17:00"),
        (None, "trong_ngay", "18/11/2026 17:00"),
    ],
)
def test_a_time_limit_with_a_unit_gives_a_date(value: float | None, unit: str, due: str) -> None:
    given_date = CALENDAR.due_date(read_time("2026-11-18 10:00:00"), value, unit)
    assert given_date is not None
    assert show(given_date) == due


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (3, "khong_ro"),
        (3, None),
        (3, ""),
        (None, "ngay"),
        (-1, "ngay"),
        (1e9, "ngay"),
        (1.5, "ngay"),
        (1.5, "thang"),
    ],
)
def test_no_date_comes_from_an_unknown_unit_or_a_senseless_value(
    value: float | None, unit: str | None
) -> None:
    assert CALENDAR.due_date(read_time("2026-11-18 10:00:00"), value, unit) is None


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-18 15:00:00", "18/11/2026 17:00"),
        ("2026-11-18 15:00:01", "19/11/2026 17:00"),
        ("2026-11-18 18:00:00", "19/11/2026 17:00"),
        ("2026-11-20 15:30:00", "23/11/2026 17:00"),
        ("2026-11-21 09:00:00", "23/11/2026 17:00"),
    ],
)
def test_a_same_day_procedure_received_after_three_is_done_the_next_working_day(
    received: str, due: str
) -> None:
    given_date = CALENDAR.due_date(read_time(received), 0, "ngay_lam_viec")
    assert given_date is not None
    assert show(given_date) == due


def test_the_end_of_a_short_month_is_its_last_day() -> None:
    assert show(CALENDAR.add_months(read_time("2025-01-24 10:00:00"), 1)) == "24/02/2025 10:00"
    assert show(CALENDAR.add_months(read_time("2025-10-31 10:00:00"), 1)) == "01/12/2025 10:00"


PROMISED = read_time("2026-11-20 16:14:08")
NOW = read_time("2026-11-18 09:00:00")


def test_days_left_count_working_days_and_go_below_zero_when_late() -> None:
    assert CALENDAR.days_left(PROMISED, NOW) == 2
    assert CALENDAR.days_left(PROMISED, read_time("2026-11-20 07:00:00")) == 0
    assert CALENDAR.days_left(PROMISED, read_time("2026-11-20 16:30:00")) == 0
    assert CALENDAR.days_left(PROMISED, read_time("2026-11-21 08:00:00")) == -1
    assert CALENDAR.days_left(PROMISED, read_time("2026-11-25 08:00:00")) == -2
    assert CALENDAR.days_left(PROMISED, read_time("2026-11-13 16:30:00")) == 5


def test_a_supplement_moves_the_promised_date_by_its_working_time() -> None:
    two_days = (read_time("2026-11-16 09:00:00"), read_time("2026-11-18 09:00:00"))
    over_night = (read_time("2026-11-16 18:00:00"), read_time("2026-11-17 06:00:00"))
    one_hour = (read_time("2026-11-17 09:00:00"), read_time("2026-11-17 10:00:00"))
    assert CALENDAR.with_pauses(PROMISED, []) == PROMISED
    assert CALENDAR.with_pauses(PROMISED, [over_night]) == PROMISED
    assert show(CALENDAR.with_pauses(PROMISED, [two_days])) == "25/11/2026 16:14"
    assert CALENDAR.with_pauses(PROMISED, [two_days, one_hour, two_days]) == CALENDAR.with_pauses(
        PROMISED, [two_days]
    )
    assert show(CALENDAR.with_pauses(PROMISED, [one_hour])) == "23/11/2026 07:44"


def test_an_open_pause_counts_up_to_now() -> None:
    since = read_time("2026-11-16 09:00:00")
    assert CALENDAR.with_pauses(PROMISED, [(since, None)]) == PROMISED
    assert show(CALENDAR.with_pauses(PROMISED, [(since, None)], NOW)) == "25/11/2026 16:14"
    assert CALENDAR.days_left(PROMISED, NOW, [(since, None)]) == 4
    later = NOW + timedelta(days=1)
    assert CALENDAR.days_left(PROMISED, later, [(since, None)]) == 4


moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


@given(moments, st.integers(0, 400))
def test_counting_working_days_is_the_inverse_of_adding_them(start: datetime, days: int) -> None:
    due = CALENDAR.add_workdays(start, days)
    assert CALENDAR.workdays_between(start, due) == days
    assert CALENDAR.workdays_between(due, start) == -days
    assert CALENDAR.is_workday(local_date(due))


@given(moments, moments)
def test_counting_is_signed_the_same_both_ways(one: datetime, other: datetime) -> None:
    assert CALENDAR.workdays_between(one, other) == -CALENDAR.workdays_between(other, one)
    assert CALENDAR.workdays_between(one.date(), other.date()) == -CALENDAR.workdays_between(
        other.date(), one.date()
    )


@given(
    moments, st.sampled_from(["ngay_lam_viec", "ngay", "gio_lam_viec", "thang"]), st.integers(1, 60)
)
def test_every_due_date_falls_on_a_working_day_after_the_start(
    start: datetime, unit: str, value: int
) -> None:
    due = CALENDAR.due_date(start, value, unit)
    assert due is not None
    assert due > start
    assert CALENDAR.is_workday(local_date(due))


@given(moments, st.lists(st.tuples(moments, st.none() | moments), max_size=4))
def test_pauses_only_ever_move_a_date_on(
    promised: datetime, pauses: list[tuple[datetime, datetime | None]]
) -> None:
    assert CALENDAR.with_pauses(promised, pauses) >= promised


@given(moments)
def test_the_counter_is_open_at_its_next_opening(at: datetime) -> None:
    opens = SATURDAYS.next_open(at)
    assert opens >= at
    assert SATURDAYS.is_open(opens)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "T2 đến T6"),
        ("T2-T5 07:30-11:30", "T2 đến T6"),
        ("T2-T6", "thiếu giờ"),
        ("T2-T6 7h30-11h30", "7h30"),
        ("T2-T6 25:00-26:00", "25:00"),
        ("T2-T6 11:30-07:30", "kết thúc"),
        ("T2-T6 07:30-11:30 11:00-17:00", "chồng"),
        ("T2-T9 07:30-11:30", "T2-T9"),
        ("CN-T2 07:30-11:30", "không có ngày"),
    ],
)
def test_office_hours_that_cannot_be_read_say_which_part(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        OfficeHours.parse(text)


def test_office_hours_may_differ_by_day() -> None:
    hours = OfficeHours.parse(
        "t2,T3,T4-T5 08:00-12:00 13:00-17:00; T6 08:00-11:00; T7,CN 08:00-09:00"
    )
    assert [len(hours.on(day)) for day in range(7)] == [2, 2, 2, 2, 1, 1, 1]
    assert hours.full_day == hours.on(0)
