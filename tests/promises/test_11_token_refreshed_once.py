"""Promise 11: twenty threads meet an expired token and one refresh is made; a crash around it never
loses the pair, or ends in the alarm where losing it cannot be helped (decisions/token-renewal.md).
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from bot.client import ZaloClient
from bot.messages import Text
from bot.oauth import TokenPair
from bot.outcomes import NoToken
from bot.tokens import Tokens
from clock import FixedClock
from crypto import Vault
from notify.alarms import open_alarms
from sandbox.server import Running, running
from settings import ROOT, Settings
from store.engine import Database
from store.tables import OaToken
from tests.notify.test_sender import Zalo
from tests.notify.test_tokens import Counting, client
from tests.promises.ailing import read_only
from tests.promises.renewing_process import POINTS


@pytest.fixture
def zalo() -> Iterator[Running]:
    with running(app_secret="test-app-secret", rate_oa=10_000) as sandbox:
        yield sandbox


@pytest.fixture
def settings(settings: Settings, zalo: Running) -> Settings:
    members = settings.model_dump() | {
        "zalo_oauth_url": zalo.url,
        "zalo_access_token": "test-access",
        "zalo_refresh_token": "test-refresh",
    }
    return Settings(_env_file=None, **members)


def tokens_of(db: Database, settings: Settings, clock: FixedClock, oauth: Counting) -> Tokens:
    vault = Vault(settings.secret_key.get_secret_value())
    return Tokens(db, vault, oauth, settings, clock)


def works(zalo: Running, access: str) -> bool:
    """Whether Zalo takes this token now."""
    return zalo.world.tokens.pair is not None and zalo.world.tokens.pair.access == access


def test_twenty_threads_that_zalo_refuses_make_one_refresh_and_all_get_through(
    db: Database, zalo: Running, settings: Settings, clock: FixedClock
) -> None:
    oauth = client(settings)
    tokens = tokens_of(db, settings, clock, oauth)
    tokens.current()
    uid = Zalo(zalo).person()
    zalo.world.tokens.expire_access()
    caller = ZaloClient(zalo.url, zalo.url, zalo.url, tokens, timeouts=(5, 20))
    start, ends = threading.Barrier(20), []

    def send() -> None:
        start.wait()
        ends.append(caller.send(uid, Text("Xin chào")).message_id)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert oauth.spent == 1
    assert len(set(ends)) == 20


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_round_the_refresh_loses_no_pair_that_can_be_kept(
    db: Database,
    database_url: str,
    zalo: Running,
    settings: Settings,
    clock: FixedClock,
    point: str,
) -> None:
    oauth = client(settings)
    before = tokens_of(db, settings, clock, oauth)
    before.current()
    killed = subprocess.run(
        [
            *(sys.executable, "-m", "tests.promises.renewing_process"),
            *(database_url, zalo.url, point),
        ],
        cwd=ROOT,
        check=False,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    after = tokens_of(db, settings, clock, oauth)
    if point == "called":
        # Nothing was spent: the next one renews, and no lock of the dead one hinders it.
        assert works(zalo, after.renew("test-access"))
        assert oauth.spent == 1
    elif point == "committed":
        # The new pair is there, and nobody spends another.
        assert works(zalo, after.renew("test-access"))
        assert oauth.spent == 0
    else:
        # Only the dead process ever knew the new pair: said at once, in words, with what to do.
        with pytest.raises(NoToken):
            after.renew("test-access")
        with db.read() as session:
            (alarm,) = open_alarms(session)
        assert alarm.kind == "token_refused" and "oa connect" in alarm.text
        # The way out that the alarm names.
        after.store_pair("hand-access", "hand-refresh")
        assert after.current() == "hand-access"
        with db.read() as session:
            assert open_alarms(session) == []


class Losing(Counting):
    """Just after Zalo gave the new pair, or just before it is asked, something befalls us."""

    answered: Callable[[], object] | None = None

    def refresh(self, refresh_token: str) -> TokenPair:
        pair = super().refresh(refresh_token)
        if self.answered is not None:
            self.answered()
        return pair


def losing(settings: Settings) -> Losing:
    secret = settings.zalo_app_secret.get_secret_value()
    return Losing(settings.zalo_oauth_url, settings.zalo_app_id, secret, (2, 5))


def test_a_database_that_takes_nothing_costs_no_token(
    db: Database, settings: Settings, clock: FixedClock, zalo: Running
) -> None:
    oauth = losing(settings)
    tokens = tokens_of(db, settings, clock, oauth)
    tokens.current()
    with read_only(db), pytest.raises(DBAPIError):
        tokens.renew("test-access")
    assert oauth.spent == 0, "the token would have been given away for nothing"
    assert works(zalo, tokens.renew("test-access"))


def test_a_pair_that_came_when_the_database_took_nothing_is_kept_until_it_does(
    db: Database, settings: Settings, clock: FixedClock, zalo: Running
) -> None:
    oauth = losing(settings)
    tokens = tokens_of(db, settings, clock, oauth)
    tokens.current()
    with ExitStack() as trouble:
        oauth.answered = lambda: trouble.enter_context(read_only(db))
        with pytest.raises(DBAPIError):
            tokens.renew("test-access")
        with pytest.raises(DBAPIError):
            tokens.renew("test-access")
    assert works(zalo, tokens.renew("test-access"))
    assert oauth.spent == 1
    with db.read() as session:
        stored = session.exec(select(OaToken)).one()
        assert open_alarms(session) == []
    assert (stored.state, stored.version) == ("ok", 2)
