"""What staff may change without an engineer: texts, guides, settings; every version is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from store.tables.columns import Json


class Content(SQLModel, table=True):
    """The version in force of one text, guide or group of settings."""

    __tablename__ = "content"

    #: "message", "guide" or "settings".
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    #: "vi", "en"; "" where it has none.
    language: str = Field(default="", primary_key=True)
    #: {} means: as shipped.
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    version: int = 1
    changed_by: str = ""
    #: Indexed, because every process asks for the newest one now and then.
    updated_at: datetime = Field(index=True)


class ContentVersion(SQLModel, table=True):
    """What it said at a version, and who put it there: append-only."""

    __tablename__ = "content_version"

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    changed_by: str = ""
    created_at: datetime
