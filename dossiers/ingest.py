"""Taking in dossiers and progress events: one transaction a list, good items kept (contract 3).

State and dates are folded from all events of a dossier (`dossiers.replay`), so late, repeated and
backward events can never corrupt them. What citizens are told is queued in the same transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from crypto import Vault
from dossiers.filling import Context, fill
from dossiers.folding import outcome_of, refold
from dossiers.national import NEEDS_REASON, from_national
from dossiers.problems import FieldError
from dossiers.schemas import DossierIn, EventIn, read_item
from notify.announce import announce_changes
from notify.cards import Change
from settings import Settings
from store import dossiers as store
from store.dossier_words import index_words
from store.engine import Database
from store.tables import Dossier, DossierEvent

MOST_ITEMS = 500
#: A clock that runs a little ahead is forgiven; a wrong year is not.
_FUTURE = timedelta(days=1)


@dataclass(frozen=True)
class Result:
    """What became of one item; ``key`` is its canonical MaHoSo, or its MaSuKien."""

    index: int
    key: str
    status: str
    warnings: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()


class _DryRun(Exception):
    """Rolls a dry run back."""


def upsert_dossiers(
    database: Database,
    items: Sequence[object],
    *,
    source: str,
    by: str,
    now: datetime,
    settings: Settings,
    vault: Vault,
    correlation_id: str = "",
    dry_run: bool = False,
    announce: bool = True,
    sources: frozenset[str] | None = None,
) -> list[Result]:
    """Create or update dossiers; one result an item, in order, status created|updated|unchanged|error.

    ``source`` is the source system of items that name none, ``by`` who vouches for the tick.
    With ``sources``, items that speak for any other system are errors.
    Without ``announce`` nobody is told, as for the load of an old system's history.
    More than 500 items: ``ValueError``.
    """
    batch = _Batch(source, by, now, settings, vault, correlation_id, announce, sources)
    return _run(database, batch.dossiers, items, dry_run)


def apply_events(
    database: Database,
    items: Sequence[object],
    *,
    source: str,
    by: str,
    now: datetime,
    settings: Settings,
    vault: Vault,
    correlation_id: str = "",
    dry_run: bool = False,
    sources: frozenset[str] | None = None,
) -> list[Result]:
    """Add progress events; one result an item, in order, status created|duplicate|error.

    With ``sources``, items that speak for any other source system are errors.
    """
    batch = _Batch(source, by, now, settings, vault, correlation_id, sources=sources)
    return _run(database, batch.events, items, dry_run)


def take_in(
    session: Session,
    item: Mapping[str, object],
    events: Sequence[Mapping[str, object]],
    *,
    source: str,
    by: str,
    now: datetime,
    settings: Settings,
    vault: Vault,
    correlation_id: str = "",
) -> list[Result]:
    """One dossier with its first events in the caller's transaction, opened with ``wake=True``.

    The results are the dossier's, then each event's; on any "error" the caller rolls back.
    """
    batch = _Batch(source, by, now, settings, vault, correlation_id)
    return [*batch.dossiers(session, [item]), *batch.events(session, events)]


def move_on(
    session: Session,
    events: Sequence[Mapping[str, object]],
    *,
    source: str,
    by: str,
    now: datetime,
    settings: Settings,
    vault: Vault,
    correlation_id: str = "",
) -> list[Result]:
    """`apply_events` in the caller's transaction, opened with ``wake=True``."""
    if len(events) > MOST_ITEMS:
        raise ValueError(f"at most {MOST_ITEMS} items")
    return _Batch(source, by, now, settings, vault, correlation_id).events(session, events)


def _run(database: Database, work: object, items: Sequence[object], dry_run: bool) -> list[Result]:
    if len(items) > MOST_ITEMS:
        raise ValueError(f"at most {MOST_ITEMS} items")
    results: list[Result] = []
    try:
        with database.write(wake=True) as session:
            results = sorted(work(session, items), key=lambda result: result.index)  # type: ignore[operator]
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return results


