"""Articles that stand still: a person says what Zalo did with them, or has the step tried again."""

from __future__ import annotations

from datetime import datetime

from notify.broadcasts.moves import NotNow
from store.tables import Broadcast, BroadcastArticle, BroadcastState


def taken(row: Broadcast, article: BroadcastArticle | None, now: datetime) -> None:
    """Zalo did take the article: nothing more is sent."""
    held = _unsure(row, article)
    held.step, held.updated_at = "handed", now
    row.state, row.reason, row.preparing = BroadcastState.done, "", {}
    row.finished_at = row.updated_at = now


def send_again(row: Broadcast, article: BroadcastArticle | None, now: datetime) -> None:
    """Zalo never took it: the one call that reaches everybody may be made once more."""
    held = _unsure(row, article)
    held.step, held.problem, held.next_at, held.updated_at = "send", "", now, now
    row.state, row.reason, row.updated_at = BroadcastState.preparing, "", now


def retry(article: BroadcastArticle | None, now: datetime) -> None:
    """Whoever goes on after a refusal has the refused step done again, and no other."""
    if article is None:
        return
    if article.step == "unsure":
        raise NotNow("Chọn một trong hai: Zalo đã nhận bài, hoặc gửi lại.")
    if article.step == "refused":
        article.step = "send" if article.article_id else "verify" if article.token else "create"
        article.tries, article.problem, article.next_at = 0, "", now
        article.updated_at = now


def _unsure(row: Broadcast, article: BroadcastArticle | None) -> BroadcastArticle:
    if row.state != BroadcastState.stopped or article is None or article.step != "unsure":
        raise NotNow("Bài viết này không chờ xác nhận.")
    return article
