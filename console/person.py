"""Who is signed in, and how far each of their acts reaches."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.access import MAY, NEEDS_SECOND_FACTOR, ROLE_WORDS, UNLIMITED_ONLY, Act
from store.staff import Grant
from store.tables import Role


@dataclass(frozen=True)
class Person:
    """A signed-in account; ``reach`` maps each agency to it with everything below (ids, units)."""

    id: int
    username: str
    full_name: str
    grants: tuple[Grant, ...]
    reach: dict[int, tuple[frozenset[int], frozenset[str]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The full name where there is one."""
        return self.full_name or self.username

    @property
    def role_words(self) -> str:
        """The roles in words."""
        roles = dict.fromkeys(role for role, _ in self.grants)
        return ", ".join(ROLE_WORDS[Role(role)] for role in roles)

    @property
    def needs_second_factor(self) -> bool:
        """Whether a role of theirs demands it."""
        return any(Role(role) in NEEDS_SECOND_FACTOR for role, _ in self.grants)

    def may(self, act: Act) -> bool:
        """Whether some role of theirs allows an act, anywhere."""
        return bool(self._agencies(act))

    def agencies(self, act: Act) -> frozenset[int] | None:
        """Ids of the agencies in which they may do it; None = everywhere."""
        granted = self._agencies(act)
        if 0 in granted:
            return None
        return frozenset().union(*(self.reach.get(one, _NOWHERE)[0] for one in granted))

    def units(self, act: Act) -> frozenset[str] | None:
        """Unit codes (MaDinhDanhDV) in which they may do it; None = everywhere."""
        granted = self._agencies(act)
        if 0 in granted:
            return None
        return frozenset().union(*(self.reach.get(one, _NOWHERE)[1] for one in granted))

    def _agencies(self, act: Act) -> set[int]:
        granted = {agency for role, agency in self.grants if Role(role) in MAY[act]}
        return granted & {0} if act in UNLIMITED_ONLY else granted


_NOWHERE: tuple[frozenset[int], frozenset[str]] = (frozenset(), frozenset())
