"""What the province sets for itself: settings in groups, working time, ZBS templates, the OA."""

from __future__ import annotations

from console.frame import Console


def add(console: Console) -> None:
    """Add all pages under ``/console/cai-dat``."""
    from console.province import groups, oa, working_time, zbs

    working_time.add(console)
    zbs.add(console)
    oa.add(console)
    groups.add(console)
