"""The filters of the dossiers' list: read from the address, turned into criteria."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel import Session

from clock import VIETNAM
from console.dossiers.deadlines import NEAR_DAYS
from console.forms import MaybeInt, Tick, Word
from crypto import Vault
from dossiers.search_box import asked_for
from dossiers.workdays import Calendar
from store import scopes
from store.dossier_search import Criteria
from store.dossier_walks import Order, Place
from store.tables import State


def _day(value: object) -> object:
    return None if value in ("", None) else value


Day = Annotated[date | None, BeforeValidator(_day)]
Due = Literal["", "overdue", "near", "open"]


class Wanted(BaseModel):
    """Every filter, under the name it has in the address."""

    q: Word = ""
    agency: MaybeInt = Field(default=None, ge=1, lt=2**62)
    field: Word = ""
    procedure: Word = ""
    states: list[State] = Field(default_factory=list, max_length=12)
    last3: Annotated[str, Field(pattern=r"^(?:[0-9A-Za-z]{3})?$")] = ""
    received_from: Day = None
    received_to: Day = None
    promised_from: Day = None
    promised_to: Day = None
    due: Due = ""
    no_zalo: Tick = False
    order: Literal["", "newest", "received", "promised"] = ""
    after: MaybeInt = Field(default=None, ge=0, lt=2**62)
    at: Annotated[str, Field(max_length=40)] = ""

    def criteria(
        self, session: Session, vault: Vault, calendar: Calendar, now: datetime
    ) -> Criteria:
        """As the store asks for it; days are those of Vietnam, the last one included."""
        promised = (_start(self.promised_from), _end(self.promised_to))
        if self.due == "overdue":
            promised = (promised[0], _earlier(promised[1], now))
        elif self.due == "near":
            promised = (now, _end(_workdays_on(calendar, now, NEAR_DAYS)))
        found = Criteria(
            identity_last3=self.last3.upper(),
            units=scopes.units_of(session, [self.agency]) if self.agency else None,
            procedure=self.procedure,
            field=self.field,
            states=tuple(self.states),
            received=(_start(self.received_from), _end(self.received_to)),
            promised=promised,
            open_only=self.due == "open",
            running_only=self.due in ("overdue", "near"),
            no_channel=self.no_zalo,
        )
        return asked_for(self.q, vault, found)

    @property
    def ordered(self) -> Order:
        """The order asked for, or the one that suits the filters."""
        if self.order:
            return Order(self.order)
        if self.due or self.promised_from or self.promised_to:
            return Order.promised
        if self.received_from or self.received_to:
            return Order.received
        return Order.newest

    @property
    def place(self) -> Place | None:
        """Where the page begins."""
        if self.after is None:
            return None
        if self.ordered is Order.newest:
            return Place(self.after)
        try:
            moment = datetime.fromisoformat(self.at)
        except ValueError:
            return None
        return Place(self.after, moment) if moment.tzinfo else None

    @property
    def used(self) -> list[str]:
        """The names of the filters in use, for the audit: never what was typed."""
        return sorted(name for name in self.query() if name not in ("after", "at"))

    def query(self, place: Place | None = None) -> dict[str, object]:
        """The address's values without the place, or with another one."""
        values = self.model_dump(mode="json", exclude_defaults=True, exclude={"after", "at"})
        found: dict[str, object] = {
            name: "1" if value is True else value for name, value in values.items()
        }
        if place is not None:
            found["after"] = place.id
            if place.at is not None:
                found["at"] = place.at.isoformat()
        return found


def with_procedure_code(criteria: Criteria, code: str) -> Criteria:
    """The same for one procedure, whatever was typed to name it."""
    return replace(criteria, procedure=code)


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time(0), VIETNAM) if day else None


def _end(day: date | None) -> datetime | None:
    return _start(day + timedelta(days=1)) if day and day < date.max else None


def _earlier(end: datetime | None, now: datetime) -> datetime:
    return min(end, now) if end else now


def _workdays_on(calendar: Calendar, now: datetime, days: int) -> date:
    day = now.astimezone(VIETNAM).date()
    for _ in range(days):
        day = calendar.next_workday(day)
    return day
