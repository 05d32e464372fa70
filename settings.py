"""Settings from the environment or ``.env`` (contract 2); every one stands in ``.env.example``."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from settings_sending import SendingSettings

ROOT = Path(__file__).resolve().parent
#: Secrets printed in ``.env.example``; a production start refuses them.
SAMPLES = frozenset({"", "change-me", "sample", "secret", "demo-secret-key-not-for-production"})


class SettingsError(Exception):
    """The settings cannot be used; the text names each wrong one and says how to mend it."""


class ExtraDay(NamedTuple):
    """A day announced after the file of holidays was made; it wins over the file."""

    day: date
    name: str
    kind: Literal["statutory", "compensatory", "swapped_off", "makeup_workday"] = "swapped_off"


class Settings(SendingSettings):
    """Everything that may differ from one province to another."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    environment: Literal["production", "demo", "test"] = "production"
    database_url: str = "sqlite:///var/motcua.db"
    public_url: str = "http://127.0.0.1:8000"
    secret_key: SecretStr = SecretStr("")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # The OA and its app (zalo-protocol 0.4, 1.1, 2)
    zalo_app_id: str = ""
    zalo_app_secret: SecretStr = SecretStr("")
    zalo_oa_id: str = ""
    zalo_oa_secret_key: SecretStr = SecretStr("")
    zalo_oa_secret_key_old: SecretStr = SecretStr("")
    zalo_access_token: SecretStr = SecretStr("")
    zalo_refresh_token: SecretStr = SecretStr("")
    zalo_openapi_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_business_url: str = "https://business.openapi.zalo.me"
    zalo_rate_per_minute: int = Field(100, ge=1, le=100_000)
    zalo_app_rate_per_minute: int = Field(4000, ge=1, le=1_000_000)
    zalo_use_appsecret_proof: bool = False
    zalo_connect_timeout_seconds: float = Field(3.05, gt=0, le=30)
    zalo_read_timeout_seconds: float = Field(10, gt=0, le=60)
    refresh_token_life_days: int = Field(90, ge=1, le=365)
    refresh_token_alarm_days: int = Field(14, ge=1, le=90)

    # Webhook (zalo-protocol 1)
    webhook_max_bytes: int = Field(256 * 1024, ge=1024, le=4 * 1024 * 1024)
    #: The file by which Zalo's console proves that the domain is ours (zalo-protocol 1.1).
    zalo_verifier_file: str = ""

    # Words and places
    province_name: str = "tỉnh Tuyên Quang"
    oa_name: str = "Chính quyền số tỉnh Tuyên Quang"
    portal_name: str = "Cổng Dịch vụ công quốc gia"
    portal_url: str = "https://dichvucong.gov.vn"
    news_url: str = ""
    #: RSS or Atom of the portal's news; read every quarter of an hour.
    news_rss_url: str = ""
    news_rss_publish: bool = False
    news_rss_internal: bool = False
    news_as_list: bool = False
    feedback_url: str = ""
    hotline: str = ""
    counter_address: str = ""
    payment_url: str = ""
    sms_lookup: str = ""
    provincial_portal_url: str = ""
    #: May hold ``{code}`` where the portal wants the procedure code.
    apply_url: str = ""
    filing_guides: tuple[str, ...] = ("national",)
    guides_folder: str = str(ROOT / "data" / "guides")
    forms_folder: str = str(ROOT / "data" / "forms")

    # Receipts, QR codes and photos of them (domain 1.4, 4.2; zalo-protocol 7)
    make_receipts: bool = True
    receipt_wait_seconds: int = Field(10, ge=0, le=3600)
    receipt_code_minutes: int = Field(15, ge=1, le=24 * 60)
    #: Hosts photos may be fetched from; ".zdn.vn" means every host below it.
    photo_hosts: tuple[str, ...] = (".zdn.vn", ".zadn.vn")
    photo_max_bytes: int = Field(8 * 1024 * 1024, ge=1024, le=64 * 1024 * 1024)
    photo_max_pixels: int = Field(40_000_000, ge=10_000)
    photo_seconds: float = Field(8, gt=0, le=60)

    # Office hours and holidays (domain 4.3, 4.4)
    office_hours: str = "T2-T6 07:30-11:30 13:30-17:00"
    holidays_file: str = str(ROOT / "data" / "holidays.csv")
    extra_holidays_file: str = ""
    extra_days_off: tuple[ExtraDay, ...] = ()

    # Conversation
    conversation_minutes: int = Field(30, ge=1, le=24 * 60)
    human_quiet_minutes: int = Field(30, ge=1, le=24 * 60)
    human_return_minutes: int = Field(60, ge=1, le=24 * 60)
    lookups_per_hour: int = Field(30, ge=1, le=10_000)
    misses_per_hour: int = Field(8, ge=1, le=1000)
    otp_minutes: int = Field(5, ge=1, le=60)
    otp_tries: int = Field(5, ge=1, le=10)
    otp_per_day: int = Field(5, ge=1, le=50)
    staff_uids: tuple[str, ...] = ()
    consent_version: str = "2026-01"

    # Feedback (domain 4.6): targets the province sets itself, limits on what is sent with it
    feedback_accept_hours: float = Field(8, gt=0, le=1000)
    feedback_answer_days: int = Field(15, ge=1, le=365)
    feedback_per_day: int = Field(10, ge=1, le=1000)
    feedback_file_max_bytes: int = Field(5 * 1024 * 1024, ge=1024, le=32 * 1024 * 1024)

    # Looking at it from outside (docs/monitoring.md), backups (docs/backup.md)
    metrics_token: SecretStr = SecretStr("")
    #: Networks `/metrics` answers without the token; forwarded requests never count as ours.
    metrics_allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    #: Where the daily backup of SQLite is written; "" = none.
    backup_dir: str = ""
    backup_keep: int = Field(14, ge=1, le=1000)

    # By the clock
    reminder_days_before: int = Field(1, ge=0, le=30)
    apology_enabled: bool = False
    keep_event_bodies_days: int = Field(30, ge=1, le=3650)
    keep_messages_days: int = Field(365, ge=1, le=3650)
    #: Rows of events from Zalo; 0 = never deleted. Zalo repeats an event for two hours.
    keep_events_days: int = Field(180, ge=0, le=3650)
    #: Rows of messages that ended; 0 = never deleted. Each day's numbers stay.
    keep_history_days: int = Field(730, ge=0, le=3650)
    #: Dossiers that ended, with their events; 0 = never deleted.
    keep_dossiers_days: int = Field(0, ge=0, le=36_500)
    keep_feedback_days: int = Field(1095, ge=1, le=3650)
    #: Sentences citizens asked, without anything personal, until staff make something of them.
    keep_questions_days: int = Field(180, ge=1, le=3650)

    # Privacy desk (Law 91/2025, domain 4.5)
    privacy_acknowledge_days: int = Field(2, ge=1, le=10)
    privacy_answer_days: int = Field(15, ge=1, le=60)
    privacy_withdraw_days: int = Field(15, ge=1, le=60)
    privacy_delete_days: int = Field(20, ge=1, le=60)
    privacy_extension_days: int = Field(15, ge=1, le=60)

    # Staff console: sessions and sign-in (domain 4.7)
    session_idle_minutes: int = Field(30, ge=1, le=24 * 60)
    session_hours: int = Field(12, ge=1, le=24 * 7)
    #: How long a password shown again counts before dangerous acts.
    confirm_minutes: int = Field(10, ge=1, le=120)
    login_failures: int = Field(5, ge=1, le=100)
    login_lock_minutes: int = Field(15, ge=1, le=24 * 60)
    #: Wrong tries from one address in the lock's time, whoever they are for.
    login_failures_per_address: int = Field(30, ge=1, le=10_000)
    #: Proxies of ours in front of the web process, which tell whose address a request has.
    trusted_proxies: int = Field(0, ge=0, le=5)

    # Open pages, for one address in a minute; a whole office or a mobile network may share one
    public_pages_per_minute: int = Field(1200, ge=10, le=1_000_000)
    #: PDFs and other files; a notice board counts as twenty.
    public_files_per_minute: int = Field(120, ge=20, le=100_000)
    #: Codes and addresses that do not exist.
    public_misses_per_minute: int = Field(60, ge=5, le=100_000)

    # Ingest API
    api_max_bytes: int = Field(2 * 1024 * 1024, ge=1024)
    api_requests_per_minute: int = Field(600, ge=1)
    #: Wrong keys from one address in a minute; right keys are admitted all the same.
    api_wrong_keys_per_minute: int = Field(30, ge=1, le=100_000)
    receipt_max_bytes: int = Field(5 * 1024 * 1024, ge=1024)
    #: source system -> {"0": "citizen", ...}, because code lists differ (domain 3.3)
    applicant_types: dict[str, dict[str, str]] = Field(default_factory=dict)

    @field_validator("database_url")
    @classmethod
    def _psycopg(cls, value: str) -> str:
        return value.replace("postgres://", "postgresql+psycopg://", 1)

    @field_validator("metrics_allow")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ipaddress.ip_network(one)
        return value

    @field_validator("keep_history_days")
    @classmethod
    def _longer_than_what_repeats(cls, value: int) -> int:
        if 0 < value < 200:
            raise ValueError("at least 200 days, or 0: reminders look 180 days back")
        return value

    @field_validator("keep_dossiers_days")
    @classmethod
    def _long_over(cls, value: int) -> int:
        if 0 < value < 365:
            raise ValueError("at least 365 days, or 0 for never")
        return value

    @field_validator("public_url", "zalo_openapi_url", "zalo_oauth_url", "zalo_business_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def texts(self) -> Mapping[str, Mapping[str, str]]:
        """Texts staff put in place of shipped ones: language -> key -> text (`content.live`)."""
        return {}

    @property
    def guides(self) -> Mapping[tuple[str, str], str]:
        """Filing guides staff wrote: (key, language) -> the guide as JSON (`content.live`)."""
        return {}

    @property
    def oa_secrets(self) -> tuple[str, ...]:
        """Present and previous OA Secret Key: both verify during a rotation (protocol 1.4)."""
        both = (self.zalo_oa_secret_key, self.zalo_oa_secret_key_old)
        return tuple(s.get_secret_value() for s in both if s.get_secret_value())


def load(**overrides: object) -> Settings:
    """Read the settings; `SettingsError` in one line when one is malformed."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"{str(e['loc'][0]).upper() if e['loc'] else '?'}: {e['msg']}" for e in error.errors()
        )
        raise SettingsError(f"settings: {wrong}") from None
    except (json.JSONDecodeError, ValueError) as error:
        raise SettingsError(f"settings: {error}") from None


def refuse_samples(settings: Settings) -> None:
    """A production start without real secrets would be open to anyone: refuse it, naming each."""
    if settings.environment != "production":
        return
    printed = set(dotenv_values(ROOT / ".env.example").values()) - {None, ""}
    required = {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ZALO_APP_ID": settings.zalo_app_id,
        "ZALO_APP_SECRET": settings.zalo_app_secret.get_secret_value(),
        "ZALO_OA_ID": settings.zalo_oa_id,
        "ZALO_OA_SECRET_KEY": settings.zalo_oa_secret_key.get_secret_value(),
    }
    bad = [name for name, value in required.items() if value in SAMPLES or value in printed]
    if len(required["SECRET_KEY"]) < 32 and "SECRET_KEY" not in bad:
        bad.append("SECRET_KEY (shorter than 32 characters)")
    if not settings.public_url.startswith("https://"):
        bad.append("PUBLIC_URL (must be the https address citizens reach)")
    if bad:
        raise SettingsError(
            "missing or sample settings: " + ", ".join(bad) + "; set them in .env, see .env.example"
        )
