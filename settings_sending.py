"""The settings of channels, sending and announcements; `settings.Settings` holds all of them."""

from __future__ import annotations

from datetime import time

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class SendingSettings(BaseSettings):
    """By which way a message goes, what it costs, how fast, and to how many at once."""

    # Channels, prices in VND, allowances (design, zalo-protocol 4)
    consultation_price: int = Field(55, ge=0)
    zbs_uid_price: int = Field(200, ge=0)
    zbs_phone_price: int = Field(300, ge=0)
    consultation_allowance: int = Field(500, ge=0)
    pay_beyond_allowance: bool = True
    follow_opens_window: bool = False
    welcome_messages: int = Field(3, ge=0, le=20)
    zbs_night_rule: bool = True
    zbs_uid_night_rule: bool = False
    #: message kind -> {"template_id": "...", "params": {"ma_ho_so": "{code}", ...}}
    zbs_templates: dict[str, dict[str, object]] = {}
    zbs_development_mode: bool = False

    # Sending
    sender_threads: int = Field(16, ge=1, le=256)
    handler_threads: int = Field(4, ge=1, le=64)
    lease_seconds: int = Field(60, ge=5, le=3600)
    retry_attempts: int = Field(8, ge=1, le=50)
    unknown_error_attempts: int = Field(3, ge=1, le=20)
    uncertain_pause_seconds: int = Field(120, ge=0, le=86_400)
    status_expiry_hours: int = Field(72, ge=1, le=24 * 30)

    # Announcements to many (zalo-protocol 4.2, 4.3; the hours are a courtesy, Zalo's own are wider)
    broadcast_from: time = time(7)
    broadcast_to: time = time(21)
    #: Above so many people a second person must agree.
    broadcast_approve_above: int = Field(50, ge=0, le=10_000_000)
    #: Days in which nobody gets a second one, urgent ones aside; 0 = no limit.
    broadcast_pause_days: int = Field(1, ge=0, le=90)
    #: Share of the permitted rate that announcements leave to replies and status messages.
    broadcast_reserve_percent: int = Field(2, ge=0, le=90)
    #: A start missed by more than this is asked about, never made up for.
    broadcast_missed_minutes: int = Field(30, ge=1, le=24 * 60)
    #: An announcement stops itself when so many of its last messages failed.
    broadcast_stop_failed_percent: int = Field(25, ge=1, le=100)
    #: Or when so many of those who got it stopped all messages or left.
    broadcast_stop_left_percent: float = Field(3, gt=0, le=100)
    #: Without an echo for so long a message of unknown fate counts as never taken by Zalo.
    broadcast_echo_seconds: int = Field(600, ge=1, le=86_400)

    @field_validator("broadcast_from", "broadcast_to")
    @classmethod
    def _local(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("a time of day in Vietnam, without an offset")
        return value
