"""The command line an operator types: what is printed, what changes, how it fails (contract 1)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import col, select

from clock import SystemClock
from crypto import Vault, api_key_hash
from service.commands import cli
from settings import ROOT
from store import migrate
from store.engine import Database
from store.tables import (
    Agency,
    ApiKey,
    AuditEntry,
    Dossier,
    Follower,
    InboundEvent,
    InboundState,
    OaToken,
    OauthAttempt,
    Outbox,
    OutboxState,
    PhoneLink,
    PrivacyRequest,
    WorkerHeartbeat,
)

OA = "4100000000000000017"
SECRET = "test-secret-key-of-32-characters!!"
Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Type a command; settings come from the environment as in a province."""
    for name, value in {
        "ENVIRONMENT": "test",
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET,
        "ZALO_APP_ID": "1122334455667788990",
        "ZALO_APP_SECRET": "test-app-secret",
        "ZALO_OA_ID": OA,
        "ZALO_OA_SECRET_KEY": "test-oa-secret",
        "PUBLIC_URL": "https://zalo.example.gov.vn",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    return lambda *words: CliRunner().invoke(cli, list(words))


def failed(result: Result, *words: str) -> None:
    """Non-zero, one line on stderr that says the words, nothing on stdout."""
    assert result.exit_code != 0
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


def test_every_command_of_the_contract_has_help(run: Run) -> None:
    names = (
        "serve web worker demo db api-key staff procedures dossiers oa doctor events outbox privacy"
    )
    for name in names.split():
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.stdout


def test_a_key_is_printed_alone_and_its_digest_kept(run: Run, db: Database) -> None:
    result = run("api-key", "create", "igate")
    assert result.exit_code == 0
    key = result.stdout.removesuffix("\n")
    assert key.split() == [key]
    with db.read() as session:
        row = session.exec(select(ApiKey)).one()
    assert (row.name, row.key_hash) == ("igate", api_key_hash(key))
    failed(run("api-key", "create", "igate"), "igate")
    assert run("api-key", "revoke", "igate").exit_code == 0
    failed(run("api-key", "revoke", "igate"), "igate")


def test_a_pair_of_tokens_is_stored_sealed(run: Run, db: Database) -> None:
    result = run("oa", "token", "--access-token", "access-mau", "--refresh-token", "refresh-mau")
    assert result.stdout == "stored\n"
    with db.read() as session:
        row = session.exec(select(OaToken)).one()
    vault = Vault(SECRET)
    assert "-mau" not in row.access_sealed + row.refresh_sealed
    opened = (vault.decrypt(row.access_sealed), vault.decrypt(row.refresh_sealed))
    assert opened == ("access-mau", "refresh-mau")


def test_the_consent_link_leads_to_zalo_with_pkce(run: Run, db: Database) -> None:
    link = run("oa", "connect").stdout.strip()
    assert link.startswith("https://oauth.zaloapp.com/v4/oa/permission?")
    assert "code_challenge=" in link
    with db.read() as session:
        attempt = session.exec(select(OauthAttempt)).one()
    assert f"state={attempt.state}" in link
    assert attempt.verifier_sealed not in link


def test_a_parked_event_is_handled_again(run: Run, db: Database) -> None:
    with db.write() as session:
        row = InboundEvent(
            dedupe_key="k",
            event_name="follow",
            body=b"{}",
            correlation_id="c",
            received_at=SystemClock().now(),
            state=InboundState.parked,
            attempts=5,
            problem="ValueError",
        )
        session.add(row)
        session.flush()
        event_id = row.id
    assert run("events", "replay", str(event_id)).exit_code == 0
    with db.read() as session:
        again = session.get(InboundEvent, event_id)
    assert again is not None
    assert (again.state, again.attempts, again.problem) == ("queued", 0, "")
    failed(run("events", "replay", "999"), "999")


def test_a_parked_message_is_queued_again_and_a_sent_one_is_not(run: Run, db: Database) -> None:
    now = SystemClock().now()

    def message(key: str, state: OutboxState) -> Outbox:
        return Outbox(
            dedupe_key=key,
            lane="status",
            rank=1,
            kind="x",
            order_key=key,
            body={"kind": "text", "text": "a"},
            correlation_id="c",
            created_at=now,
            due_at=now,
            state=state,
        )

    rows = [message("a", OutboxState.parked), message("b", OutboxState.sent)]
    with db.write() as session:
        session.add_all(rows)
        session.flush()
        parked, sent = (row.id for row in rows)
    assert run("outbox", "requeue", str(parked)).exit_code == 0
    failed(run("outbox", "requeue", str(sent)), str(sent))
    with db.read() as session:
        states = {row.id: row.state for row in session.exec(select(Outbox))}
    assert states == {parked: "queued", sent: "sent"}


def test_a_person_is_erased_by_id_or_by_phone(run: Run, db: Database) -> None:
    now = SystemClock().now()
    with db.write() as session:
        session.add(Follower(uid="7", display_name="Mẫu", first_seen_at=now))
        session.add(PhoneLink(uid="8", phone="+84900000001", claimed_at=now))
    erased = run("privacy", "erase", "--user", "7")
    assert erased.stdout == "erased\n"
    assert re.fullmatch(r"receipt DL-\d{6}-001\n", erased.stderr)
    assert run("privacy", "erase", "--phone", "0900 000 001").stdout == "erased\n"
    with db.read() as session:
        assert [row.display_name for row in session.exec(select(Follower))] in ([], [""])
        assert session.exec(select(PhoneLink)).all() == []
        kept = session.exec(select(PrivacyRequest).order_by(col(PrivacyRequest.id))).all()
        assert [(row.state, row.source, row.phone) for row in kept] == [("done", "cli", "")] * 2
        noted = session.exec(select(AuditEntry)).all()
        assert [entry.action for entry in noted] == ["cli.erased", "cli.erased"]
        assert "900000001" not in str(noted)
    failed(run("privacy", "erase", "--phone", "0900000002"), "nothing")
    failed(run("privacy", "erase", "--phone", "024 3825"), "mobile")
    assert run("privacy", "erase").exit_code != 0


def test_agencies_are_imported_once_and_wrong_rows_named(
    run: Run, db: Database, tmp_path: Path
) -> None:
    file = tmp_path / "co-quan.csv"
    file.write_text("MaDinhDanh,Ten\nH60,Tỉnh mẫu\nsai,Đơn vị\n", encoding="utf-8")
    tried = run("agencies", "import", str(file), "--dry-run")
    assert (tried.exit_code, tried.stdout) == (1, "created 1, updated 0, unchanged 0\n")
    assert tried.stderr.startswith("row 3, MaDinhDanh: ")
    with db.read() as session:
        assert session.exec(select(Agency)).all() == []
    run("agencies", "import", str(file))
    assert run("agencies", "import", str(file)).stdout == "created 0, updated 0, unchanged 1\n"


def test_doctor_names_what_needs_a_person_and_is_content_when_all_is_well(
    run: Run, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = run("doctor")
    assert sick.exit_code == 1
    for part in ("FAIL worker", "FAIL token", "FAIL webhook", "ok   migrations"):
        assert part in sick.stdout
    run("oa", "token", "--access-token", "A", "--refresh-token", "R")
    now = SystemClock().now()
    with db.write() as session:
        session.add(WorkerHeartbeat(worker="w", at=now, started_at=now))
        session.add(
            InboundEvent(
                dedupe_key="k",
                event_name="follow",
                correlation_id="c",
                received_at=now,
                state=InboundState.handled,
            )
        )
    well = run("doctor")
    assert (well.exit_code, "FAIL" in well.stdout) == (0, False), well.stdout
    monkeypatch.setenv("ZBS_TEMPLATES", '{"otp": {"template_id": "1", "params": {"x": "{nope}"}}}')
    assert "FAIL templates" in run("doctor").stdout
    with db.write() as session:
        beat = session.exec(select(WorkerHeartbeat)).one()
        beat.at = now - timedelta(minutes=1)
    assert "FAIL worker" in run("doctor").stdout


def test_the_schema_is_brought_to_head(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'a.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    assert run("db", "upgrade").exit_code == 0
    database = Database(url)
    assert migrate.current(database) == migrate.head()
    database.dispose()


def test_a_database_that_cannot_be_reached_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody:geheim@127.0.0.1:1/none")
    result = run("api-key", "create", "igate")
    failed(result, "database")
    assert "geheim" not in result.stderr


@pytest.mark.parametrize("command", ["serve", "web", "worker"])
def test_a_production_start_refuses_sample_secrets(tmp_path: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), command],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "SECRET_KEY": "change-me", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    for name in ("SECRET_KEY", "ZALO_APP_SECRET", "PUBLIC_URL", ".env.example"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_understand_answers_line_by_line_without_a_server(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = '{"text": "lam ly lich tu phap can gi"}\nxx\n{"text": 5}\n\n{"text": "chào em"}\n'
    result = CliRunner().invoke(cli, ["understand"], input=asked)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1, "two lines could not be read"
    assert lines[0]["intent"] == "procedure_detail"
    assert lines[0]["entity_value"] == "3.000333"
    assert lines[0]["facet"] == "documents"
    assert "Giấy tờ cần nộp" in lines[0]["reply"]
    assert "line 2" in lines[1]["error"]
    assert "text" in lines[2]["error"]
    assert set(lines[3]) == {"intent", "entity_type", "entity_value", "facet", "reply"}
    assert lines[3]["intent"] == "menu"
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    away = CliRunner().invoke(cli, ["understand"], input='{"text": "khai sinh"}\n')
    assert away.exit_code == 0
    assert json.loads(away.stdout)["entity_value"] == "1.001193"


def test_understand_reads_the_provinces_own_catalogue(run: Run, tmp_path: Path) -> None:
    rows = [{"slug": "ca-sau", "code": "1.777777", "name": "Cấp phép nuôi cá sấu"}]
    (tmp_path / "own.json").write_text(json.dumps(rows), encoding="utf-8")
    assert run("procedures", "import", "own.json").exit_code == 0
    answer = CliRunner().invoke(cli, ["understand"], input='{"text": "giấy phép nuôi cá sấu"}\n')
    assert json.loads(answer.stdout)["entity_value"] == "1.777777"


def test_papers_are_printed_from_the_command_line(run: Run, tmp_path: Path, db: Database) -> None:
    code = "000.00.04.H60-230215-0028"
    now = SystemClock().now()
    run("procedures", "import", str(ROOT / "data" / "procedures.json"))
    with db.write() as session:
        session.add(
            Dossier(
                code=code,
                owner_name="Nguyễn Thị Mẫu",
                received_at=now,
                state_at=now,
                receipt_token="mau-token-0001",
                created_at=now,
                updated_at=now,
            )
        )
    for words in (
        ("receipt", "000 00 04 h60 230215 0028", "--size", "A4"),
        ("letter", "02", code, "--reason", "Thiếu giấy"),
        ("poster", "--field", "Hộ tịch", "--size", "A3"),
        ("card", "1.001193"),
    ):
        out = tmp_path / f"{words[0]}.pdf"
        result = run("print", *words, "--out", str(out))
        assert result.exit_code == 0, result.stderr
        assert out.read_bytes().startswith(b"%PDF")
    failed(run("print", "letter", "03", code, "--out", "x.pdf"), "--reason")
    failed(run("print", "receipt", "H60.04-250715-0012", "--out", "x.pdf"), "no dossier")
    failed(run("print", "receipt", "abc", "--out", "x.pdf"), "no dossier code")
    failed(run("print", "poster", "--field", "x", "--out", "x.pdf"), "0 procedures")
    failed(run("print", "card", "9.999999", "--out", "x.pdf"), "no procedure")
    assert run("dossiers", "revoke-receipt", code).exit_code == 0
    with db.read() as session:
        row = session.exec(select(Dossier)).one()
        assert row.receipt_token != "mau-token-0001"
    failed(run("dossiers", "revoke-receipt", "H60.04-250715-0012"), "no dossier")


def test_the_catalogues_history_and_the_scans_can_be_read(run: Run, db: Database) -> None:
    from datetime import date

    from store import scans

    assert "no code was scanned" in run("scans").stdout
    run("procedures", "import", str(ROOT / "data" / "procedures.json"), "--by", "chị Lan")
    said = run("procedures", "history", "1.001193.H38").stdout
    assert said.startswith("1  ")
    assert "chị Lan" in said
    assert "Đăng ký khai sinh" in said
    failed(run("procedures", "history", "9.999999"), "no procedure")
    with db.write() as session:
        scans.count(session, date.today(), scans.RECEIPT)
    assert "1  receipt" in run("scans").stdout


def test_past_days_are_counted_and_counting_again_changes_nothing(run: Run, db: Database) -> None:
    yesterday = SystemClock().now() - timedelta(days=1)
    with db.write() as session:
        row = Dossier(
            code="H60.04-261129-0001",
            receipt_token="t",
            received_at=yesterday,
            state_at=yesterday,
            created_at=yesterday,
            updated_at=yesterday,
        )
        session.add(row)
    first = run("statistics", "rebuild", "--days", "3")
    assert first.exit_code == 0
    assert first.output.startswith("4 days counted, ")
    assert (
        run("statistics", "rebuild", "--days", "3").output == "4 days counted, 0 numbers changed\n"
    )
