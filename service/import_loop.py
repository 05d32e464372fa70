"""Files staff uploaded, imported by the worker: one at a time, list by list, resumed after a kill.

What is done is written with each list. A list whose counts were lost with its worker is imported
again, which changes nothing: rows are idempotent.
"""

from __future__ import annotations

import csv
import io
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

import journal
from clock import Clock
from console.tables import harmless
from crypto import Undecipherable, Vault
from dossiers.codes import canonical_code, unit_of
from dossiers.imports import Told, import_list, lists_of
from dossiers.ingest import Result
from dossiers.problems import FieldError
from dossiers.sheets import SheetError
from settings import Settings
from store import import_jobs as jobs
from store import lookups
from store.engine import Database
from store.tables import ImportJob

KIND = "dossiers"
IDLE_SECONDS = 2.0
#: A commit of anybody wakes every loop; files wait for people, who need not be answered at once.
REST_SECONDS = 1.0
_PROBLEMS_SHOWN = 50
#: A result file smaller than this is kept with every list, a larger one with every twentieth.
_SMALL_RESULT = 256 * 1024
_SELDOM = 20
_HEADER = ("Dòng", "MaHoSo", "Kết quả", "Ghi chú")
_WORDS = {
    "created": "thêm mới",
    "updated": "cập nhật",
    "unchanged": "không đổi",
    "error": "lỗi",
}
_NOT_YOURS = FieldError("MaDinhDanhDV", "hồ sơ của đơn vị ngoài phạm vi của người nhập")
_LOG = journal.get("import")


class ImportLoop:
    """One worker's share of the imports; `run` until told to stop, or `run_one` by hand."""

    def __init__(
        self, database: Database, settings: Settings, vault: Vault, clock: Clock, owner: str
    ) -> None:
        self._database = database
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._owner = owner

    def run(self, stop: threading.Event) -> None:
        """Look for files until ``stop``; one in hand is left after its list, for the next worker."""
        while not stop.is_set():
            seen = self._database.wakeups.generation
            try:
                worked = self.run_one(stop)
            except SQLAlchemyError as error:
                _LOG.error("import_failed", error_type=type(error).__name__)
                worked = False
            if not worked and not stop.wait(REST_SECONDS):
                self._database.wakeups.wait(seen, IDLE_SECONDS - REST_SECONDS)

    def run_one(self, stop: threading.Event | None = None) -> bool:
        """Work off one file; False when none waits."""
        now = self._clock.now()
        with self._database.read() as session:
            if not jobs.waiting(session, KIND, now):
                return False
        with self._database.write() as session:
            job = jobs.claim(session, KIND, self._owner, now)
        if job is None or job.id is None:
            return False
        _Work(self, job).run(stop)
        return True


