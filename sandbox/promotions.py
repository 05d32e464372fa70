"""Who may get a promotion template, tag 3, and how often (protocol 4.2, 4.3, 5.6)."""

from __future__ import annotations

from .errors import refused, zbs_refused
from .people import Person
from .world import World
from .zbs_templates import Template


def check_by_uid(world: World, person: Person, template: Template) -> None:
    """Refuse strangers (-213), the night (-234) and a full cap; other tags pass."""
    if template.tag != "PROMOTION":
        return
    if not person.follower:
        raise refused(-213)
    if world.clock.night():
        raise refused(-234)
    code = _full(world, person)
    if code and world.switches.promotion_uid_codes == "oa":
        raise refused(-218)
    if code:
        raise zbs_refused(code)


def check_by_phone(world: World, person: Person | None, template: Template) -> None:
    """Refuse when the owner of the number had enough: -1472 for today, else the month's code."""
    if template.tag != "PROMOTION" or person is None:
        return
    code = _full(world, person)
    if code:
        raise zbs_refused(code)


def count(world: World, person: Person | None, template: Template) -> None:
    """Remember an accepted promotion for its recipient's cap."""
    if person and template.tag == "PROMOTION":
        world.caps.use("template", person.id)


def _full(world: World, person: Person) -> int:
    room = world.caps.room("template", person.id)
    if room.daily_remain <= 0:
        return -1472
    return world.switches.promotion_monthly_code if room.monthly_remain <= 0 else 0
