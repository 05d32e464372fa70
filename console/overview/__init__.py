"""The first page: what waits for me, and how things go."""

from __future__ import annotations

from clock import VIETNAM
from console.access import Act
from console.charts import number
from console.frame import Answer, Console, person
from console.overview import addresses, numbers, waiting


def add(console: Console) -> None:
    """Add the first page."""
    console.nav("Tổng quan", "home", Act.own, "Công việc")
    console.blueprint.add_app_template_filter(number, "count_of")

    @console.page("/", may=Act.own)
    def home() -> Answer:
        now, known = console.clock.now(), person()
        with console.database.read() as session:
            tasks = waiting.tasks(session, known, now)
            alarms = waiting.alarms(session, known)
            shown = numbers.read(session, known, console.settings, now)
        return console.show(
            "overview/home.html",
            tasks=tasks,
            alarms=alarms,
            shown=shown,
            now=now.astimezone(VIETNAM),
            dossiers=addresses.dossiers,
        )

    @console.page("/<path:rest>", may=Act.own)
    def nowhere(rest: str) -> Answer:
        return console.missing("Không có trang này.")
