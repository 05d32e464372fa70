"""The OA's access token, renewed in time and once for all who need it (protocol 2, 8.9 to 8.11)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import journal
from bot.errors import Api, Retry, rule_for
from bot.oauth import DEFAULT_LIFE_SECONDS, OAuthClient, OAuthRefused, OAuthUnreachable, TokenPair
from bot.outcomes import NoToken
from clock import VIETNAM, Clock
from crypto import Undecipherable, Vault
from settings import Settings
from store import alarms
from store import tokens as rows
from store.engine import Database
from store.tokens import Busy, Renewal, SealedPair

#: Part of the access token's life after which a job renews it, long before anybody waits.
RENEW_AT = 0.8
#: How long a pair read from the database is believed; a dead one shows itself by -216 at once.
_BELIEVED = timedelta(seconds=5)
#: After a refresh that failed on its way, everybody gets the failure this long without a call.
_PAUSE = timedelta(seconds=15)
REFUSED, DYING = "token_refused", "token_dying"


@dataclass(frozen=True)
class _Known:
    """The pair in memory, opened."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    sealed: SealedPair
    read_at: datetime


class Tokens:
    """A `bot.client.TokenSource` over the database; one object serves all threads of a process."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        oauth_client: OAuthClient,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._oauth = oauth_client
        self._settings = settings
        self._clock = clock
        self._oa_id = settings.zalo_oa_id
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._failed_at: datetime | None = None
        #: A pair that could not be stored yet, with the version of the one it replaces.
        self._unsaved: tuple[int, TokenPair] | None = None

    def current(self) -> str:
        """The access token to use now; `NoToken` when a person must act or Zalo is away."""
        now = self._clock.now()
        known = self._known
        if known is None or now - known.read_at > _BELIEVED:
            known = self._read(now)
        if known is not None and known.access and now < known.sealed.expires_at:
            return known.access
        return self._renewed(known.access if known else "")

    def renew(self, dead: str) -> str:
        """A token newer than ``dead``, which Zalo refused; all who wait share one refresh."""
        return self._renewed(dead)

    def store_pair(
        self, access_token: str, refresh_token: str, life_seconds: int = DEFAULT_LIFE_SECONDS
    ) -> None:
        """Store a pair a person obtained: by consent, or by hand from Zalo's API Explorer."""
        now = self._clock.now()
        pair = TokenPair(access_token, refresh_token, life_seconds)
        # A refresh of the old pair that is on its way must not overwrite this one.
        with self._lock, rows.renewing(self._database, self._oa_id) as renewal:
            stored = renewal.store(self._sealed(pair, now, consented_at=now))
            self._remember(pair, stored, now)
            self._failed_at = None
            with renewal.writing() as session:
                for kind in (REFUSED, DYING):
                    alarms.close_alarm(session, kind, self._oa_id, now)
        journal.get("tokens").info("pair_stored", version=stored.version)

    def maintain(self) -> None:
        """What a job does every few minutes: renew at 80 % of life, warn before the end.

        Never raises for what Zalo or the network does: the next round tries again.
        """
        now = self._clock.now()
        known = self._read(now)
        if known is None:
            return
        issued, expires = known.sealed.issued_at, known.sealed.expires_at
        if known.sealed.state == "ok" and now >= issued + (expires - issued) * RENEW_AT:
            try:
                self._renewed(known.access)
            except NoToken as error:
                journal.get("tokens").warning("refresh_failed", reason=error.message)
        self._watch_age(now)

    def _watch_age(self, now: datetime) -> None:
        limit = timedelta(days=self._settings.refresh_token_alarm_days)
        with self._database.read() as session:
            pair = rows.read(session, self._oa_id)
        if pair is None or pair.state != "ok":
            return
        with self._database.write() as session:
            if pair.refresh_expires_at - now > limit:
                alarms.close_alarm(session, DYING, self._oa_id, now)
                return
            day = pair.refresh_expires_at.astimezone(VIETNAM).strftime("%d/%m/%Y")
            text = (
                f"Quyền gửi tin thay OA có thể hết hạn ngày {day}. Quản trị viên OA cần cấp quyền "
                "lại trước ngày đó: chạy python app.py oa connect rồi mở liên kết được in ra."
            )
            alarms.hold_alarm(session, DYING, self._oa_id, text, now)

    def _read(self, now: datetime) -> _Known | None:
        """The stored pair; the first one comes from the settings (contract 2)."""
        with self._database.read() as session:
            sealed = rows.read(session, self._oa_id)
        if sealed is None:
            sealed = self._first(now)
            if sealed is None:
                return None
        known = self._known
        if known is not None and known.sealed.version == sealed.version:
            self._known = _Known(known.access, known.refresh, sealed, now)
        else:
            self._known = self._opened(sealed, now)
        return self._known

    def _first(self, now: datetime) -> SealedPair | None:
        access = self._settings.zalo_access_token.get_secret_value()
        refresh = self._settings.zalo_refresh_token.get_secret_value()
        if not access and not refresh:
            return None
        # Without an access token the pair is born expired, and the first use renews it.
        life = DEFAULT_LIFE_SECONDS if access else 0
        pair = self._sealed(TokenPair(access, refresh, life), now, consented_at=now)
        with self._database.write() as session:
            return rows.put(session, self._oa_id, pair, first=True)

    def _renewed(self, dead: str) -> str:
        with self._lock:
            known, now = self._known, self._clock.now()
            if known and known.access not in ("", dead) and now < known.sealed.expires_at:
                return known.access
            if self._failed_at is not None and timedelta() <= now - self._failed_at < _PAUSE:
                raise NoToken(Api.oauth, "the refresh just failed, next try in a few seconds")
            if self._read(now) is None:
                raise NoToken(Api.oauth, "no token yet: python app.py oa connect")
            try:
                with rows.renewing(self._database, self._oa_id) as renewal:
                    return self._alone(renewal, dead)
            except Busy:
                raise NoToken(Api.oauth, "another process is renewing the token") from None

    def _alone(self, renewal: Renewal, dead: str) -> str:
        """Inside the lock of all processes: take what another renewed, else spend the token."""
        now = self._clock.now()
        sealed = renewal.pair()
        if sealed is None:
            raise NoToken(Api.oauth, "no token yet: python app.py oa connect")
        known = self._known = self._opened(sealed, now)
        if known.access not in ("", dead) and now < sealed.expires_at:
            return known.access
        if self._unsaved is not None and self._unsaved[0] == sealed.version:
            # Zalo gave it when the database took nothing; it is the only pair that works.
            return self._save(renewal, self._unsaved[1], sealed, now)
        if sealed.state != "ok":
            raise NoToken(Api.oauth, "Zalo refused the refresh token: python app.py oa connect")
        renewal.rehearse()
        try:
            pair = self._oauth.refresh(known.refresh)
        except OAuthRefused as error:
            self._failed_at = now
            self._refused(renewal, sealed, error, now)
            raise NoToken(Api.oauth, f"refresh refused with {error.code}") from None
        except OAuthUnreachable as error:
            self._failed_at = now
            journal.get("tokens").warning("refresh_unreachable", reason=error.message)
            raise NoToken(Api.oauth, "Zalo's token server cannot be reached") from None
        self._unsaved = (sealed.version, pair)
        return self._save(renewal, pair, sealed, now)

    def _save(self, renewal: Renewal, pair: TokenPair, before: SealedPair, now: datetime) -> str:
        """Make it durable, then use it; kept in memory when the database takes nothing."""
        stored = renewal.store(self._sealed(pair, now, before.consented_at))
        self._unsaved, self._failed_at = None, None
        self._remember(pair, stored, now)
        journal.get("tokens").info("renewed", version=stored.version)
        return pair.access_token

    def _refused(
        self, renewal: Renewal, sealed: SealedPair, error: OAuthRefused, now: datetime
    ) -> None:
        """A dead refresh token needs an OA admin; a wrong setting leaves the token unspent."""
        rule = rule_for(Api.oauth, error.code)
        journal.get("tokens").error("refresh_refused", code=error.code)
        with renewal.writing() as session:
            if rule.retry is Retry.human:
                rows.mark_refused(session, self._oa_id, sealed.version, f"error {error.code}")
            text = (
                f"Zalo từ chối gia hạn quyền gửi tin của OA (mã {error.code}). {rule.staff} "
                "Lệnh lấy liên kết cấp quyền: python app.py oa connect."
            )
            alarms.open_alarm(session, REFUSED, self._oa_id, text, now)

    def _sealed(self, pair: TokenPair, now: datetime, consented_at: datetime) -> SealedPair:
        return SealedPair(
            access=self._vault.encrypt(pair.access_token),
            refresh=self._vault.encrypt(pair.refresh_token),
            consented_at=consented_at,
            issued_at=now,
            expires_at=now + timedelta(seconds=pair.expires_in),
            refresh_expires_at=self._refresh_end(now, consented_at),
        )

    def _refresh_end(self, now: datetime, consented_at: datetime) -> datetime:
        """When the refresh token dies, as far as anybody knows (protocol 2.2).

        Whether rotation starts its three months anew is unknown. Until a pair has outlived its
        consent by that long we expect the worse, so that the alarm comes before the end.
        """
        life = timedelta(days=self._settings.refresh_token_life_days)
        end = consented_at + life
        return end if now < end else now + life

    def _opened(self, sealed: SealedPair, now: datetime) -> _Known:
        try:
            access = self._vault.decrypt(sealed.access)
            refresh = self._vault.decrypt(sealed.refresh)
        except Undecipherable:
            raise NoToken(
                Api.oauth, "the stored pair was sealed with another SECRET_KEY: oa connect"
            ) from None
        return _Known(access, refresh, sealed, now)

    def _remember(self, pair: TokenPair, sealed: SealedPair, now: datetime) -> None:
        self._known = _Known(pair.access_token, pair.refresh_token, sealed, now)
