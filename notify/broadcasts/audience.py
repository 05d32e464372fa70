"""Whom an announcement is for, as staff choose it and as it is stored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from store.tables import State

#: Far enough, and never so far that a day more is none.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
_Name = Annotated[str, Field(min_length=1, max_length=300)]
_Numbers = Annotated[tuple[Annotated[int, Field(ge=0, le=99)], ...], Field(max_length=64)]


class Target(BaseModel):
    """Zalo's own targeting of an article; empty members mean everybody (zalo-protocol 3.4)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ages: _Numbers = ()
    gender: Literal[0, 1, 2] = 0
    locations: _Numbers = ()
    cities: _Numbers = ()
    platform: _Numbers = ()


class Audience(BaseModel):
    """Criteria that all have to be met; several values of one criterion are alternatives.

    Without any criterion: everybody who follows the OA or wrote to it and never left.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Ids of agencies, each with all units below it.
    agencies: Annotated[tuple[int, ...], Field(max_length=200)] = ()
    fields: Annotated[tuple[_Name, ...], Field(max_length=100)] = ()
    #: MaTTHC.
    procedures: Annotated[tuple[_Name, ...], Field(max_length=200)] = ()
    states: tuple[State, ...] = ()
    promised_from: Day | None = None
    promised_to: Day | None = None
    #: Dossiers handed in within so many days; the relation must be alive.
    submitted_days: Annotated[int, Field(ge=1, le=3650)] = 365
    interacted_days: Annotated[int | None, Field(ge=1, le=365)] = None
    tags: Annotated[tuple[_Name, ...], Field(max_length=50)] = ()
    languages: tuple[Literal["vi", "en"], ...] = ()
    #: Only those who chose the topic themselves.
    subscribed_only: bool = False
    #: Only phones and dossiers of the uploaded list.
    listed: bool = False
    target: Target = Target()

    @property
    def narrowed(self) -> bool:
        """Whether anything of ours decides who belongs to it; Zalo's own targeting is not ours."""
        beside = {"target", "submitted_days"}
        return self.model_dump(exclude=beside) != Audience().model_dump(exclude=beside)

    @property
    def about_dossiers(self) -> bool:
        """Whether a dossier decides who belongs to it."""
        return bool(
            self.agencies
            or self.fields
            or self.procedures
            or self.states
            or self.promised_from
            or self.promised_to
            or self.listed
        )
