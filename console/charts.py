"""Small charts as SVG made on the server: no script, no colour needed to read them, good in print.

Every series has its own pattern, dash and marker and is named beside the picture; the table of the
same numbers stands one click below (macro ``chart`` in ``console/_chart.html``). Only classes and
presentation attributes are used, so that a strict CSP needs no exception (WCAG 2.2: 1.1.1, 1.4.1).
The picture is drawn 360 units wide and grows to 460 pixels: its words stay readable on a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, floor, log10

from markupsafe import Markup, escape

Number = int | float
_Drawing = Callable[[int, float, float], str]
_WIDTH, _SHOWN = 360, 460
_LEFT, _RIGHT, _TOP, _PLOT = 54, 10, 10, 130
_FONT = 14
_ROW = 40
#: So many series can be told apart without colour.
MOST_SERIES = 5
_INK = ("#0b4f8a", "#b35900", "#1b6e3c", "#6a3d9a", "#444444")
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4")


@dataclass(frozen=True)
class Series:
    """One row of numbers under a name, as long as the labels; None = not known."""

    name: str
    values: Sequence[Number | None]


@dataclass(frozen=True)
class Chart:
    """A picture with the table of its numbers; ``svg`` is safe to put into a page."""

    title: str
    svg: Markup
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: bool = False


def number(value: Number | None) -> str:
    """As Vietnamese write it: 1.234, 0,5; "–" for what is not known."""
    if value is None:
        return "–"
    if float(value).is_integer():
        return f"{int(value):,}".replace(",", ".")
    return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))


def bars(
    title: str, labels: Sequence[str], values: Sequence[Number | None], *, unit: str = ""
) -> Chart:
    """One lying bar a label, its number beside it: for things of different names."""
    one = (Series(unit or "Số lượng", values),)
    drawn = [_row(at, label, values[at], _most(one)) for at, label in enumerate(labels)]
    height = max(len(labels), 1) * _ROW + 6
    return _chart(title, labels, one, drawn, height, first="Mục", unit=unit)


def stacked(
    title: str, labels: Sequence[str], series: Sequence[Series], *, unit: str = ""
) -> Chart:
    """One column a label, its parts on top of each other: for parts of a whole over time."""
    _check(labels, series)
    tops = [sum(one.values[at] or 0 for one in series) for at in range(len(labels))]
    most = max(tops, default=0)
    drawn = [*_axis(most, labels), *_columns(labels, series, _ceiling(most))]
    drawn += _legend(series, _box)
    return _chart(title, labels, series, drawn, _height(series), first="Ngày", unit=unit)


def lines(title: str, labels: Sequence[str], series: Sequence[Series], *, unit: str = "") -> Chart:
    """One line a series, told apart by dash and marker: for how things go over time."""
    _check(labels, series)
    most = _most(series)
    drawn = _axis(most, labels)
    for at, one in enumerate(series):
        drawn += _line(at, one.values, _ceiling(most))
    drawn += _legend(series, _sample)
    return _chart(title, labels, series, drawn, _height(series), first="Ngày", unit=unit)


def _chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    drawn: Sequence[str],
    height: int,
    *,
    first: str,
    unit: str,
) -> Chart:
    mark = "c" + sha256(f"{title}{labels}{series}".encode()).hexdigest()[:10]
    empty = not labels or all(not value for one in series for value in one.values)
    body = "".join(drawn)
    if empty:
        height, body = 60, _text(_WIDTH / 2, 34, "Chưa có số liệu", anchor="middle")
    # Patterns are found by id in the whole page: two charts must not share theirs.
    body = body.replace("url(#p", f"url(#{mark}p")
    svg = (
        f'<svg class="img-fluid chart-picture" role="img" aria-labelledby="{mark}t {mark}d"'
        f' viewBox="0 0 {_WIDTH} {height}" width="{_SHOWN}" height="{height * _SHOWN // _WIDTH}"'
        f' font-size="{_FONT}" fill="currentColor" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{mark}t">{escape(title)}</title>'
        f'<desc id="{mark}d">{escape(_summary(labels, series, unit, empty))}</desc>'
        f"<defs>{_patterns(mark)}</defs>{body}</svg>"
    )
    named = [f"{one.name} ({unit})" if unit and one.name != unit else one.name for one in series]
    rows = [(label, *(number(one.values[at]) for one in series)) for at, label in enumerate(labels)]
    # Every word in it went through `escape`.
    return Chart(title, Markup(svg), (first, *named), tuple(rows), empty)  # noqa: S704


def _summary(labels: Sequence[str], series: Sequence[Series], unit: str, empty: bool) -> str:
    """What the picture shows in words: for each series its sum's place, highest and last."""
    if empty:
        return "Chưa có số liệu."
    said = []
    for one in series:
        known = [(value, label) for value, label in zip(one.values, labels, strict=True)]
        value, label = max(((v, label) for v, label in known if v is not None), default=(None, ""))
        said.append(f"{one.name}: cao nhất {number(value)} {unit} ({label})".replace("  ", " "))
    return f"{len(labels)} mục, từ {labels[0]} đến {labels[-1]}. " + "; ".join(said) + "."


def _check(labels: Sequence[str], series: Sequence[Series]) -> None:
    if len(series) > MOST_SERIES:
        raise ValueError(f"more than {MOST_SERIES} series cannot be told apart")
    if any(len(one.values) != len(labels) for one in series):
        raise ValueError("every series needs one value a label")


def _most(series: Sequence[Series]) -> Number:
    return max((value or 0 for one in series for value in one.values), default=0)


