"""The questions one can ask Zalo: users, the OA, quotas, tags, templates, chats (3.6 to 3.9, 5.3).

Answers are read as tolerantly as events; an answer without what makes it one is `Uncertain`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import Api
from bot.members import Members
from bot.outcomes import (
    ChatLine,
    MessageStatus,
    OaInfo,
    Profile,
    QuotaAsset,
    Rate,
    TemplateInfo,
    TemplatePage,
    TemplateParameter,
    TemplateQuota,
    TemplateSummary,
    Uncertain,
    UserPage,
    UserQuota,
)

PAGE_LIMIT = 50
CHAT_LIMIT = 10
OFFSET_LIMIT = 9951
TEMPLATES_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: the whole `envelope`, and what its headers said."""

    envelope: Members
    rate: Rate | None

    @property
    def root(self) -> Members:
        """The member `data` as an object; a bare list stands under the name "items"."""
        data = self.envelope.raw("data")
        return Members({"items": data} if isinstance(data, list) else data)


class Queries(ABC):
    """Typed questions over three ways of calling, which `bot.client` supplies.

    Every method may raise ZaloError, NotSent or Uncertain.
    """

    @abstractmethod
    def oa_get(self, path: str, data: Mapping[str, Any] | None = None) -> Answer:
        """GET at the OA host, parameters as one `data=` (3.1)."""

    @abstractmethod
    def oa_post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """POST of JSON at the OA host."""

    @abstractmethod
    def business_get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """GET at the business host, ordinary parameters (5.3)."""

    def user_detail(self, uid: str) -> Profile:
        """The profile of a follower or of anyone who interacted (3.6)."""
        root = self.oa_get("/v3.0/oa/user/detail", {"user_id": uid}).root
        shared = root.child("shared_info")
        return Profile(
            user_id=root.id("user_id") or uid,
            user_id_by_app=root.id("user_id_by_app"),
            user_external_id=root.id("user_external_id"),
            display_name=root.text("display_name", limit=200),
            alias=root.text("user_alias", limit=200),
            is_follower=_flag(root, "user_is_follower"),
            is_sensitive=_flag(root, "is_sensitive"),
            last_interaction=root.id("user_last_interaction_date"),
            avatar=root.url("avatar"),
            tags=root.child("tags_and_notes_info").ids("tag_names"),
            shared_name=shared.text("name", limit=200),
            shared_phone=shared.id("phone"),
            shared_address=shared.text("address", limit=500),
            shared_ward=shared.text("ward", limit=200),
            shared_district=shared.text("district", limit=200),
            shared_city=shared.text("city", limit=200),
        )

    def user_list(
        self,
        offset: int = 0,
        count: int = PAGE_LIMIT,
        *,
        tag_name: str | None = None,
        period: str | None = None,
        is_follower: bool | None = None,
    ) -> UserPage:
        """A page of users; offset to 9951, count to 50 (3.6).

        `period` is TODAY, YESTERDAY, L7D, L30D or YYYY_MM_DD:YYYY_MM_DD.
        """
        data: dict[str, Any] = {
            "offset": min(max(offset, 0), OFFSET_LIMIT),
            "count": min(max(count, 1), PAGE_LIMIT),
        }
        optional = {"tag_name": tag_name, "last_interaction_period": period}
        data |= {name: value for name, value in optional.items() if value is not None}
        if is_follower is not None:
            data["is_follower"] = is_follower
        root = self.oa_get("/v3.0/oa/user/getlist", data).root
        users = [user.id("user_id") for user in root.children("users", PAGE_LIMIT)]
        return UserPage(
            total=root.integer("total") or 0,
            offset=root.integer("offset") or data["offset"],
            user_ids=tuple(user for user in users if user),
        )

    def getoa(self) -> OaInfo:
        """The OA the token belongs to; its id stands as `oa_id` or `oaid` (3.9, CONFLICT)."""
        root = self.oa_get("/v2.0/oa/getoa").root
        oa_id = root.id("oa_id", "oaid")
        if oa_id is None:
            raise Uncertain(Api.oa, "getoa without an id")
        return OaInfo(
            oa_id=oa_id,
            name=root.text("name", limit=200),
            is_verified=_flag(root, "is_verified"),
            oa_type=root.id("oa_type"),
            followers=root.integer("num_follower"),
            avatar=root.url("avatar"),
            package=root.text("package_name", limit=200),
            package_until=root.id("package_valid_through_date"),
            cloud_account=root.id("linked_ZCA"),
        )

    def quota_user(self, uid: str) -> UserQuota:
        """What may be sent to one user, and when they last interacted (3.9)."""
        root = self.oa_post("/v3.0/oa/quota/message", {"user_id": uid}).root
        reply, promotion = root.child("cs_reply"), root.child("promotion")
        return UserQuota(
            last_interaction=root.moment("last_interaction"),
            reply_remain=reply.integer("remain"),
            reply_total=reply.integer("total"),
            promotion_daily_remain=promotion.integer("daily_remain"),
            promotion_monthly_remain=promotion.integer("monthly_remain"),
        )

    def quota_owner(
        self, owner: str = "OA", *, product: str | None = None, kind: str | None = None
    ) -> tuple[QuotaAsset, ...]:
        """The allowances of the OA or APP; `product` cs or transaction, `kind` e.g. sub_quota."""
        body = {"quota_owner": owner, "product_type": product, "quota_type": kind}
        given = {name: value for name, value in body.items() if value is not None}
        root = self.oa_post("/v3.0/oa/quota/message", given).root
        return tuple(_asset(item) for item in root.children("items", 200))

    def quota_oa(self) -> QuotaAsset:
        """The OA's own number in the old form (`{}`, 3.9)."""
        return _asset(self.oa_post("/v2.0/oa/quota/message", {}).root)

    def quota_reply(self, message_id: str) -> QuotaAsset:
        """How many replies to one message are left, in the old form."""
        return _asset(self.oa_post("/v2.0/oa/quota/message", {"message_id": message_id}).root)

    def quota_broadcast(self, uid: str) -> QuotaAsset:
        """How many broadcasts one user may still get, in the old form."""
        body = {"user_id": uid, "type": "promotion"}
        return _asset(self.oa_post("/v2.0/oa/quota/message", body).root)

    def quota_templates(self) -> TemplateQuota:
        """Daily and monthly numbers of template messages by phone (5.3)."""
        root = self.business_get("/message/quota").root
        return TemplateQuota(
            daily=root.integer("dailyQuota"),
            remaining=root.integer("remainingQuota"),
            daily_promotion=root.integer("dailyQuotaPromotion"),
            remaining_promotion=root.integer("remainingQuotaPromotion"),
            monthly_promotion=root.integer("monthlyPromotionQuota"),
            remaining_monthly_promotion=root.integer("remainingMonthlyPromotionQuota"),
        )

    def tags(self) -> tuple[str, ...]:
        """The names of all tags of the OA (3.7)."""
        return self.oa_get("/v2.0/oa/tag/gettagsofoa").root.ids("items")

    def tag(self, uid: str, name: str) -> None:
        """Put the tag `name`, made on the way when new, on a user."""
        self.oa_post("/v2.0/oa/tag/tagfollower", {"user_id": uid, "tag_name": name})

    def untag(self, uid: str, name: str) -> None:
        """Take the tag `name` off a user."""
        self.oa_post("/v2.0/oa/tag/rmfollowerfromtag", {"user_id": uid, "tag_name": name})

    def remove_tag(self, name: str) -> None:
        """Remove the tag `name` altogether."""
        self.oa_post("/v2.0/oa/tag/rmtag", {"tag_name": name})

    def template_list(
        self, offset: int = 0, limit: int = TEMPLATES_LIMIT, *, status: int | None = None
    ) -> TemplatePage:
        """A page of ZBS templates; `status` 1 enabled, 2 in review, 3 rejected, 4 disabled (5.3)."""
        params = {"offset": max(offset, 0), "limit": min(max(limit, 1), TEMPLATES_LIMIT)}
        if status is not None:
            # Asked as a number although answered as text; text gives -132.
            params["status"] = status
        answer = self.business_get("/template/all", params)
        found = [
            TemplateSummary(
                template_id=template_id,
                name=item.text("templateName", limit=200),
                status=item.id("status"),
                quality=item.id("templateQuality"),
            )
            for item in answer.root.children("items", TEMPLATES_LIMIT)
            if (template_id := item.id("templateId", "template_id"))
        ]
        total = answer.envelope.child("metadata").integer("total")
        return TemplatePage(total=total, templates=tuple(found))

    def template_info(self, template_id: str) -> TemplateInfo:
        """One ZBS template with its parameters and prices (5.3)."""
        root = self.business_get("/template/info/v2", {"template_id": template_id}).root
        return TemplateInfo(
            template_id=root.id("templateId") or template_id,
            name=root.text("templateName", limit=200),
            status=root.id("status"),
            quality=root.id("templateQuality"),
            tag=root.id("templateTag"),
            preview_url=root.url("previewUrl"),
            timeout_ms=root.integer("timeout"),
            price=_price(root, "price"),
            price_phone=_price(root, "price_sdt"),
            price_uid=_price(root, "price_uid"),
            parameters=tuple(
                _parameter(item, name)
                for item in root.children("listParams", 100)
                if (name := item.id("name"))
            ),
        )

    def message_status(self, message_id: str) -> MessageStatus:
        """Whether a template message sent by phone was delivered (5.3)."""
        root = self.business_get("/message/status", {"message_id": message_id}).root
        return MessageStatus(root.integer("status"), root.moment("delivery_time"))

    def recent_chats(self, offset: int = 0, count: int = CHAT_LIMIT) -> tuple[ChatLine, ...]:
        """The last message of each recent chat, newest first; count to 10 (3.8)."""
        data = {"offset": max(offset, 0), "count": min(max(count, 1), CHAT_LIMIT)}
        root = self.oa_get("/v2.0/oa/listrecentchat", data).root
        return tuple(_chat_line(item) for item in root.children("items", CHAT_LIMIT))

    def conversation(
        self, uid: str, offset: int = 0, count: int = CHAT_LIMIT
    ) -> tuple[ChatLine, ...]:
        """The messages of one chat, newest first; count to 10 (3.8)."""
        data = {
            "user_id": uid,
            "offset": max(offset, 0),
            "count": min(max(count, 1), CHAT_LIMIT),
        }
        root = self.oa_get("/v2.0/oa/conversation", data).root
        return tuple(_chat_line(item) for item in root.children("items", CHAT_LIMIT))


