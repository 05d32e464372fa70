"""One save of a draft: fields, files and the press of a button, over exactly the version seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from flask import request
from sqlmodel import Session

from console.access import Act
from console.broadcasts import attaching
from console.broadcasts.drafts import held, own
from console.broadcasts.reading import audience_of, changes_of, differs, draft_content
from console.broadcasts.typed import Typed
from console.frame import Console, person
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import Attached, Content, ZbsChoice
from notify.broadcasts.moves import Changed, NotNow, save
from store import audit as chain
from store import broadcasts, stored_files
from store.tables import Broadcast

#: While somebody types, their saves in this time are one line of the audit.
_ONE_LINE = timedelta(minutes=10)


@dataclass
class Saved:
    """How a save ended; ``row`` as it stands afterwards, None when it is not theirs."""

    row: Broadcast | None
    typed: Typed
    errors: dict[str, str] = field(default_factory=dict)
    #: Somebody else saved first: nothing was kept.
    outdated: bool = False
    #: It is no draft any more.
    closed: str = ""


@dataclass
class _Files:
    picture: bytes | None = None
    file: tuple[bytes, str, str] | None = None
    zbs: ZbsChoice | None = None
    errors: dict[str, str] = field(default_factory=dict)


def save_form(console: Console, broadcast_id: int, act: str, *, quietly: bool = False) -> Saved:
    """Keep what the form holds. Files are made safe and Zalo is asked before anything is locked.

    ``quietly``: a script saves while somebody types.
    """
    typed = Typed.of_form(request.form)
    with console.database.read() as session:
        row = own(session, broadcast_id)
        before = draft_content(row).zbs if row else ZbsChoice()
    if row is None:
        return Saved(None, typed)
    files = _files(console, act, before)
    now = console.clock.now()
    with console.database.write() as session:
        row = held(session, broadcast_id)
        if row is None:
            return Saved(None, typed)
        changes, errors = changes_of(typed, row, person().agencies(Act.broadcast))
        errors |= files.errors
        found = Saved(row, typed, errors)
        content = _with_files(session, console, Content.model_validate(changes["content"]), files)
        typed_audience = Audience.model_validate(changes["audience"])
        audience, content, said = _pieces(session, act, row, typed_audience, content)
        errors |= said
        changes["content"] = _without(content, act).model_dump(mode="json")
        changes["audience"] = audience.model_dump(mode="json")
        if not differs(row, changes):
            return found
        plain = typed.version.isascii() and typed.version.isdigit() and len(typed.version) < 10
        version = int(typed.version) if plain else -1
        changed = " ".join(sorted(n for n, v in changes.items() if getattr(row, n) != v))
        try:
            save(row, version, now, **changes)
        except Changed:
            found.outdated = True
            return found
        except NotNow as refused:
            found.closed = str(refused)
            return found
        session.add(row)
        session.flush()
        if not (quietly and _noted(session, console, broadcast_id)):
            console.audit(
                session,
                "broadcast.saved",
                "broadcast",
                str(broadcast_id),
                version=row.version,
                changed=changed,
            )
    return found


def _files(console: Console, act: str, before: ZbsChoice) -> _Files:
    found = _Files()
    try:
        found.picture = attaching.sent_picture(console)
    except attaching.NotTaken as refused:
        found.errors["picture"] = str(refused)
    try:
        found.file = attaching.sent_file()
    except attaching.NotTaken as refused:
        found.errors["file"] = str(refused)
    if act == "template":
        try:
            wanted = request.form.get("template_id", "").strip()[:50]
            found.zbs = attaching.chosen_template(console, wanted, before)
        except attaching.NotTaken as refused:
            found.errors["template_id"] = str(refused)
    return found


def _with_files(session: Session, console: Console, content: Content, files: _Files) -> Content:
    now = console.clock.now()
    changed: dict[str, object] = {}
    if files.picture is not None:
        changed["picture"] = stored_files.keep(session, files.picture, "image/jpeg", now)
    if files.file is not None:
        body, name, mimetype = files.file
        changed["file"] = Attached(media=stored_files.keep(session, body, mimetype, now), name=name)
    if files.zbs is not None:
        changed["zbs"] = files.zbs
    return content.model_copy(update=changed)


def _without(content: Content, act: str) -> Content:
    removed: dict[str, dict[str, object]] = {
        "drop_picture": {"picture": ""},
        "drop_file": {"file": Attached()},
        "drop_template": {"zbs": ZbsChoice()},
    }
    return content.model_copy(update=removed.get(act, {}))


def _pieces(
    session: Session, act: str, row: Broadcast, audience: Audience, content: Content
) -> tuple[Audience, Content, dict[str, str]]:
    """Put a saved audience or text in place of the typed one, where that button was pressed."""
    kinds = {"use_segment": "segment", "use_template": "template"}
    kind = kinds.get(act)
    if kind is None:
        return audience, content, {}
    number = request.form.get(kind, "")
    found = broadcasts.piece(session, int(number), kind) if _is_id(number) else None
    if found is None:
        return audience, content, {kind: "Chọn một mục đã lưu."}
    try:
        if kind == "template":
            return audience, Content.model_validate(found.body), {}
        chosen = Audience.model_validate(found.body)
    except ValueError:
        return audience, content, {kind: "Mục đã lưu này không còn đọc được. Xin xóa và lưu lại."}
    within = person().agencies(Act.broadcast)
    if within is not None:
        kept = tuple(one for one in chosen.agencies if one in within)
        chosen = chosen.model_copy(update={"agencies": kept})
    return chosen.model_copy(update={"listed": audience_of(row).listed}), content, {}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


def _noted(session: Session, console: Console, broadcast_id: int) -> bool:
    """Whether the audit has a recent line of this person's work on this draft."""
    wanted = chain.AuditFilter(
        actor=person().username,
        action="broadcast.saved",
        subject_kind="broadcast",
        subject=str(broadcast_id),
        since=console.clock.now() - _ONE_LINE,
    )
    return bool(chain.entries(session, wanted, limit=1))
