"""Staff accounts, what they may do and where, and the codes that stand in for a lost phone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select

from store.tables import RecoveryCode, Role, StaffAccount, StaffRole

#: A role and the agency it is limited to; 0 is everywhere.
Grant = tuple[str, int]


class LastAdmin(Exception):
    """Without this account nobody could manage the others any more."""


def create(
    session: Session,
    *,
    username: str,
    full_name: str,
    password_hash: str,
    grants: Iterable[Grant],
    now: datetime,
    by: str,
    must_change: bool = False,
) -> StaffAccount | None:
    """A new account; None when the name is taken."""
    if by_username(session, username) is not None:
        return None
    account = StaffAccount(
        username=username,
        full_name=full_name,
        password_hash=password_hash,
        password_changed_at=now,
        must_change=must_change,
        created_at=now,
        created_by=by,
    )
    session.add(account)
    session.flush()
    set_grants(session, account, grants)
    return account


def zalo_uids(session: Session) -> frozenset[str]:
    """UIDs staff wrote down as their own Zalo."""
    rows = session.exec(select(StaffAccount.zalo_uid).where(StaffAccount.zalo_uid != ""))
    return frozenset(rows)


def by_username(session: Session, username: str, *, lock: bool = False) -> StaffAccount | None:
    """The account with this name (lower case)."""
    statement = select(StaffAccount).where(StaffAccount.username == username)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def get(session: Session, account_id: int, *, lock: bool = False) -> StaffAccount | None:
    """The account with this id."""
    return session.get(StaffAccount, account_id, with_for_update=lock, populate_existing=lock)


def names(session: Session, account_ids: Iterable[int | None]) -> dict[int, str]:
    """Full names (else usernames) by id."""
    wanted = sorted({number for number in account_ids if number})
    if not wanted:
        return {}
    rows = session.exec(select(StaffAccount).where(col(StaffAccount.id).in_(wanted))).all()
    return {row.id or 0: row.full_name or row.username for row in rows}


def by_usernames(session: Session, usernames: Iterable[str]) -> dict[str, str]:
    """Full names (else usernames) by username."""
    rows = session.exec(
        select(StaffAccount.username, StaffAccount.full_name).where(
            col(StaffAccount.username).in_(sorted(set(usernames)))
        )
    ).all()
    return {username: full_name or username for username, full_name in rows}


def grants_of(session: Session, account_id: int) -> list[Grant]:
    """The roles of an account, each with its agency."""
    rows = session.exec(
        select(StaffRole.role, StaffRole.agency_id)
        .where(StaffRole.account_id == account_id)
        .order_by(col(StaffRole.role), col(StaffRole.agency_id))
    ).all()
    return [(role, agency) for role, agency in rows]


def grants_of_many(session: Session, account_ids: Sequence[int]) -> dict[int, list[Grant]]:
    """The roles of several accounts."""
    found: dict[int, list[Grant]] = {number: [] for number in account_ids}
    rows = session.exec(
        select(StaffRole)
        .where(col(StaffRole.account_id).in_(list(account_ids)))
        .order_by(col(StaffRole.role), col(StaffRole.agency_id))
    ).all()
    for row in rows:
        found[row.account_id].append((row.role, row.agency_id))
    return found


def set_grants(session: Session, account: StaffAccount, grants: Iterable[Grant]) -> None:
    """Replace the roles of an account; `LastAdmin` when nobody unlimited would manage accounts."""
    if account.id is None:
        raise ValueError("the account was never stored")
    wanted = sorted(set(grants))
    before = grants_of(session, account.id)
    if (Role.admin.value, 0) in before and (Role.admin.value, 0) not in wanted:
        _refuse_last_admin(session, account)
    session.connection().execute(delete(StaffRole).where(col(StaffRole.account_id) == account.id))
    for role, agency in wanted:
        session.add(StaffRole(account_id=account.id, role=role, agency_id=agency))
    session.flush()


def disable(session: Session, account: StaffAccount, now: datetime) -> None:
    """Nobody signs in with it any more; `LastAdmin` when it is the last one."""
    if (Role.admin.value, 0) in grants_of(session, account.id or 0):
        _refuse_last_admin(session, account)
    account.disabled_at = now
    session.add(account)


def _refuse_last_admin(session: Session, account: StaffAccount) -> None:
    # Locked, so that two administrators cannot take each other's role away at the same moment.
    others = session.exec(
        select(StaffAccount)
        .join(StaffRole, col(StaffRole.account_id) == col(StaffAccount.id))
        .where(
            StaffRole.role == Role.admin.value,
            StaffRole.agency_id == 0,
            col(StaffAccount.disabled_at).is_(None),
        )
        .with_for_update()
    ).all()
    if not [row for row in others if row.id != account.id]:
        raise LastAdmin(account.username)


def search(
    session: Session, text: str = "", *, after: str = "", limit: int = 50
) -> Sequence[StaffAccount]:
    """Accounts by username, those whose username or full name hold ``text``."""
    statement = select(StaffAccount).order_by(col(StaffAccount.username)).limit(limit)
    if text:
        like = f"%{text.replace('%', '').replace('_', '')}%"
        statement = statement.where(
            or_(col(StaffAccount.username).ilike(like), col(StaffAccount.full_name).ilike(like))
        )
    if after:
        statement = statement.where(col(StaffAccount.username) > after)
    return session.exec(statement).all()


def with_role(session: Session, roles: Iterable[str]) -> Sequence[StaffAccount]:
    """Accounts in use that hold one of these roles, by name."""
    return session.exec(
        select(StaffAccount)
        .join(StaffRole, col(StaffRole.account_id) == col(StaffAccount.id))
        .where(
            col(StaffRole.role).in_(sorted(roles)),
            col(StaffAccount.disabled_at).is_(None),
        )
        .distinct()
        .order_by(col(StaffAccount.full_name), col(StaffAccount.username))
    ).all()


def count(session: Session) -> int:
    """How many accounts there are, disabled ones too."""
    return int(session.exec(select(func.count()).select_from(StaffAccount)).one())


def put_recovery_codes(session: Session, account_id: int, hashes: Iterable[str]) -> None:
    """Replace the recovery codes of an account."""
    session.connection().execute(
        delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id)
    )
    for one in hashes:
        session.add(RecoveryCode(account_id=account_id, code_hash=one))
    session.flush()


def use_recovery_code(session: Session, account_id: int, code_hash: str, now: datetime) -> bool:
    """Use up a recovery code; False when there is none like it."""
    row = session.exec(
        select(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == code_hash,
            col(RecoveryCode.used_at).is_(None),
        )
        .with_for_update()
    ).first()
    if row is None:
        return False
    row.used_at = now
    session.add(row)
    session.flush()
    return True


def recovery_codes_left(session: Session, account_id: int) -> int:
    """How many recovery codes still work."""
    found = session.exec(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, col(RecoveryCode.used_at).is_(None))
    ).one()
    return int(found)
