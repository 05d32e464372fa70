"""Versions of a procedure: two of them side by side, and an older one put in force again."""

from __future__ import annotations

from flask import request, url_for
from pydantic import ValidationError

from console.access import Act
from console.frame import Answer, Console, person
from console.procedures.schema import words_of
from console.versions import OUTDATED, Outdated, number
from content.compare import compare
from procedures.catalogue import columns
from procedures.records import ProcedureRecord
from store import procedures as table


def add(console: Console) -> None:
    """Add the comparison and the way back."""

    @console.page("/thu-tuc/<key>/so-sanh", may=Act.edit_content)
    def procedure_compare(key: str) -> Answer:
        with console.database.read() as session:
            history = table.versions(session, key)
        bodies = {one.version: one.record for one in history}
        before, after = (number(request.args.get(name, "")) for name in ("tu", "den"))
        if before not in bodies or after not in bodies:
            return console.missing("Không có bản này.")
        differences = compare(bodies[before], bodies[after])
        return console.show(
            "texts/compare.html",
            title=str(bodies[after].get("name", key)),
            back=url_for("console.procedure_page", key=key),
            section="console.procedure_list",
            before=before,
            after=after,
            differences=differences,
            labels={one.place: words_of(one.place) for one in differences},
            history=history,
            shipped=False,
        )

    @console.page("/thu-tuc/<key>/khoi-phuc", may=Act.edit_content, methods=["POST"])
    def procedure_restore(key: str) -> Answer:
        back = url_for("console.procedure_page", key=key)
        wanted, seen = (number(request.form.get(name, "")) for name in ("number", "version"))
        try:
            with console.database.write() as session:
                old = table.version(session, key, wanted)
                if old is None:
                    return console.missing("Không có bản này.")
                record = ProcedureRecord.model_validate(old.record)
                now = table.later(session, console.clock.now())
                done = table.put(
                    session, key, columns(record), person().username, now, expected=seen
                )
                if done == "updated":
                    console.audit(
                        session, "procedure.saved", "procedure", key, old=seen, new=seen + 1
                    )
        except Outdated:
            return console.refuse(OUTDATED, back=back)
        except ValidationError:
            return console.refuse("Bản cũ không còn đúng mẫu của danh mục.", back=back)
        return console.redirect(back, f"Đã dùng lại bản {wanted}.")
