"""What a draft would reach by each way, in the words and numbers of the compose page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from console.broadcasts.reading import audience_of, draft_content
from console.broadcasts.words import SHARES, WAYS, lasting, money, reason_words
from console.charts import number
from notify.broadcasts.content import Content, ZbsChoice, terms_of
from notify.broadcasts.estimate import Estimate, Met, Sorted, meet, sort
from notify.policy import is_night
from settings import Settings
from store import broadcasts
from store.audience import Kind
from store.tables import Broadcast, Way

#: Stands for a text or a template that is not there yet, so that people are counted before.
_NOT_YET = "-"
_RULES = {
    Way.mixed: "Trong 48 giờ từ lần nhắn cuối: miễn phí. Đến 7 ngày: hạn mức gói. Sau đó: mẫu ZBS "
    "nếu có chọn mẫu.",
    Way.consultation: "Chỉ tới người đã nhắn OA trong 7 ngày; 48 giờ đầu miễn phí, sau đó dùng "
    "hạn mức gói.",
    Way.zbs: "Mẫu Zalo đã duyệt; tới người từng nhắn OA trong một năm và số điện thoại đã đăng ký "
    "nhận tin. Tính tiền từng tin.",
    Way.article: "Tới mọi người quan tâm theo bộ lọc của Zalo, từ 06:00 đến 22:00; Zalo duyệt "
    "trước, số bài mỗi tháng theo gói.",
}


@dataclass
class Offer:
    """One way in the table of ways."""

    way: Way
    words: str
    rule: str
    reach: str
    cost: str
    time: str
    #: Why it is not to be had for this audience; "" when it is.
    closed: str = ""


@dataclass
class Counted:
    """Everything the page says of the audience as it is now."""

    offers: list[Offer]
    estimate: Estimate
    #: (way, people, messages, VND) of the chosen way.
    shares: list[tuple[str, int, int, str]]
    #: (reason, people), most first.
    excluded: list[tuple[str, int]]
    lasting: str
    night: bool
    followers: int
    list_size: int = 0
    article: bool = False
    codes: tuple[int, ...] = field(default=(), repr=False)

    @property
    def spoken(self) -> str:
        """One sentence, also for screen readers."""
        if self.article:
            return f"Bài viết tới {number(self.followers)} người quan tâm, theo bộ lọc của Zalo."
        if not self.estimate.reach:
            return "Chưa gửi được tới ai."
        return (
            f"Gửi được tới {number(self.estimate.reach)} trong {number(self.estimate.matched)} "
            f"người, {money(self.estimate.cost)}, gửi trong {self.lasting}."
        )

    def figures(self) -> dict[str, str]:
        """The numbers of the table of ways by the ids of their cells."""
        return {
            f"w-{offer.way}-{name}": getattr(offer, name)
            for offer in self.offers
            for name in ("reach", "cost", "time")
        }


def count(session: Session, row: Broadcast, settings: Settings, now: datetime) -> Counted:
    """Count the draft's audience once and sort it by every way."""
    content, audience = draft_content(row), audience_of(row)
    met = meet(session, row, settings, now, now)
    followers = sum(people for code, people in met.kinds.items() if code & Kind.followed)
    sums: dict[Way, Sorted] = {
        way: _sorted(met, way, content, settings) for way in Way if way != Way.article
    }
    closed = _closed(row, audience.narrowed)
    offers = [_offer(way, sums[way].estimate) for way in sums]
    offers.append(_article(followers, closed))
    article = row.way == Way.article
    chosen = sums.get(Way(row.way)) or sums[Way.mixed]
    told = chosen.estimate
    return Counted(
        offers=offers,
        estimate=told,
        shares=[
            (SHARES.get(name, name), share.people, share.messages, money(share.cost))
            for name, share in told.shares.items()
        ],
        excluded=[
            (reason_words(reason), people)
            for reason, people in sorted(told.excluded.items(), key=lambda item: -item[1])
        ],
        lasting=lasting(told.seconds),
        night=is_night(now),
        followers=followers,
        list_size=broadcasts.list_size(session, row.id or 0),
        article=article,
        codes=chosen.codes,
    )


def _sorted(met: Met, way: Way, content: Content, settings: Settings) -> Sorted:
    return sort(met, terms_of(way, _assumed(content, way)), len(content.parts()), settings)


def _assumed(content: Content, way: Way) -> Content:
    """The content as if the text were written and, for ZBS alone, a template chosen."""
    changed: dict[str, object] = {}
    if not content.vi.text:
        changed["vi"] = content.vi.model_copy(update={"text": _NOT_YET})
    if way == Way.zbs and not content.zbs.template_id:
        changed["zbs"] = ZbsChoice(template_id=_NOT_YET)
    return content.model_copy(update=changed)


def _offer(way: Way, told: Estimate) -> Offer:
    reach = f"{number(told.reach)} người"
    return Offer(way, WAYS[way], _RULES[way], reach, money(told.cost), lasting(told.seconds))


def _article(followers: int, closed: str) -> Offer:
    return Offer(
        Way.article,
        WAYS[Way.article],
        _RULES[Way.article],
        "–" if closed else f"{number(followers)} người quan tâm",
        "miễn phí trong gói",
        "duyệt khoảng 30 phút, rồi Zalo gửi",
        closed,
    )


def _closed(row: Broadcast, narrowed: bool) -> str:
    """Why an article is not offered."""
    if row.agency_id is not None:
        return "Chỉ tài khoản của cả tỉnh."
    if narrowed:
        return "Không dùng được: người nhận đang chọn theo điều kiện riêng."
    return ""
