"""The OA's token pair and the consent links that lead to one; everything secret is sealed.

A refresh token works once, so two processes must never both spend it: whoever refreshes is
alone inside `renewing`, and the new pair is stored before anybody uses it (protocol 8.9).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InternalError, OperationalError
from sqlmodel import Session, col

from store.engine import Database
from store.tables import OaToken, OauthAttempt

#: A consent link works as long as Zalo's code does (protocol 2.1).
ATTEMPT_LIFE = timedelta(minutes=10)
_WAIT_SECONDS = 30.0
_LOOK_SECONDS = 0.02
_STORE_TRIES = 5


class Busy(Exception):
    """Another process has been renewing the pair for longer than any call takes."""


@dataclass(frozen=True)
class SealedPair:
    """A pair as it is stored. ``version`` grows by one with every new pair."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    consented_at: datetime
    issued_at: datetime
    expires_at: datetime
    refresh_expires_at: datetime
    state: str = "ok"
    problem: str = ""
    version: int = 1


def read(session: Session, oa_id: str) -> SealedPair | None:
    """The stored pair; None when there is none yet."""
    row = session.get(OaToken, oa_id, populate_existing=True)
    return _pair(row) if row else None


def put(session: Session, oa_id: str, pair: SealedPair, *, first: bool = False) -> SealedPair:
    """Store a new pair over the one before, which is kept for forensics; answers what stands.

    With ``first`` a pair that is already there stays: two processes that start on an empty
    database both come out with the same one.
    """
    blank = {"access_sealed": "", "refresh_sealed": "", "previous_sealed": "", "problem": ""}
    insert = (
        sqlite.insert(OaToken)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(OaToken)
    )
    made = insert.values(oa_id=oa_id, version=0, state="ok", **blank, **_times(pair))
    session.connection().execute(made.on_conflict_do_nothing())
    row = session.get_one(OaToken, oa_id, with_for_update=True, populate_existing=True)
    if first and row.version:
        return _pair(row)
    row.previous_sealed = f"{row.access_sealed} {row.refresh_sealed}".strip()
    row.access_sealed, row.refresh_sealed = pair.access, pair.refresh
    for name, moment in _times(pair).items():
        setattr(row, name, moment)
    row.state, row.problem, row.version = "ok", "", row.version + 1
    session.add(row)
    session.flush()
    return _pair(row)


def mark_refused(session: Session, oa_id: str, version: int, problem: str) -> bool:
    """Note that Zalo refused this pair's refresh token; False when a newer pair stands there."""
    marked = session.connection().execute(
        update(OaToken)
        .where(col(OaToken.oa_id) == oa_id, col(OaToken.version) == version)
        .values(state="refused", problem=problem)
    )
    return marked.rowcount > 0


@contextmanager
def renewing(database: Database, oa_id: str) -> Iterator[Renewal]:
    """Be the only one, in all processes, who may spend the refresh token; `Busy` after 30 s.

    PostgreSQL holds the row; SQLite holds a file, because holding its row would stop every
    other writer during the call to Zalo. Either is freed when its holder dies.
    """
    if database.is_sqlite:
        with _file_held(database):
            yield Renewal(database, oa_id, None)
        return
    with Session(database.engine, expire_on_commit=False) as session:
        try:
            session.connection().execute(text(f"SET LOCAL lock_timeout = '{int(_WAIT_SECONDS)}s'"))
            session.get(OaToken, oa_id, with_for_update=True)
        except OperationalError as error:
            raise Busy from error
        yield Renewal(database, oa_id, session)


class Renewal:
    """What may be done while nobody else renews: read the pair, store the one that follows."""

    def __init__(self, database: Database, oa_id: str, held: Session | None) -> None:
        self._database = database
        self._oa_id = oa_id
        self._held = held

    def pair(self) -> SealedPair | None:
        """The pair as it stands now, perhaps renewed while we waited."""
        if self._held is not None:
            return read(self._held, self._oa_id)
        with self._database.read() as session:
            return read(session, self._oa_id)

    def rehearse(self) -> None:
        """Write the pair that stands there once more, before its token is spent.

        Raises what writing raises: on a full or read-only disk the new pair would have nowhere
        to go, so the old one must not be given away.
        """
        again = update(OaToken).where(col(OaToken.oa_id) == self._oa_id)
        again = again.values(version=col(OaToken.version))
        if self._held is not None:
            self._held.connection().execute(again)
            return
        with self._database.write() as session:
            session.connection().execute(again)

    def store(self, pair: SealedPair) -> SealedPair:
        """Make the new pair durable before it is used.

        Zalo has already killed the old one, so a database that stumbles is asked again; only
        when it stays away the error is raised.
        """
        for attempt in range(_STORE_TRIES):
            try:
                return self._store(pair)
            except (OperationalError, InternalError):
                # A server that is being replaced is away at first and read-only then.
                self._drop_session()
                if attempt == _STORE_TRIES - 1:
                    raise
                time.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")

    def _store(self, pair: SealedPair) -> SealedPair:
        if self._held is None:
            with self._database.write() as session:
                return put(session, self._oa_id, pair)
        stored = put(self._held, self._oa_id, pair)
        self._held.commit()
        return stored

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction for what else must be written before anybody else may renew."""
        if self._held is None:
            with self._database.write() as session:
                yield session
        else:
            yield self._held
            self._held.commit()

    def _drop_session(self) -> None:
        """The session that held the row is of no use any more; the next try opens its own."""
        if self._held is not None:
            self._held.invalidate()
            self._held = None


@contextmanager
def _file_held(database: Database) -> Iterator[None]:
    path = f"{make_url(database.url).database}.token.lock"
    # A descriptor of our own each time: flock then keeps threads apart as well as processes.
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise Busy
            time.sleep(_LOOK_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pair(row: OaToken) -> SealedPair:
    return SealedPair(
        access=row.access_sealed,
        refresh=row.refresh_sealed,
        **_times(row),
        state=row.state,
        problem=row.problem,
        version=row.version,
    )


def _times(of: OaToken | SealedPair) -> dict[str, datetime]:
    return {
        "consented_at": of.consented_at,
        "issued_at": of.issued_at,
        "expires_at": of.expires_at,
        "refresh_expires_at": of.refresh_expires_at,
    }


def begin_attempt(session: Session, state: str, verifier_sealed: str, now: datetime) -> None:
    """Remember a consent link: its ``state`` brings back the PKCE verifier once."""
    session.add(OauthAttempt(state=state, verifier_sealed=verifier_sealed, created_at=now))
    session.flush()


def open_attempt(session: Session, state: str, now: datetime) -> bool:
    """Whether such a consent link is still good: a look that takes no write lock."""
    row = session.get(OauthAttempt, state)
    return row is not None and row.used_at is None and row.created_at > now - ATTEMPT_LIFE


def use_attempt(session: Session, state: str, now: datetime) -> str | None:
    """The sealed verifier of a consent link, once and within ten minutes; else None."""
    used = session.connection().execute(
        update(OauthAttempt)
        .where(
            col(OauthAttempt.state) == state,
            col(OauthAttempt.used_at).is_(None),
            col(OauthAttempt.created_at) > now - ATTEMPT_LIFE,
        )
        .values(used_at=now)
        .returning(col(OauthAttempt.verifier_sealed))
    )
    return used.scalar_one_or_none()
