"""What the control API accepts, each as a small model; errors name the field."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from .people import normal_phone


class Asked(BaseModel):
    """Unknown members are refused, so that a typing mistake is seen."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Traits(Asked):
    """What a broadcast can be aimed by, numbered as in protocol 3.4; null is unknown."""

    age: int | None = Field(default=None, ge=0, le=130)
    gender: int | None = Field(default=None, ge=1, le=2)
    location: int | None = Field(default=None, ge=0, le=2)
    city: int | None = Field(default=None, ge=0, le=63)
    platform: int | None = Field(default=None, ge=1, le=3)


class NewPerson(Traits):
    """A citizen to add; `phones` in any common spelling."""

    name: str = Field(min_length=1, max_length=100)
    phone: str = Field(default="", max_length=30)
    phones: list[str] = Field(default=[], max_length=10)
    has_zalo: bool = True
    follow: bool = False

    @field_validator("phone")
    @classmethod
    def _one(cls, value: str) -> str:
        return _checked(value) if value else ""

    @field_validator("phones")
    @classmethod
    def _several(cls, value: list[str]) -> list[str]:
        return [_checked(phone) for phone in value]


class NewCrowd(Traits):
    """Many citizens at once; `interacted_hours_ago` is their last interaction, none when absent."""

    count: int = Field(ge=1, le=100_000)
    prefix: str = Field(default="Người dân", min_length=1, max_length=80)
    follow: bool = True
    interacted_hours_ago: float | None = Field(default=None, ge=0, le=100_000)


class PersonPatch(Traits):
    """What to change about a citizen; what is absent stays."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    phones: list[str] | None = Field(default=None, max_length=10)
    has_zalo: bool | None = None
    restricted: bool | None = None
    inactive: bool | None = None

    @field_validator("phones")
    @classmethod
    def _several(cls, value: list[str] | None) -> list[str] | None:
        return None if value is None else [_checked(phone) for phone in value]


class Follow(Asked):
    """`source` as in the event."""

    source: str = Field(default="oa_profile", max_length=50)


class Flag(Asked):
    """Yes or no."""

    on: bool = True


class SendText(BaseModel):
    """A text of the citizen, kept exactly as typed."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=10_000)
    quote_id: str = Field(default="", max_length=100)
    hidden: bool = False


class SendSticker(Asked):
    """One of like, heart, smile, lotus, thanks."""

    sticker: str = Field(default="like", max_length=20)


class SendLocation(Asked):
    """Decimal degrees."""

    latitude: float = Field(default=21.8233, ge=-90, le=90)
    longitude: float = Field(default=105.2140, ge=-180, le=180)


class SendCard(Asked):
    """A contact to send."""

    name: str = Field(min_length=1, max_length=100)
    phone: str = Field(max_length=30)

    @field_validator("phone")
    @classmethod
    def _one(cls, value: str) -> str:
        return _checked(value)


class SendFile(Asked):
    """A file as base64, for callers without multipart."""

    name: str = Field(min_length=1, max_length=200)
    base64: str = Field(max_length=10_000_000)
    caption: str = Field(default="", max_length=2000)


class Press(Asked):
    """Which button: of a message by title, payload or index, or a bare payload of the menu."""

    message_id: str = Field(default="", max_length=100)
    index: int | None = Field(default=None, ge=0, le=20)
    title: str = Field(default="", max_length=200)
    payload: str = Field(default="", max_length=1000)
    show: bool = False


class SubmitInfo(Asked):
    """The form's values; without `message_id` the latest form is answered."""

    message_id: str = Field(default="", max_length=100)
    name: str = Field(default="", max_length=200)
    phone: str = Field(min_length=1, max_length=30)
    dob: str = Field(default="", max_length=20)
    gender: str = Field(default="", max_length=20)
    city: str = Field(default="", max_length=200)
    district: str = Field(default="", max_length=200)
    ward: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=300)


class React(Asked):
    """An icon such as ``/-heart``; empty takes it off."""

    message_id: str = Field(max_length=100)
    icon: str = Field(default="", max_length=20)


class StaffText(Asked):
    """A line typed by a person in OA Chat."""

    text: str = Field(min_length=1, max_length=2000)
    admin_id: str = Field(default="9000000000000000001", max_length=30)


class ClockOrder(Asked):
    """Any of: move by seconds, set (ISO 8601 or ms), freeze or thaw, back to real time."""

    advance: float | None = Field(default=None, ge=-(10**9), le=10**9)
    set: str | int | None = None
    freeze: bool | None = None
    reset: bool = False


class TokenOrder(Asked):
    """What to do with the pair."""

    action: str = Field(pattern="^(issue|preset|expire|kill_refresh)$")
    access_token: str = Field(default="", max_length=2000)
    refresh_token: str = Field(default="", max_length=2000)


class Rejection(Asked):
    """Why the reviewers refuse a broadcast."""

    reason: str = Field(default="", max_length=500)


class WebhookOrder(Asked):
    """A new webhook address; probed like the console does unless `force`."""

    url: str = Field(max_length=2000)
    force: bool = False


class TestOrder(Asked):
    """The console's Test button for one event."""

    event_name: str = Field(default="user_send_text", max_length=60)


def _checked(phone: str) -> str:
    normal = normal_phone(phone)
    if normal is None:
        raise ValueError("not a Vietnamese phone number")
    return normal
