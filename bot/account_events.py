"""Events about the account rather than one citizen's chat: calls, groups, templates, shop.

Members are those of zalo-protocol 1.9; what is UNKNOWN there is left out here. Read them through
`bot.events`.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.event_types import Attachment, Event, UserMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConsentAsked(Event):
    """We asked to be allowed to call; `request_type` is SENT or EXPIRED."""

    phone: str | None = None
    request_type: str | None = None
    asked_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConsentReplied(Event):
    """The answer; `allowed` is None for an answer we do not know, `expires_at` for no limit."""

    phone: str | None = None
    answer: str | None = None
    allowed: bool | None = None
    confirmed_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Event):
    """A call between citizen and OA; duration and talk time in ms, waiting time in s."""

    by_oa: bool
    phone: str | None = None
    call_id: str | None = None
    call_type: str | None = None
    started_at: datetime | None = None
    duration_ms: int | None = None
    waiting_s: int | None = None
    talk_ms: int | None = None
    status_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnonymousMessage(Event):
    """A message to or from a visitor without a UID."""

    kind: str
    by_oa: bool
    anonymous_id: str | None = None
    conversation_id: str | None = None
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Event):
    """Life of a group chat; `change` is our word whichever literal Zalo used (1.8, CONFLICT)."""

    change: str
    group_id: str | None = None
    user_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMessage(Event):
    """A message in a group chat, from a member or (`by_oa`) from the OA."""

    kind: str
    by_oa: bool
    group_id: str | None = None
    text: str | None = None
    quote_msg_id: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionPurchased(Event):
    """A ZOA extension was paid for."""

    extension_id: str | None = None
    valid_from: str | None = None
    valid_through: str | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChanged(Event):
    """Status, quality or quota (`what`) of a ZBS template went from `previous` to `current`."""

    what: str
    template_id: str | None = None
    previous: str | None = None
    current: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OaQuotaChanged(Event):
    """The OA's daily number of template messages changed."""

    previous: int | None = None
    current: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OaTemplateTagsChanged(Event):
    """The kinds of template this OA may send changed; Zalo prints no members (section 11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey(Event):
    """A ZBS journey was acknowledged or (`timed_out`) ran out."""

    timed_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOrder(Event):
    """An order in the old Zalo Shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedProduct(UserMessage):
    """A question about a product of the old Zalo Shop."""

    title: str | None = None
    url: str | None = None
