"""The OA's connection: may we act for it, until when, what Zalo says of it, what needs a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.consent_page import consent_link
from bot.errors import rule_for
from bot.outcomes import CallFailed, NoToken, OaInfo, QuotaAsset, TemplateQuota, ZaloError
from console.access import Act
from console.auditing import declare
from console.frame import Answer, Console
from store import alarms, health, oa

declare("oa.link_made", "Tạo liên kết cấp quyền OA")

Told = TypeVar("Told")
#: What Zalo calls the kinds of an OA; 4 is government (zalo-protocol 3.9).
_TYPES = {"2": "Doanh nghiệp", "4": "Cơ quan nhà nước"}
_SILENT = timedelta(hours=24)


def add(console: Console) -> None:
    """Add the page of the connection and the button that makes a consent link."""
    console.nav("Kết nối Zalo OA", "oa_page", Act.settings, "Hệ thống")

    @console.page("/cai-dat/oa", may=Act.settings)
    def oa_page() -> Answer:
        settings, now = console.settings, console.clock.now()
        with console.database.read() as session:
            token = oa.ages(session, settings.zalo_oa_id)
            webhook = health.last_webhook(session)
            open_alarms = alarms.open_alarms(session, 50)
        problems: list[str] = []
        info: OaInfo | None = _asked(console.zalo.getoa, problems)
        assets: tuple[QuotaAsset, ...] = ()
        templates: TemplateQuota | None = None
        if info is not None:
            # One failure is enough to wait for; the others would be the same.
            assets = _asked(console.zalo.quota_owner, problems) or ()
            templates = _asked(console.zalo.quota_templates, problems)
        return console.show(
            "province/oa.html",
            token=token,
            left=_days(token.refresh_expires_at, now) if token else 0,
            soon=settings.refresh_token_alarm_days,
            webhook=webhook,
            silent=webhook is None or now - webhook > _SILENT,
            open_alarms=open_alarms,
            info=info,
            foreign=info is not None and info.oa_id != settings.zalo_oa_id,
            oa_type=_TYPES.get(info.oa_type or "", "") if info else "",
            assets=assets,
            templates=templates,
            problems=problems,
            now=now,
        )

    @console.page("/cai-dat/oa/cap-quyen", may=Act.settings, methods=["POST"], confirm=True)
    def oa_consent() -> Answer:
        now = console.clock.now()
        link = consent_link(console.database, console.vault, console.settings, now)
        with console.database.write() as session:
            console.audit(session, "oa.link_made", "oa", console.settings.zalo_oa_id)
        return console.show("province/oa_link.html", link=link, until=now + timedelta(minutes=10))


def _asked(ask: Callable[[], Told], problems: list[str]) -> Told | None:
    try:
        return ask()
    except NoToken:
        problems.append("Chưa có quyền truy cập OA: bấm Cấp quyền lại và đồng ý ở trang Zalo.")
    except ZaloError as error:
        problems.append(f"Zalo từ chối (mã {error.code}). {rule_for(error.api, error.code).staff}")
    except CallFailed:
        problems.append("Không hỏi được Zalo lúc này; các số dưới đây thiếu phần của Zalo.")
    return None


def _days(until: datetime, now: datetime) -> int:
    return max((until - now).days, 0)
