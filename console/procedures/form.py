"""A procedure as a form: read from what was posted, rows added, moved and removed, made a record.

What the form does not show (members a later file may carry) stays as it was in the record the
form was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from console.procedures.schema import ALL_ROWS, SECTIONS, Cell, Rows
from dossiers.complaints import complaints
from procedures.records import ProcedureRecord, slug_of

#: Where a row stood in the record the form was made from.
_WAS = "_was"
Tree = dict[str, Any]


def of(record: Mapping[str, Any]) -> Tree:
    """A stored record as the form shows it: every cell a string, every row with its old place."""
    tree: Tree = {}
    for section in SECTIONS:
        for cell in section.cells:
            tree[cell.name] = _shown(cell, record.get(cell.name))
        for rows in section.rows:
            listed = record.get(rows.name) or []
            tree[rows.name] = [_shown_row(rows, at, one) for at, one in enumerate(listed)]
    return tree


def _shown(cell: Cell, value: Any) -> str:
    if cell.kind == "list":
        return "\n".join(str(one) for one in value or ())
    return "" if value is None else str(value)


def _shown_row(rows: Rows, at: int, row: Any) -> Tree:
    if rows.plain:
        return {_WAS: str(at), "": str(row)}
    if isinstance(row, str):
        row = {"name": row}
    return {
        _WAS: str(at),
        **{cell.name: _shown(cell, _inner(row, cell.name)) for cell in rows.cells},
    }


def _inner(row: Any, name: str) -> Any:
    for part in name.split("."):
        row = row.get(part) if isinstance(row, Mapping) else None
    return row


def read(posted: MultiDict[str, str]) -> Tree:
    """What was posted, bounded; counts beyond a list's size are cut."""
    tree: Tree = {}
    for section in SECTIONS:
        for cell in section.cells:
            tree[cell.name] = _text(posted, cell.name)
        for rows in section.rows:
            told = posted.get(f"n.{rows.name}", "0")
            count = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0
            tree[rows.name] = [
                {
                    _WAS: posted.get(f"{rows.name}.{at}.{_WAS}", "")[:4],
                    **{
                        cell.name: _text(posted, f"{rows.name}.{at}.{cell.name}".rstrip("."))
                        for cell in rows.cells
                    },
                }
                for at in range(min(count, rows.most + 1))
            ]
    return tree


def _text(posted: MultiDict[str, str], name: str) -> str:
    return posted.get(name, "").replace("\r\n", "\n").strip()[:20_000]


def act(tree: Tree, wanted: str) -> bool:
    """Do "add:steps", "remove:steps:2" or "up:steps:2"; False for anything else."""
    parts = wanted.split(":")
    rows = ALL_ROWS.get(parts[1]) if len(parts) > 1 else None
    if rows is None:
        return False
    listed: list[Tree] = tree[rows.name]
    if parts[0] == "add":
        if len(listed) < rows.most:
            listed.append({_WAS: "", **{cell.name: "" for cell in rows.cells}})
        return True
    told = parts[2] if len(parts) > 2 else ""
    at = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else len(listed)
    if at >= len(listed):
        return parts[0] in ("remove", "up")
    if parts[0] == "remove":
        del listed[at]
    elif parts[0] == "up" and at:
        listed[at - 1], listed[at] = listed[at], listed[at - 1]
    return parts[0] in ("remove", "up")


def made(tree: Tree, before: Mapping[str, Any]) -> tuple[ProcedureRecord | None, dict[str, str]]:
    """The record the form describes, or a sentence for each wrong field by its name in the form.

    Rows left wholly empty are no rows. ``before`` is the stored record, {} for a new one.
    """
    body = deepcopy(dict(before))
    places: dict[str, list[int]] = {}
    for section in SECTIONS:
        for cell in section.cells:
            body[cell.name] = _value(cell, tree[cell.name])
        for rows in section.rows:
            kept = [(at, row) for at, row in enumerate(tree[rows.name]) if _filled(rows, row)]
            places[rows.name] = [at for at, _ in kept]
            body[rows.name] = [_row(rows, row, before) for _, row in kept]
    body["slug"] = body["slug"] or slug_of(str(body["name"]))
    try:
        return ProcedureRecord.model_validate(body), {}
    except ValidationError as error:
        found = complaints(error)
        return None, {_at_form(place, places): said for place, said in found.items()}


def _at_form(place: str, places: dict[str, list[int]]) -> str:
    """A wrong place by the number its row has on the page, empty rows counted."""
    name, *rest = place.split(".")
    if name in places and rest and rest[0].isdigit():
        rest[0] = str(places[name][int(rest[0])])
    elif rest and rest[0].isdigit():
        # One line of a field that holds one value a line.
        return name
    return ".".join([name, *rest])


def _filled(rows: Rows, row: Tree) -> bool:
    chosen = {cell.name for cell in rows.cells if cell.kind == "choice"}
    if rows.name == "channels":
        # Its first choice already says something.
        return True
    return any(value for name, value in row.items() if name != _WAS and name not in chosen)


def _value(cell: Cell, text: str) -> Any:
    if cell.kind == "list":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if cell.kind == "number":
        text = text.replace(".", "").replace(" ", "")
    return text if text or cell.text else None


def _row(rows: Rows, row: Tree, before: Mapping[str, Any]) -> Any:
    if rows.plain:
        return row[""]
    old = before.get(rows.name) or []
    at = row[_WAS]
    was = old[int(at)] if at.isdigit() and int(at) < len(old) else {}
    body: Tree = deepcopy(dict(was)) if isinstance(was, Mapping) else {}
    for cell in rows.cells:
        target = body
        *outer, name = cell.name.split(".")
        for part in outer:
            target = target.setdefault(part, {})
        target[name] = _value(cell, row[cell.name])
    return body
