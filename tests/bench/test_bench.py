"""The bench itself: its modules load, its rows are kept as they were measured, its report renders."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bench import __main__ as command
from bench import driver, logbook, report
from bench.__main__ import ALL, APART
from bench.dossier_rows import code, fill, identity, owner, person, phone, token
from bench.loading import loading
from bench.rows import Options, Row
from bench.servers import kill
from dossiers.names import fold
from store import lookups
from store.dossier_search import Criteria, search
from store.engine import Database
from store.tables import Dossier, DossierWord

FAST = Row("1", "webhook acknowledged, 200/s", "sqlite", {"p99_ms": 2.9}, bar="p99_ms < 30")
SLOW = Row("1", "webhook acknowledged, 200/s", "postgresql", {"p99_ms": 31.0}, bar="p99_ms < 30")
RATIO = Row("2", "durable webhooks", "sqlite", {"ours_per_s": 3490.0}, 0.3, "ratio >= 0.4")


@pytest.mark.parametrize("name", [*ALL, *APART])
def test_every_measurement_can_be_started(name: str) -> None:
    assert callable(importlib.import_module(f"bench.{name}").run)


@pytest.mark.parametrize(
    ("row", "kept"),
    [(FAST, True), (SLOW, False), (RATIO, False), (Row("-", "x", bar="never_measured < 1"), False)],
)
def test_a_bar_is_kept_only_by_what_was_measured(row: Row, kept: bool) -> None:
    assert row.holds() is kept


def test_the_logbook_gives_back_what_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "logbook.csv"
    book = logbook.Logbook(logbook.FULL, path)
    for row in (FAST, RATIO):
        book.add(row)

    entries = list(logbook.read(path))

    assert [entry.row for entry in entries] == [FAST, RATIO]
    assert all(entry.run.startswith("full ") and "cores" in entry.machine for entry in entries)


def test_the_report_shows_the_newest_full_run_with_misses_in_bold(tmp_path: Path) -> None:
    path = tmp_path / "logbook.csv"
    older = logbook.Logbook("full 1", path)
    older.add(Row("1", FAST.what, "sqlite", {"p99_ms": 99.0}))
    newest = logbook.Logbook(logbook.FULL, path)
    for row in (FAST, SLOW, RATIO):
        newest.add(row)
    logbook.Logbook("scale", path).add(Row("8", "dossier by code", "sqlite", {"p50_ms": 0.9}, 1.0))

    text = report.render(logbook.read(path))

    assert f"| 1 | {FAST.what} | p99_ms < 30 | p99_ms 2.9 | **p99_ms 31** |" in text
    assert "| 2 | durable webhooks | ratio >= 0.4 | **ratio 0.30, ours_per_s 3,490** |  |" in text
    assert "Measured apart" in text
    assert "p99_ms 99" not in text


def test_a_run_that_was_broken_off_leaves_the_rest_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "logbook.csv"
    gone = Row("-", "nobody measures this any more")
    ended = Row("-", logbook.WHOLE, "", {"minutes": 70.0})
    older = Row("2", RATIO.what, "sqlite", {"ours_per_s": 3490.0}, 0.5, RATIO.bar)
    for run, rows in (("full 1", (gone, ended)), ("full 2", (older, ended)), ("full 3", (FAST,))):
        book = logbook.Logbook(run, path)
        for row in rows:
            book.add(row)

    measured, besides = report.newest(logbook.read(path))

    assert [entry.row for entry in measured] == [older, ended, FAST]
    assert besides == []


def test_one_failing_measurement_does_not_lose_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_options: Options) -> Iterator[Row]:
        yield FAST
        raise RuntimeError("the server did not come up")

    for name, run in (("webhook", broken), ("search", lambda _options: [RATIO])):
        module = types.ModuleType(name)
        module.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"bench.{name}", module)
    monkeypatch.setattr(sys, "argv", ["bench", "--no-log", "webhook", "search"])

    with pytest.raises(SystemExit, match="failed: webhook"):
        command.main()

    told = capsys.readouterr()
    assert FAST.what in told.out
    assert RATIO.what in told.out
    assert "the server did not come up" in told.err


def test_an_answer_that_never_comes_ends_the_load_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "_PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        outcome = driver.drive(port, [b"GET / HTTP/1.1\r\n\r\n"] * 3, connections=2, seconds=0.2)

    assert outcome.statuses == {0: 2}


def test_a_killed_session_leaves_nothing_of_other_groups_behind() -> None:
    words = "import os, time; os.fork() or os.setpgrp(); os.write(1, b'.'); time.sleep(60)"
    leader = subprocess.Popen(
        [sys.executable, "-c", words], stdout=subprocess.PIPE, start_new_session=True
    )
    assert leader.stdout is not None
    assert leader.stdout.read(2) == b".."

    kill(leader)

    # The pipe ends when the last of them is gone.
    assert leader.stdout.read() == b""


# PostgreSQL's is not switched off by the fill itself.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_fill_writes_no_journal_and_leaves_the_database_as_ever(db: Database) -> None:
    def modes(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    with loading(db, (Dossier, DossierWord)) as loader:
        during = modes(loader._connection)
    with db.engine.connect() as connection:
        after = modes(connection)

    assert during == ["off", 0, 0]
    assert after == ["wal", 2, 1]


def test_the_report_replaces_only_what_stands_between_its_marks(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")

    report.write("new", document)

    told = document.read_text(encoding="utf-8")
    assert "old" not in told
    assert told.startswith("before\n")
    assert told.endswith("after\n")


def test_the_document_has_the_marks() -> None:
    text = report.DOCUMENT.read_text(encoding="utf-8")
    assert text.count(report.BEGIN) == text.count(report.END) == 1


def test_the_database_makes_the_dossiers_that_the_measurements_ask_for(db: Database) -> None:
    wanted = 300
    fill(db, wanted)
    with db.read() as session:
        for n in (1, 77, 150, wanted):
            row = lookups.by_code(session, code(n, wanted))
            assert row is not None
            told = (row.id, row.owner_name, row.phone, row.receipt_token, row.identity_hash)
            named = (owner(n), phone(person(n, wanted)), token(n), identity(n))
            assert told == (n, *named)
            words = tuple(fold(owner(n)).split())
            found = search(session, Criteria(words=words), scope=None).rows
            assert n in [one.id for one in found]
