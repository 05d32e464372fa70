"""Backups: whole, checked, few enough, readable by nobody else; and what a restoration refuses."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from clock import FixedClock
from notify.broadcasts.unsure import Fate
from notify.restored import Restored
from service import backups, health, restoring, surroundings
from service.commands import cli
from service.worker import Worker
from settings import Settings
from store import backups as rows
from store import gauges, jobs, migrate, restored, sending
from store.engine import Database, using
from store.outbox import enqueue
from store.sequences import next_number
from store.tables import (
    Alarm,
    Broadcast,
    BroadcastArticle,
    InboundEvent,
    Lane,
    OaToken,
    Outbox,
    OutboxState,
    Restoration,
)
from tests.notify import makers, outgoing
from tests.notify.outgoing import draft


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    return settings.model_copy(update={"database_url": database_url})


def fill(db: Database, clock: FixedClock) -> None:
    outgoing.followers(db, ["u"], clock.now())
    outgoing.queue(db, [draft("a", clock.now(), uid="u")], clock.now())


def restore(settings: Settings, file: Path, clock: FixedClock, **more: Any) -> restoring.Report:
    return restoring.restore(settings, file, clock.now(), force=more.pop("force", True))


def test_a_backup_is_whole_private_and_remembered(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path, postgresql_tools: None
) -> None:
    fill(db, clock)
    made, size = backups.take(db, settings, tmp_path / "neu", 3, clock.now())
    assert made.name == f"motcua-20261118T030000Z.{'db' if db.is_sqlite else 'dump'}"
    assert size == made.stat().st_size > 0
    for path in (made, backups.checksum_of(made)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert backups.checksum_of(made).read_text() == f"{backups.sha256_of(made)}  {made.name}\n"
    with db.read() as session:
        assert gauges.last_backup(session) == clock.now()
    assert surroundings.backup(db, settings, clock.now()) == "ok"
    assert "40 hours old" in surroundings.backup(db, settings, clock.advance(hours=40))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_our_own_old_files_go(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    (tmp_path / "motcua-anders.db").write_text("nicht unseres")
    names = []
    for _ in range(4):
        names.append(backups.take(db, settings, tmp_path, 2, clock.advance(days=1))[0].name)
    left = sorted(path.name for path in tmp_path.glob("motcua-*") if path.suffix == ".db")
    assert left == sorted([*names[-2:], "motcua-anders.db"])
    assert len(list(tmp_path.glob("*.sha256"))) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_deleted_people_are_not_in_the_copy(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    outgoing.queue(db, [draft("a", clock.now(), uid="NGUOI-DA-XOA" * 50)], clock.now())
    with db.write() as session:
        session.delete(session.exec(select(Outbox)).one())
    made, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    assert b"NGUOI-DA-XOA" not in made.read_bytes()


def test_what_cannot_be_written_is_said_and_remembered(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    target = tmp_path / "datei"
    target.write_text("")
    folder = target if db.is_sqlite else tmp_path / "out"
    with pytest.raises(backups.BackupFailed) as failed:
        backups.take(db, settings, folder, 2, clock.now())
    if not db.is_sqlite:
        assert "pg_dump is not on PATH" in str(failed.value)
    assert "the last one failed" in surroundings.backup(db, settings, clock.now())
    with db.read() as session:
        assert gauges.last_backup(session) is None
    assert not list(tmp_path.glob("out/*"))


def test_a_damaged_a_nameless_or_a_foreign_file_replaces_nothing(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path, postgresql_tools: None
) -> None:
    fill(db, clock)
    made, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    whole, checksum = made.read_bytes(), backups.checksum_of(made)
    made.write_bytes(whole[:-100])
    with pytest.raises(backups.BackupFailed, match="damaged or cut"):
        restore(settings, made, clock)
    made.write_bytes(b"x" * 5000)
    checksum.write_text(f"{backups.sha256_of(made)}  {made.name}\n")
    with pytest.raises(backups.BackupFailed):
        restore(settings, made, clock)
    checksum.unlink()
    with pytest.raises(backups.BackupFailed, match="missing"):
        restore(settings, made, clock)
    other = made.with_suffix(".dump" if db.is_sqlite else ".db")
    other.write_bytes(whole)
    backups.checksum_of(other).write_text(f"{backups.sha256_of(other)}  {other.name}\n")
    with pytest.raises(backups.BackupFailed, match="another kind"):
        restore(settings, other, clock)
    assert outgoing.rows(db)["a"].state == "queued"


def test_a_database_in_use_or_not_empty_is_not_replaced_by_accident(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path, postgresql_tools: None
) -> None:
    fill(db, clock)
    made, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    with pytest.raises(backups.BackupFailed, match="--force"):
        restore(settings, made, clock, force=False)
    with db.write() as session:
        jobs.beat(session, "w", clock.now(), clock.now())
    with pytest.raises(backups.BackupFailed, match="stop every process"):
        restore(settings, made, clock)
    with db.read() as session:
        assert not session.exec(select(Restoration)).all()


def test_an_empty_database_becomes_the_backup_with_its_schema_brought_up(
    db: Database,
    settings: Settings,
    clock: FixedClock,
    tmp_path: Path,
    postgresql_tools: None,
    postgresql_empty: str,
) -> None:
    fill(db, clock)
    made, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    url = f"sqlite:///{tmp_path / 'anders' / 'neu.db'}" if db.is_sqlite else postgresql_empty
    fresh = settings.model_copy(update={"database_url": url})
    report = restore(fresh, made, clock, force=False)
    assert (report.unsure, report.set_aside) == (1, None)
    with using(url) as there:
        assert migrate.current(there) == migrate.head()
        assert set(outgoing.rows(there)) >= {"a"}
        # What `/readyz` and `doctor` say until somebody goes on.
        assert "held" in surroundings.warnings(there, fresh)["sending"]
        with there.write() as session:
            restored.go_on(session, "lan", clock.now())
        assert "sending" not in surroundings.warnings(there, fresh)
    if db.is_sqlite:
        path = rows.sqlite_path(url)
        assert path is not None and stat.S_IMODE(path.stat().st_mode) == 0o600
        assert sorted(p.name for p in path.parent.iterdir() if "restoring" in p.name) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_cannot_be_read_is_replaced_when_somebody_says_so(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    fill(db, clock)
    made, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    broken = tmp_path / "hong.db"
    broken.write_bytes(b"no database " * 1000)
    damaged = settings.model_copy(update={"database_url": f"sqlite:///{broken}"})
    with pytest.raises(backups.BackupFailed, match="--force"):
        restore(damaged, made, clock, force=False)
    assert restore(damaged, made, clock).set_aside is not None
    with using(damaged.database_url) as there:
        assert set(outgoing.rows(there)) >= {"a"}


def test_a_newer_releases_database_is_not_half_set_aside(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path, postgresql_tools: None
) -> None:
    fill(db, clock)
    made, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    with db.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    if db.is_sqlite:
        restore(settings, made, clock)
        return
    with pytest.raises(backups.BackupFailed, match="newer release"):
        restore(settings, made, clock)
    assert outgoing.rows(db)["a"].state == "queued"


def test_pieces_of_killed_backups_do_not_stay(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path, postgresql_tools: None
) -> None:
    old, young = (tmp_path / f".motcua-2026111{n}T000000Z.db.part" for n in (1, 2))
    for piece in (old, young):
        piece.write_bytes(b"x")
    os.utime(old, (0, 0))
    backups.take(db, settings, tmp_path, 2, clock.now())
    assert not old.exists()
    assert young.exists()


def test_the_newer_token_pair_survives_and_the_old_file_stays_aside(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path, postgresql_tools: None
) -> None:
    def pair(name: str) -> OaToken:
        now = clock.now()
        sealed = {"access_sealed": name, "refresh_sealed": name}
        ends = {"expires_at": now, "refresh_expires_at": now}
        times = {"consented_at": now, "issued_at": now}
        return OaToken(oa_id=settings.zalo_oa_id, **sealed, **ends, **times)

    with db.write() as session:
        session.add(pair("old"))
    made, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    clock.advance(hours=20)
    with db.write() as session:
        session.merge(pair("new"))
    report = restore(settings, made, clock)
    assert report.token_kept
    with using(settings.database_url) as there, there.read() as session:
        assert session.get_one(OaToken, settings.zalo_oa_id).access_sealed == "new"
    assert report.set_aside is not None
    if db.is_sqlite:
        with contextlib.closing(sqlite3.connect(report.set_aside)) as old:
            assert old.execute("SELECT access_sealed FROM oa_token").fetchone() == ("new",)
        return
    schema = report.set_aside.removeprefix("schema ")
    with db.engine.connect() as connection:
        old_pair = connection.execute(text(f'SELECT access_sealed FROM "{schema}".oa_token'))
        assert old_pair.scalars().all() == ["new"]
    # What was set aside is not copied, and another restoration does not touch it.
    clock.advance(hours=1)
    again, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    assert restore(settings, again, clock).set_aside != report.set_aside
    with db.engine.connect() as connection:
        assert {report.set_aside} < {
            f"schema {name}" for name in inspect(connection).get_schema_names()
        }


def test_a_restoration_that_fails_or_is_cut_off_leaves_the_database_as_it_was(
    db: Database,
    settings: Settings,
    clock: FixedClock,
    tmp_path: Path,
    postgresql_tools: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(db, clock)
    made, _ = backups.take(db, settings, tmp_path, 2, clock.now())
    with db.write() as session:
        session.get_one(Outbox, outgoing.rows(db)["a"].id).reason = "since the backup"

    def fails(*_args: object) -> None:
        raise backups.BackupFailed("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(restored, "settle", fails)
        with pytest.raises(backups.BackupFailed, match="no space left"):
            restore(settings, made, clock)
    assert outgoing.rows(db)["a"].reason == "since the backup"
    if db.is_sqlite:
        return
    # Killed after its tables were moved and before others came.
    rows.set_aside(db, f"{restored.UNFINISHED}20261118")
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    for name in ("SECRET_KEY", "ZALO_APP_SECRET", "ZALO_OA_SECRET_KEY", "ZALO_OA_ID"):
        monkeypatch.setenv(name, "4100000000000000017-of-this-test-32-letters")
    monkeypatch.setenv("ZALO_APP_ID", "1122334455667788990")
    monkeypatch.setenv("PUBLIC_URL", "https://zalo.example.gov.vn")
    for command in (["worker"], ["web"], ["db", "upgrade"]):
        refused = CliRunner().invoke(cli, command)
        assert refused.exit_code == 1
        assert "restoration has not ended" in refused.output
    assert "has not ended" in surroundings.held(db)
    with pytest.raises(backups.BackupFailed, match="has not ended"):
        backups.take(db, settings, tmp_path, 2, clock.now())
    with pytest.raises(backups.BackupFailed, match="as it was; --force"):
        restore(settings, made, clock, force=False)
    rows.set_aside(db, f"{restored.UNFINISHED}20261118")
    restore(settings, made, clock)
    assert outgoing.rows(db)["a"].reason == restored.REASON
    assert restored.unfinished(db) is None
    with db.write() as session, pytest.raises(DBAPIError):
        session.connection().execute(text("DELETE FROM audit_entry"))


# What is doubted after a restoration


def settled(db: Database, clock: FixedClock) -> Restoration:
    with db.write() as session:
        return restored.settle(session, "x.db", clock.now())


def test_everything_open_is_doubted_and_nothing_leaves_until_somebody_goes_on(
    db: Database, clock: FixedClock
) -> None:
    drafts = [draft(state, clock.now(), uid=state) for state in OutboxState]
    outgoing.queue(db, drafts, clock.now())
    with db.write() as session:
        for row in session.exec(select(Outbox)).all():
            row.state, row.lease_owner = row.dedupe_key, "dead"
    assert settled(db, clock).unsure == 3
    ends = {key: (row.state, row.reason) for key, row in outgoing.rows(db).items()}
    for key in ("queued", "leased", "uncertain"):
        assert ends[key] == ("queued", "restored")
    for key in ("sent", "delivered", "seen", "dropped", "parked"):
        assert ends[key] == (key, "")
    with db.write() as session:
        assert sending.look(session, clock.now()) == sending.Outlook((), None)
        assert sending.claim(session, "w", clock.now(), 9, 60) == []
        assert restored.go_on(session, "lan", clock.now()) == 1
        assert restored.go_on(session, "lan", clock.now()) == 0
        assert len(sending.claim(session, "w", clock.now(), 9, 60)) == 3


def test_what_happened_before_the_loss_is_doubted_when_it_is_told_again(
    db: Database, clock: FixedClock
) -> None:
    with db.write() as session:
        of = makers.dossier(session, clock.now())
        of.promised_at = clock.now() + timedelta(minutes=5)
        stays = makers.dossier(session, clock.now(), code="stays", state_at=clock.now())
        moved = makers.dossier(session, clock.now(), code="moved")
        moved.promised_at = clock.now() - timedelta(days=1)
        before = makers.event(session, of, 4, clock.now() - timedelta(minutes=5))
        old = InboundEvent(
            dedupe_key="e", event_name="x", correlation_id="c", received_at=clock.now()
        )
        session.add(old)
        times = {"created_at": clock.now(), "updated_at": clock.now(), "created_by": "lan"}
        announcement = Broadcast(title="x", state="paused", **times)
        session.add(announcement)
    settled(db, clock)
    now = clock.advance(minutes=10)
    with db.write() as session:
        after = makers.event(session, of, 4, now, step="x")
        moved.state_at = now
        session.add(moved)
        drafts = {
            "status old": draft("1", now, dossier_event_id=before.id),
            "status new": draft("2", now, dossier_event_id=after.id),
            "reply old": draft(f"in:{old.id}:0", now, lane=Lane.reply),
            "reply new": draft(f"in:{(old.id or 0) + 1}:0", now, lane=Lane.reply),
            "reminder": draft("rem:1", now, lane=Lane.reminder, dossier_id=stays.id),
            "reminder new": draft("rem:2", now, lane=Lane.reminder, dossier_id=moved.id),
            "apology": draft("late:1", now, lane=Lane.reminder, dossier_id=moved.id),
            "apology new": draft("late:2", now, lane=Lane.reminder, dossier_id=of.id),
            "announced": draft("6", now, lane=Lane.broadcast, broadcast_id=announcement.id),
            "receipt": draft("7", now, dossier_id=of.id),
            "answer of staff": draft("staff:1:x", now, lane=Lane.reply),
        }
        enqueue(session, list(drafts.values()), now)
    reasons = {key: row.reason for key, row in outgoing.rows(db).items()}
    doubted = {name for name, one in drafts.items() if reasons[one.dedupe_key] == "restored"}
    told = {"status old", "reply old", "reminder", "apology", "announced", "receipt"}
    assert doubted == told
    with db.write() as session:
        late = draft("late", clock.advance(days=9), dossier_event_id=before.id)
        enqueue(session, [late], clock.now())
    assert outgoing.rows(db)["late"].reason == ""


def test_announcements_at_work_wait_for_a_person(db: Database, clock: FixedClock) -> None:
    now = clock.now()
    states = ("sending", "preparing", "scheduled", "done", "paused")
    with db.write() as session:
        times = {"created_at": now, "updated_at": now, "created_by": "lan", "start_at": now}
        for state in states:
            session.add(Broadcast(title=state, state=state, **times))
        later = {**times, "start_at": now + timedelta(days=1)}
        session.add(Broadcast(title="later", state="scheduled", **later))
        article = Broadcast(title="article", state="sending", way="article", **times)
        session.add(article)
        session.flush()
        step = {"broadcast_id": article.id, "step": "send", "next_at": now, "updated_at": now}
        session.add(BroadcastArticle(**step))
    settled(db, clock)
    with db.read() as session:
        found = {row.title: row.state for row in session.exec(select(Broadcast)).all()}
        assert session.exec(select(BroadcastArticle.step)).one() == "unsure"
    assert found == {
        "sending": "paused",
        "preparing": "paused",
        "scheduled": "missed",
        "done": "done",
        "paused": "paused",
        "later": "scheduled",
        "article": "stopped",
    }


def test_numbers_given_since_the_backup_are_not_given_to_others(
    db: Database, clock: FixedClock
) -> None:
    outgoing.queue(db, [draft("a", clock.now(), uid="u")], clock.now())
    with db.write() as session:
        assert next_number(session, "feedback:261118") == 1
    settled(db, clock)
    with db.write() as session:
        assert next_number(session, "feedback:261118") == 202
        # A series whose first number was given after the backup, and one of a later day.
        assert next_number(session, "dossier:H60.04-261118") == 201
        assert next_number(session, "feedback:261120") == 1
    outgoing.queue(db, [draft("b", clock.now(), uid="u")], clock.now())
    assert (outgoing.rows(db)["b"].id or 0) > 1_000_000


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("members", "fate", "state"),
    [
        ({"uid": "u"}, Fate(True, True, "m1"), "sent"),
        ({"uid": "u"}, Fate(True), None),
        ({"uid": "u"}, Fate(False), "parked"),
        ({"uid": "u"}, Fate(False, asked=False), "queued"),
    ],
)
def test_a_doubted_message_goes_only_when_the_chat_has_it_not(
    db: Database,
    settings: Settings,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    members: dict[str, Any],
    fate: Fate,
    state: str | None,
) -> None:
    from notify import restored as room
    from notify.policy import Channel
    from notify.rate import RateLimit

    outgoing.queue(db, [draft("a", clock.now(), **members)], clock.now())
    settled(db, clock)
    with db.write() as session:
        restored.go_on(session, "lan", clock.now())
        (row,) = sending.claim(session, "w", clock.now(), 1, 60)
    seen: list[set[str]] = []

    def look(_client: Any, _uid: str, named: set[str], *_rest: Any, **_more: Any) -> Fate:
        seen.append(named)
        return fate

    monkeypatch.setattr(room.unsure, "look", look)
    rate = RateLimit(db, settings, clock)
    asks = Restored(db, outgoing.client("http://127.0.0.1:1"), settings, rate)
    found = asks.before(row, Channel.consultation, clock.now())
    assert (found.state.value if found else None) == state
    assert found is None or state != "queued" or found.reason == "restored"
    asks.before(row, Channel.zbs_uid, clock.now())
    # A template is not shown in the chat, so what may have gone as one can never be ruled out.
    assert "template" not in seen[0] and "template" in seen[1]


# The command line


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    for name, value in {
        "ENVIRONMENT": "test",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def typed(*words: str) -> Result:
        return CliRunner().invoke(cli, list(words))

    return typed


def test_the_commands_of_an_operator(
    run: Any, db: Database, clock: FixedClock, tmp_path: Path, postgresql_tools: None
) -> None:
    fill(db, clock)
    outgoing.queue(db, [draft("p", clock.now(), phone="+84900000001")], clock.now())
    made = run("backup", "--out", str(tmp_path / "out"), "--keep", "2")
    assert made.exit_code == 0, made.output
    file = Path(made.stdout.strip())
    assert file.exists()
    db.engine.dispose()
    refused = run("restore", str(file))
    assert refused.exit_code == 1 and "--force" in refused.stderr
    done = run("restore", str(file), "--force")
    assert done.exit_code == 0, done.output
    assert "2 messages may have been sent already" in done.stdout
    assert "FAIL sending: held" in run("doctor").stdout
    db.engine.dispose()
    assert "sending goes on" in run("restore", "--continue").stdout
    assert run("restore", "--continue").exit_code == 1
    assert run("restore").exit_code == 2
    with db.write() as session:
        row = session.exec(select(Outbox).where(Outbox.dedupe_key == "p")).one()
        row.state = OutboxState.parked
        session.add(row)
    told = run("restore", "--continue")
    assert told.exit_code == 1
    none = run("restore", "--unsure", "drop", "--kind", "anderes")
    assert "0 messages decided" in none.stdout and "unsure: 1 status" in none.stdout
    assert "1 messages decided" in run("restore", "--unsure", "resend").stdout
    assert (outgoing.rows(db)["p"].state, outgoing.rows(db)["p"].reason) == ("queued", "")


# By the clock


def test_the_worker_copies_sqlite_every_night_and_says_when_it_cannot(
    db: Database, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    kept = settings.model_copy(update={"backup_dir": str(tmp_path / "nacht"), "backup_keep": 2})
    clockwork = Worker(db, kept, clock)._clockwork
    slot = clockwork.jobs["backup"].slot(clock.now())
    if not db.is_sqlite:
        assert slot is None
        return
    assert slot is not None
    assert clockwork.run_due("backup", slot)
    assert len(list((tmp_path / "nacht").glob("*.db"))) == 1
    assert not clockwork.run_due("backup", slot)
    (tmp_path / "datei").write_text("")
    broken = settings.model_copy(update={"backup_dir": str(tmp_path / "datei")})
    clock.advance(days=1)
    worse = Worker(db, broken, clock)._clockwork
    worse.run_due("backup", worse.jobs["backup"].slot(clock.now()) or clock.now())
    with db.read() as session:
        (alarm,) = session.exec(select(Alarm).where(Alarm.kind == "backup_failed")).all()
    assert "Sao lưu" in alarm.text and alarm.closed_at is None
    none = Worker(db, settings, clock)._clockwork
    assert none.jobs["backup"].slot(clock.now()) is None


# What lies around


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_and_missing_holidays_are_told(
    db: Database,
    settings: Settings,
    clock: FixedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(surroundings, "LOW_BYTES", 1)
    assert surroundings.warnings(db, settings) == {}
    monkeypatch.setattr(surroundings, "LOW_BYTES", 2**62)
    both = settings.model_copy(update={"backup_dir": str(tmp_path / "noch" / "nicht")})
    said = surroundings.warnings(db, both)["disk"]
    assert "database: only" in said and "backups: only" in said
    assert "warnings" not in health.check(db, settings, clock.now())
    assert surroundings.holidays(settings, clock.now()) == "ok"
    far = clock.now().replace(year=2031)
    assert "2031 missing" in surroundings.holidays(settings, far)
    assert surroundings.clock_skew(db, clock.now()) == "ok"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_clock_that_runs_away_from_the_databases_is_told(db: Database, clock: FixedClock) -> None:
    assert "run NTP" in surroundings.clock_skew(db, clock.now().replace(year=2020))
