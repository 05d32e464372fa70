"""One press for everything that is kept about whoever asks, as JSON or PDF."""

from __future__ import annotations

from console.access import Act
from console.auditing import declare
from console.frame import Answer, Console
from console.privacy.acts import identified
from console.privacy.request_page import show
from privacy.export import as_json, sections
from privacy.papers import copy_pdf
from privacy.requests import NotNow
from store import privacy as store
from store import privacy_export

declare("privacy.exported", "Xuất dữ liệu cho công dân", "form")

_FORMS = {"json": "application/json", "pdf": "application/pdf"}


def add(console: Console) -> None:
    """Add the copies."""

    @console.page("/quyen-rieng-tu/<int:request_id>/ban-sao.<form>", may=Act.privacy, confirm=True)
    def privacy_copy(request_id: int, form: str) -> Answer:
        with console.database.read() as session:
            row = store.get(session, request_id)
            if row is None or form not in _FORMS:
                return console.missing()
            try:
                identified(row)
                if row.uid:
                    kept = privacy_export.of_user(session, row.uid)
                elif row.phone:
                    kept = privacy_export.of_phone(session, row.phone)
                else:
                    raise NotNow(
                        "Yêu cầu này không còn, hoặc không có, số điện thoại hay tài khoản."
                    )
            except NotNow as refused:
                return show(console, row, {"_": str(refused)})
        now = console.clock.now()
        parts = sections(kept, console.settings)
        make = as_json if form == "json" else copy_pdf
        content = make(parts, row.code, now, console.settings)
        console.looked("privacy.exported", "privacy", row.code, form=form)
        return console.download(content, f"{row.code}.{form}", _FORMS[form])
