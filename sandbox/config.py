"""What the sandbox is started with: the OA, its app, its secrets and the menu."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

#: Payloads of the OA's own menu; each can be replaced on the command line.
MENU_PAYLOADS = {
    "tracuu": "#tracuu",
    "phananh": "#phananh",
    "tintuc": "#tintuc",
    "thutuc": "#thutuc",
    "hotro": "#hotro",
    "menu": "#menu",
}


@dataclass(frozen=True)
class SandboxConfig:
    """Fixed for the life of one sandbox; what may change while it runs is in `switches`."""

    host: str = "127.0.0.1"
    port: int = 0
    webhook: str = ""
    app_id: str = "1122334455667788990"
    app_secret: str = "sandbox-app-secret"  # noqa: S105 - a sample for a simulator
    oa_id: str = "4100000000000000017"
    oa_secret: str = "sandbox-oa-secret"  # noqa: S105 - a sample for a simulator
    callback: str = ""
    access_token: str = ""
    refresh_token: str = ""
    rate_oa: int = 100
    rate_app: int = 4000
    onestop_url: str = ""
    onestop_key: str = ""
    onestop_data: Path | None = None
    templates: Path | None = None
    oa_name: str = "Chính quyền số tỉnh Tuyên Quang"
    oa_category: str = "Cơ quan Nhà nước"
    oa_address: str = "Trung tâm Phục vụ hành chính công tỉnh Tuyên Quang"
    oa_description: str = "Chính quyền số phục vụ người dân và doanh nghiệp"
    menu: dict[str, str] = field(default_factory=lambda: dict(MENU_PAYLOADS))

    @property
    def url(self) -> str:
        """Address under which the product and the browser reach the sandbox."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{host}:{self.port}"
