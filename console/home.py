"""The first page."""

from __future__ import annotations

from console.access import Act
from console.frame import Answer, Console


def add(console: Console) -> None:
    """Add the first page."""
    console.nav("Tổng quan", "home", Act.own, "Công việc")

    @console.page("/", may=Act.own)
    def home() -> Answer:
        return console.show("home.html")

    @console.page("/<path:rest>", may=Act.own)
    def nowhere(rest: str) -> Answer:
        return console.missing("Không có trang này.")
