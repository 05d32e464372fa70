"""Charts: what they show is in their words and tables, safe under a strict CSP, told without colour."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from jinja2 import Environment, FileSystemLoader

from console.charts import Chart, Series, bars, lines, number, stacked
from settings import ROOT

DAYS = [f"{day:02}/11" for day in range(1, 31)]
KINDS = (
    Series("Trong hạn", [3] * 30),
    Series("Sắp đến hạn", [2] * 30),
    Series("Quá hạn", [1] * 30),
)
_SVG = "{http://www.w3.org/2000/svg}"


def _tree(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(str(chart.svg))


def _page(*charts: Chart) -> str:
    folder = ROOT / "console" / "templates"
    pages = Environment(loader=FileSystemLoader(folder), autoescape=True)
    template = (
        "{% from 'console/_chart.html' import chart %}{% for c in cs %}{{ chart(c) }}{% endfor %}"
    )
    return pages.from_string(template).render(cs=charts)


@pytest.mark.parametrize("draw", [stacked, lines])
def test_a_chart_has_a_title_and_says_in_words_what_it_shows(draw: object) -> None:
    tree = _tree(draw("Hồ sơ", DAYS, KINDS))  # type: ignore[operator]
    title, told = tree.find(f"{_SVG}title"), tree.find(f"{_SVG}desc")
    assert title is not None
    assert title.text == "Hồ sơ"
    assert told is not None
    assert "Trong hạn: cao nhất 3" in (told.text or "")
    assert tree.get("aria-labelledby") == f"{title.get('id')} {told.get('id')}"
    assert tree.get("role") == "img"


def test_the_table_below_has_every_number_of_the_picture() -> None:
    chart = lines("Giây", ["01/11", "02/11"], [Series("Trung vị", [1.5, None])], unit="giây")
    assert chart.header == ("Ngày", "Trung vị (giây)")
    assert chart.rows == (("01/11", "1,5"), ("02/11", "–"))
    page = _page(chart)
    assert "<details" in page
    assert ">1,5<" in page
    assert 'scope="row"' in page


def test_no_chart_carries_a_style_or_a_script() -> None:
    page = _page(
        bars("A", ["x"], [1]), stacked("B", DAYS, KINDS), lines("C", DAYS, KINDS), bars("D", [], [])
    )
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|javascript:|https?://(?!www\.w3)", page)


def test_parts_differ_by_pattern_and_lines_by_dash_and_marker() -> None:
    one_day = [Series(kind.name, kind.values[:1]) for kind in KINDS]
    parts = _tree(stacked("B", DAYS[:1], one_day))
    fills = {rect.get("fill") for rect in parts.findall(f"{_SVG}rect")}
    assert len(fills) == 3
    assert sum(str(fill).startswith("url(#") for fill in fills) == 2
    drawn = _tree(lines("C", DAYS, KINDS))
    dashes = {path.get("stroke-dasharray") for path in drawn.findall(f"{_SVG}path")} - {None}
    assert len(dashes) == 3


def test_patterns_of_two_charts_on_a_page_are_not_mistaken() -> None:
    page = _page(stacked("B", DAYS, KINDS), stacked("C", DAYS, KINDS))
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


def test_names_from_citizens_cannot_break_out_of_the_picture() -> None:
    chart = bars('"><script>x</script>', ["<b>&", "'\""], [1, 2])
    assert "<script" not in str(chart.svg)
    assert "<b>" not in str(chart.svg)
    _tree(chart)


@pytest.mark.parametrize("values", [[], [0, 0], [None, None]])
def test_nothing_to_show_says_so(values: list[int | None]) -> None:
    chart = bars("Trống", ["a", "b"][: len(values)], values)
    assert chart.empty
    assert "Chưa có số liệu" in str(chart.svg)
    assert "<details" not in _page(chart)


def test_a_gap_in_what_is_known_is_a_gap_in_the_line_and_a_lonely_point_is_seen() -> None:
    tree = _tree(lines("C", DAYS, [Series("S", [None, 1, None, *[2] * 27])]))
    path = next(p for p in tree.findall(f"{_SVG}path") if p.get("fill") == "none")
    assert (path.get("d") or "").count("M") == 2
    assert len(tree.findall(f"{_SVG}circle")) >= 2


def test_more_series_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="told apart"):
        lines("C", DAYS, [Series(str(at), [1] * 30) for at in range(6)])
    with pytest.raises(ValueError, match="one value a label"):
        stacked("B", DAYS, [Series("kurz", [1])])


def test_numbers_are_written_as_vietnamese_write_them() -> None:
    assert [number(v) for v in (0, 1234567, 1234.5, 0.5, None)] == [
        "0",
        "1.234.567",
        "1.234,5",
        "0,5",
        "–",
    ]