def _flag(members: Members, name: str) -> bool | None:
    found = members.raw(name)
    if isinstance(found, bool):
        return found
    return {"true": True, "1": True, "false": False, "0": False}.get(str(found).lower())


def _price(members: Members, name: str) -> float | None:
    try:
        return float(members.id(name) or "")
    except ValueError:
        return None


def _asset(item: Members) -> QuotaAsset:
    return QuotaAsset(
        asset_id=item.id("asset_id"),
        product=item.id("product_type"),
        kind=item.id("quota_type", "type"),
        valid_through=item.id("valid_through"),
        total=item.integer("total"),
        remain=item.integer("remain"),
    )


def _parameter(item: Members, name: str) -> TemplateParameter:
    return TemplateParameter(
        name=name,
        required=bool(_flag(item, "require")),
        kind=item.id("type"),
        max_length=item.integer("maxLength"),
        min_length=item.integer("minLength"),
        accepts_null=bool(_flag(item, "acceptNull")),
    )


def _chat_line(item: Members) -> ChatLine:
    return ChatLine(
        message_id=item.id("message_id"),
        at=item.moment("time"),
        from_oa=item.id("src") == "0",
        kind=item.id("type"),
        text=item.text("message"),
        from_id=item.id("from_id"),
        to_id=item.id("to_id"),
        from_name=item.text("from_display_name", limit=200),
        to_name=item.text("to_display_name", limit=200),
        url=item.url("url"),
    )
