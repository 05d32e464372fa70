"""Cơ quan: the tree of agencies, who took over whose work, import from a file (domain 1.6)."""

from __future__ import annotations

from console.frame import Console


def add(console: Console) -> None:
    """Add the pages of agencies."""
    from console.agencies import importing, pages

    pages.add(console)
    importing.add(console)
