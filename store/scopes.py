"""Which units an account limited to an agency may see."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, select

from store.tables import Agency


def agencies_of(session: Session, agency_ids: Iterable[int]) -> frozenset[int]:
    """Agencies with everything below them and everything whose work they took over."""
    rows = session.exec(select(Agency.id, Agency.parent_id, Agency.successor_id)).all()
    below: dict[int, list[int]] = {}
    for number, parent, successor in rows:
        for above in (parent, successor):
            if above is not None and number is not None:
                below.setdefault(above, []).append(number)
    found: set[int] = set()
    waiting = list(agency_ids)
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += below.get(number, [])
    return frozenset(found)


def units_of(session: Session, agency_ids: Iterable[int]) -> frozenset[str]:
    """The unit codes (MaDinhDanhDV) of agencies, those below them and those they succeeded."""
    wanted = agencies_of(session, agency_ids)
    rows = session.exec(select(Agency.id, Agency.code)).all()
    return frozenset(code for number, code in rows if number in wanted)
