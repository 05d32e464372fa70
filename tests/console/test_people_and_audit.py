"""Accounts made, changed and closed; the audit of it, whole or noticed."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from console import auditing
from store import audit, staff
from store.engine import Database
from tests.console.conftest import PASSWORD, Office


def test_an_admin_makes_an_account_whose_owner_sets_their_own_password(office: Office) -> None:
    admin = office.sign_in("quan", "admin")
    agency = office.agency("H60.04", "Sở Tài chính mẫu")
    form = {"username": "lan.nt", "full_name": "Nguyễn Thị Lan Mẫu"}
    page = admin.post(
        "/console/nguoi-dung/moi",
        {**form, "roles": ["reception", "officer"], "scope_reception": str(agency)},
    ).get_data(as_text=True)
    first = page.partition('class="ticket"><code>')[2].partition("<")[0]
    assert len(first) > 20
    client = office.app.test_client()
    login = client.get("/console/dang-nhap").get_data(as_text=True)
    csrf = login.partition('name="csrf" content="')[2].partition('"')[0]
    client.post("/console/dang-nhap", data={"csrf": csrf, "username": "lan.nt", "password": first})
    assert client.get("/console/").headers["Location"] == "/console/toi/mat-khau"
    assert "Sở Tài chính mẫu" in admin.text("/console/nguoi-dung")
    (entry,) = office.audited("account.created")
    assert entry.details == {"roles": f"officer reception:{agency}"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "Lan"}, "username"),
        ({"username": "quan"}, "username"),
        ({"full_name": "x" * 101}, "full_name"),
        ({"roles": ["king"]}, "grants"),
        ({"roles": ["admin"], "scope_admin": "x"}, "grants"),
    ],
)
def test_a_wrong_field_is_named(office: Office, changed: dict[str, object], field: str) -> None:
    admin = office.sign_in("quan", "admin")
    form = {"username": "lan", "full_name": "Lan Mẫu", "roles": ["reception"], **changed}
    answer = admin.post("/console/nguoi-dung/moi", form)
    assert answer.status_code == 422
    assert f'href="#o-{field}' in answer.get_data(as_text=True)


def test_the_last_admin_stays(office: Office) -> None:
    admin = office.sign_in("quan", "admin")
    me = _id(office, "quan")
    form = {"full_name": "Quân Mẫu", "roles": ["reception"]}
    assert "quản trị viên cuối cùng" in admin.post(f"/console/nguoi-dung/{me}", form).get_data(
        as_text=True
    )
    assert "cuối cùng" in admin.post(f"/console/nguoi-dung/{me}/khoa").get_data(as_text=True)
    office.account("hai", "admin")
    assert admin.post(f"/console/nguoi-dung/{me}", form).status_code == 303


def test_a_closed_account_is_out_at_once_and_can_come_back(office: Office) -> None:
    admin, clerk = office.sign_in("quan", "admin"), office.sign_in("lan", "reception")
    number = _id(office, "lan")
    admin.post(f"/console/nguoi-dung/{number}/khoa")
    assert clerk.get("/console/").status_code == 303
    page = admin.text(f"/console/nguoi-dung/{number}")
    assert "Mở lại tài khoản" in page
    admin.post(f"/console/nguoi-dung/{number}/mo")
    assert office.sign_in("lan").get("/console/").status_code == 200


def test_a_lost_phone_and_a_lost_password_are_mended_by_an_admin(office: Office) -> None:
    admin = office.sign_in("quan", "admin")
    office.account("hai", "approver")
    number = _id(office, "hai")
    page = admin.post(f"/console/nguoi-dung/{number}/dat-lai-mat-khau").get_data(as_text=True)
    assert 'class="ticket"' in page
    admin.post(f"/console/nguoi-dung/{number}/bo-hai-lop")
    with office.database.read() as session:
        row = staff.get(session, number)
        assert row is not None
        assert (row.must_change, row.totp_confirmed_at) == (True, None)


def test_the_audit_lists_filters_and_exports_what_was_done(office: Office) -> None:
    admin = office.sign_in("quan", "admin")
    office.sign_in("lan", "reception")
    page = admin.text("/console/nhat-ky?actor=lan")
    assert "Đăng nhập" in page
    assert ">quan</td>" not in page
    exported = admin.get("/console/nhat-ky.csv").get_data(as_text=True)
    assert exported.startswith("\ufeffSố,")
    assert "sign_in.done" in exported
    assert PASSWORD not in exported


def test_the_chain_is_whole_until_somebody_touches_it(office: Office, db: Database) -> None:
    admin = office.sign_in("quan", "admin")
    admin.get("/console/nhat-ky")
    seal = office.vault.audit_seal
    assert _state(db, seal) is None
    done = admin.post("/console/nhat-ky/kiem-tra")
    assert "nguyên vẹn" in admin.get(done.headers["Location"]).get_data(as_text=True)
    with pytest.raises(Exception, match="append-only"), db.engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET actor = 'ai do' WHERE id = 2"))
    _without_guard(db, "UPDATE audit_entry SET actor = 'ai do' WHERE id = 2")
    assert _state(db, seal) == 2


def test_a_missing_entry_and_a_cut_off_tail_are_noticed(office: Office, db: Database) -> None:
    admin = office.sign_in("quan", "admin")
    for _ in range(4):
        admin.get("/console/nhat-ky")
    seal = office.vault.audit_seal
    last = office.audited()[-1].id
    _without_guard(db, f"DELETE FROM audit_entry WHERE id = {last}")
    assert _state(db, seal) == last
    _without_guard(db, "DELETE FROM audit_entry WHERE id = 2")
    assert _state(db, seal) == 3


def test_a_chain_sealed_with_another_key_does_not_fit(office: Office, db: Database) -> None:
    office.sign_in("lan", "reception")
    assert _state(db, lambda said: "forged") == 1


def test_many_at_once_share_no_predecessor(office: Office, db: Database) -> None:
    import threading

    def write() -> None:
        for _ in range(5):
            with db.write() as session:
                audit.add(
                    session,
                    office.vault.audit_seal,
                    actor="a",
                    action="x",
                    now=office.clock.now(),
                )

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        assert audit.verify(session, office.vault.audit_seal) == audit.ChainState(30)


def test_only_declared_actions_and_details_are_written() -> None:
    auditing.checked("sign_in.done", {"factor": "totp"})
    with pytest.raises(auditing.Undeclared):
        auditing.checked("something.else", {})
    with pytest.raises(auditing.Undeclared):
        auditing.checked("sign_in.done", {"phone": "0900000001"})


def _id(office: Office, username: str) -> int:
    with office.database.read() as session:
        row = staff.by_username(session, username)
        assert row is not None
        assert row.id is not None
        return row.id


def _state(db: Database, seal: audit.Seal) -> int | None:
    with db.read() as session:
        return audit.verify(session, seal).broken_at


def _without_guard(db: Database, statement: str) -> None:
    """What somebody with the database's own rights could do."""
    with db.engine.begin() as connection:
        if db.is_sqlite:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_no_update"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_no_delete"))
        else:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