def _ceiling(most: Number) -> float:
    """The smallest 1, 2, 4, 6 or 8 times a power of ten that is not below ``most``."""
    if most <= 0:
        return 1.0
    power = 10.0 ** floor(log10(most))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= most)


def _height(series: Sequence[Series]) -> int:
    return _TOP + _PLOT + 28 + 20 * ceil(len(series) / 2)


def _axis(most: Number, labels: Sequence[str]) -> list[str]:
    top = _ceiling(most)
    drawn = []
    for share in (0.0, 0.5, 1.0):
        y = _y(top * share, top)
        shade = "0.6" if share == 0 else "0.2"
        drawn.append(
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"'
            f' stroke="currentColor" stroke-opacity="{shade}"/>'
        )
        if top * share == int(top * share):
            drawn.append(_text(_LEFT - 5, y + 5, number(top * share), anchor="end"))
    # Five labels at most: more would run into each other on a phone.
    step = max(1, ceil(len(labels) / 5))
    for at in range(0, len(labels), step):
        drawn.append(_text(_x(at, len(labels)), _TOP + _PLOT + 18, labels[at], anchor="middle"))
    return drawn


def _x(at: int, count: int) -> float:
    """The middle of a label's place."""
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (at + 0.5) / count


def _y(value: Number, top: float) -> float:
    return _TOP + _PLOT * (1 - value / top)


def _row(at: int, label: str, value: Number | None, most: Number) -> str:
    y = at * _ROW
    room = _WIDTH - 80
    width = room * (value or 0) / (most or 1)
    return (
        _text(0, y + 15, _cut(label, 44))
        + f'<rect x="0" y="{y + 21}" width="{width:.1f}" height="13" fill="{_INK[0]}"/>'
        + _text(width + 5, y + 33, number(value))
    )


def _columns(labels: Sequence[str], series: Sequence[Series], top: float) -> list[str]:
    drawn = []
    width = min(28.0, (_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1) * 0.76)
    for at in range(len(labels)):
        below = 0.0
        for place, one in enumerate(series):
            value = one.values[at] or 0
            if value <= 0:
                continue
            y, bottom = _y(below + value, top), _y(below, top)
            drawn.append(_box(place, _x(at, len(labels)) - width / 2, y, width, bottom - y))
            below += value
    return drawn


def _line(place: int, values: Sequence[Number | None], top: float) -> list[str]:
    drawn, piece = [], ""
    ink, dash = _INK[place], _DASHES[place]
    for at, value in enumerate(values):
        if value is None:
            piece += " "
            continue
        x, y = _x(at, len(values)), _y(value, top)
        piece += f"{'L' if piece and piece[-1] != ' ' else 'M'}{x:.1f} {y:.1f}"
        alone = all(one is None for one in (*values[max(at - 1, 0) : at], *values[at + 1 : at + 2]))
        if alone or len(values) <= 14 or at % ceil(len(values) / 10) == 0:
            drawn.append(_marker(place, x, y))
    if piece.strip():
        drawn.insert(
            0,
            f'<path d="{piece.strip()}" fill="none" stroke="{ink}" stroke-width="2"'
            f' stroke-dasharray="{dash or "none"}"/>',
        )
    return drawn


def _marker(place: int, x: float, y: float) -> str:
    ink = _INK[place]
    shapes = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ink}"/>',
        f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="{ink}"/>',
        f'<path d="M{x:.1f} {y - 4:.1f}l4 7h-8z" fill="{ink}"/>',
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#fff" stroke="{ink}" stroke-width="1.5"/>',
        f'<path d="M{x:.1f} {y - 4:.1f}l4 4l-4 4l-4 -4z" fill="{ink}"/>',
    )
    return shapes[place]


def _box(place: int, x: float, y: float, width: float = 14, height: float = 10) -> str:
    fill = _INK[0] if place == 0 else f"url(#p{place})"
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0.6):.1f}"'
        f' fill="{fill}" stroke="{_INK[place]}" stroke-width="0.8"/>'
    )


def _sample(place: int, x: float, y: float) -> str:
    return (
        f'<line x1="{x - 4:.1f}" y1="{y + 5:.1f}" x2="{x + 18:.1f}" y2="{y + 5:.1f}"'
        f' stroke="{_INK[place]}" stroke-width="2" stroke-dasharray="{_DASHES[place] or "none"}"/>'
        + _marker(place, x + 7, y + 5)
    )


def _legend(series: Sequence[Series], drawing: _Drawing) -> list[str]:
    drawn = []
    for at, one in enumerate(series):
        x, y = 8 + (at % 2) * (_WIDTH / 2), _TOP + _PLOT + 32 + (at // 2) * 20
        drawn += [drawing(at, x, y), _text(x + 22, y + 10, _cut(one.name, 21))]
    return drawn


def _patterns(mark: str) -> str:
    """White with strokes in ink: still told apart in a black and white print."""
    strokes = (
        "M0 6L6 0M-1 1L1 -1M5 7L7 5",
        "M0 0L6 6M-1 5L1 7M5 -1L7 1M0 6L6 0M5 7L7 5M-1 1L1 -1",
        "M0 3H6",
        "M3 0V6",
    )
    return "".join(
        f'<pattern id="{mark}p{at}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" fill="#fff"/>'
        f'<path d="{stroke}" stroke="{_INK[at]}" stroke-width="1.6"/></pattern>'
        for at, stroke in enumerate(strokes, 1)
    )


def _text(x: float, y: float, said: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _cut(said: str, most: int) -> str:
    return said if len(said) <= most else said[: most - 1].rstrip() + "…"
