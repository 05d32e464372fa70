"""The events Zalo sends, as plain typed objects (zalo-protocol 1.8, 1.9).

Read them through `bot.events`. Any member may be None: Zalo leaves members out, and so do forgers.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events carry.

    `at` is Zalo's time in UTC. `user_id` is the citizen's UID at this OA, whoever `sender` and
    `recipient` are (1.6); `user_id_by_app` is often missing. `unknown_members` are dotted names.
    """

    name: str
    at: datetime | None = None
    user_id: str | None = None
    user_id_by_app: str | None = None
    oa_id: str | None = None
    app_id: str | None = None
    msg_id: str | None = None
    unknown_members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One attachment of a message (1.7); `kind` is Zalo's `type`, `extension` of a file."""

    kind: str | None = None
    url: str | None = None
    thumbnail: str | None = None
    title: str | None = None
    description: str | None = None
    name: str | None = None
    size: int | None = None
    checksum: str | None = None
    extension: str | None = None
    id: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage(Event):
    """A message from a citizen. Button presses are texts too: nothing marks them (1.8)."""

    text: str | None = None
    quote_msg_id: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserText(UserMessage):
    """Words, or the payload of a pressed button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserImage(UserMessage):
    """A photo; `text` is its caption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGif(UserMessage):
    """A moving picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLink(UserMessage):
    """A shared address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAudio(UserMessage):
    """A voice message (AMR)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserVideo(UserMessage):
    """A video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSticker(UserMessage):
    """A sticker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLocation(UserMessage):
    """A place in degrees; None when the coordinates make no sense."""

    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFile(UserMessage):
    """A document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBusinessCard(UserMessage):
    """Somebody's contact, perhaps not the sender's own; the contact's name is `text` (1.7)."""

    phone: str | None = None
    qr_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Event):
    """Quan tâm; `source` is oa_profile, message_invite or social_plugin."""

    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollow(Event):
    """Bỏ quan tâm."""

    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatNow(Event):
    """The citizen pressed "Nhắn tin" for the first time; we may speak first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Event):
    """Our message reached the phone."""

    msg_ids: tuple[str, ...] = ()
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Event):
    """Our messages were read."""

    msg_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ZbsReceived(Event):
    """A template message was delivered at `delivered_at`.

    Sent by phone, `phone_or_hash` is what we sent to and there is no UID; sent by UID, it is None.
    """

    phone_or_hash: str | None = None
    delivered_at: datetime | None = None
    tracking_id: str | None = None
    receiver_device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OaSent(Event):
    """The echo of an OA message; `admin_id` only when a person wrote it in OA Chat (8.7)."""

    kind: str
    admin_id: str | None = None
    text: str | None = None
    quote_msg_id: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction(Event):
    """A reaction put on the message `msg_id`."""

    icon: str | None = None
    by_oa: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitInfo(Event):
    """The filled-in form of `AskInfo`; all of it self-declared, `phone` as it was typed."""

    full_name: str | None = None
    phone: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    address: str | None = None
    ward: str | None = None
    district: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfoUpdated(Event):
    """The OA-side profile of a citizen changed."""

    method: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Event):
    """The citizen withdrew consent: erase (zalo-protocol 4.6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChanged(Event):
    """A tag was added to or removed from users, or removed altogether ("deleted")."""

    change: str
    tag: str | None = None
    user_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetAccepted(Event):
    """A visitor of our website allowed contact; `external_id` is our own id for them (6.1)."""

    external_id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetFailed(Event):
    """Our id for a website visitor could not be attached, for `reason`."""

    external_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(Event):
    """A rating template was answered with 1 to 5; only `msg_id` tells by whom."""

    rate: int | None = None
    note: str | None = None
    feedbacks: tuple[str, ...] = ()
    rating_type: str | None = None
    option: str | None = None
    tracking_id: str | None = None
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseButton(Event):
    """A quick-reply button of the template message `msg_id` was pressed; `text` is its words."""

    text: str | None = None
    button_type: str | None = None
    tracking_id: str | None = None
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """An event whose name we do not know; kept and counted, never an error."""
