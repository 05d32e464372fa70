"""Staff's searches among a million dossiers: every kind of list, its first page and its count."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from bench.dossier_rows import NOW, UNITS, code, fill
from bench.rows import Options, Row
from bench.servers import databases
from store.dossier_search import Criteria, count, search
from store.dossier_walks import Order, Place
from store.engine import Database
from store.tables import State

_TIMES = 7
_DAY = timedelta(days=1)


def _asked(wanted: int) -> list[tuple[str, Criteria, frozenset[str] | None, Order]]:
    everywhere = None
    commune, centre = frozenset(UNITS[100:101]), frozenset(UNITS[:12])
    newest, received, promised = Order.newest, Order.received, Order.promised
    month = (NOW - 800 * _DAY, NOW - 770 * _DAY)
    due = (None, NOW)
    return [
        ("everything", Criteria(), everywhere, newest),
        ("everything of one commune", Criteria(), commune, newest),
        ("everything of 12 units", Criteria(), centre, newest),
        ("everything of 120 units", Criteria(), frozenset(UNITS[:120]), newest),
        ("a code", Criteria(code=code(wanted // 2, wanted)), everywhere, newest),
        ("a phone", Criteria(phone="+84900007919"), everywhere, newest),
        ("last 3 digits of an ID", Criteria(identity_last3="123"), everywhere, newest),
        ("the same in one commune", Criteria(identity_last3="123"), commune, newest),
        ("a common word: nguyen", Criteria(words=("nguyen",)), everywhere, newest),
        ("nguyen van mau", Criteria(words=("nguyen", "van", "mau")), everywhere, newest),
        ("the same in one commune", Criteria(words=("nguyen", "van", "mau")), commune, newest),
        ("end of a code", Criteria(words=("0000777",)), everywhere, newest),
        ("nobody's name", Criteria(words=("nguyen", "khongco")), everywhere, newest),
        ("a state of few", Criteria(states=(State.refused,)), everywhere, newest),
        ("two states in 12 units", Criteria(states=(State.refused, State.stopped)), centre, newest),
        ("a procedure", Criteria(procedure="1.000123"), everywhere, newest),
        ("a field and a state", Criteria(field="Lĩnh vực mẫu 7", states=(State.signing,)), None, newest),
        ("received in an old month", Criteria(received=month), everywhere, received),
        ("the same in one commune", Criteria(received=month), commune, received),
        ("the same, a name", Criteria(received=month, words=("nong", "mau")), everywhere, received),
        ("overdue", Criteria(promised=due, running_only=True), everywhere, promised),
        ("overdue in one commune", Criteria(promised=due, running_only=True), commune, promised),
        ("near due", Criteria(promised=(NOW, NOW + 2 * _DAY), running_only=True), None, promised),
        ("open, by promised date", Criteria(open_only=True), everywhere, promised),
        ("no Zalo channel", Criteria(no_channel=True), everywhere, newest),
        ("no Zalo channel, open", Criteria(no_channel=True, open_only=True), centre, promised),
        ("a needle: rare together", Criteria(words=("ma",), states=(State.result_delivered,),
         field="Lĩnh vực mẫu 3", identity_last3="5"), everywhere, newest),
    ]  # fmt: skip


def run(options: Options) -> Iterator[Row]:
    """Each list: median and worst of seven of its first page and of its count, in ms."""
    wanted = options.dossiers
    with databases(options.databases) as urls:
        for kind, url in urls.items():
            database = Database(url)
            began = time.perf_counter()
            fill(database, wanted)
            filled = {"seconds": time.perf_counter() - began}
            yield Row("-", f"{wanted:,} dossiers filled", kind, filled)
            lists = [(*one, None) for one in _asked(wanted)]
            deep = Place(wanted // 2)
            lists.append(("everything, from the middle", Criteria(), None, Order.newest, deep))
            for name, *asked in lists:
                yield Row("8", f"list: {name}", kind, _measure(database, *asked))
            database.dispose()


def _measure(
    database: Database,
    asked: Criteria,
    scope: frozenset[str] | None,
    order: Order,
    after: Place | None = None,
) -> dict[str, float]:
    pages, counts = [], []
    for _ in range(_TIMES):
        with database.read() as session:
            began = time.perf_counter()
            found = search(session, asked, scope=scope, order=order, after=after)
            pages.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            counted = count(session, asked, scope=scope)
            counts.append((time.perf_counter() - began) * 1000)
    pages, counts = sorted(pages), sorted(counts)
    return {
        "page_ms": pages[_TIMES // 2],
        "worst_ms": pages[-1],
        "count_ms": counts[_TIMES // 2],
        "rows": len(found.rows),
        "counted": counted.number,
    }
