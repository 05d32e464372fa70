"""What is wrong with a field that another system sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """A field by its national name ("" = the item as a whole) and a sentence that says why."""

    field: str
    message: str
