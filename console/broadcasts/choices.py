"""The lists the compose page chooses from: agencies, fields, procedures, tags."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from console.access import Act
from console.broadcasts.typed import Typed
from console.dossiers.typing import matching
from console.frame import Console, person
from procedures.search import index_of
from store import agency_tree, audience
from store.dossier_search import fields


@dataclass(frozen=True)
class Lists:
    """What may be chosen; each as (value, words)."""

    agencies: list[tuple[str, str]]
    fields: list[tuple[str, str]]
    #: Chosen before, then found now.
    procedures: list[tuple[str, str]]
    found: list[tuple[str, str]]
    tags: list[tuple[str, str]]


def lists(console: Console, session: Session, typed: Typed, words: str) -> Lists:
    """What the account may choose from; ``words`` look for procedures."""
    index = index_of(session)
    chosen = []
    for code in typed.procedures:
        entry = index.by_code(code)
        chosen.append((code, entry.name if entry else code))
    found = [(one.code, one.name) for one in matching(session, words) if one.code] if words else []
    reach = person().agencies(Act.broadcast)
    known = [(name, name) for name in fields(session)]
    known += [(name, name) for name in typed.fields if (name, name) not in known]
    tagged = [(tag, f"{tag} ({count})") for tag, count in audience.tags(session)]
    there = {tag for tag, _ in tagged}
    return Lists(
        agencies=[(str(one.id), one.label) for one in agency_tree.choices(session, reach)],
        fields=known,
        procedures=chosen,
        found=[one for one in found if one[0] not in typed.procedures],
        tags=tagged + [(tag, tag) for tag in typed.tags if tag not in there],
    )
