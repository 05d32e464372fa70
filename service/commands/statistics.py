"""Counting past days anew, for when numbers were corrected or the system comes with history."""

from __future__ import annotations

import click

from clock import SystemClock
from notify import statistics as counting
from service.commands.group import opened
from settings import load


@click.group()
def statistics() -> None:
    """The numbers of each day that the console's overview and reports show."""


@statistics.command("rebuild")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3650))
def rebuild(days: int) -> None:
    """Count today and the last DAYS days anew; running it twice changes nothing.

    Numbers of contents that were already forgotten (KEEP_MESSAGES_DAYS, KEEP_EVENT_BODIES_DAYS)
    stay as they were counted in their time.
    """
    settings, now = load(), SystemClock().now()
    with opened(settings) as database:
        changed = counting.count_today(database, settings, now)
        changed += counting.count_past(database, settings, now, days)
    click.echo(f"{days + 1} days counted, {changed} numbers changed")
