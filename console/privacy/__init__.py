"""Quyền riêng tư: requests of citizens about their data, periods, incidents (Law 91/2025)."""

from __future__ import annotations

from console.frame import Console


def add(console: Console) -> None:
    """Add the desk's pages."""
    from console.privacy import acts, copies, erasing, incidents, periods, queue, request_page

    for section in (queue, periods, incidents, request_page, acts, copies, erasing):
        section.add(console)
