"""The permitted rate: calls per clock minute, per OA and per app, shared by all machines.

Slots are reserved in the database many at a time and used up from memory. A call made near the
edge of a minute may be counted by Zalo in the neighbouring one (its clock is not ours, and a
request travels): there it takes a slot of both minutes, so the limit holds either way.
Rules: zalo-protocol 3.1, 4.5.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from bot.errors import Api
from bot.outcomes import Rate
from clock import Clock
from notify.pace import allowed_by_now
from notify.skew import Skew
from settings import Settings
from store import rates
from store.engine import Database

_MINUTE = 60
#: What a request may take to reach Zalo.
_TRAVEL = timedelta(seconds=0.25)
#: Slots a thread fetches when the memory holds none, at a minute's turn.
_FETCH = 8
_SPARE = 64

Key = tuple[str, int]


@dataclass
class _Told:
    used: int = 0
    learned: int = 0
    closed: bool = False


@dataclass
class Slots:
    """Reserved slots that count only once their transaction is committed (`RateLimit.add`)."""

    taken: dict[Key, int] = field(default_factory=dict)
    #: How many calls they allow together with what was there before.
    oa: int = 0
    app: int = 0

    def join(self, other: Slots) -> None:
        """Take over what another reservation of the same transaction took."""
        for key, count in other.taken.items():
            self.taken[key] = self.taken.get(key, 0) + count


class RateLimit:
    """Who wants to call Zalo takes a slot here first; thread-safe."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._oa = f"oa:{settings.zalo_oa_id}"
        self._app = f"app:{settings.zalo_app_id}"
        self._limits = {
            self._oa: settings.zalo_rate_per_minute,
            self._app: settings.zalo_app_rate_per_minute,
        }
        self._learned: dict[str, int] = {}
        self._pool: dict[Key, int] = {}
        self._full: set[Key] = set()
        self._told: dict[Key, _Told] = {}
        self._seen: dict[Key, int] = {}
        self._skew = Skew()

    def take(self, *, oa: bool = True) -> bool:
        """Use one slot now; False when the minute is used up (see `free_at`).

        ``oa=False`` for ZBS sends, which count for the app only.
        """
        if self._use(oa):
            return True
        with self._database.write() as session:
            slots = self.grant(session, _FETCH if oa else 0, _FETCH)
        self.add(slots)
        return self._use(oa)

    def grant(
        self,
        session: Session,
        oa: int,
        app: int,
        *,
        paced: bool = False,
        beside: Slots | None = None,
    ) -> Slots:
        """Reserve, in the caller's transaction, so that ``oa`` and ``app`` calls may be made.

        Slots in memory are counted first; fewer are granted when the minute has no more. Also
        writes what answers told since the last time. ``paced`` for announcements: no more than
        an even share of the minute (`notify.pace`). ``beside``: what the same transaction
        reserved already, which is not in memory yet.
        """
        taken = beside.taken if beside else {}
        wanted = {self._app: app, self._oa: oa}
        with self._lock:
            told, self._told = self._told, {}
            minutes = self._minutes(self._clock.now())
            missing = {
                key: count - self._pool.get(key, 0) - taken.get(key, 0)
                for scope, count in wanted.items()
                for minute in minutes
                if count > 0
                for key in [(scope, minute)]
            }
        slots = Slots()
        short: dict[str, int] = {}
        # Always in the order of the keys: two machines would otherwise wait for each other.
        for key in sorted(missing.keys() | told.keys()):
            if word := told.get(key):
                rates.told(session, *key, word.used, word.learned, word.closed)
            asked = count = missing.get(key, 0)
            if paced and key in missing:
                count = min(asked, self._even_share(session, key))
            got = min(count, self._reserve(session, key, count, slots, spare=not paced))
            short[key[0]] = max(short.get(key[0], 0), asked - got)
        slots.oa = max(0, oa - short.get(self._oa, 0))
        slots.app = max(0, app - short.get(self._app, 0))
        return slots

    @property
    def has_news(self) -> bool:
        """Whether answers told something that the next `grant` will write."""
        return bool(self._told)

    def add(self, slots: Slots) -> None:
        """Put committed slots into use."""
        with self._lock:
            for key, count in slots.taken.items():
                self._pool[key] = self._pool.get(key, 0) + count
                self._seen[key] = self._seen.get(key, 0) + count
            self._forget_old()

    def free_at(self, now: datetime | None = None, *, oa: bool = True) -> datetime:
        """When, by our clock, a call may be possible again; ``now`` when it may be already."""
        now = now or self._clock.now()
        with self._lock:
            scopes = (self._oa, self._app) if oa else (self._app,)
            minutes = self._minutes(now)
            keys = [(scope, minute) for scope in scopes for minute in minutes]
            blocked = [k[1] for k in keys if k in self._full and self._pool.get(k, 0) < 1]
            if not blocked:
                return now
            ends = datetime.fromtimestamp((max(blocked) + 1) * _MINUTE, UTC)
            # A hair later, so that asking then does not fall on the very edge again.
            return ends - self._skew.middle + self._early() + timedelta(milliseconds=1)

    def learn(self, api: Api, rate: Rate | None, asked: datetime, answered: datetime) -> None:
        """Take Zalo's word from the headers of an answer, where it is stricter than ours."""
        if rate is None:
            return
        with self._lock:
            if rate.server_time is not None:
                self._skew.sample(asked, answered, rate.server_time)
            if rate.limit is None or rate.limit < 1:
                return
            scope = self._scope_of(api, rate.limit)
            lower = rate.limit < self._limits[scope]
            if self._learned.get(scope, 0) != (rate.limit if lower else 0):
                self._learned[scope] = rate.limit if lower else 0
                if lower:
                    self._tell(scope, answered, rate).learned = rate.limit
            if rate.remain is not None:
                self._adopt(scope, answered, rate, rate.limit - rate.remain)

    def refused(self, api: Api, rate: Rate | None) -> None:
        """A -32: no more calls in this minute, on any machine."""
        scope = self._app if api is Api.zbs else self._oa
        with self._lock:
            now = self._clock.now()
            minute = self._minute_of(now, rate)
            self._tell(scope, now, rate).closed = True
            self._full.add((scope, minute))
            self._pool.pop((scope, minute), None)

    def _adopt(self, scope: str, now: datetime, rate: Rate, used: int) -> None:
        # Our own count is ahead of Zalo's by what is in flight; only a real surplus is news.
        key = (scope, self._minute_of(now, rate))
        seen, limit = self._seen.get(key, 0), self._limits[scope]
        if used > seen and (used - seen > limit // 20 or rate.remain == 0):
            # Slots of ours that wait in memory come on top of what Zalo has counted.
            used += self._pool.get(key, 0)
            self._seen[key] = used
            told = self._tell(scope, now, rate)
            told.used = max(told.used, used)

    def _tell(self, scope: str, now: datetime, rate: Rate | None) -> _Told:
        return self._told.setdefault((scope, self._minute_of(now, rate)), _Told())

    def _scope_of(self, api: Api, limit: int) -> str:
        apps = limit == self._limits[self._app] != self._limits[self._oa]
        return self._app if api is Api.zbs or apps else self._oa

    def _minute_of(self, now: datetime, rate: Rate | None) -> int:
        zalo = rate.server_time if rate and rate.server_time else now + self._skew.middle
        return int(zalo.timestamp()) // _MINUTE

    def _early(self) -> timedelta:
        return self._skew.uncertainty

    def _minutes(self, now: datetime) -> tuple[int, ...]:
        """The minute, or the two, in which a call made now may be counted."""
        zalo = now + self._skew.middle
        first = int((zalo - self._early()).timestamp()) // _MINUTE
        last = int((zalo + self._skew.uncertainty + _TRAVEL).timestamp()) // _MINUTE
        return (first,) if first == last else (first, last)

    def _use(self, oa: bool) -> bool:
        scopes = (self._oa, self._app) if oa else (self._app,)
        with self._lock:
            keys = [(s, m) for s in scopes for m in self._minutes(self._clock.now())]
            if any(self._pool.get(key, 0) < 1 for key in keys):
                return False
            for key in keys:
                self._pool[key] -= 1
            return True

    def _even_share(self, session: Session, key: Key) -> int:
        """How many more slots than memory holds an announcement may have at this moment.

        What memory holds is not spent yet, so an even pace looks at what is: else slots fetched
        in advance for replies would be spent on announcements, and the minute would end early.
        """
        limit = self._learned.get(key[0], 0) or self._limits[key[0]]
        seconds = (self._clock.now() + self._skew.middle).timestamp() - key[1] * _MINUTE
        even = allowed_by_now(limit, self._settings.broadcast_reserve_percent, seconds)
        return even - rates.used(session, *key)

    def _reserve(self, session: Session, key: Key, count: int, slots: Slots, *, spare: bool) -> int:
        """Take up to ``count`` slots of one scope's minute; 0 or less asks for nothing."""
        if count <= 0:
            return count
        with self._lock:
            if key in self._full:
                return 0
            limit = self._learned.get(key[0], 0) or self._limits[key[0]]
        # A few more than wanted, so that not every claim must ask; few enough that another
        # machine does not miss them.
        more = min(limit // 40, _SPARE) if spare else 0
        got = rates.reserve(session, *key, count + more, limit)
        if got:
            slots.taken[key] = got
        if got < count:
            with self._lock:
                self._full.add(key)
        return got

    def _forget_old(self) -> None:
        current = self._minutes(self._clock.now())[0]
        for kept in (self._pool, self._seen):
            for key in [key for key in kept if key[1] < current - 1]:
                del kept[key]
        self._full = {key for key in self._full if key[1] >= current - 1}
