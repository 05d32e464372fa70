"""Which units an account limited to an agency may see (domain 1.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store.tables import Agency


def spellings(code: str) -> frozenset[str]:
    """Both spellings of a unit: "000.00.04.H60" is "H60.04" (domain 1.1).

    The long form begins with the most specific level, the short one with the province and leaves
    out the levels that are nought.
    """
    parts = code.split(".")
    if parts[0][:1].isalpha():
        levels = [*parts[1:], "", "", ""][:3]
        widths = zip(levels, (2, 2, 3), strict=True)
        filled = [level.zfill(width) for level, width in widths]
        return frozenset({code, ".".join([*reversed(filled), parts[0]])})
    general_first = list(reversed(parts[:-1]))
    while general_first and not general_first[-1].strip("0"):
        general_first.pop()
    return frozenset({code, ".".join([parts[-1], *general_first])})


def units_of(session: Session, agency_ids: Iterable[int]) -> frozenset[str]:
    """The unit codes whose dossiers these agencies may see, in both spellings.

    Their own, those of all below them, and those of agencies whose work they took over, with the
    units that ended together with those. A spelling that is another agency's code stays out.
    """
    ids, codes = _reach(session, agency_ids)
    own = {codes[one] for one in ids}
    foreign = frozenset(codes.values()) - own
    return frozenset(spelt for code in own for spelt in spellings(code)) - foreign


def agencies_of(session: Session, agency_ids: Iterable[int]) -> frozenset[int]:
    """The ids of these agencies, of all below them, and of those they took over from."""
    return _reach(session, agency_ids)[0]


def _reach(session: Session, agency_ids: Iterable[int]) -> tuple[frozenset[int], dict[int, str]]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    before: defaultdict[int, list[int]] = defaultdict(list)
    codes: dict[int, str] = {}
    went_along: set[int] = set()
    columns = (Agency.id, Agency.code, Agency.parent_id, Agency.successor_id, Agency.valid_to)
    for one, code, parent, successor, ended in session.execute(core_select(*map(col, columns))):
        codes[one] = code
        children[parent].append(one)
        before[successor].append(one)
        if ended is not None and successor is None:
            went_along.add(one)
    # (id, reached through a merger): of a merged agency only what ended with it comes along, or
    # a commune that took over its district's work would see every other commune's dossiers.
    waiting = [(one, False) for one in agency_ids if one in codes]
    seen: set[tuple[int, bool]] = set()
    while waiting:
        at = waiting.pop()
        if at in seen or (at[0], False) in seen:
            continue
        seen.add(at)
        one, merged = at
        waiting += [(child, merged) for child in children[one] if not merged or child in went_along]
        waiting += [(old, True) for old in before[one]]
    return frozenset(one for one, _ in seen), codes