@dataclass
class _Batch:
    source: str
    by: str
    now: datetime
    settings: Settings
    vault: Vault
    correlation_id: str
    announce: bool = True
    sources: frozenset[str] | None = None

    def __post_init__(self) -> None:
        self.correlation_id = self.correlation_id or secrets.token_hex(8)

    def dossiers(self, session: Session, items: Sequence[object]) -> list[Result]:
        """Fill the rows, then turn changed TrangThaiHoSo and NgayHenTra into events."""
        results: list[Result] = []
        read: list[tuple[int, DossierIn, tuple[str, ...]]] = []
        for index, raw in enumerate(items):
            item, errors, warnings = read_item(DossierIn, raw)
            if item is not None and item.HeThongNguon:
                errors = self._foreign(item.HeThongNguon)
            if item is None or errors:
                results.append(Result(index, _named(raw, "MaHoSo"), "error", warnings, errors))
            else:
                read.append((index, item, warnings))
        codes = [item.MaHoSo for _, item, _ in read]
        rows, created = store.lock(session, codes, self.now, create=True)
        context = Context(session, self.source, self.by, self.now, self.settings, self.vault)
        events: list[EventIn] = []
        renamed: list[Dossier] = []
        for index, item, warnings in read:
            dossier = rows[item.MaHoSo]
            if errors := self._foreign(item.HeThongNguon or dossier.source_system or self.source):
                results.append(Result(index, item.MaHoSo, "error", warnings, errors))
                continue
            before = dossier.owner_folded
            filled = fill(dossier, item, context, new=item.MaHoSo in created)
            if item.MaHoSo in created or dossier.owner_folded != before:
                renamed.append(dossier)
            events += filled.events
            status = "updated" if filled.changed or filled.events else "unchanged"
            if item.MaHoSo in created:
                status = "created"
                created.discard(item.MaHoSo)
            results.append(Result(index, item.MaHoSo, status, (*warnings, *filled.warnings)))
        session.flush()
        index_words(session, renamed)
        self._add(session, list(enumerate(events)), rows)
        return results

    def events(self, session: Session, items: Sequence[object]) -> list[Result]:
        """Insert what is new, fold, announce."""
        results: list[Result] = []
        read: list[tuple[int, EventIn]] = []
        warned: dict[int, tuple[str, ...]] = {}
        for index, raw in enumerate(items):
            item, errors, warned[index] = read_item(EventIn, raw)
            if item is not None:
                errors = self._wrong(item)
            if item is None or errors:
                key = _named(raw, "MaSuKien")
                results.append(Result(index, key, "error", warned[index], errors))
            else:
                read.append((index, item))
        rows, _ = store.lock(session, [e.MaHoSo for _, e in read], self.now, create=False)
        known: list[tuple[int, EventIn]] = []
        for index, item in read:
            errors = (FieldError("MaHoSo", "chưa có hồ sơ này: gửi hồ sơ trước, rồi gửi sự kiện"),)
            if item.MaHoSo in rows:
                owner = rows[item.MaHoSo].source_system
                errors = self._foreign(item.HeThongNguon or owner or self.source)
            if not errors:
                known.append((index, item))
                continue
            results.append(Result(index, item.MaSuKien, "error", warned[index], errors))
        fresh, foreign = self._add(session, known, rows)
        for index, item in known:
            status = "created" if index in fresh else "duplicate"
            more = ("hồ sơ thuộc hệ thống nguồn khác: sự kiện được lưu, trạng thái giữ nguyên",)
            warnings = warned[index] + (more if index in foreign else ())
            results.append(Result(index, item.MaSuKien, status, warnings))
        return results

    def _foreign(self, source: str) -> tuple[FieldError, ...]:
        """The error of an item that speaks for a system its key is not for."""
        if self.sources is None or source in self.sources:
            return ()
        words = "khóa API này không được gửi dữ liệu của hệ thống nguồn này"
        return (FieldError("HeThongNguon", words),)

    def _wrong(self, item: EventIn) -> tuple[FieldError, ...]:
        errors = []
        if item.TrangThai in NEEDS_REASON and not item.NoiDungXuLy.strip():
            errors.append(FieldError("NoiDungXuLy", "bắt buộc với trạng thái 3, 5 và 8: nêu lý do"))
        if item.ThoiDiemXuLy > self.now + _FUTURE:
            errors.append(FieldError("ThoiDiemXuLy", "nằm ở tương lai quá một ngày"))
        return tuple(errors)

    def _add(
        self, session: Session, items: list[tuple[int, EventIn]], rows: dict[str, Dossier]
    ) -> tuple[set[int], set[int]]:
        """Insert, fold and announce; answers the indexes that were new, and that were foreign."""
        wanted: dict[tuple[str, str], tuple[int, EventIn]] = {}
        for index, item in items:
            owner = rows[item.MaHoSo].source_system
            wanted.setdefault(
                (item.HeThongNguon or owner or self.source, item.MaSuKien), (index, item)
            )
        known = store.known_events(session, wanted)
        new = {key: value for key, value in wanted.items() if key not in known}
        before = store.histories(session, sorted({rows[e.MaHoSo].id or 0 for _, e in new.values()}))
        added = store.add_events(
            session, [self._row(key[0], rows[e.MaHoSo], e) for key, (_, e) in new.items()]
        )
        by_id = {dossier.id: dossier for dossier in rows.values()}
        changes = self._fold(list(added.values()), before, by_id)
        session.flush()
        announce_changes(
            session,
            changes,
            settings=self.settings,
            now=self.now,
            correlation_id=self.correlation_id,
        )
        foreign = {wanted[k][0] for k, event in added.items() if event.outcome == "foreign"}
        return {wanted[key][0] for key in added}, foreign

    def _row(self, source: str, dossier: Dossier, item: EventIn) -> dict[str, object]:
        return {
            "dossier_id": dossier.id,
            "source_system": source,
            "source_event_id": item.MaSuKien,
            "national_state": item.TrangThai,
            "state": from_national(item.TrangThai, item.BuocXuLy).value,
            "step": item.BuocXuLy,
            "occurred_at": item.ThoiDiemXuLy,
            "recorded_at": self.now,
            "content": item.NoiDungXuLy,
            "officer": item.NguoiXuLy,
            "unit_name": item.DonViXuLy,
            "promised_at": item.NgayHenTra,
            "outcome": "announced",
        }

    def _fold(
        self,
        added: list[DossierEvent],
        before: dict[int, list[DossierEvent]],
        rows: dict[int | None, Dossier],
    ) -> list[Change]:
        changes = []
        # In the order of time, so that a list sent at once reads like events sent one by one.
        for event in sorted(added, key=lambda e: (e.occurred_at, e.id or 0)):
            dossier = rows[event.dossier_id]
            owner = dossier.source_system or event.source_system
            own = [e for e in before[event.dossier_id] if e.source_system == owner]
            event.outcome = outcome_of(event, own, owner, self.now)
            if event.outcome == "announced" and not self.announce:
                event.outcome = "silent"
            if event.outcome != "foreign":
                before[event.dossier_id].append(event)
                dossier.source_system = owner
            if event.outcome == "announced":
                changes.append(Change(dossier, event))
        for dossier_id in {event.dossier_id for event in added}:
            refold(rows[dossier_id], before[dossier_id], self.now)
        return changes


def _named(raw: object, field: str) -> str:
    """What a bad item calls itself, shortened, for the answer."""
    return str(raw.get(field, ""))[:100] if isinstance(raw, dict) else ""
