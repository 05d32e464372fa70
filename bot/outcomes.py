"""What came of a call to Zalo: typed answers, and the three ways to fail (design, "Send").

No exception's text holds a message, a phone number, a UID or a token: they end in logs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.errors import Api


@dataclass(frozen=True, slots=True)
class Rate:
    """`X-RateLimit-*` of an answer and Zalo's own clock (`Date`), each None when absent (3.1)."""

    limit: int | None = None
    remain: int | None = None
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallNote:
    """One line about one call, free of personal data: for the log and the counters.

    `outcome` is ok, error, not_sent or uncertain; `code` is Zalo's; `seconds` the whole call.
    """

    api: Api
    method: str
    path: str
    outcome: str
    code: int | None
    http_status: int | None
    seconds: float
    rate: Rate | None


class CallFailed(Exception):
    """A call to Zalo that gave no success; `rate` is what the answer, if any, said of limits."""

    def __init__(
        self, api: Api, message: str, http_status: int | None = None, rate: Rate | None = None
    ) -> None:
        super().__init__(f"{api}: {message}")
        self.api = api
        self.message = message
        self.http_status = http_status
        self.rate = rate


class ZaloError(CallFailed):
    """Zalo answered with the error `code`: certainly not accepted; `errors.rule_for` says more."""

    def __init__(
        self, api: Api, code: int, http_status: int | None = None, rate: Rate | None = None
    ) -> None:
        super().__init__(api, f"error {code}", http_status, rate)
        self.code = code


class NotSent(CallFailed):
    """The request certainly had no effect: no connection, or refused before Zalo's own logic."""


class NoToken(NotSent):
    """There is no usable access token; a person must give consent anew or a refresh succeed."""


class Uncertain(CallFailed):
    """The request left and what became of it is unknown: timeout, reset, 5xx, unreadable answer."""


class TokenSource(Protocol):
    """Who owns the OA's access token. Both methods may raise NoToken (or any CallFailed)."""

    def current(self) -> str:
        """The access token to use now."""

    def renew(self, dead: str) -> str:
        """A token newer than `dead`, which Zalo refused; refreshes at most once for all callers."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What an answer says of quota (3.2, 5.2): `kind` is reply, welcome_msg, sub_quota, ...

    For templates by phone `kind` is "daily". Without a Quota the message was billed.
    """

    kind: str
    remain: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted message; delivery is told by a receipt event. `sent_at` is Zalo's, in UTC."""

    message_id: str
    sent_at: datetime | None
    quota: Quota | None
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file at Zalo, usable for 7 days (3.5): `attachment_id` of images, `token` of files."""

    id: str
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What `user/detail` tells (3.6). `last_interaction` is DD/MM/YYYY as Zalo prints it.

    The shared members are self-declared or stored by the OA and often missing.
    """

    user_id: str
    user_id_by_app: str | None = None
    user_external_id: str | None = None
    display_name: str | None = None
    alias: str | None = None
    is_follower: bool | None = None
    is_sensitive: bool | None = None
    last_interaction: str | None = None
    avatar: str | None = None
    tags: tuple[str, ...] = ()
    shared_name: str | None = None
    shared_phone: str | None = None
    shared_address: str | None = None
    shared_ward: str | None = None
    shared_district: str | None = None
    shared_city: str | None = None


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of `user/getlist`; `total` counts all users that match."""

    total: int
    offset: int
    user_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OaInfo:
    """The OA itself (3.9); `oa_type` 4 is government."""

    oa_id: str
    name: str | None = None
    is_verified: bool | None = None
    oa_type: str | None = None
    followers: int | None = None
    avatar: str | None = None
    package: str | None = None
    package_until: str | None = None
    cloud_account: str | None = None


@dataclass(frozen=True, slots=True)
class UserQuota:
    """What may still be sent to one user (3.9)."""

    last_interaction: datetime | None = None
    reply_remain: int | None = None
    reply_total: int | None = None
    promotion_daily_remain: int | None = None
    promotion_monthly_remain: int | None = None


@dataclass(frozen=True, slots=True)
class QuotaAsset:
    """One allowance of the OA or app; `valid_through` is DD/MM/YYYY."""

    asset_id: str | None
    product: str | None
    kind: str | None
    valid_through: str | None
    total: int | None
    remain: int | None


@dataclass(frozen=True, slots=True)
class TemplateQuota:
    """Daily and monthly numbers of template messages by phone (5.3)."""

    daily: int | None = None
    remaining: int | None = None
    daily_promotion: int | None = None
    remaining_promotion: int | None = None
    monthly_promotion: int | None = None
    remaining_monthly_promotion: int | None = None


@dataclass(frozen=True, slots=True)
class TemplateSummary:
    """One line of the template list; `status` is text such as ENABLE."""

    template_id: str
    name: str | None
    status: str | None
    quality: str | None


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """One page of the template list."""

    total: int | None
    templates: tuple[TemplateSummary, ...]


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A parameter a template wants; lengths in characters."""

    name: str
    required: bool
    kind: str | None
    max_length: int | None
    min_length: int | None
    accepts_null: bool


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A template in full; prices in VND, `timeout_ms` until an undelivered one is given up."""

    template_id: str
    name: str | None
    status: str | None
    quality: str | None
    tag: str | None
    preview_url: str | None
    timeout_ms: int | None
    price: float | None
    price_phone: float | None
    price_uid: float | None
    parameters: tuple[TemplateParameter, ...]


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """State of a template message: -1 unknown, 0 pushed, 1 delivered (5.3)."""

    status: int | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One message of a conversation as Zalo keeps it (3.8); `from_oa` from `src` 0."""

    message_id: str | None
    at: datetime | None
    from_oa: bool
    kind: str | None
    text: str | None
    from_id: str | None
    to_id: str | None
    from_name: str | None
    to_name: str | None
    url: str | None