class _Work:
    """One file in hand."""

    def __init__(self, loop: ImportLoop, job: ImportJob) -> None:
        self._loop = loop
        self._job = job
        self._id = job.id or 0
        self._counts = {
            name: getattr(job, name)
            for name in ("rows_done", "created", "updated", "unchanged", "failed", "warned")
        }
        self._problems = list(job.problems)
        self._result = io.StringIO()
        if job.result:
            self._result.write(job.result.decode())
        else:
            csv.writer(self._result).writerow(_HEADER)

    def run(self, stop: threading.Event | None) -> None:
        """To the end, a stop, or a cancellation; whole lists stay in any case."""
        problem = ""
        try:
            with self._file() as path:
                if not self._lists(path, stop):
                    return
        except SheetError as error:
            problem = error.told
        except Undecipherable:
            problem = "SECRET_KEY đã đổi từ khi tải tệp lên: xin tải tệp lên lại."
        except SQLAlchemyError:
            # The database was away: the lease runs out and the next look goes on.
            raise
        except Exception as error:
            # A file that breaks us must not break the next worker too.
            _LOG.error("import_failed", error_type=type(error).__name__)
            problem = "Lỗi trong hệ thống khi đọc tệp này: báo cho người vận hành xem nhật ký."
        with self._loop._database.write() as session:
            jobs.finish(
                session,
                self._id,
                self._loop._owner,
                self._loop._clock.now(),
                result=self._csv(),
                problem=problem,
            )
        _LOG.info("import_ended", count=self._counts["rows_done"])

    def _lists(self, path: Path, stop: threading.Event | None) -> bool:
        """Whether all lists were done; False when somebody stopped us."""
        row, columns = int(self._job.columns["row"]), _columns(self._job.columns)
        if not self._job.rows_total:
            total = sum(len(part) for part in lists_of(path, row, columns))
            if not self._step({"rows_total": total}):
                return False
        for number, part in enumerate(lists_of(path, row, columns, self._counts["rows_done"]), 1):
            if stop is not None and stop.is_set():
                self._hand_back()
                return False
            told = self._import(part)
            self._note(told)
            kept: dict[str, Any] = {}
            if self._result.tell() < _SMALL_RESULT or number % _SELDOM == 0:
                kept = {**self._counts, "problems": self._problems, "result": self._csv()}
            if not self._step(kept):
                return False
        return self._step({**self._counts, "problems": self._problems})

    def _import(self, part: list[tuple[int, dict[str, Any]]]) -> list[Told]:
        """Rows of other agencies than the person's are refused, the others imported."""
        units = self._job.columns.get("units")
        refused = {}
        if units is not None:
            refused = _outside(self._loop._database, part, frozenset(units))
        mine = [one for one in part if one[0] not in refused]
        told = [
            Told(row, Result(0, code, "error", errors=(_NOT_YOURS,)))
            for row, code in refused.items()
        ]
        if mine:
            told += import_list(
                self._loop._database,
                mine,
                dry_run=self._job.dry_run,
                settings=self._loop._settings,
                vault=self._loop._vault,
                now=self._loop._clock.now(),
                announce=self._job.announce,
                by=self._job.by,
            )
        return sorted(told, key=lambda one: one.row)

    def _note(self, told: list[Told]) -> None:
        writer = csv.writer(self._result)
        for one in told:
            result = one.result
            said = [f"{e.field}: {e.message}" if e.field else e.message for e in result.errors]
            name = "failed" if result.status == "error" else result.status
            self._counts[name] += 1
            self._counts["rows_done"] += 1
            self._counts["warned"] += bool(result.warnings)
            if said and len(self._problems) < _PROBLEMS_SHOWN:
                self._problems.append([one.row, result.key[:60], "; ".join(said)[:400]])
            notes = "; ".join([*said, *result.warnings])
            cells = (one.row, result.key[:100], _WORDS[result.status], notes[:1000])
            writer.writerow([harmless(cell) for cell in cells])

    def _step(self, values: dict[str, Any]) -> bool:
        with self._loop._database.write() as session:
            return jobs.step(session, self._id, self._loop._owner, self._loop._clock.now(), values)

    def _hand_back(self) -> None:
        with self._loop._database.write() as session:
            jobs.hand_back(session, self._id, self._loop._owner)

    def _csv(self) -> bytes:
        return self._result.getvalue().encode()

    @contextmanager
    def _file(self) -> Iterator[Path]:
        content = self._loop._vault.unseal(self._job.content or b"")
        suffix = Path(self._job.file_name).suffix[:8]
        with tempfile.NamedTemporaryFile(suffix=suffix) as kept:
            kept.write(content)
            kept.flush()
            yield Path(kept.name)


def _outside(
    database: Database, part: list[tuple[int, dict[str, Any]]], units: frozenset[str]
) -> dict[int, str]:
    """Rows, with their codes, whose dossier lies or would come to lie outside the units."""
    codes = {row: canonical_code(str(item.get("MaHoSo", "")), legacy=True) for row, item in part}
    with database.read() as session:
        known = lookups.by_codes(session, [code for code in codes.values() if code])
    refused = {}
    for row, item in part:
        code = codes[row] or ""
        named = str(item.get("MaDinhDanhDV", "")).strip()
        lies = known[code].unit_code if code in known else named or unit_of(code)
        if code and (lies not in units or (named and named not in units)):
            refused[row] = code
    return refused


def _columns(told: Mapping[str, Any]) -> dict[int, str]:
    return {int(at): str(name) for at, name in dict(told["fields"]).items()}
