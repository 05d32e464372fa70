"""An announcement as an article: handed in, awaited, broadcast once by Zalo's own targeting.

Zalo tells nothing of single recipients. The one call that reaches everybody is made at most once:
that it is about to be made is written first, and if no answer is ever known, a person decides.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import journal
from bot import articles as zalo_articles
from bot.articles import NewArticle, Targeting
from bot.client import ZaloClient
from bot.errors import Api, Retry, rule_for
from bot.outcomes import CallFailed, Uncertain, ZaloError
from clock import Clock
from notify.alarms import open_alarm
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import content_of, digest
from notify.policy import is_night, morning, next_opening
from notify.rate import RateLimit
from settings import Settings
from store import broadcast_articles, broadcasts
from store.engine import Database
from store.tables import Broadcast, BroadcastArticle, BroadcastState

_LOG = journal.get("broadcast")
#: A step is tried by one worker for so long before another may.
_LEASE = timedelta(minutes=2)
_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=5)
_MOST_TRIES = 40
_EXPIRED = "Hết giá trị trước khi gửi được. Hủy và soạn bản mới."
#: What Zalo answers while it still works on an article (3.10).
_PROCESSING = -214


class Articles:
    """Takes articles one step further."""

    def __init__(
        self,
        database: Database,
        client: ZaloClient,
        settings: Settings,
        clock: Clock,
        rate: RateLimit,
    ) -> None:
        self._database = database
        self._client = client
        self._settings = settings
        self._clock = clock
        self._rate = rate

    def step(self, broadcast_id: int, now: datetime) -> bool:
        """Take the next step if it is due; True when something was done."""
        with self._database.write() as session:
            row = broadcasts.lock(session, broadcast_id, skip=True)
            if row is None or row.state not in (BroadcastState.preparing, BroadcastState.sending):
                return False
            article = broadcast_articles.take(session, broadcast_id, now, _LEASE)
            if article is None:
                return False
            if article.step == "unsure":
                # Whoever made the call died before it knew the answer.
                self._stop(row, article, "unsure", now)
                session.add(article)
                session.add(row)
                return True
            if article.step == "send" and row.expires_at is not None and row.expires_at <= now:
                row.state, row.reason, row.updated_at = BroadcastState.stopped, _EXPIRED, now
                session.add(row)
                return True
            opens = now if row.urgent else next_opening(now, self._settings)
            opens = morning(now) if opens <= now and is_night(now) else opens
            if article.step == "send" and opens > now:
                article.next_at = opens
                return False
            # Refused here, nothing is marked as about to be sent.
            made = self._article(row)
            step = article.step
            if step == "send":
                article.step = "unsure"
            session.add(article)
        if not self._rate.take():
            return self._write(broadcast_id, article, step, now + _PAUSE, "rate")
        return self._call(broadcast_id, row, article, step, made)

    def _call(
        self,
        broadcast_id: int,
        row: Broadcast,
        article: BroadcastArticle,
        step: str,
        made: NewArticle,
    ) -> bool:
        now = self._clock.now()
        try:
            if step == "create":
                article.token = zalo_articles.create(self._client, made)
                return self._write(broadcast_id, article, "verify", now + _PAUSE, "")
            if step == "verify":
                article.article_id = zalo_articles.verify(self._client, article.token)
                return self._write(broadcast_id, article, "send", now, "")
            article.zalo_message_id = zalo_articles.broadcast(
                self._client, [article.article_id], self._target(row)
            )
        except Uncertain:
            if step == "send":
                return self._write(broadcast_id, article, "unsure", now + _PAUSE, "uncertain")
            # Zalo may have made an article nobody will use: better few of those than many.
            return self._later(broadcast_id, article, step, "uncertain", now)
        except ZaloError as error:
            return self._refused(broadcast_id, article, step, error, now)
        except CallFailed as failure:
            return self._later(broadcast_id, article, step, type(failure).__name__, now)
        return self._write(broadcast_id, article, "handed", now, "")

    def _refused(
        self,
        broadcast_id: int,
        article: BroadcastArticle,
        step: str,
        error: ZaloError,
        now: datetime,
    ) -> bool:
        rule = rule_for(error.api, error.code)
        if error.code == _PROCESSING or rule.retry in (Retry.soon, Retry.minute, Retry.refresh):
            return self._later(broadcast_id, article, step, str(error.code), now)
        if rule.retry is Retry.night:
            return self._write(broadcast_id, article, step, morning(now), str(error.code))
        return self._write(broadcast_id, article, "refused", now, str(error.code))

    def _later(
        self, broadcast_id: int, article: BroadcastArticle, step: str, why: str, now: datetime
    ) -> bool:
        article.tries += 1
        if article.tries >= _MOST_TRIES:
            return self._write(broadcast_id, article, "refused", now, why)
        pause = min(_PAUSE * 2 ** min(article.tries - 1, 10), _LONGEST_PAUSE)
        return self._write(broadcast_id, article, step, now + pause, why)

    def _write(
        self, broadcast_id: int, known: BroadcastArticle, step: str, at: datetime, problem: str
    ) -> bool:
        now = self._clock.now()
        with self._database.write() as session:
            row = broadcasts.lock(session, broadcast_id)
            article = broadcast_articles.lock(session, broadcast_id)
            if row is None or article is None:
                return False
            for name in ("token", "article_id", "zalo_message_id", "tries"):
                setattr(article, name, getattr(known, name))
            article.step, article.next_at, article.problem = step, at, problem
            article.updated_at = now
            if step == "handed" and row.state != BroadcastState.cancelled:
                row.state, row.finished_at, row.preparing = BroadcastState.done, now, {}
            elif step in ("unsure", "refused") and row.state != BroadcastState.cancelled:
                self._stop(row, article, step, now)
                open_alarm(session, "broadcast_stopped", str(broadcast_id), row.reason, now)
            row.updated_at = now
            session.add(article)
            session.add(row)
        _LOG.info("article", broadcast_id=broadcast_id, state=step, problem=problem)
        return True

    def _stop(self, row: Broadcast, article: BroadcastArticle, step: str, now: datetime) -> None:
        row.state, row.updated_at = BroadcastState.stopped, now
        if step == "unsure":
            row.reason = (
                "Không rõ Zalo đã nhận bài gửi hàng loạt hay chưa. Xem mục Broadcast trong OA "
                "Manager rồi chọn: đã nhận, hoặc gửi lại."
            )
            return
        rule = rule_for(Api.oa, _number(article.problem))
        row.reason = f"Zalo từ chối bài viết (mã {article.problem}). {rule.staff}"

    def _article(self, row: Broadcast) -> NewArticle:
        if digest(row) != row.approved_hash:
            raise ValueError("not what was approved")
        said = content_of(row).article
        return NewArticle(
            title=said.title,
            author=said.author or self._settings.oa_name[:50],
            description=said.description,
            paragraphs=said.body,
            cover_url=f"{self._settings.public_url}/pictures/thong-bao/{row.id}.jpg",
            comment=said.comment,
        )

    def _target(self, row: Broadcast) -> Targeting:
        wanted = Audience.model_validate(row.audience).target
        return Targeting(
            {
                "ages": wanted.ages,
                "gender": (wanted.gender,) if wanted.gender else (),
                "locations": wanted.locations,
                "cities": wanted.cities,
                "platform": wanted.platform,
            }
        )


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0
