"""Agencies that receive dossiers, before and after mergers, and the counters of codes."""

from datetime import date, datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from store.tables.columns import BigId, big_key


def agency_ref(index: bool = True) -> int | None:
    """A reference to an agency that may be unknown."""
    found: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, index=index))
    return found


class Agency(SQLModel, table=True):
    """An agency or unit with the time it exists and who took over its work (domain 1.6)."""

    __tablename__ = "agency"

    id: int | None = big_key()
    #: MaDinhDanhDV as it stands in its dossier codes: "000.00.04.H60" or "H60.04".
    code: str = Field(unique=True)
    name: str
    name_folded: str = ""
    #: The agency it belongs to; whoever may see that one sees this one too.
    parent_id: int | None = agency_ref()
    #: Who took over its work after a merger; old dossiers keep their agency and code.
    successor_id: int | None = agency_ref()
    valid_from: date | None = None
    valid_to: date | None = None
    #: How its counter makes dossier codes; "" = as the agency above it (`dossiers.issuing`).
    code_pattern: str = ""
    phone: str = ""
    address: str = ""
    updated_at: datetime


class CodeSequence(SQLModel, table=True):
    """The last number given in a series: "dossier:H60.04-261129", "feedback:261129"."""

    __tablename__ = "code_sequence"

    scope: str = Field(primary_key=True)
    last: int = 0
