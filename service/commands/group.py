"""The group every command hangs on, and what they share: settings, database, one-line errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from content.live import LiveSettings
from settings import Settings, SettingsError, load, refuse_samples
from store.engine import Database


class OneLineErrors(click.Group):
    """Failures a person can mend are one line on stderr and a non-zero status, no trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        except (OperationalError, InternalError, ProgrammingError) as error:
            # The first line of the driver's own words; the statement and its values stay out.
            said = (str(error.orig).strip() or type(error).__name__).splitlines()[0]
            raise click.ClickException(f"database: {said}") from None


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """One-stop public services of a province behind its Zalo Official Account."""


def production_settings() -> Settings:
    """Settings for a command that runs for real: sample secrets are refused."""
    settings = load()
    refuse_samples(settings)
    return settings


def as_staff_have_it(settings: Settings, database: Database) -> Settings:
    """The settings with what staff changed in the console, for commands that write to citizens."""
    return LiveSettings.over(settings, database)


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of the settings, closed at the end."""
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        database.dispose()
