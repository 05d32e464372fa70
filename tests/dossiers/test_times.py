"""Moments are read in all spellings of the exchange and shown in one (contract 3)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import VIETNAM
from dossiers.times import local_date, read_time, show, show_seconds, spoken_date

MOMENT = datetime(2023, 2, 15, 9, 14, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "20230215161408",
        "2023-02-15 16:14:08",
        " 2023-02-15 16:14:08 ",
        "2023-02-15T16:14:08",
        "2023-02-15T16:14:08+07:00",
        "2023-02-15T16:14:08.123456+07:00",
        "2023-02-15T09:14:08Z",
        "2023-02-15t09:14:08z",
        "2023-02-15T04:14:08-0500",
        "15/02/2023 16:14:08",
        "２０２３0215161408",
    ],
)
def test_every_spelling_names_the_same_moment(text: str) -> None:
    assert read_time(text) == MOMENT
    assert read_time(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["2023-02-15", "20230215", "15/02/2023", "15/2/2023"])
def test_a_date_alone_is_its_midnight_in_vietnam(text: str) -> None:
    assert read_time(text) == datetime(2023, 2, 14, 17, 0, tzinfo=UTC)


def test_seconds_may_be_missing() -> None:
    assert read_time("15/02/2023 16:14") == MOMENT.replace(second=0)
    assert read_time("2023-02-15 16:14") == MOMENT.replace(second=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hôm nay",
        "2023",
        "202302151614",
        "2023-02-30 10:00:00",
        "20231301000000",
        "20230215240000",
        "15/02/23",
        "02/15/2023",
        "1999-12-31 23:59:59",
        "2101-01-01",
        "2023-02-15T16:14:08+99:00",
        "2023-W07-3",
        "9" * 5_000,
        "2023-02-15 16:14:08" + " " * 60,
    ],
)
def test_what_names_no_moment_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as refused:
        read_time(text)
    assert text == "" or text not in str(refused.value)


def test_moments_are_shown_on_vietnamese_clocks() -> None:
    assert show(MOMENT) == "15/02/2023 16:14"
    assert show_seconds(MOMENT) == "15/02/2023 16:14:08"
    assert spoken_date(MOMENT) == "ngày 15 tháng 2 năm 2023"
    assert local_date(datetime(2023, 2, 14, 17, 0, tzinfo=UTC)) == date(2023, 2, 15)


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30)).map(
        lambda at: at.replace(microsecond=0)
    )
)
def test_what_is_written_is_read_back(local: datetime) -> None:
    moment = local.replace(tzinfo=VIETNAM).astimezone(UTC)
    for text in (f"{local:%Y%m%d%H%M%S}", f"{local:%Y-%m-%d %H:%M:%S}", show_seconds(moment)):
        assert read_time(text) == moment
    assert read_time(moment.isoformat()) == moment


@given(st.text(max_size=60) | st.text(alphabet="0123456789-/:TZ +.", max_size=40))
def test_any_text_is_a_moment_or_a_plain_error(text: str) -> None:
    try:
        assert 1999 <= read_time(text).year <= 2101
    except ValueError as refused:
        assert str(refused).endswith(".")
