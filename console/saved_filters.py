"""Filters people keep under a name, for every list of the console that shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import request, url_for
from pydantic import BaseModel, Field

from console.access import Act
from console.forms import Text, read_form
from console.frame import Answer, Console, person
from store import saved_filters as store

#: The lists by the name their filters are kept under, with the page that shows them.
PAGES = {"dossiers": "dossier_list", "feedback": "feedback_list", "audit": "audit_list"}


class NewFilter(BaseModel):
    """A query string under a name."""

    page: Literal["dossiers", "feedback", "audit"]
    name: Annotated[Text, Field(min_length=1, max_length=60)]
    query: Annotated[str, Field(max_length=2000, pattern=r"^[^\r\n#]*$")] = ""


def add(console: Console) -> None:
    """Add keeping and forgetting; the lists themselves show them (`console/_filters.html`)."""

    @console.page("/bo-loc", may=Act.own, methods=["POST"])
    def filter_save() -> Answer:
        form, errors = read_form(NewFilter)
        if form is None:
            return console.refuse(next(iter(errors.values())), status=422)
        address = url_for(f"console.{PAGES[form.page]}")
        back = f"{address}?{form.query}" if form.query else address
        try:
            with console.database.write() as session:
                store.save(
                    session, person().id, form.page, form.name, form.query, console.clock.now()
                )
        except store.TooMany:
            return console.redirect(
                back, f"Đã đủ {store.MOST} bộ lọc: bỏ bớt một bộ lọc cũ.", kind="warning"
            )
        return console.redirect(back, f"Đã lưu bộ lọc «{form.name}».")

    @console.page("/bo-loc/<int:filter_id>/xoa", may=Act.own, methods=["POST"])
    def filter_remove(filter_id: int) -> Answer:
        with console.database.write() as session:
            gone = store.remove(session, person().id, filter_id)
        back = request.referrer or ""
        ours = url_for("console.home")
        at = back.find(ours, 8)
        address = back[at:] if at > 0 and back.startswith(request.host_url) else ours
        return console.redirect(address, "Đã bỏ bộ lọc." if gone else "Bộ lọc không còn.")
