"""The catalogue of procedures in the console: list, record, versions, import, papers."""

from __future__ import annotations

from console.frame import Console


def add(console: Console) -> None:
    """Add all pages under ``/console/thu-tuc``."""
    from console.procedures import editing, importing, listing, versions

    listing.add(console)
    importing.add(console)
    editing.add(console)
    versions.add(console)
