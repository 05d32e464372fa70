"""The token pair is renewed once for all, stored before use, and never lost quietly."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlmodel import select

from bot import consent_page
from bot.oauth import OAuthClient, TokenPair
from bot.outcomes import NoToken
from bot.tokens import Tokens
from clock import FixedClock
from crypto import Vault
from notify.alarms import open_alarms
from sandbox.server import Running, running
from settings import Settings
from store.engine import Database
from store.tables import OaToken


@pytest.fixture
def zalo() -> Iterator[Running]:
    with running(app_secret="test-app-secret") as sandbox:
        yield sandbox


@pytest.fixture
def settings(settings: Settings, zalo: Running) -> Settings:
    """The test settings, pointed at the sandbox and holding its first pair."""
    members = settings.model_dump() | {
        "zalo_oauth_url": zalo.url,
        "zalo_access_token": "test-access",
        "zalo_refresh_token": "test-refresh",
    }
    return Settings(_env_file=None, **members)


class Counting(OAuthClient):
    """The real client, counting how often the single-use token was spent."""

    spent = 0

    def refresh(self, refresh_token: str) -> TokenPair:
        self.spent += 1
        return super().refresh(refresh_token)


@pytest.fixture
def oauth(settings: Settings) -> Counting:
    return client(settings)


def client(settings: Settings) -> Counting:
    secret = settings.zalo_app_secret.get_secret_value()
    return Counting(settings.zalo_oauth_url, settings.zalo_app_id, secret, (2, 5))


@pytest.fixture
def tokens(
    db: Database, vault: Vault, oauth: Counting, settings: Settings, clock: FixedClock
) -> Tokens:
    return Tokens(db, vault, oauth, settings, clock)


def stored(db: Database) -> OaToken:
    with db.read() as session:
        return session.exec(select(OaToken)).one()


def alarm_kinds(db: Database) -> list[str]:
    with db.read() as session:
        return [alarm.kind for alarm in open_alarms(session)]


def test_the_first_pair_comes_from_the_settings_and_is_sealed(
    db: Database, tokens: Tokens, vault: Vault
) -> None:
    assert tokens.current() == "test-access"
    row = stored(db)
    assert "test-" not in row.access_sealed + row.refresh_sealed
    assert vault.decrypt(row.refresh_sealed) == "test-refresh"


def test_afterwards_the_database_owns_the_pair(
    db: Database, tokens: Tokens, vault: Vault, settings: Settings, clock: FixedClock
) -> None:
    tokens.current()
    fresh = tokens.renew("test-access")
    other = Tokens(db, vault, client(settings), settings, clock)
    assert other.current() == fresh != "test-access"


def test_without_any_pair_the_error_says_which_command_helps(
    db: Database, vault: Vault, oauth: Counting, settings: Settings, clock: FixedClock
) -> None:
    bare = settings.model_copy(update={"zalo_access_token": "", "zalo_refresh_token": ""})
    bare = Settings(_env_file=None, **bare.model_dump())
    with pytest.raises(NoToken, match="oa connect"):
        Tokens(db, vault, oauth, bare, clock).current()


def test_twenty_threads_that_meet_a_dead_token_refresh_once(
    zalo: Running, tokens: Tokens, oauth: Counting
) -> None:
    tokens.current()
    zalo.world.tokens.expire_access()
    start, found = threading.Barrier(20), []

    def need() -> None:
        start.wait()
        found.append(tokens.renew("test-access"))

    threads = [threading.Thread(target=need) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert oauth.spent == 1
    assert len(found) == 20
    assert len(set(found)) == 1
    assert zalo.world.tokens.pair is not None
    assert found[0] == zalo.world.tokens.pair.access


def _renew_elsewhere(url: str, settings: Settings, results: multiprocessing.Queue) -> None:
    database = Database(url)
    vault = Vault(settings.secret_key.get_secret_value())
    clock = FixedClock(stored(database).issued_at)
    oauth = client(settings)
    token = Tokens(database, vault, oauth, settings, clock).renew("test-access")
    results.put((token, oauth.spent))
    database.dispose()


def test_processes_that_meet_a_dead_token_refresh_once(
    db: Database, database_url: str, tokens: Tokens, settings: Settings
) -> None:
    tokens.current()
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    arguments = (database_url, settings, results)
    children = [context.Process(target=_renew_elsewhere, args=arguments) for _ in range(3)]
    for child in children:
        child.start()
    found = [results.get(timeout=60) for _ in children]
    for child in children:
        child.join()
    assert len({token for token, _ in found}) == 1
    assert sum(spent for _, spent in found) == 1


def test_the_new_pair_is_stored_before_it_is_used_and_the_old_one_kept(
    db: Database, tokens: Tokens, vault: Vault
) -> None:
    tokens.current()
    fresh = tokens.renew("test-access")
    row = stored(db)
    assert vault.decrypt(row.access_sealed) == fresh
    assert vault.decrypt(row.previous_sealed.split()[1]) == "test-refresh"
    assert row.version == 2


class Stumbling(Counting):
    """The database server drops every connection just after Zalo gave the new pair."""

    database: Database

    def refresh(self, refresh_token: str) -> TokenPair:
        pair = super().refresh(refresh_token)
        if not self.database.is_sqlite:
            with self.database.engine.connect() as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        return pair


def test_a_pair_is_not_lost_when_the_database_stumbles_at_that_moment(
    db: Database, vault: Vault, settings: Settings, clock: FixedClock
) -> None:
    secret = settings.zalo_app_secret.get_secret_value()
    oauth = Stumbling(settings.zalo_oauth_url, settings.zalo_app_id, secret, (2, 5))
    oauth.database = db
    tokens = Tokens(db, vault, oauth, settings, clock)
    tokens.current()
    fresh = tokens.renew("test-access")
    assert vault.decrypt(stored(db).access_sealed) == fresh
    assert oauth.spent == 1


def test_a_token_past_its_life_is_renewed_when_asked_for(
    tokens: Tokens, oauth: Counting, clock: FixedClock
) -> None:
    tokens.current()
    clock.advance(hours=26)
    assert tokens.current() != "test-access"
    assert oauth.spent == 1


def test_the_job_renews_at_four_fifths_of_life_and_not_before(
    tokens: Tokens, oauth: Counting, clock: FixedClock
) -> None:
    tokens.current()
    clock.advance(hours=19)
    tokens.maintain()
    assert oauth.spent == 0
    clock.advance(hours=1, minutes=1)
    tokens.maintain()
    tokens.maintain()
    assert oauth.spent == 1


def test_another_process_takes_over_a_pair_renewed_here(
    db: Database, tokens: Tokens, vault: Vault, settings: Settings, clock: FixedClock
) -> None:
    elsewhere = client(settings)
    other = Tokens(db, vault, elsewhere, settings, clock)
    assert tokens.current() == other.current() == "test-access"
    fresh = tokens.renew("test-access")
    assert other.renew("test-access") == fresh
    assert elsewhere.spent == 0


def test_a_refused_refresh_is_told_to_staff_and_not_tried_again(
    db: Database, zalo: Running, tokens: Tokens, oauth: Counting, clock: FixedClock
) -> None:
    tokens.current()
    zalo.world.tokens.kill_refresh()
    for _ in range(3):
        with pytest.raises(NoToken):
            tokens.renew("test-access")
        clock.advance(minutes=1)
    assert oauth.spent == 1
    assert stored(db).state == "refused"
    with db.read() as session:
        alarm = open_alarms(session)[0]
    assert alarm.kind == "token_refused"
    assert "oa connect" in alarm.text


def test_while_the_access_token_lives_a_refused_refresh_stops_nothing(
    db: Database, zalo: Running, tokens: Tokens, clock: FixedClock
) -> None:
    tokens.current()
    zalo.world.tokens.kill_refresh()
    clock.advance(hours=21)
    tokens.maintain()
    assert alarm_kinds(db) == ["token_refused"]
    assert tokens.current() == "test-access"


def test_a_pair_stored_by_hand_ends_the_alarm(
    db: Database, zalo: Running, tokens: Tokens, clock: FixedClock
) -> None:
    tokens.current()
    zalo.world.tokens.kill_refresh()
    with pytest.raises(NoToken):
        tokens.renew("test-access")
    tokens.store_pair("hand-access", "hand-refresh")
    assert tokens.current() == "hand-access"
    assert alarm_kinds(db) == []
    assert stored(db).state == "ok"


def test_a_wrong_app_secret_spends_nothing_and_works_again_when_put_right(
    db: Database, vault: Vault, settings: Settings, clock: FixedClock
) -> None:
    wrong = Counting(settings.zalo_oauth_url, settings.zalo_app_id, "wrong", (2, 5))
    first = Tokens(db, vault, wrong, settings, clock)
    first.current()
    with pytest.raises(NoToken):
        first.renew("test-access")
    assert alarm_kinds(db) == ["token_refused"]
    assert stored(db).state == "ok"
    right = Tokens(db, vault, client(settings), settings, clock)
    assert right.renew("test-access") != "test-access"


def test_when_zalo_is_away_one_call_fails_for_everybody_and_the_next_try_comes_later(
    db: Database, vault: Vault, settings: Settings, clock: FixedClock
) -> None:
    nowhere = Counting("http://127.0.0.1:9", settings.zalo_app_id, "x", (0.5, 0.5))
    tokens = Tokens(db, vault, nowhere, settings, clock)
    tokens.current()
    for _ in range(5):
        with pytest.raises(NoToken):
            tokens.renew("test-access")
    assert nowhere.spent == 1
    clock.advance(seconds=20)
    with pytest.raises(NoToken):
        tokens.renew("test-access")
    assert nowhere.spent == 2
    assert stored(db).state == "ok"


def test_the_end_of_the_refresh_token_is_announced_in_time(
    db: Database, tokens: Tokens, clock: FixedClock
) -> None:
    tokens.current()
    clock.advance(days=70)
    tokens.maintain()
    assert alarm_kinds(db) == []
    clock.advance(days=7)
    tokens.maintain()
    tokens.maintain()
    assert alarm_kinds(db) == ["token_dying"]


def test_a_pair_that_outlived_its_consent_raises_no_alarm_any_more(
    db: Database, zalo: Running, tokens: Tokens, clock: FixedClock
) -> None:
    zalo.world.switches.refresh_token_seconds = 10**9
    tokens.current()
    for _ in range(95):
        clock.advance(days=1)
        tokens.maintain()
    assert alarm_kinds(db) == []
    assert stored(db).refresh_expires_at - clock.now() > timedelta(days=80)


def test_a_pair_sealed_with_another_secret_key_is_an_error_people_understand(
    db: Database, tokens: Tokens, oauth: Counting, settings: Settings, clock: FixedClock
) -> None:
    tokens.current()
    other = Tokens(db, Vault("another-secret-key-of-32-characters"), oauth, settings, clock)
    with pytest.raises(NoToken, match="SECRET_KEY"):
        other.current()


@pytest.fixture
def page(
    db: Database, tokens: Tokens, vault: Vault, settings: Settings, clock: FixedClock
) -> Iterator:
    app = Flask("test")
    app.register_blueprint(consent_page.create_blueprint(db, tokens, vault, settings, clock))
    with app.test_client() as web:
        yield web


def consent(link: str) -> str:
    """Agree as an OA admin would; the address Zalo sends the browser to."""
    parts = urlsplit(link)
    form = {name: values[0] for name, values in parse_qs(parts.query).items()}
    answer = requests.post(
        f"{parts.scheme}://{parts.netloc}{parts.path}",
        data={**form, "decision": "allow"},
        allow_redirects=False,
        timeout=5,
    )
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def test_consent_stores_a_pair_that_works_once_per_link(
    db: Database, vault: Vault, settings: Settings, clock: FixedClock, page, tokens, zalo: Running
) -> None:
    back = consent(consent_page.consent_link(db, vault, settings, clock.now()))
    answer = page.get(back)
    assert answer.status_code == 200
    assert "Đã kết nối" in answer.text
    assert zalo.world.tokens.pair is not None
    pair = zalo.world.tokens.pair
    assert tokens.current() == pair.access
    for secret in (pair.access, pair.refresh, parse_qs(urlsplit(back).query)["code"][0]):
        assert secret not in answer.text
    again = page.get(back)
    assert again.status_code == 400
    assert "oa connect" in again.text


def test_a_link_older_than_ten_minutes_is_refused(
    db: Database, vault: Vault, settings: Settings, clock: FixedClock, page
) -> None:
    back = consent(consent_page.consent_link(db, vault, settings, clock.now()))
    clock.advance(minutes=11)
    assert page.get(back).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["", "?code=x", "?state=guessed&code=x", "?state=%00&code=x", "?state=" + "a" * 5000],
)
def test_a_callback_nobody_asked_for_is_refused_without_effect(
    db: Database, page, query: str
) -> None:
    answer = page.get("/oa/callback" + query)
    assert answer.status_code == 400
    with db.read() as session:
        assert session.exec(select(OaToken)).all() == []


def test_another_oa_than_ours_is_refused(
    db: Database, vault: Vault, settings: Settings, clock: FixedClock, page
) -> None:
    back = consent(consent_page.consent_link(db, vault, settings, clock.now()))
    answer = page.get(back.replace(settings.zalo_oa_id, "4100000000000009999"))
    assert answer.status_code == 400
    assert "ZALO_OA_ID" in answer.text


def test_a_code_zalo_does_not_know_says_what_to_do(
    db: Database, vault: Vault, settings: Settings, clock: FixedClock, page
) -> None:
    link = consent_page.consent_link(db, vault, settings, clock.now())
    state = parse_qs(urlsplit(link).query)["state"][0]
    answer = page.get(f"/oa/callback?state={state}&code=%3Cscript%3E&oa_id={settings.zalo_oa_id}")
    assert answer.status_code == 400
    assert "-14005" in answer.text
    assert "<script>" not in answer.text
