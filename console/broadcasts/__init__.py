"""Thông báo: announcements to many, written, counted, agreed to, sent and reported."""

from __future__ import annotations

from console.frame import Console


def add(console: Console) -> None:
    """Add the pages of announcements."""
    from console.broadcasts import composing, item, listing, lists, pieces, repeats, reporting

    for section in (listing, composing, lists, pieces, item, reporting, repeats):
        section.add(console)
